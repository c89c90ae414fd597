"""The fenced blocks of code in a text of Markdown: all that says where one begins and ends."""

import re
from collections.abc import Iterator

from msgspec import Struct

from proofdown.markup.syntax.grammar import FENCE, MARGIN, MARKER

_SIGN = re.compile(r"```|~~~")
_OPENING = re.compile(
    rf"(?P<indent>{MARGIN}(?:{MARKER}[ \t]+)*)(?P<fence>{FENCE})(?P<info>[^`\n]*)$", re.MULTILINE
)


class Fence(Struct, frozen=True):
    """A fenced block, given by offsets in its text."""

    start: int
    """Where the line that opens it begins."""
    code: int
    """Where its first line of code begins, or would."""
    closing: int
    """Where the line that closes it begins; the text's end if there is none."""
    end: int
    """Where that line ends."""
    indent: int
    """Characters before the fence."""
    info: str
    """What is written behind the fence, such as a language."""

    @property
    def is_closed(self) -> bool:
        """Whether a line closes it; else it goes on to the end of the text."""
        return self.closing < self.end


def find_fences(text: str) -> Iterator[Fence]:
    """Yield the fenced blocks of a text in order; only the last may be without an end."""
    position = 0
    while opening := _find_opening(text, position):
        start, code = opening.start(), min(opening.end() + 1, len(text))
        closing, position = _find_closing(text, code, opening["fence"])
        yield Fence(start, code, closing, position, len(opening["indent"]), opening["info"])


def _find_opening(text: str, position: int) -> re.Match[str] | None:
    """Return the next line that opens a block; looks into lines with a fence alone."""
    while sign := _SIGN.search(text, position):
        opening = _OPENING.match(text, text.rfind("\n", 0, sign.start()) + 1)
        if opening:
            return opening
        position = text.find("\n", sign.end())
        if position < 0:
            return None
    return None


def _find_closing(text: str, position: int, fence: str) -> tuple[int, int]:
    """Return where the line that closes a block begins and ends."""
    while (at := text.find(fence, position)) >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = end if end >= 0 else len(text)
        line = text[start:end].strip(" \t>")
        if line.startswith(fence) and not line.strip(fence[0]):
            return start, end
        position = end
    return len(text), len(text)

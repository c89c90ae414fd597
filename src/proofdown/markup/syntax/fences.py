"""Find the fenced code blocks in Markdown; all scanners use these bounds."""

import re
from collections.abc import Iterator

from msgspec import Struct

from proofdown.markup.syntax.grammar import FENCE, MARGIN, MARKER

_FENCE_CHARS = re.compile(r"```|~~~")
# Such as `> 1. ```console`, in a list item of a quote. CommonMark forbids backticks after it.
_OPENING = re.compile(
    rf"(?P<indent>{MARGIN}(?:{MARKER}[ \t]+)*)(?P<fence>{FENCE})(?P<info>[^`\n]*)$", re.MULTILINE
)


class Fence(Struct, frozen=True):
    """A fenced code block, as offsets in the text."""

    start: int
    """Start of its opening line."""
    code: int
    """Start of its first line of code, or of the line where it would be."""
    closing: int
    """Start of its closing line; the end of the text if there is none."""
    end: int
    """End of its closing line."""
    indent: int
    """Number of characters before the opening fence."""
    info: str
    """The text after the opening fence, such as a language."""

    @property
    def is_closed(self) -> bool:
        """Whether it has a closing line; otherwise it extends to the end of the text."""
        return self.closing < self.end


def find_fences(text: str) -> Iterator[Fence]:
    """Yield the fenced blocks of a text in order; only the last can be unclosed."""
    position = 0
    while opening := _find_opening(text, position):
        start, code = opening.start(), min(opening.end() + 1, len(text))
        closing, position = _find_closing(text, code, opening["fence"])
        yield Fence(start, code, closing, position, len(opening["indent"]), opening["info"])


def _find_opening(text: str, position: int) -> re.Match[str] | None:
    """Return the next line that opens a block, or None."""
    # The full pattern is tried only on lines that contain a fence, because few do.
    while sign := _FENCE_CHARS.search(text, position):
        opening = _OPENING.match(text, text.rfind("\n", 0, sign.start()) + 1)
        if opening:
            return opening
        position = text.find("\n", sign.end())
        if position < 0:
            return None
    return None


def _find_closing(text: str, position: int, fence: str) -> tuple[int, int]:
    """Return start and end of the line that closes a block, or twice the text's end."""
    while (at := text.find(fence, position)) >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = end if end >= 0 else len(text)
        line = text[start:end].strip(" \t>")
        # By CommonMark, a closing fence is at least as long, and has nothing after it.
        if line.startswith(fence) and not line.strip(fence[0]):
            return start, end
        position = end
    return len(text), len(text)

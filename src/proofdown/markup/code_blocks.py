"""The code of a page: fenced blocks line by line, and code spans."""

import re
from collections.abc import Iterator

from msgspec import Struct

from proofdown.markup.masking import CODE_SPAN

SESSIONS = frozenset("console shell-session shellsession sh-session bash-session terminal".split())
"""Languages of blocks with what a person types and what is printed."""
SCRIPTS = frozenset("sh bash shell zsh ksh dash".split())
"""Languages of blocks in which every line is a command, unless some have prompts."""

_FENCE = re.compile(
    r"(?P<indent>[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*)(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$"
)
_LANGUAGE = re.compile(r"\s*(?:\{\s*\.?)?(?P<language>[\w+.#-]*)")
PROMPT = re.compile(
    r"(?:\([\w.-]+\) )?(?:\[?[\w.-]+@[\w.-]+[^\s\]$#%]*(?: [^\s\]$#%]+)?\]? ?[$#%]"
    r"|PS(?: [A-Za-z]:[^>\n]*)?>|[A-Za-z]:\\[^>\n]*>|[A-Za-z][\w.-]*[$#]|[$❯➜])[ \t]+(?=\S)"
)
"""The prompt of a shell at the start of a line."""


class Line(Struct, frozen=True):
    """A line of a block of code, without the indent of its fence."""

    text: str
    start: int
    """Offset in the page's body."""

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return self.start + len(self.text)


class Block(Struct, frozen=True):
    """A fenced block of code."""

    language: str
    lines: tuple[Line, ...]
    before: str = ""
    """The line above the block."""

    @property
    def is_script(self) -> bool:
        """Whether every line of it is a command."""
        return self.language in SCRIPTS and not self.has_prompts

    @property
    def has_prompts(self) -> bool:
        """Whether a line of it begins with a prompt."""
        return self.is_shell and any(PROMPT.match(line.text) for line in self.lines)

    @property
    def is_shell(self) -> bool:
        """Whether there can be commands in it."""
        return not self.language or self.language in SESSIONS or self.language in SCRIPTS


def find_blocks(body: str) -> tuple[Block, ...]:
    """Return the fenced blocks of a page."""
    return tuple(_find_blocks(body)) if "```" in body or "~~~" in body else ()


def _find_blocks(body: str) -> Iterator[Block]:
    fence, indent, language, before, lines, offset = "", 0, "", "", list[Line](), 0
    for text in body.split("\n"):
        stripped = text.strip(" \t>")
        if fence:
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                yield Block(language, tuple(lines), before)
                fence = before = ""
            else:
                lead = min(indent, len(text) - len(text.lstrip(" \t>")))
                lines.append(Line(text[lead:], offset + lead))
        elif found := _FENCE.match(text):
            fence, indent, lines = found["fence"], len(found["indent"]), []
            named = _LANGUAGE.match(found["info"])
            language = named["language"].lower() if named else ""
        elif text.strip():
            before = text
        offset += len(text) + 1


def find_spans(without_fences: str) -> tuple[tuple[int, int], ...]:
    """Return where the code spans of a text without fences begin and end, without backticks."""
    return tuple(found.span("text") for found in CODE_SPAN.finditer(without_fences))

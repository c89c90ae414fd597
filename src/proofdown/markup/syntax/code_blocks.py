"""The code in a page: fenced blocks line by line, and code spans."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from proofdown.markup.syntax.fences import Fence
from proofdown.markup.syntax.masking import CODE_SPAN

SESSIONS = frozenset("console shell-session shellsession sh-session bash-session terminal".split())
"""Languages of blocks that show typed commands and their output."""
SCRIPTS = frozenset("sh bash shell zsh ksh dash".split())
"""Languages of blocks in which every line is a command, unless some have prompts."""

# Such as `console`, `{.console}` or `{ .c++ linenums="1" }`.
_LANGUAGE = re.compile(r"\s*(?:\{\s*\.?)?(?P<language>[\w+.#-]*)")
# Such as `$ `, `root@web1:~# `, `[root@web1 ~]# `, `(venv) user@host$ `, `PS C:\> `, `bash-5.1$ `.
PROMPT = re.compile(
    r"(?:\([\w.-]+\) )?(?:\[?[\w.-]+@[\w.-]+[^\s\]$#%]*(?: [^\s\]$#%]+)?\]? ?[$#%]"
    r"|PS(?: [A-Za-z]:[^>\n]*)?>|[A-Za-z]:\\[^>\n]*>|[A-Za-z][\w.-]*[$#]|[$❯➜])[ \t]+(?=\S)"
)
"""A shell prompt at the start of a line."""


class Line(Struct, frozen=True):
    """A line of a code block, without the indent of its fence."""

    text: str
    start: int
    """Offset in the page's body."""

    @property
    def end(self) -> int:
        """Offset after its last character."""
        return self.start + len(self.text)


class Block(Struct, frozen=True):
    """A fenced code block."""

    language: str
    lines: tuple[Line, ...]
    before: str = ""
    """The line above the block."""

    @property
    def is_script(self) -> bool:
        """Whether every line is a command."""
        return self.language in SCRIPTS and not self.has_prompts

    @property
    def has_prompts(self) -> bool:
        """Whether any line begins with a prompt."""
        return self.is_shell and any(PROMPT.match(line.text) for line in self.lines)

    @property
    def is_shell(self) -> bool:
        """Whether it can contain shell commands."""
        return not self.language or self.language in SESSIONS or self.language in SCRIPTS


def make_blocks(body: str, fences: Iterable[Fence]) -> Iterator[Block]:
    """Yield a block for each fence in a page's body that is closed."""
    end = 0
    for fence in fences:
        if fence.is_closed:
            named = _LANGUAGE.match(fence.info)
            language = named["language"].lower() if named else ""
            yield Block(language, tuple(_lines(body, fence)), _last_line(body[end : fence.start]))
            end = fence.end


def _lines(body: str, fence: Fence) -> Iterator[Line]:
    offset = fence.code
    for text in body[fence.code : fence.closing].split("\n")[:-1]:
        # If a line is indented less than its fence, only its own indent is removed.
        lead = min(fence.indent, len(text) - len(text.lstrip(" \t>")))
        yield Line(text[lead:], offset + lead)
        offset += len(text) + 1


def _last_line(text: str) -> str:
    """Return the last line of a text that is not blank; empty if all are."""
    length = len(text.rstrip())
    end = text.find("\n", length)
    return text[text.rfind("\n", 0, length) + 1 : end if end >= 0 else len(text)] if length else ""


def find_spans(without_fences: str) -> tuple[tuple[int, int], ...]:
    """Return start and end of the code spans, without backticks, in unfenced text."""
    return tuple(found.span("text") for found in CODE_SPAN.finditer(without_fences))

"""A text with its path: offsets, lines and columns, and the locations of diagnostics."""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

Edit = tuple[int, int, str]
"""Start and end offset in a text, and the replacement."""
LONGEST_SNIPPET = 400
"""Characters of a source line that a location keeps, so that a 50 MB line is not copied."""


class Location(Struct, frozen=True, order=True):
    """A location in the sources, as narrow as is known; line and column are never guessed."""

    path: str
    """Path of the file, relative to the site's root, with forward slashes."""
    line: int = 0
    """Line, counted from 1; 0 if only the file is known."""
    column: int = 0
    """Column in characters, counted from 1; 0 if only the line is known."""
    end_line: int = 0
    """Line of the end; 0 if only the start is known."""
    end_column: int = 0
    """Column after the last character; 0 if only the start is known."""
    snippet: str = ""
    """The source line, shown under the message."""

    def __str__(self) -> str:
        parts = [self.path, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


class Source:
    """The text of one file, with line feeds as line ends and without a byte order mark.

    Args:
        path: the path relative to the site's root, with forward slashes.
        text: the text.
        checksum: SHA-256 of the bytes that were read; empty for a text that is in no file.
    """

    def __init__(self, path: str, text: str, checksum: str = "") -> None:
        self.path, self.checksum = path, checksum
        self._text = text

    @property
    def text(self) -> str:
        """The file's text."""
        return self._text

    @cached_property
    def line_starts(self) -> list[int]:
        """The offsets at which lines start, including 0 for the first line."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts

    def line_of(self, offset: int) -> int:
        """Return the line, from 1, that contains the character at an offset."""
        return bisect_right(self.line_starts, offset)

    def line_text(self, line: int) -> str:
        """Return a line, cut at `LONGEST_SNIPPET` characters; empty for a missing line."""
        if not 1 <= line <= len(self.line_starts):
            return ""
        start = self.line_starts[line - 1]
        longest = start + LONGEST_SNIPPET
        end = self.text.find("\n", start, longest)  # bounded: a line may have many megabytes
        return self.text[start : end if end >= 0 else longest]

    def location(self, start: int, end: int | None = None) -> Location:
        """Return the location of the text between two offsets, of one character without an end."""
        end = start + 1 if end is None else end
        # The line of the last character, so that a span that ends in a line feed does not reach
        # into the line after it.
        line, end_line = self.line_of(start), self.line_of(max(start, end - 1))
        return Location(
            self.path,
            line,
            start - self.line_starts[line - 1] + 1,
            end_line,
            end - self.line_starts[end_line - 1] + 1,
            self.line_text(line),
        )

    def location_of_line(self, line: int) -> Location:
        """Return the location of a whole line, or of the file if there is no such line."""
        if not 1 <= line <= len(self.line_starts):
            return Location(self.path)
        return Location(self.path, line, snippet=self.line_text(line))

    def release(self) -> None:
        """Free what can be loaded again, so that not all pages are in memory at once."""

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and column, both counted from 0, clamped to the text."""
        line = min(max(line, 0), len(self.line_starts) - 1)
        return min(self.line_starts[line] + max(column, 0), len(self.text))


class LazySource(Source):
    """The text of a file that was read before, loaded again when it is needed.

    Args:
        path: its path.
        checksum: SHA-256 of the bytes that were read.
        load: returns these bytes as text, even if the file was changed meanwhile.
    """

    def __init__(self, path: str, checksum: str, load: Callable[[], str]) -> None:
        super().__init__(path, "", checksum)
        self._load = load

    @cached_property
    def text(self) -> str:
        """The file's text as it was read."""
        return self._load()

    def release(self) -> None:
        """Free the text; it is loaded again when it is needed."""
        # A cached property keeps its value in `__dict__`; without it, the next access computes it.
        for name in ("text", "line_starts"):
            self.__dict__.pop(name, None)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits applied; they have to be in order and must not overlap."""
    pieces, position = [], 0
    for start, end, new in edits:
        pieces += [text[position:start], new]
        position = end
    return "".join([*pieces, text[position:]])


def relative_path(path: Path, root: Path) -> str:
    """Return a path as diagnostics show it: relative to the root if it is below the root."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def printable(text: str) -> str:
    r"""Return a text for one line of a terminal or a log, with unprintable characters escaped.

    Those are control characters, line separators, bidirectional controls and characters without
    a width.

    >>> printable("a\x1b[2J\n\u202e")
    'a\\x1b[2J\\n\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def printable_lines(text: str) -> str:
    """Return a text for several lines of a terminal: `printable`, but line feeds are kept."""
    return "\n".join(map(printable, text.split("\n")))


def json_text(data: Any, indent: int = 2) -> str:
    r"""Return a value as JSON with unprintable characters escaped, as in `\u009b`."""
    # JSON requires that only below U+0020, but the output may be printed on a terminal.
    lines = json.dumps(data, indent=indent, ensure_ascii=False).split("\n")
    return "\n".join(line if line.isprintable() else _escaped(line) for line in lines)


def _escaped(line: str) -> str:
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def decode(data: bytes) -> str:
    """Return bytes as text with line feeds as line ends and without a byte order mark.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
    """
    text = data.decode("utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

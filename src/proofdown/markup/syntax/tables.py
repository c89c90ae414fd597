"""Find the tables in a page's Markdown, with the source location of each cell."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

from proofdown.content.discovery import Page
from proofdown.markup.syntax.grammar import BOX, DELIMITERS, FOOTNOTE, MARKER, QUOTE
from proofdown.source import Location

_DELIMITERS = re.compile(DELIMITERS)
# An escaped character and a code span are matched so that a `|` in them is skipped.
_CELL_END = re.compile(r"\\.|(`+)(?:(?!\1).)*\1|(\|)")
# Between two word characters, as in `snake_case`, a `_` is no emphasis.
_EMPHASIS = re.compile(r"(\*\*|__|`|(?<!\w)[*_]|[*_](?!\w))")
_QUOTES = re.compile(rf"^(?:{QUOTE})+", re.MULTILINE)
# The first line of another block, such as a box, raw HTML, a heading, a list or a definition.
_OTHER_BLOCK = re.compile(rf"\s*(?:{BOX}|///|:::|\{{[:%]|<|#|(?:{MARKER}|:) |\[[^\]]+\]: )")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_RAW_CODE = re.compile(r"(?<!`)<code>(.*?)</code>(?!`)", re.IGNORECASE)
_FOOTNOTE = re.compile(rf"(?P<code>`+.*?`+)|[ \t]*(?<!\\){FOOTNOTE}")


class Cell(Struct, frozen=True):
    """One cell of a table."""

    text: str
    """The visible text."""
    location: Location


class Table(Struct, frozen=True):
    """A table of a page."""

    anchor: str
    """Anchor of the heading above it; empty before the first heading."""
    nth: int
    """Its number among the tables under that heading, from 1."""
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    location: Location
    delimiters: tuple[Cell, ...]
    """The cells of the delimiter row."""
    above: Location | None = None
    """A line of text directly above, because of which it is not a table; None if there is none."""

    @property
    def name(self) -> str:
        """The name of the table in a claims file."""
        return f"#{self.anchor}" + (f" {self.nth}" if self.nth > 1 else "")

    def column(self, name: str) -> int | None:
        """Return the index of the column with a name, ignoring case, or None."""
        names = [cell.text.casefold() for cell in self.header]
        return names.index(name.casefold()) if name.casefold() in names else None


def starts_table(header: str, below: str) -> bool:
    """Return whether two lines are the header and the delimiter row of a table."""
    # The substring tests reject most lines before the slower pattern is tried.
    return "|" in header and "|" in below and "-" in below and is_delimiters(below)


def is_delimiters(line: str) -> bool:
    """Return whether a line can be the delimiter row of a table."""
    return _DELIMITERS.fullmatch(line) is not None


def cell_ends(line: str) -> list[int]:
    """Return where the cells of a line end: at `|`, except escaped or in code."""
    return [found.start() for found in _CELL_END.finditer(line) if found[2]]


class TableLines(Struct, frozen=True):
    """The lines of a table with their offsets; code and quote marks are blanked out."""

    lines: tuple[tuple[int, str], ...]
    above: int | None
    """Offset of the line of text directly above; None if there is none."""


def make_tables(
    page: Page, blocks: Iterable[TableLines], starts: list[tuple[str, int]]
) -> tuple[Table, ...]:
    """Return a page's tables in order.

    Args:
        page: the page.
        blocks: the lines of each table.
        starts: the anchor of each heading of the page in order, with its offset in the body.
    """
    counts: dict[str, int] = {}
    found = []
    for block in blocks:
        start = block.lines[0][0]
        anchor = next((a for a, s in reversed(starts) if s < start), "")
        counts[anchor] = counts.get(anchor, 0) + 1
        rows = [_cells(page, offset, line) for offset, line in block.lines]
        base = page.body_start + start
        location = page.source.location(base, base + 1)
        above = None
        if block.above is not None:
            line_start = page.body_start + block.above
            above = page.source.location(line_start, base - 1)
        found.append(
            Table(anchor, counts[anchor], rows[0], tuple(rows[2:]), location, rows[1], above)
        )
    return tuple(found)


def find_table_lines(masked: str) -> Iterator[TableLines]:
    """Yield the lines of each table: header, delimiter row, rows up to a blank line.

    Args:
        masked: a page's body without code blocks.
    """
    if "|" not in masked:
        return
    masked = _QUOTES.sub(lambda found: " " * len(found[0]), masked)
    block: list[tuple[int, str]] = []
    offset = 0
    for line in [*masked.split("\n"), ""]:  # the blank line ends the last block
        if line.strip():
            block.append((offset, line))
        else:
            if table := _table_in(block):
                yield table
            block = []
        offset += len(line) + 1


def _table_in(block: list[tuple[int, str]]) -> TableLines | None:
    for number in range(1, len(block)):
        header, delimiters = block[number - 1][1], block[number][1]
        if starts_table(header, delimiters):
            last = number + 1
            while last < len(block) and not _OTHER_BLOCK.match(block[last][1]):
                last += 1
            above = block[number - 2] if number > 1 else None
            is_text = above is not None and _is_text_above(above[1], header)
            return TableLines(
                tuple(block[number - 1 : last]), above[0] if above and is_text else None
            )
    return None


def _is_text_above(above: str, header: str) -> bool:
    """Return whether a line is text in the same paragraph as the header below it."""
    indents = [len(line) - len(line.lstrip()) for line in (above, header)]
    return indents[0] == indents[1] and not _OTHER_BLOCK.match(above)


def _cells(page: Page, offset: int, line: str) -> tuple[Cell, ...]:
    """Return the cells of a row, split at `|` except where escaped or in code."""
    content = line.rstrip()
    borders = [-1, *cell_ends(line), len(content)]
    pieces = list(pairwise(borders))
    # A `|` at the start or the end of a line is a border, not an empty cell.
    if pieces and not line[: borders[1]].strip():
        pieces = pieces[1:]
    if pieces and not content[borders[-2] + 1 :].strip():
        pieces = pieces[:-1]
    return tuple(_cell(page, offset, line, start + 1, end) for start, end in pieces)


def _cell(page: Page, offset: int, line: str, start: int, end: int) -> Cell:
    raw = line[start:end]
    lead = len(raw) - len(raw.lstrip())
    base = page.body_start + offset + start
    location = page.source.location(base + lead, base + max(lead + 1, len(raw.rstrip())))
    return Cell(visible_text(raw), location)


def visible_text(markdown: str) -> str:
    """Return the visible text of inline Markdown, without footnote references."""
    plain = _FOOTNOTE.sub(lambda found: found["code"] or "", markdown)
    plain = _RAW_CODE.sub(r"\1", _LINK.sub(r"\1", plain))
    plain = _EMPHASIS.sub("", plain).replace("\\|", "|")
    return " ".join(plain.split()) or markdown.strip()

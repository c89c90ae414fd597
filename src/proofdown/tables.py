"""The tables of a page as they stand in its Markdown, each cell with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from proofdown.content import Page
from proofdown.markup import Heading
from proofdown.masking import mask_fences
from proofdown.places import heading_starts
from proofdown.source import Place

_DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_CELL_END = re.compile(r"\\.|(`+)(?:(?!\1).)*\1|(\|)")
_EMPHASIS = re.compile(r"(\*\*|__|`|(?<!\w)[*_]|[*_](?!\w))")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    text: str
    """The text that readers see."""
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page."""

    anchor: str
    """Anchor of the heading it stands under; empty above the first."""
    nth: int
    """Which of the tables under that heading it is, from 1."""
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    place: Place

    def column(self, name: str) -> int | None:
        """Return which column has a name, whatever its case; None where none has."""
        names = [cell.text.casefold() for cell in self.header]
        return names.index(name.casefold()) if name.casefold() in names else None


def find_tables(page: Page, headings: tuple[Heading, ...]) -> tuple[Table, ...]:
    """Return a page's tables in order."""
    counts: dict[str, int] = {}
    starts = heading_starts(page, headings)
    found = []
    for start, lines in _blocks(page.body):
        anchor = next((a for a, s in reversed(starts) if s < start), "")
        counts[anchor] = counts.get(anchor, 0) + 1
        rows = [_cells(page, offset, line) for offset, line in lines if not _is_delimiter(line)]
        place = page.source.place(page.body_start + start, page.body_start + start + 1)
        found.append(Table(anchor, counts[anchor], rows[0], tuple(rows[1:]), place))
    return tuple(found)


@lru_cache(maxsize=16)
def _blocks(body: str) -> tuple[tuple[int, tuple[tuple[int, str], ...]], ...]:
    """Return each table's start and its lines with their offsets."""
    if "|" not in body:
        return ()
    return tuple(_find_blocks(mask_fences(body)))


def _find_blocks(masked: str) -> Iterator[tuple[int, tuple[tuple[int, str], ...]]]:
    block: list[tuple[int, str]] = []
    offset = 0
    for line in [*masked.split("\n"), ""]:
        if "|" in line and line.strip():
            block.append((offset, line))
        else:
            if len(block) > 1 and _is_delimiter(block[1][1]):
                yield block[0][0], tuple(block)
            block = []
        offset += len(line) + 1


def _is_delimiter(line: str) -> bool:
    return _DELIMITER.fullmatch(line) is not None and "-" in line


def _cells(page: Page, offset: int, line: str) -> tuple[Cell, ...]:
    """Return the cells of a row; a `|` in code or after a backslash ends none."""
    ends = [found.start() for found in _CELL_END.finditer(line) if found[2]]
    content = line.rstrip()
    borders = [-1, *ends, len(content)]
    pieces = list(pairwise(borders))
    if pieces and not line[: borders[1]].strip():
        pieces = pieces[1:]
    if pieces and not content[borders[-2] + 1 :].strip():
        pieces = pieces[:-1]
    return tuple(_cell(page, offset, line, start + 1, end) for start, end in pieces)


def _cell(page: Page, offset: int, line: str, start: int, end: int) -> Cell:
    raw = line[start:end]
    lead = len(raw) - len(raw.lstrip())
    base = page.body_start + offset + start
    place = page.source.place(base + lead, base + max(lead + 1, len(raw.rstrip())))
    return Cell(visible_text(raw), place)


def visible_text(markdown: str) -> str:
    """Return what readers see of a short piece of Markdown."""
    plain = _EMPHASIS.sub("", _LINK.sub(r"\1", markdown)).replace("\\|", "|")
    return " ".join(plain.split())

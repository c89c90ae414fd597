"""Compare tables as tables: match columns by their names, and rows by their cells."""

from collections.abc import Iterator
from itertools import zip_longest

from lxml import html
from msgspec import Struct

from proofdown.review.diff.alignment import Pair, align, shared_words
from proofdown.review.diff.page_tree import Block, html_escape
from proofdown.review.diff.words import marked_html

Row = tuple["TableCell | None", ...]
"""A row's cells, one for each column of the two tables together."""


class TableCell(Struct, frozen=True):
    """A cell of a built table."""

    text: str
    html: str


class CellChange(Struct, frozen=True):
    """A cell whose content changed."""

    column: str
    """The column's name, or its number if it has none."""
    before: str
    after: str


class RowChange(Struct, frozen=True):
    """A row that was added, removed, changed or moved."""

    kind: str
    """`added`, `removed`, `changed` or `moved`."""
    row: str
    """Identifies the row to readers: its cells, or the unchanged cells of a changed row."""
    cells: tuple[CellChange, ...] = ()


class TableChange(Struct, frozen=True, kw_only=True):
    """What changed in a table."""

    kind: str
    """`added`, `removed` or `changed`."""
    where: str
    """The heading that it is under."""
    rows: tuple[RowChange, ...]
    columns: tuple[tuple[str, str], ...]
    """Columns that were added and removed, as (`added` or `removed`, name)."""
    html: str
    """The table with its changes marked."""


class _Table(Struct, frozen=True):
    head: tuple[TableCell, ...]
    rows: tuple[tuple[TableCell, ...], ...]


def compare_tables(before: Block, after: Block, where: str) -> TableChange:
    """Return what changed between two tables."""
    old, new = _read(before), _read(after)
    columns = _columns(old, new)
    heads = [_cell_at(old.head, i) or _cell_at(new.head, j) for i, j in columns]
    names = [h.text if h and h.text else f"column {n}" for n, h in enumerate(heads, start=1)]
    laid = (
        [tuple(_cell_at(row, i) for i, _ in columns) for row in old.rows],
        [tuple(_cell_at(row, j) for _, j in columns) for row in new.rows],
    )
    # Rows are compared by the columns that both tables have: a new column changes every row, and
    # is reported once.
    common = [n for n, (i, j) in enumerate(columns) if i is not None and j is not None]
    pairs = align(
        *laid, lambda row: _texts(row, common), lambda b, a: _likeness(b, a, common), 0.45
    )
    moved = _moved(pairs, common)
    rows = tuple(_row_changes(pairs, names, common, moved))
    removed = [("removed", names[n]) for n, (_, j) in enumerate(columns) if j is None]
    added = [("added", names[n]) for n, (i, _) in enumerate(columns) if i is None]
    return TableChange(
        kind="changed",
        where=where,
        rows=rows,
        columns=(*removed, *added),
        html=_marked(columns, old, new, pairs),
    )


def whole_table(block: Block, where: str, *, is_new: bool) -> TableChange:
    """Return the change for a table that was added or removed as a whole."""
    kind = "added" if is_new else "removed"
    table = _read(block)
    rows = (RowChange(kind, " | ".join(c.text for c in row if c.text)) for row in table.rows)
    return TableChange(kind=kind, where=where, rows=tuple(rows), columns=(), html=block.html)


def _read(block: Block) -> _Table:
    rows = [
        tuple(_cell(cell) for cell in row if cell.tag in ("td", "th"))
        for row in block.element.iter("tr")
    ]
    has_head = block.element.find(".//thead") is not None or (
        bool(rows) and all(cell.tag == "th" for cell in next(block.element.iter("tr")))
    )
    if has_head and rows:
        return _Table(rows[0], tuple(rows[1:]))
    return _Table((), tuple(rows))


def _cell(element: html.HtmlElement) -> TableCell:
    inner = html_escape(element.text or "") + "".join(
        html.tostring(child, encoding="unicode") for child in element
    )
    return TableCell(" ".join(str(element.text_content()).split()), inner.strip())


def _columns(old: _Table, new: _Table) -> list[Pair[int]]:
    """Return pairs of column numbers, matched by name, or by position if a table has no head."""
    if old.head and new.head:
        # A column with a new name in the same position counts as renamed.
        pairs = align(
            list(enumerate(old.head)),
            list(enumerate(new.head)),
            lambda item: item[1].text,
            lambda b, a: max(shared_words(b[1].text, a[1].text), 0.5 if b[0] == a[0] else 0),
            0.5,
        )
        return [(b[0] if b else None, a[0] if a else None) for b, a in pairs]
    widths = [max((len(row) for row in (t.head, *t.rows)), default=0) for t in (old, new)]
    return list(zip_longest(range(widths[0]), range(widths[1])))


def _cell_at(row: tuple[TableCell, ...], column: int | None) -> TableCell | None:
    return row[column] if column is not None and column < len(row) else None


def _texts(row: Row, columns: list[int]) -> tuple[str, ...]:
    cells = [row[n] for n in columns]
    return tuple(cell.html if cell else "" for cell in cells)


def _likeness(before: Row, after: Row, columns: list[int]) -> float:
    """Return the similarity of two rows; the first cell, which names a row, counts twice."""
    scores = []
    for one, other in zip(_texts(before, columns), _texts(after, columns), strict=True):
        # Below 1 even for the same words in another order or other markup.
        scores.append(1.0 if one == other else 0.7 * shared_words(one, other))
    if not scores:
        return 0.0
    return (sum(scores) + scores[0]) / (len(scores) + 1)


def _moved(pairs: list[Pair[Row]], columns: list[int]) -> set[tuple[str, ...]]:
    """Return the texts of the rows that moved: removed in one position, added in another."""
    removed = {_texts(before, columns) for before, after in pairs if before and after is None}
    return removed & {_texts(after, columns) for before, after in pairs if after and before is None}


def _whole(row: Row) -> tuple[str, ...]:
    return tuple(cell.text if cell else "" for cell in row)


def _row_changes(
    pairs: list[Pair[Row]], names: list[str], common: list[int], moved: set[tuple[str, ...]]
) -> Iterator[RowChange]:
    for before, after in pairs:
        row = after or before or ()
        name = " | ".join(text for text in _whole(row) if text)
        if before is None or after is None:
            # A moved row is both added and removed; it is reported at its new position only.
            if _texts(row, common) in moved:
                if before is None:
                    yield RowChange("moved", name)
                continue
            yield RowChange("removed" if after is None else "added", name)
            continue
        cells = tuple(_cell_changes(before, after, names, common))
        if cells:
            changed = {change.column for change in cells}
            stayed = [t for n, t in zip(names, _whole(row), strict=True) if t and n not in changed]
            yield RowChange("changed", " | ".join(stayed[:4]) or name, cells)


def _cell_changes(
    before: Row, after: Row, names: list[str], common: list[int]
) -> Iterator[CellChange]:
    for n in common:
        old, new = before[n], after[n]
        texts = (old.text if old else "", new.text if new else "")
        if (old and old.html) != (new and new.html):
            yield CellChange(names[n], *texts)


def _marked(columns: list[Pair[int]], old: _Table, new: _Table, pairs: list[Pair[Row]]) -> str:
    """Return both tables as one in HTML, with added and removed rows and cells marked."""
    parts = ["<table>"]
    if old.head or new.head:
        heads: tuple[Row, Row] = (
            tuple(_cell_at(old.head, i) for i, _ in columns),
            tuple(_cell_at(new.head, j) for _, j in columns),
        )
        parts.append(f"<thead>{_marked_row(*heads, columns, 'th')}</thead>")
    parts.append("<tbody>")
    parts += [_marked_row(before, after, columns, "td") for before, after in pairs]
    return "".join([*parts, "</tbody></table>"])


def _marked_row(before: Row | None, after: Row | None, columns: list[Pair[int]], tag: str) -> str:
    kind = "added" if before is None else "removed" if after is None else ""
    row = "".join(
        _marked_cell(
            before[n] if before else None,
            after[n] if after else None,
            pair,
            tag,
            is_whole=bool(kind),
        )
        for n, pair in enumerate(columns)
    )
    return f'<tr class="{kind}">{row}</tr>' if kind else f"<tr>{row}</tr>"


def _marked_cell(
    old: TableCell | None, new: TableCell | None, column: Pair[int], tag: str, *, is_whole: bool
) -> str:
    was, now = old.html if old else "", new.html if new else ""
    scope = ' scope="col"' if tag == "th" else ""
    if is_whole:
        mark = "ins" if new else "del"
        shown = now or was
        return f"<{tag}{scope}>{f'<{mark}>{shown}</{mark}>' if shown else ''}</{tag}>"
    if column[0] is None or column[1] is None:
        kind, mark = ("added", "ins") if column[0] is None else ("removed", "del")
        shown = now or was
        inner = f"<{mark}>{shown}</{mark}>" if shown else ""
        return f'<{tag}{scope} class="{kind}">{inner}</{tag}>'
    if was == now:
        return f"<{tag}{scope}>{now}</{tag}>"
    inner = marked_html(was, now) or f"<del>{was}</del> <ins>{now}</ins>"
    return f'<{tag}{scope} class="changed">{inner}</{tag}>'

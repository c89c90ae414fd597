"""Check that every row of a table has as many cells as the header."""

from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic, Note
from proofdown.markup.syntax.tables import Table
from proofdown.site.model import ComposedPage, SiteContext


def ragged_table(built: ComposedPage, _context: SiteContext) -> Iterator[Diagnostic]:
    r"""A table row with too few or too many cells.

    ## What it does
    Counts the cells in every row of a Markdown table and in the line below its header. A `|` in
    code or after a backslash does not end a cell.

    ## Why it matters
    Markdown reports no error. It fills a short row with empty cells, drops surplus cells, and
    shows no table at all if the line below the header is wrong.

    ## Example
    ```markdown
    | Option | Value | Default |
    | --- | --- | --- |
    | `--timeout` | seconds | none | since 1.1 |
    ```

    ## Instead
    Add the column to all rows. If a `|` belongs to the text, write it as `\|`.
    """
    for table in built.tables:
        yield from _faults(table)


def _faults(table: Table) -> Iterator[Diagnostic]:
    width = len(table.header)
    note = Note("the header", table.location)
    if table.above:
        message = "the line above the table is text, so Markdown shows no table"
        yield Diagnostic("ragged-table", message, table.location, "put an empty line between them")
    elif len(table.delimiters) != width:
        message = f"{_cells(len(table.delimiters))} below a header of {width}"
        location = (table.delimiters or table.header)[0].location
        yield Diagnostic("ragged-table", message, location, "Markdown shows no table", (note,))
    else:
        for row in table.rows:
            if row and len(row) != width:
                columns = "1 column" if width == 1 else f"{width} columns"
                message = f"a row of {_cells(len(row))} in a table of {columns}"
                is_long = len(row) > width
                help_ = "the surplus is not shown" if is_long else "the rest is shown empty"
                location = row[width].location if is_long else row[0].location
                yield Diagnostic("ragged-table", message, location, help_, (note,))


def _cells(number: int) -> str:
    return f"{number} cell{'' if number == 1 else 's'}"

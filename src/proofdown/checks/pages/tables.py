"""The shape of tables: every row has as many cells as the header."""

from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic, Note
from proofdown.markup.syntax.tables import Table
from proofdown.site.model import BuiltPage, SiteContext


def ragged_table(built: BuiltPage, _context: SiteContext) -> Iterator[Diagnostic]:
    r"""A row of a table with too few or too many cells.

    ## What it does
    Counts the cells of every Markdown table's rows, and of the line below its header. A `|` in
    code or after a backslash ends no cell.

    ## Why it matters
    Markdown says nothing: it fills up a short row with empty cells, drops what is too much, and
    where the line below the header is wrong, shows no table at all.

    ## Example
    ```markdown
    | Option | Value | Default |
    | --- | --- | --- |
    | `--timeout` | seconds | none | since 1.1 |
    ```

    ## Instead
    Add the column to all rows, or write a `|` that belongs to the text as `\|`.
    """
    for table in built.tables:
        yield from _faults(table)


def _faults(table: Table) -> Iterator[Diagnostic]:
    width = len(table.header)
    note = Note("the header", table.location)
    if table.above:
        message = "the line above the table is text, so that Markdown shows no table"
        yield Diagnostic("ragged-table", message, table.location, "leave a line empty between them")
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
                help_ = "what is too much is not shown" if is_long else "the rest is shown empty"
                location = row[width].location if is_long else row[0].location
                yield Diagnostic("ragged-table", message, location, help_, (note,))


def _cells(number: int) -> str:
    return f"{number} cell{'' if number == 1 else 's'}"

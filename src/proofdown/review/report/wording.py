"""Describe a page's changes in words; shared by all report formats."""

from collections.abc import Iterator, Sequence

from proofdown.review.compare import PageReview
from proofdown.review.diff.commands import CommandChange
from proofdown.review.diff.graphs import GraphChange
from proofdown.review.diff.tables import TableChange

Details = list[tuple[str, list[str]]]
"""Headings, each with the lines under it; names in backticks."""


def details_of(page: PageReview) -> Details:
    """Return the changes of a page besides its text, for an expert to check."""
    changes = page.changes
    found: Details = []
    for table in changes.tables:
        found.append((_under("Table", table.where), list(_table_lines(table))))
    for drawing in changes.drawings:
        found.append(
            (_under(f"Drawing {quoted(drawing.name)}", drawing.where), _drawing_lines(drawing))
        )
    if page.commands:
        found.append(("Commands", [line for c in page.commands for line in _command_lines(c)]))
    removed, added = page.numbers
    if removed or added:
        lines = [f"gone: {listed(removed)}"] if removed else []
        lines += [f"new: {listed(added)}"] if added else []
        found.append(("Numbers in the text", lines))
    if page.values:
        lines = [f"{quoted(v.name)}: {_from_to(v.before, v.after)}" for v in page.values]
        found.append(("Front matter", lines))
    if changes.pictures:
        lines = [
            _from_to(p.before.address if p.before else "", p.after.address if p.after else "")
            for p in changes.pictures
        ]
        found.append(("Pictures", lines))
    if page.active:
        found.append(("Active content", [quoted(what) for what in page.active]))
    return found


def _under(name: str, where: str) -> str:
    return f"{name} under {quoted(where)}" if where else name


def _table_lines(table: TableChange) -> Iterator[str]:
    if table.kind != "changed":
        yield "new" if table.kind == "added" else "gone"
        return
    for kind, name in table.columns:
        yield f"column {kind}: {quoted(name)}"
    for row in table.rows:
        if not row.cells:
            yield f"row {row.kind}: {quoted(row.row)}"
        for cell in row.cells:
            moved = _from_to(cell.before, cell.after)
            yield f"row {quoted(row.row)}: {quoted(cell.column)}: {moved}"


def _drawing_lines(drawing: GraphChange) -> list[str]:
    if drawing.before is None or drawing.after is None:
        return ["new" if drawing.after else "gone"]
    lines = []
    for done, words, names in (
        ("added", "edge", drawing.edges_added),
        ("removed", "edge", drawing.edges_removed),
        ("added", "node", drawing.nodes_added),
        ("removed", "node", drawing.nodes_removed),
    ):
        lines += [f"{words} {done}: {quoted(name)}" for name in names]
    return lines + [
        f"edge {quoted(one.edge)}: {_from_to(one.before, one.after)}"
        for one in drawing.edges_changed
    ]


def _command_lines(change: CommandChange) -> Iterator[str]:
    shown = change.after or change.before
    options = [f"{quoted(o)} gained" for o in change.gained]
    options += [f"{quoted(o)} lost" for o in change.lost]
    if not change.before or not change.after:
        yield f"{'new' if change.after else 'gone'}: {quoted(shown)}"
    elif options:
        yield f"{quoted(shown)}: {', '.join(options)}"
    else:
        yield _from_to(change.before, change.after)


def listed(names: Sequence[str]) -> str:
    """Return names as a list, each in backticks."""
    return ", ".join(map(quoted, names))


def _from_to(before: str, after: str) -> str:
    return f"{quoted(before) if before else 'nothing'} → {quoted(after) if after else 'nothing'}"


def quoted(text: str) -> str:
    """Return a text from a site in backticks, on one line and without backticks of its own."""
    # A backtick in the text would end the code span, in Markdown and in the HTML report.
    return f"`{' '.join(text.replace('`', chr(0x2019)).split())}`"


def describe(page: PageReview) -> str:
    """Return a short description of a page's changes."""
    if page.kind in ("added", "removed"):
        tree = page.trees[1 if page.kind == "added" else 0]
        parts = [
            counted(sum(1 for _ in tree.leaves(kind)), word)
            for kind, word in (
                ("table", "table"),
                ("drawing", "drawing"),
                ("code", "block of code"),
            )
        ]
        contents = [part for part in parts if not part.startswith("0 ")]
        state = "new" if page.kind == "added" else "gone"
        return f"{state}, with {joined(contents)}" if contents else state
    changes = page.changes
    counts = (
        (len(changes.texts), "passage"),
        (len(changes.tables), "table"),
        (len(changes.drawings), "drawing"),
        (len(changes.codes), "block of code"),
        (len(changes.pictures), "picture"),
        (len(page.values), "value"),
    )
    parts = [counted(count, word) for count, word in counts if count]
    if page.kind == "moved":
        moved = f"moved from {quoted(page.old_address or '/')} to {quoted(page.address or '/')}"
        return f"{moved}, {joined(parts)} changed" if parts else moved
    return f"{joined(parts)} changed" if parts else "changed"


def table_counts(table: TableChange) -> str:
    """Return a short description of a table's changes."""
    if table.kind != "changed":
        return "new" if table.kind == "added" else "gone"
    kinds = ("changed", "added", "removed", "moved")
    counts = [(sum(row.kind == kind for row in table.rows), kind) for kind in kinds]
    parts = [f"{counted(count, 'row')} {kind}" for count, kind in counts if count]
    parts += [f"column {quoted(name)} {kind}" for kind, name in table.columns]
    return ", ".join(parts) or "formatting changed"


def drawing_counts(drawing: GraphChange) -> str:
    """Return a short description of a drawing's changes."""
    if drawing.before is None or drawing.after is None:
        return "new" if drawing.after else "gone"
    counts = (
        (len(drawing.edges_added), "edge", "added"),
        (len(drawing.edges_removed), "edge", "removed"),
        (len(drawing.edges_changed), "edge", "changed"),
        (len(drawing.nodes_added), "node", "added"),
        (len(drawing.nodes_removed), "node", "removed"),
    )
    return ", ".join(f"{counted(n, word)} {done}" for n, word, done in counts if n) or "changed"


def counted(count: int, word: str) -> str:
    """Return a count with its word: `1 row`, `2 blocks of code`."""
    first, _, rest = word.partition(" ")
    return f"{count} {first}{'' if count == 1 else 's'}{' ' + rest if rest else ''}"


def joined(parts: Sequence[str]) -> str:
    """Return parts as an enumeration: `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def shortened(text: str, most: int = 80) -> str:
    """Return a text, cut with an ellipsis if it is too long for a line."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def titled(subject: str, text: str) -> str:
    """Return a point's text, after the title of its page if it has one."""
    return f"{subject}: {text}" if subject else text

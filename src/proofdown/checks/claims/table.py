"""Compare a page's table with its claim and a recording, row by row and cell by cell."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from proofdown.checks.claims.decision_rules import decision_problems
from proofdown.content.evidence.recordings import Recording
from proofdown.content.evidence.table_claims import TableClaim
from proofdown.diagnostics import Diagnostic, Note
from proofdown.markup.syntax.tables import Cell, Table
from proofdown.source import Location
from proofdown.yamltree import Scalar


class _Row(Struct, frozen=True):
    """A row of a recording: values and locations by column name, which is case-folded."""

    values: dict[str, str]
    locations: dict[str, Location]
    location: Location


def table_problems(
    claim: TableClaim, table: Table, recordings: list[Recording]
) -> list[Diagnostic]:
    """Return the problems of a table, merging those that its rules and a recording both find."""
    found = {_key(p): p for p in decision_problems(claim, table)}
    for recording in recordings:
        for problem in recording_problems(claim, table, recording):
            known = found.get(_key(problem))
            if known and known.code == problem.code:
                notes = (*known.notes, *problem.notes)
                found[_key(known)] = replace(known, help=problem.help or known.help, notes=notes)
            # With declared values, the rules decide which rows there must be.
            elif not claim.values or problem.code not in ("table-incomplete", "table-overlap"):
                found.setdefault(_key(problem), problem)
    return list(found.values())


def _key(problem: Diagnostic) -> tuple[object, ...]:
    """Return the identity of a problem: its cell, or for a missing row its message."""
    return problem.location, problem.message if problem.code == "table-incomplete" else ""


def recording_problems(
    claim: TableClaim, table: Table, recording: Recording
) -> Iterator[Diagnostic]:
    """Yield each row that is missing, duplicated or not recorded, and each cell that differs."""
    rows = _recorded_rows(recording)
    if rows is None:
        message = f"the recording `{recording.name}` is not a list of rows"
        yield Diagnostic("unresolved-claim", message, claim.location, "it must be a YAML list")
        return
    # Without all of the input columns, rows cannot be matched.
    unknown = [
        name
        for name in (name.text for name in claim.inputs)
        if table.column(name) is None or any(name.casefold() not in row.values for row in rows)
    ]
    if unknown:
        for name in unknown:
            message = f"the table or its recording has no column `{name}`"
            notes = (Note("the table", table.location), Note("the recording", recording.location))
            yield Diagnostic("unresolved-claim", message, claim.location, "", notes)
        return
    yield from _RowComparison(claim, table, rows).problems()


class _RowComparison:
    """Compares the rows of a table with those of a recording, matched by their inputs."""

    def __init__(self, claim: TableClaim, table: Table, rows: list[_Row]) -> None:
        self.table = table
        self.names = [cell.text.casefold() for cell in table.header]
        self.inputs = [name.text.casefold() for name in claim.inputs]
        self.recorded = {tuple(row.values[name] for name in self.inputs): row for row in rows}

    def problems(self) -> Iterator[Diagnostic]:
        seen: dict[tuple[str, ...], tuple[Cell, ...]] = {}
        for row in self.table.rows:
            # A ragged row has fewer cells; `ragged-table` reports it.
            cells = dict(zip(self.names, row, strict=False))
            key = tuple(cells[name].text if name in cells else "" for name in self.inputs)
            if key in seen:
                note = Note("the other row", self._location(seen[key]))
                message = f"two rows for {self._describe(key)}"
                yield Diagnostic("table-overlap", message, self._location(row), "", (note,))
            elif key not in self.recorded:
                message = f"a row for {self._describe(key)}, which was not recorded"
                yield Diagnostic("table-contradicts", message, self._location(row))
            else:
                yield from self._differences(cells, self.recorded[key])
            seen.setdefault(key, row)
        for key, recorded in self.recorded.items():
            if key not in seen:
                yield self._missing(key, recorded)

    def _location(self, row: tuple[Cell, ...]) -> Location:
        """Return where a row is; the table's place for a row that is a lone `|`, without cells."""
        return row[0].location if row else self.table.location

    def _differences(self, cells: dict[str, Cell], recorded: _Row) -> Iterator[Diagnostic]:
        for name, cell in cells.items():
            value = recorded.values.get(name)
            if value is not None and value != cell.text:
                header = self.table.header[self.names.index(name)].text
                message = f"`{header}` is `{cell.text}` here, but `{value}` was recorded"
                note = Note("recorded here", recorded.locations[name])
                yield Diagnostic("table-contradicts", message, cell.location, "", (note,))

    def _missing(self, key: tuple[str, ...], recorded: _Row) -> Diagnostic:
        row = " | ".join(recorded.values.get(name, "") for name in self.names)
        note = Note("recorded here", recorded.location)
        message = f"no row for {self._describe(key)}"
        help_ = f"add `| {row} |`"
        return Diagnostic("table-incomplete", message, self.table.location, help_, (note,))

    def _describe(self, key: tuple[str, ...]) -> str:
        headers = [self.table.header[self.names.index(name)].text for name in self.inputs]
        return ", ".join(f"{name} `{value}`" for name, value in zip(headers, key, strict=True))


def _recorded_rows(recording: Recording) -> list[_Row] | None:
    items = recording.items("rows")
    if items is None:
        return None
    rows = []
    for item in items:
        pairs = [(key.text.casefold(), v) for key, v in item if isinstance(v, Scalar)]
        values = {name: value.text for name, value in pairs}
        rows.append(_Row(values, {name: v.location for name, v in pairs}, item.location))
    return rows

"""A decision table and its claim: rows, cases, and which rule decides which cell."""

from collections.abc import Iterator
from functools import cached_property
from itertools import product

from msgspec import Struct

from proofdown.content.evidence.table_claims import Cells, TableClaim, TableRule
from proofdown.markup.syntax.tables import Cell, Table
from proofdown.yamltree import Scalar

_ANY = ("*", "any", "-", "–", "—")
"""Cells that match every value of an input."""

Case = tuple[str, ...]
"""One value for each input, in the order of the claim."""


class Row(Struct, frozen=True):
    """A row of a decision table."""

    cells: tuple[Cell, ...]
    covered: tuple[tuple[str, ...], ...]
    """For each input, the values that its cell covers: several if the cell says `any`."""
    is_known: bool
    """Whether all values of its inputs were declared."""

    @property
    def cases(self) -> Iterator[Case]:
        """The cases that it covers."""
        return product(*self.covered)


class DecisionTable:
    """A table with its claim."""

    def __init__(self, claim: TableClaim, table: Table) -> None:
        self.claim, self.table = claim, table
        self.inputs = [self.column(name) for name in claim.inputs]
        self.known = [tuple(value.text for value in values) for _, values in claim.values]
        self.rows = [self.row(cells) for cells in table.rows if len(cells) == len(table.header)]
        """The rows that are as wide as the header. `ragged-table` reports the others."""
        self.is_ragged = len(self.rows) < len(table.rows)

    def column(self, name: Scalar) -> int:
        """Return the number of the column with a name that the claim uses."""
        column = self.table.column(name.text)
        return 0 if column is None else column  # unknown columns are reported before this is used

    def header(self, column: int) -> str:
        """Return the name of a column."""
        return self.table.header[column].text

    def row(self, cells: tuple[Cell, ...]) -> Row:
        """Return a row with the cases that it covers."""
        found = [
            values_of(cells[column].text, known)
            for column, known in zip(self.inputs, self.known, strict=False)
        ]
        # An unknown value may be meant for any of them, so none is reported as missing.
        covered = tuple(f or k for f, k in zip(found, self.known, strict=False))
        return Row(cells, covered, all(found))

    @cached_property
    def cases(self) -> list[Case]:
        """All combinations of the declared values."""
        return list(product(*self.known)) if self.claim.values else []

    def row_for(self, case: Case) -> Iterator[str]:
        """Yield the cells of a row for a case: its inputs, and the outcomes that rules decide."""
        for column in range(len(self.table.header)):
            decided = self.decided(case, column)
            if column in self.inputs:
                yield case[self.inputs.index(column)]
            else:
                yield decided[1][0].text if decided and len(decided[1]) == 1 else ""

    def describe(self, case: Case) -> str:
        """Return a description of a case for messages."""
        names = [self.header(column) for column in self.inputs]
        return ", ".join(f"{name} `{value}`" for name, value in zip(names, case, strict=False))

    def applies(self, rule: TableRule, case: Case) -> bool:
        """Return whether a rule's conditions hold for a case."""
        inputs = dict(zip(self.inputs, case, strict=False))
        return all(
            inputs.get(self.column(name)) in {value.text for value in values}
            for name, values in rule.when
        )

    def then(self, rule: TableRule, column: int) -> tuple[Scalar, ...]:
        """Return the values that a rule allows in a column; none if it does not decide it."""
        return next((values for name, values in rule.then if self.column(name) == column), ())

    def decided(self, case: Case, column: int) -> tuple[TableRule, tuple[Scalar, ...]] | None:
        """Return the first rule that decides a column for a case, with the values it allows."""
        for rule in self.claim.rules:
            values = self.then(rule, column)
            if values and self.applies(rule, case):
                return rule, values
        return None

    @property
    def outcomes(self) -> list[int]:
        """The columns that rules decide."""
        names = [name for rule in self.claim.rules for name, _ in rule.then]
        return sorted({self.column(name) for name in names})

    def has(self, row: Row, cells: Cells) -> bool:
        """Return whether a row has one of the given values in each of the given columns."""
        return all(
            row.cells[self.column(name)].text in {value.text for value in values}
            for name, values in cells
        )


def values_of(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values that a cell covers; none if it contains an unknown one."""
    # Before `_ANY`, because a declared value may itself be `-` or `any`.
    if text in known:
        return (text,)
    if text.casefold() in _ANY:
        return known
    # The longer ones first, because `/` would also split at ` / `.
    for separator in (" or ", ", ", " / ", "/"):
        parts = tuple(part.strip() for part in text.split(separator))
        if len(parts) > 1 and all(part in known for part in parts):
            return parts
    return ()

"""A decision table with what is claimed of it: rows, cases, and which rule decides which cell."""

from collections.abc import Iterator
from functools import cached_property
from itertools import product

from msgspec import Struct

from proofdown.content.evidence.table_claims import Cells, TableClaim, TableRule
from proofdown.markup.syntax.tables import Cell, Table
from proofdown.yamltree import Scalar

_ANY = ("*", "any", "-", "–", "—")
"""What a cell says where the input makes no difference."""

Case = tuple[str, ...]
"""A value of each input, in the order of the claim."""


class Row(Struct, frozen=True):
    """A row of a table whose inputs are known."""

    cells: tuple[Cell, ...]
    covered: tuple[tuple[str, ...], ...]
    """The values of each input that it is about: several where the cell says `any`."""
    is_known: bool
    """Whether each of its inputs is one that was declared."""

    @property
    def cases(self) -> Iterator[Case]:
        """The cases that it decides."""
        return product(*self.covered)


class DecisionTable:
    """A table beside its claim."""

    def __init__(self, claim: TableClaim, table: Table) -> None:
        self.claim, self.table = claim, table
        self.inputs = [self.column(name) for name in claim.inputs]
        self.known = [tuple(value.text for value in values) for _, values in claim.values]
        self.rows = [self.row(cells) for cells in table.rows if len(cells) == len(table.header)]
        """Rows of another width are `ragged-table`."""
        self.is_ragged = len(self.rows) < len(table.rows)

    def column(self, name: Scalar) -> int:
        """Return which column has a name that the claim uses."""
        column = self.table.column(name.text)
        return 0 if column is None else column

    def header(self, column: int) -> str:
        """Return the name of a column."""
        return self.table.header[column].text

    def row(self, cells: tuple[Cell, ...]) -> Row:
        """Return a row with the cases that it is about."""
        found = [
            values_of(cells[column].text, known)
            for column, known in zip(self.inputs, self.known, strict=False)
        ]
        covered = tuple(f or k for f, k in zip(found, self.known, strict=False))
        return Row(cells, covered, all(found))

    @cached_property
    def cases(self) -> list[Case]:
        """Every combination of the declared values."""
        return list(product(*self.known)) if self.claim.values else []

    def row_for(self, case: Case) -> Iterator[str]:
        """Yield the cells of a case's row: its inputs, and outcomes where the rules decide."""
        for column in range(len(self.table.header)):
            decided = self.decided(case, column)
            if column in self.inputs:
                yield case[self.inputs.index(column)]
            else:
                yield decided[1][0].text if decided and len(decided[1]) == 1 else ""

    def spoken(self, case: Case) -> str:
        """Return a case as messages call it."""
        names = [self.header(column) for column in self.inputs]
        return ", ".join(f"{name} `{value}`" for name, value in zip(names, case, strict=False))

    def applies(self, rule: TableRule, case: Case) -> bool:
        """Return whether a rule is about a case."""
        given = dict(zip(self.inputs, case, strict=False))
        return all(
            given.get(self.column(name)) in {value.text for value in values}
            for name, values in rule.when
        )

    def then(self, rule: TableRule, column: int) -> tuple[Scalar, ...]:
        """Return the values that a rule allows a column; none where it says nothing of it."""
        return next((values for name, values in rule.then if self.column(name) == column), ())

    def decided(self, case: Case, column: int) -> tuple[TableRule, tuple[Scalar, ...]] | None:
        """Return the rule that decides a column of a case, with the values it allows."""
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
        """Return whether a row has what a rule is about."""
        return all(
            row.cells[self.column(name)].text in {value.text for value in values}
            for name, values in cells
        )


def values_of(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values that a cell is about; none where it holds an unknown one."""
    if text in known:
        return (text,)
    if text.casefold() in _ANY:
        return known
    for separator in (" or ", ", ", " / ", "/"):
        parts = tuple(part.strip() for part in text.split(separator))
        if len(parts) > 1 and all(part in known for part in parts):
            return parts
    return ()

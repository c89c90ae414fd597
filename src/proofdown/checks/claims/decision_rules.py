"""Check a decision table against its claim: every case has one row, as the rules decide."""

from collections.abc import Iterator
from itertools import combinations

from proofdown.checks.claims.decision_table import Case, DecisionTable, Row, values_of
from proofdown.content.evidence.table_claims import TableClaim, TableRule
from proofdown.diagnostics import Diagnostic, Note, did_you_mean
from proofdown.markup.syntax.tables import Cell, Table
from proofdown.source import Location
from proofdown.yamltree import Scalar


def decision_problems(claim: TableClaim, table: Table) -> Iterator[Diagnostic]:
    """Yield each problem on which a table and its claim disagree."""
    unknown = list(_unknown_columns(claim, table))
    if unknown or not claim.inputs:
        yield from unknown
    else:
        yield from _problems(DecisionTable(claim, table))


def _unknown_columns(claim: TableClaim, table: Table) -> Iterator[Diagnostic]:
    """Yield the columns that a claim names but the table lacks, or has in the other role."""
    inputs = {name.text.casefold() for name in claim.inputs}
    named = [(name, "") for name in claim.inputs]
    for rule in claim.rules:
        named += ((name, "an input") for name, _ in rule.when)
        named += ((name, "an outcome") for name, _ in rule.then)
    for rule in claim.invariants:
        named += ((name, "") for name, _ in (*rule.when, *rule.then))
    seen = set[str]()
    for name, role in named:
        note = Note("the table", table.location)
        is_input = name.text.casefold() in inputs
        if table.column(name.text) is None:
            if name.text not in seen:
                message = f"the table has no column `{name.text}`"
                help_ = did_you_mean(name.text, [cell.text for cell in table.header])
                yield Diagnostic("unresolved-claim", message, name.location, help_, (note,))
            seen.add(name.text)
        elif role and is_input != (role == "an input"):
            message = f"`{name.text}` is not {role} of this table"
            yield Diagnostic("unresolved-claim", message, name.location, "", (note,))


def _problems(decision: DecisionTable) -> Iterator[Diagnostic]:
    yield from _unknown_values(decision)
    if decision.claim.values:
        yield from _overlaps(decision)
        yield from _missing(decision)
    contradictions = list(_contradictions(decision))
    yield from contradictions
    yield from _contradicting_rules(decision)
    yield from _unused_rules(decision)
    yield from _broken_invariants(decision, {d.location.line for d in contradictions})


def _unknown_values(decision: DecisionTable) -> Iterator[Diagnostic]:
    for row in decision.rows:
        for column, known in zip(decision.inputs, decision.known, strict=False):
            cell = row.cells[column]
            if not values_of(cell.text, known):
                yield _unknown_value(cell.text, decision.header(column), known, cell.location)
    declared = dict(zip(decision.inputs, decision.known, strict=False))
    for rule in decision.claim.rules:
        for name, values in rule.when:
            known = declared[decision.column(name)]
            for value in values:
                if value.text not in known:
                    yield _unknown_value(value.text, name.text, known, value.location)


def _overlaps(decision: DecisionTable) -> Iterator[Diagnostic]:
    first: dict[Case, Row] = {}
    for row in decision.rows:
        if not row.is_known:
            continue
        is_reported = False  # rows that share several cases are reported once
        for case in row.cases:
            other = first.setdefault(case, row)
            if other is not row and not is_reported:
                is_reported = True
                note = Note("the other row", other.cells[0].location)
                message = f"two rows for {decision.describe(case)}"
                location = row.cells[0].location
                yield Diagnostic("table-overlap", message, location, "", (note,))


def _missing(decision: DecisionTable) -> Iterator[Diagnostic]:
    covered = {case for row in decision.rows for case in row.cases}
    for case in decision.cases:
        # A ragged row, which has its own problem, may be the one that seems to be missing.
        if case not in covered and not decision.is_ragged:
            message = f"no row for {decision.describe(case)}"
            help_ = f"add `| {' | '.join(decision.row_for(case))} |`"
            yield Diagnostic("table-incomplete", message, decision.table.location, help_)


def _contradictions(decision: DecisionTable) -> Iterator[Diagnostic]:
    for row in decision.rows:
        for column in decision.outcomes if row.is_known and decision.claim.values else ():
            cell = row.cells[column]
            for case in row.cases:
                decided = decision.decided(case, column)
                if decided and cell.text not in {value.text for value in decided[1]}:
                    yield _contradiction(
                        decision, row, cell, column, decided, decision.describe(case)
                    )
                    break


def _contradiction(
    decision: DecisionTable,
    row: Row,
    cell: Cell,
    column: int,
    by: tuple[TableRule, tuple[Scalar, ...]],
    case: str,
) -> Diagnostic:
    rule, values = by
    allowed = " or ".join(f"`{value.text}`" for value in values)
    message = f"`{decision.header(column)}` is `{cell.text}` here, but {allowed} by the rule"
    notes = (
        Note("the rule", rule.location),
        Note(f"the row is for {case}", row.cells[decision.inputs[0]].location),
    )
    return Diagnostic("table-contradicts", message, cell.location, "", notes)


def _contradicting_rules(decision: DecisionTable) -> Iterator[Diagnostic]:
    """Yield pairs of rules that decide a case differently, if the claim's policy is `unique`."""
    for first, second in combinations(decision.claim.rules, 2) if decision.claim.is_unique else ():
        for name, values in second.then:
            other = {value.text for value in decision.then(first, decision.column(name))}
            if not other or other & {value.text for value in values}:
                continue
            case = next((c for c in decision.cases if _both(decision, first, second, c)), None)
            if case:
                message = f"two rules decide `{name.text}` for {decision.describe(case)}"
                note = Note("the other rule", first.location)
                help_ = "narrow one, or let the first decide: `policy: first`"
                yield Diagnostic("rules-contradict", message, second.location, help_, (note,))
                break


def _both(decision: DecisionTable, first: TableRule, second: TableRule, case: Case) -> bool:
    return decision.applies(first, case) and decision.applies(second, case)


def _unused_rules(decision: DecisionTable) -> Iterator[Diagnostic]:
    used = {
        # By identity: two rules that say the same are two rules, and one of them is unused.
        id(decided[0])
        for case in decision.cases
        for column in decision.outcomes
        if (decided := decision.decided(case, column))
    }
    for rule in decision.claim.rules if decision.claim.values else ():
        is_used = id(rule) in used
        if decision.claim.is_unique:
            is_used = any(decision.applies(rule, case) for case in decision.cases)
        # A rule with an undeclared value is reported as `unknown-value`.
        has_unknown = any(
            value.text not in decision.known[decision.inputs.index(decision.column(name))]
            for name, values in rule.when
            for value in values
        )
        if not is_used and not has_unknown:
            message = "this rule decides nothing"
            is_shadowed = any(decision.applies(rule, case) for case in decision.cases)
            help_ = "the rules before it decide all its cases" if is_shadowed else ""
            yield Diagnostic("unused-rule", message, rule.location, help_)


def _broken_invariants(decision: DecisionTable, reported: set[int]) -> Iterator[Diagnostic]:
    """Yield the cells that violate an invariant, except on lines that contradict a rule."""
    for invariant in decision.claim.invariants:
        rows = [row for row in decision.rows if decision.has(row, invariant.when)]
        if not rows and decision.rows:
            message = "this invariant applies to no row"
            yield Diagnostic("unused-rule", message, invariant.location)
        for row in rows:
            is_reported = row.cells[0].location.line in reported
            for name, values in () if is_reported else invariant.then:
                if row.cells[decision.column(name)].text not in {v.text for v in values}:
                    yield _broken_invariant(decision, row, invariant, name, values)


def _broken_invariant(
    decision: DecisionTable,
    row: Row,
    invariant: TableRule,
    name: Scalar,
    values: tuple[Scalar, ...],
) -> Diagnostic:
    column = decision.column(name)
    cell = row.cells[column]
    allowed = " or ".join(f"`{value.text}`" for value in values)
    message = f"`{decision.header(column)}` is `{cell.text}` here, but must be {allowed}"
    when = [
        Note(f"because `{decision.header(c)}` is `{row.cells[c].text}`", row.cells[c].location)
        for c in (decision.column(condition) for condition, _ in invariant.when)
    ]
    notes = (*when, Note("the invariant", invariant.location))
    return Diagnostic("table-contradicts", message, cell.location, "", notes)


def _unknown_value(text: str, name: str, known: tuple[str, ...], location: Location) -> Diagnostic:
    what = f"`{text}`" if text else "an empty cell"
    message = f"{what} is not a declared value of `{name}`"
    help_ = did_you_mean(text, known) or f"one of {', '.join(f'`{value}`' for value in known)}"
    return Diagnostic("unknown-value", message, location, help_)

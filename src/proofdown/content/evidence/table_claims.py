"""Read claims about decision tables: the values of their inputs and the rules they follow."""

import re

from msgspec import Struct
from msgspec.structs import replace

from proofdown.diagnostics import Diagnostic, Report, did_you_mean
from proofdown.fields import Fields, describe
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar, Sequence, Tree

POLICIES = ("first", "unique")
MOST_COMBINATIONS = 10_000
"""Largest number of cases of a table: each combination of inputs is matched with all rules."""

_TABLE_NAME = re.compile(r"#(?P<anchor>\S+)(?:\s+(?P<nth>[1-9][0-9]{0,5}))?")

Cells = tuple[tuple[Scalar, tuple[Scalar, ...]], ...]
"""Columns, each with the values that its cells may have."""


class TableRule(Struct, frozen=True):
    """A rule: inputs and the outcomes that follow. An invariant relates any cells of a row."""

    when: Cells
    then: Cells
    location: Location


class TableClaim(Struct, frozen=True, kw_only=True):
    """A claim that a table contains each case once, as its rules or a recording say."""

    anchor: str
    """Anchor of the heading above the table."""
    nth: int
    """Number of the table under the heading, from 1."""
    inputs: tuple[Scalar, ...]
    """Names of the columns that identify the case of a row."""
    values: Cells
    """The values of each input; empty if a recording alone lists the cases."""
    rules: tuple[TableRule, ...]
    is_unique: bool
    """Whether no two rules may decide the same cell; otherwise the first that applies decides."""
    invariants: tuple[TableRule, ...]
    recording: Scalar | None
    location: Location
    is_whole: bool = True
    """Whether the claim was read without faults, so that it can hold."""

    @property
    def name(self) -> str:
        """The name of the table in a claims file."""
        return f"#{self.anchor}" + (f" {self.nth}" if self.nth > 1 else "")


def read_table_claim(name: Scalar, value: Tree, report: Report) -> TableClaim:
    """Return a claim about a table; invalid parts are reported and left out."""
    faults = len(report)
    claim = _Reader(name, report).claim(value)
    return replace(claim, is_whole=len(report) == faults)


class _Reader:
    def __init__(self, name: Scalar, report: Report) -> None:
        self.name, self.report = name, report
        self.has_too_many = False

    def fault(self, message: str, location: Location, help_: str = "") -> None:
        self.report.add(Diagnostic("invalid-claim", message, location, help_))

    def claim(self, value: Tree) -> TableClaim:
        if not isinstance(value, Mapping):
            what = f"the claim about `{self.name.text}` is {describe(value)}, not a mapping"
            self.fault(what, value.location)
            value = Mapping((), value.location)
        fields = Fields(value, self.report)
        found = _TABLE_NAME.fullmatch(self.name.text)
        if found is None:
            # In quotes, because `#` begins a comment in YAML.
            help_ = 'write the anchor of its heading, as in `"#ports"`, or `"#ports 2"`'
            self.fault(f"`{self.name.text}` names no table", self.name.location, help_)
        inputs, values = self.inputs(fields)
        claim = TableClaim(
            anchor=found["anchor"] if found else "",
            nth=int(found["nth"] or 1) if found else 1,
            inputs=inputs,
            values=values,
            rules=self.rules(fields, "rules"),
            is_unique=fields.choice("policy", POLICIES) == "unique",
            invariants=self.rules(fields, "invariants"),
            recording=fields.scalar("recording"),
            location=self.name.location,
        )
        fields.reject_unknown("a key of a table's claim")
        # If there are too many, the inputs were dropped, and `check` would report them as missing.
        if not self.has_too_many:
            self.check(claim)
        return claim

    def check(self, claim: TableClaim) -> None:
        if not claim.inputs or not (claim.values or claim.recording):
            help_ = "it needs `inputs:` with their values, or their names and a `recording:`"
            message = f"the claim about `{self.name.text}` claims nothing"
            self.fault(message, self.name.location, help_)
        elif claim.rules and not claim.values:
            help_ = "write `inputs: {Column: [one value, another]}`"
            self.fault("these rules have inputs without values", claim.rules[0].location, help_)

    def inputs(self, fields: Fields) -> tuple[tuple[Scalar, ...], Cells]:
        """Return the input columns, and their values if these are given."""
        if fields.is_sequence("inputs"):
            return fields.texts("inputs"), ()
        mapping = fields.mapping("inputs")
        values = self.cells(mapping) if mapping else ()
        count = 1
        for name, known in values:
            count *= len(known)
            if len({v.text for v in known}) < len(known):
                self.fault(f"a value of `{name.text}` is given twice", name.location)
        if count > MOST_COMBINATIONS:
            message = f"{count} combinations of inputs, which no table has"
            location = mapping.location if mapping else self.name.location
            self.fault(message, location, f"at most {MOST_COMBINATIONS} are checked")
            self.has_too_many = True
            return (), ()
        return tuple(name for name, _ in values), values

    def rules(self, fields: Fields, key: str) -> tuple[TableRule, ...]:
        sequence = fields.sequence(key)
        found = []
        for item in sequence.items if sequence else ():
            entries = {k.text: (k, v) for k, v in item} if isinstance(item, Mapping) else {}
            if self.has_unknown_key(entries):
                continue
            then = entries.get("then", (None, None))[1]
            if not isinstance(then, Mapping):
                help_ = "write `{when: {Column: value}, then: {Column: value}}`"
                self.fault("a rule without a `then:`", item.location, help_)
                continue
            when = entries.get("when", (None, None))[1]
            if when is not None and not isinstance(when, Mapping):
                self.fault(f"`when` is {describe(when)}, not a mapping", when.location)
                continue
            found.append(TableRule(self.cells(when), self.cells(then), item.location))
        return tuple(found)

    def has_unknown_key(self, entries: dict[str, tuple[Scalar, Tree]]) -> bool:
        unknown = [key for name, (key, _) in entries.items() if name not in ("when", "then")]
        for key in unknown:
            help_ = did_you_mean(key.text, ("when", "then"))
            message = f"`{key.text}` is not a key of a rule"
            self.report.add(Diagnostic("unknown-key", message, key.location, help_))
        return bool(unknown)

    def cells(self, mapping: Mapping | None) -> Cells:
        """Return columns, each of which has one value or a list of them."""
        found = []
        for name, value in mapping or ():
            items = value.items if isinstance(value, Sequence) else (value,)
            texts = tuple(item for item in items if isinstance(item, Scalar))
            if len(texts) < len(items) or not texts:
                message = f"the values of `{name.text}` are {describe(value)}, not texts"
                if not items:
                    message = f"`{name.text}` has no values"
                self.fault(message, value.location, f"write `{name.text}: [one, another]`")
            else:
                found.append((name, texts))
        return tuple(found)

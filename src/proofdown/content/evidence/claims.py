"""Load claims, the second entries that people write.

`flows.claims.yml` says what `flows.md` must show.
"""

import re
from enum import StrEnum

from msgspec import Struct

from proofdown.content.discovery import CLAIMS_SUFFIX
from proofdown.content.evidence.table_claims import TableClaim, read_table_claim
from proofdown.diagnostics import Diagnostic, Report
from proofdown.fields import Fields, describe
from proofdown.source import Location, Source
from proofdown.yamltree import Mapping, Scalar, Sequence, Tree, load_tree

CONNECTION = re.compile(r"\s*(?P<tail>.+?)\s*(?P<arrow>->|--)\s*(?P<head>.+?)\s*")
"""A connection in a claims file: `client -> source.libvirtd`, or `a -- b`."""


class Verdict(StrEnum):
    """The result of checking a claim. What was not checked is neither held nor broken."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_JUDGED = "not judged"


class Connection(Struct, frozen=True, kw_only=True):
    """A connection that a diagram is claimed to show."""

    tail: str
    head: str
    kind: str
    """A class that the edge must have, as in `control`; empty for any."""
    is_directed: bool
    location: Location
    label: str = ""
    """Words that the edge's label must contain, as in `49152`; empty for any label."""


class DiagramClaim(Struct, frozen=True, kw_only=True):
    """A claim that a diagram shows exactly these connections."""

    diagram: str
    """The diagram's name: its path in the diagrams folder without its suffix."""
    connections: tuple[Connection, ...] | None
    """None if only a recording is cited."""
    recording: Scalar | None
    """Name of a recording that lists the connections."""
    between: tuple[str, ...]
    """Hosts: only recorded connections between two of them are compared; empty for all."""
    location: Location
    is_whole: bool
    """Whether the claim was read without faults, so that it can hold."""


class QuoteClaim(Struct, frozen=True, kw_only=True):
    """A claim that words of a page are the output of a real tool."""

    pattern: re.Pattern[str]
    """Every code span that matches is a quotation; with `in: text`, every text that matches."""
    is_in_text: bool
    anchor: str
    """Anchor of the section to search; empty for the whole page."""
    recordings: tuple[Scalar, ...]
    """Names of the recordings, one of which must contain the quotation."""
    location: Location


class PageClaims(Struct, frozen=True, kw_only=True):
    """The claims of one page."""

    page: str
    """Path of the page relative to the content folder."""
    source: Source
    diagrams: tuple[DiagramClaim, ...] = ()
    tables: tuple[TableClaim, ...] = ()
    quotes: tuple[QuoteClaim, ...] = ()


class Judgement(Struct, frozen=True, kw_only=True):
    """A claim, or something that should have one, with its verdict."""

    kind: str
    """What the claim is about: `diagram`, `table`, `quote` or `command`."""
    name: str
    """Its name: that of a diagram, an anchor, the quotation, or a command's first words."""
    page: str
    """Path of the page relative to the content folder."""
    verdict: Verdict
    location: Location
    """Where the claim is; if there is none, where the thing itself is."""
    rests_on: tuple[str, ...] = ()
    """Names of the recordings that it is judged by; empty if a person wrote the claim."""
    problems: tuple[Diagnostic, ...] = ()
    """Why it is broken or cannot be judged."""


def load_claims(source: Source, path: str, report: Report) -> PageClaims:
    """Return the claims in a file, given its path in the content folder."""
    page = path.removesuffix(CLAIMS_SUFFIX) + ".md"
    tree = load_tree(source, report)
    if tree is None:
        return PageClaims(page=page, source=source)
    if not isinstance(tree, Mapping):
        message = f"the claims are {describe(tree)}, not a mapping"
        report.add(Diagnostic("invalid-claim", message, tree.location, "begin with `diagrams:`"))
        return PageClaims(page=page, source=source)
    reader = _Reader(report)
    fields = Fields(tree, report)
    claims = PageClaims(
        page=page,
        source=source,
        diagrams=tuple(reader.diagram(k, v) for k, v in fields.mapping("diagrams") or ()),
        tables=tuple(read_table_claim(k, v, report) for k, v in fields.mapping("tables") or ()),
        quotes=tuple(c for c in map(reader.quote, _items(fields.sequence("quotes"))) if c),
    )
    fields.reject_unknown("a kind of claim")
    return claims


def _items(sequence: Sequence | None) -> tuple[Tree, ...]:
    return sequence.items if sequence else ()


class _Reader:
    """Reads claims of each kind, reporting faults."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def fault(self, message: str, location: Location, help_: str = "") -> None:
        self.report.add(Diagnostic("invalid-claim", message, location, help_))

    def fields(self, name: str, value: Tree) -> Fields:
        """Return a claim's fields; if it is not a mapping, report that and return none."""
        if isinstance(value, Mapping):
            return Fields(value, self.report)
        self.fault(f"the claim about `{name}` is {describe(value)}, not a mapping", value.location)
        return Fields(Mapping((), value.location), self.report)

    def diagram(self, name: Scalar, value: Tree) -> DiagramClaim:
        faults = len(self.report)
        fields = self.fields(name.text, value)
        sequence, recording = fields.sequence("connections"), fields.scalar("recording")
        between = tuple(name.text for name in fields.texts("between"))
        fields.reject_unknown("a key of a diagram's claim")
        is_empty = sequence is None
        # After another fault, the claim may seem empty only because of that.
        if is_empty and recording is None and len(self.report) == faults:
            help_ = "list its `connections:`, or name a `recording:`"
            self.fault(f"the claim about `{name.text}` claims nothing", name.location, help_)
        connections = [c for c in map(self.connection, _items(sequence)) if c]
        return DiagramClaim(
            diagram=name.text,
            connections=None if is_empty else tuple(connections),
            recording=recording,
            between=between,
            location=name.location,
            is_whole=len(self.report) == faults,
        )

    def connection(self, item: Tree) -> Connection | None:
        kind = ""
        scalar = item
        # YAML reads `client -> source: control` as a mapping with one key.
        if isinstance(item, Mapping) and len(item.entries) == 1:
            scalar, value = item.entries[0]
            kind = value.text if isinstance(value, Scalar) else ""
        found = CONNECTION.fullmatch(scalar.text) if isinstance(scalar, Scalar) else None
        if found is None:
            help_ = "write `client -> source.libvirtd`, or `client -> source.libvirtd: control`"
            shown = f"`{scalar.text}`" if isinstance(scalar, Scalar) else describe(item)
            self.fault(f"{shown} is not a connection", item.location, help_)
            return None
        return Connection(
            tail=found["tail"],
            head=found["head"],
            kind=kind,
            is_directed=found["arrow"] == "->",
            location=scalar.location,
        )

    def quote(self, value: Tree) -> QuoteClaim | None:
        fields = self.fields("a quote", value)
        pattern = fields.scalar("matches")
        where = fields.choice("in", ("code", "text")) or "code"
        anchor = fields.text("under").removeprefix("#")
        recordings = self.recordings(fields)
        fields.reject_unknown("a key of a quote's claim")
        if pattern is None or not recordings:
            help_ = "it needs `matches:` and a `recording:`"
            if isinstance(value, Mapping):
                self.fault("this claim about quotes claims nothing", value.location, help_)
            return None
        try:
            compiled = re.compile(pattern.text)
        # Groups that are nested too deeply, and repeat counts that are too large.
        except (re.error, RecursionError, OverflowError) as fault:
            self.fault(f"`{pattern.text}` is not a pattern: {fault}", pattern.location)
            return None
        return QuoteClaim(
            pattern=compiled,
            is_in_text=where == "text",
            anchor=anchor,
            recordings=recordings,
            location=pattern.location,
        )

    def recordings(self, fields: Fields) -> tuple[Scalar, ...]:
        """Return the names under `recording:`, which is one name or a list."""
        if fields.is_sequence("recording"):
            return fields.texts("recording")
        name = fields.scalar("recording")
        return (name,) if name else ()

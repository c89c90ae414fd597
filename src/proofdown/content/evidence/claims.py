"""The second entries that people write: `flows.claims.yml` says what `flows.md` must show."""

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
"""How a connection is written: `client -> source.libvirtd`, or `a -- b`."""


class Verdict(StrEnum):
    """What came of a claim; never only two, for what nobody looked at is not fine."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_JUDGED = "not judged"


class Connection(Struct, frozen=True):
    """A connection that a diagram is claimed to show."""

    tail: str
    head: str
    kind: str
    """A class that the edge must carry, as in `control`; empty for any."""
    is_directed: bool
    location: Location
    label: str = ""
    """Words that the edge's label must hold, as in `49152`; empty for any label."""


class DiagramClaim(Struct, frozen=True):
    """Exactly which connections a diagram shows."""

    diagram: str
    """The diagram's name: its path in the diagrams folder without its suffix."""
    connections: tuple[Connection, ...] | None
    """None where only a recording is cited."""
    recording: Scalar | None
    """Name of a recording that lists the connections."""
    between: tuple[str, ...]
    """Hosts whose recorded connections with each other the drawing shows; empty for all."""
    location: Location
    is_whole: bool
    """Whether all that is written of it was understood, so that it can be said to hold."""


class QuoteClaim(Struct, frozen=True):
    """Words of a page that are a real tool's own."""

    pattern: re.Pattern[str]
    """What is quoted: every code span, or with `in: text` every text, that matches."""
    is_in_text: bool
    anchor: str
    """Anchor of the section it is looked for in; empty for the whole page."""
    recordings: tuple[Scalar, ...]
    """Names of the recordings, one of which must have it."""
    location: Location


class PageClaims(Struct, frozen=True):
    """The claims of one page."""

    page: str
    """Path of the page in the content folder."""
    source: Source
    diagrams: tuple[DiagramClaim, ...] = ()
    tables: tuple[TableClaim, ...] = ()
    quotes: tuple[QuoteClaim, ...] = ()


class Judgement(Struct, frozen=True):
    """A claim, or something that has none, with its verdict."""

    kind: str
    """What is claimed about: `diagram`, `table`, `quote` or `command`."""
    name: str
    """Which of them: a diagram's name, an anchor, what is quoted, a command's first words."""
    page: str
    """Path of the page in the content folder."""
    verdict: Verdict
    location: Location
    """Where the claim is made; for what has no claim, where it is shown."""
    rests_on: tuple[str, ...] = ()
    """Names of the recordings that it is judged by; empty for what a person wrote."""
    problems: tuple[Diagnostic, ...] = ()
    """Why it is broken, or cannot be judged."""


def load_claims(source: Source, path: str, report: Report) -> PageClaims:
    """Return the claims in a file, given its path in the content folder."""
    page = path.removesuffix(CLAIMS_SUFFIX) + ".md"
    tree = load_tree(source, report)
    if tree is None:
        return PageClaims(page, source)
    if not isinstance(tree, Mapping):
        message = f"the claims are {describe(tree)}, not a mapping"
        report.add(Diagnostic("invalid-claim", message, tree.location, "begin with `diagrams:`"))
        return PageClaims(page, source)
    reader = _Reader(report)
    fields = Fields(tree, report)
    claims = PageClaims(
        page,
        source,
        tuple(reader.diagram(k, v) for k, v in fields.mapping("diagrams") or ()),
        tuple(read_table_claim(k, v, report) for k, v in fields.mapping("tables") or ()),
        tuple(c for c in map(reader.quote, _items(fields.sequence("quotes"))) if c),
    )
    fields.reject_unknown("a kind of claim")
    return claims


def _items(sequence: Sequence | None) -> tuple[Tree, ...]:
    return sequence.items if sequence else ()


class _Reader:
    """Reads claims of each kind; what is wrong with one is reported."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def fault(self, message: str, location: Location, help_: str = "") -> None:
        self.report.add(Diagnostic("invalid-claim", message, location, help_))

    def fields(self, name: str, value: Tree) -> Fields:
        """Return a claim's fields; none for a claim that is no mapping, which is reported."""
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
        if is_empty and recording is None and len(self.report) == faults:
            help_ = "list its `connections:`, or name a `recording:`"
            self.fault(f"the claim about `{name.text}` claims nothing", name.location, help_)
        connections = [c for c in map(self.connection, _items(sequence)) if c]
        return DiagramClaim(
            name.text,
            None if is_empty else tuple(connections),
            recording,
            between,
            name.location,
            len(self.report) == faults,
        )

    def connection(self, item: Tree) -> Connection | None:
        kind = ""
        scalar = item
        if isinstance(item, Mapping) and len(item.entries) == 1:
            scalar, value = item.entries[0]
            kind = value.text if isinstance(value, Scalar) else ""
        found = CONNECTION.fullmatch(scalar.text) if isinstance(scalar, Scalar) else None
        if found is None:
            help_ = "write `client -> source.libvirtd`, or `client -> source.libvirtd: control`"
            said = f"`{scalar.text}`" if isinstance(scalar, Scalar) else describe(item)
            self.fault(f"{said} is not a connection", item.location, help_)
            return None
        is_directed = found["arrow"] == "->"
        return Connection(found["tail"], found["head"], kind, is_directed, scalar.location)

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
        except (re.error, RecursionError, OverflowError) as fault:
            self.fault(f"`{pattern.text}` is not a pattern: {fault}", pattern.location)
            return None
        return QuoteClaim(compiled, where == "text", anchor, recordings, pattern.location)

    def recordings(self, fields: Fields) -> tuple[Scalar, ...]:
        """Return the names under `recording:`, one or a list of them."""
        if fields.is_sequence("recording"):
            return fields.texts("recording")
        name = fields.scalar("recording")
        return (name,) if name else ()

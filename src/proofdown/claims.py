"""The second entries that people write: `flows.claims.yml` says what `flows.md` must show."""

import re
from dataclasses import dataclass
from enum import StrEnum

from proofdown.content import CLAIMS_SUFFIX
from proofdown.diagnostics import Diagnostic, Report
from proofdown.fields import Fields, describe
from proofdown.source import Place, Source
from proofdown.yamltree import Mapping, Scalar, Tree, load_tree

_CONNECTION = re.compile(r"\s*(?P<tail>.+?)\s*(?P<arrow>->|--)\s*(?P<head>.+?)\s*")


class Verdict(StrEnum):
    """What came of a claim; never only two, for what nobody looked at is not fine."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that a diagram is claimed to show."""

    tail: str
    head: str
    kind: str
    """A class that the edge must carry, as in `control`; empty for any."""
    is_directed: bool
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class DiagramClaim:
    """Exactly which connections a diagram shows."""

    diagram: str
    """The diagram's name: its path in the diagrams folder without `.dot`."""
    connections: tuple[Connection, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class PageClaims:
    """The claims of one page."""

    page: str
    """Path of the page in the content folder."""
    source: Source
    diagrams: tuple[DiagramClaim, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A claim, or something that has none, with its verdict."""

    kind: str
    """What is claimed about: `diagram`."""
    name: str
    page: str
    verdict: Verdict
    place: Place
    """Where the claim is made; for what has no claim, where it is shown."""


def load_claims(source: Source, path: str, report: Report) -> PageClaims:
    """Return the claims in a file, given its path in the content folder."""
    page = path.removesuffix(CLAIMS_SUFFIX) + ".md"
    tree = load_tree(source, report)
    if tree is None:
        return PageClaims(page, source, ())
    if not isinstance(tree, Mapping):
        message = f"the claims are {describe(tree)}, not a mapping"
        report.add(Diagnostic("invalid-claim", message, tree.place, "begin with `diagrams:`"))
        return PageClaims(page, source, ())
    fields = Fields(tree, report)
    mapping = fields.mapping("diagrams")
    diagrams = tuple(
        DiagramClaim(name.text, _connections(name, value, report), name.place)
        for name, value in mapping or ()
    )
    fields.finish("a kind of claim")
    return PageClaims(page, source, diagrams)


def _connections(name: Scalar, value: Tree, report: Report) -> tuple[Connection, ...]:
    if not isinstance(value, Mapping):
        message = f"the claim about `{name.text}` is {describe(value)}, not a mapping"
        help_ = "write `connections:` under it"
        report.add(Diagnostic("invalid-claim", message, value.place, help_))
        return ()
    fields = Fields(value, report)
    sequence = fields.sequence("connections")
    if sequence is None:
        message = f"the claim about `{name.text}` lists no `connections`"
        report.add(Diagnostic("invalid-claim", message, name.place))
    found = [_connection(item, report) for item in (sequence.items if sequence else ())]
    fields.finish("a key of a diagram's claim")
    return tuple(c for c in found if c)


def _connection(item: Tree, report: Report) -> Connection | None:
    kind = ""
    scalar = item
    if isinstance(item, Mapping) and len(item.entries) == 1:
        scalar, value = item.entries[0]
        kind = value.text if isinstance(value, Scalar) else ""
    found = _CONNECTION.fullmatch(scalar.text) if isinstance(scalar, Scalar) else None
    if found is None or not isinstance(scalar, Scalar):
        message = f"a connection is {describe(item)}"
        help_ = "write `client -> source.libvirtd`, or `client -> source.libvirtd: control`"
        report.add(Diagnostic("invalid-claim", message, item.place, help_))
        return None
    is_directed = found["arrow"] == "->"
    return Connection(found["tail"], found["head"], kind, is_directed, scalar.text, scalar.place)

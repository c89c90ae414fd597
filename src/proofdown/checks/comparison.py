"""A claim about a diagram held against its drawing, connection by connection."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from proofdown.claims import Connection, DiagramClaim
from proofdown.diagnostics import Diagnostic, Note, did_you_mean
from proofdown.dotscan import EdgeText, find_edges
from proofdown.drawings import Drawing
from proofdown.graphs import Edge, Graph, Node
from proofdown.source import Place


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A claimed connection with the nodes it names."""

    connection: Connection
    tail: Node
    head: Node


class Comparison:
    """A claim held against a drawing."""

    def __init__(self, claim: DiagramClaim, drawing: Drawing) -> None:
        self.claim, self.drawing = claim, drawing

    @property
    def graph(self) -> Graph:
        """What the drawing says."""
        return self.drawing.graph

    def contradictions(self) -> Iterator[Diagnostic]:
        """Yield each connection that is missing, unlike, or one too many."""
        left = list(self.graph.edges)
        for connection in self.claim.connections:
            nodes = self._nodes(connection)
            if isinstance(nodes, Diagnostic):
                yield nodes
                continue
            edge = self._take(nodes, left)
            if edge is None:
                yield self._missing(nodes)
            elif connection.kind and connection.kind not in edge.classes:
                yield self._of_other_kind(connection, edge)
        for edge in left:
            yield self._extra(edge)

    def _nodes(self, connection: Connection) -> _Claimed | Diagnostic:
        ends = []
        for name in (connection.tail, connection.head):
            fitting = self.graph.find_nodes(name)
            if len(fitting) == 1:
                ends.append(fitting[0])
                continue
            known = [str(node) for node in self.graph.nodes]
            if fitting:
                message = f"`{name}` fits several nodes of `{self.claim.diagram}`"
                help_ = "name one: " + ", ".join(f"`{node}`" for node in fitting)
            else:
                message = f"the drawing `{self.claim.diagram}` has no node `{name}`"
                help_ = did_you_mean(name, known) or "it has " + ", ".join(f"`{k}`" for k in known)
            note = Note("the diagram", self.drawing.place)
            return Diagnostic("diagram-contradicts", message, connection.place, help_, (note,))
        return _Claimed(connection, ends[0], ends[1])

    def _take(self, claimed: _Claimed, left: list[Edge]) -> Edge | None:
        """Take an edge that fits out of those left; one of the claimed kind before others."""
        fitting = [
            edge
            for edge in left
            if (edge.tail, edge.head) == (claimed.tail, claimed.head)
            or (
                not self.graph.is_directed
                and (edge.head, edge.tail) == (claimed.tail, claimed.head)
            )
        ]
        fitting.sort(key=lambda edge: claimed.connection.kind not in edge.classes)
        if fitting:
            left.remove(fitting[0])
        return fitting[0] if fitting else None

    def _missing(self, claimed: _Claimed) -> Diagnostic:
        shown = f"{claimed.tail} {self.graph.arrow} {claimed.head}"
        message = f"the drawing `{self.claim.diagram}` lacks `{shown}`, which is claimed here"
        note = Note("the diagram", self.drawing.place)
        return Diagnostic("diagram-contradicts", message, claimed.connection.place, notes=(note,))

    def _extra(self, edge: Edge) -> Diagnostic:
        shown = self.graph.connection(edge)
        message = f"the drawing `{self.claim.diagram}` has `{shown}`, which nobody claims"
        note = Note("the claim", self.claim.place)
        return Diagnostic("diagram-contradicts", message, self._place(edge), notes=(note,))

    def _of_other_kind(self, connection: Connection, edge: Edge) -> Diagnostic:
        kinds = " ".join(edge.classes) or "no class"
        shown = self.graph.connection(edge)
        message = f"`{shown}` is drawn as `{kinds}`, and claimed as `{connection.kind}`"
        note = Note("the claim", connection.place)
        return Diagnostic("diagram-contradicts", message, self._place(edge), notes=(note,))

    def _place(self, edge: Edge) -> Place:
        """Return where an edge stands in the DOT text; the n-th of several between two nodes."""
        same = [e for e in self.graph.edges if (e.tail, e.head) == (edge.tail, edge.head)]
        nth = next(i for i, e in enumerate(same) if e is edge)
        ends = (edge.tail.id, edge.head.id)
        texts = [t for t in _edge_texts(self.drawing.source.text) if (t.tail, t.head) == ends]
        if not texts:
            return self.drawing.place
        text = texts[min(nth, len(texts) - 1)]
        return self.drawing.source.place(text.start, text.end)


@lru_cache(maxsize=64)
def _edge_texts(text: str) -> tuple[EdgeText, ...]:
    return find_edges(text)

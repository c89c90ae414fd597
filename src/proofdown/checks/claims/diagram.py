"""Compare a drawing with a list of connections, one by one."""

from collections.abc import Iterator

from msgspec import Struct

from proofdown.content.evidence.claims import Connection
from proofdown.diagnostics import Diagnostic, Note, did_you_mean
from proofdown.diagrams.drawing import Drawing
from proofdown.diagrams.model.graph import Edge, Graph, Node, arrow_of
from proofdown.source import Location


class _Expected(Struct, frozen=True):
    """A connection with the nodes it names."""

    connection: Connection
    tails: tuple[Node, ...]
    heads: tuple[Node, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """A drawing, and the connections that it must show, no more and no fewer.

    A person claims connections between nodes. A recording has connections between hosts. The name
    of a host may be that of a group, which any node in the group matches, and connections within
    a host are not recorded.
    """

    drawing: Drawing
    connections: tuple[Connection, ...]
    location: Location
    """Where the list of connections is."""
    by: str
    """Where the list is from: `claimed` or `recorded`."""
    shown: Location
    """Where the page shows the drawing."""

    @property
    def graph(self) -> Graph:
        """The drawing's nodes and connections."""
        return self.drawing.graph

    @property
    def name(self) -> str:
        """The drawing's name for messages."""
        return f"the drawing `{self.drawing.name}`"

    @property
    def is_recorded(self) -> bool:
        """Whether the connections are from a recording instead of a claim."""
        return self.by == "recorded"

    def contradictions(self) -> Iterator[Diagnostic]:
        """Yield each connection that is missing, different, or not expected."""
        left = [edge for edge in self.graph.edges if not self._is_unseen(edge)]
        yield from self._wrong_arrows()
        expected: list[_Expected] = []
        for connection in self.connections:
            nodes = self._nodes(connection)
            if isinstance(nodes, Diagnostic):
                yield nodes
            else:
                expected.append(nodes)
        # Connections with an edge that matches exactly go first, so that no other takes that edge.
        expected.sort(key=lambda e: self._best_match(e, left)[1])
        for one in expected:
            edge, _ = self._best_match(one, left)
            if edge is None:
                yield self._missing(one)
            else:
                left.remove(edge)
                yield from self._differences(one.connection, edge)
        for edge in left:
            yield self._extra(edge)

    def _wrong_arrows(self) -> Iterator[Diagnostic]:
        """Yield one problem if connections are claimed with the other kind of arrow than drawn."""
        is_directed = self._is_directed
        wrong = [c for c in self.connections if c.is_directed != is_directed]
        if wrong and not self.is_recorded and is_directed is not None:
            drawn, written = ("", "without") if is_directed else ("no ", "with")
            message = f"{self.name} has {drawn}directions, but is {self.by} {written} them"
            help_ = f"write `a {arrow_of(is_directed)} b`, or change the diagram"
            yield self._problem(message, wrong[0].location, self._diagram, help_=help_)

    @property
    def _is_directed(self) -> bool | None:
        """Whether the connections are drawn with arrowheads; None if only some are."""
        kinds = {edge.is_directed for edge in self.graph.edges} or {self.graph.is_directed}
        return kinds.pop() if len(kinds) == 1 else None

    def _is_unseen(self, edge: Edge) -> bool:
        """Return whether an end is invisible, or both are in one host of a recording."""
        if not edge.is_between_seen:
            return True
        return self.is_recorded and edge.tail.groups[:1] == edge.head.groups[:1] != ()

    def _problem(
        self, message: str, location: Location, *notes: Note, help_: str = ""
    ) -> Diagnostic:
        shown = () if self.shown.path == location.path else (Note("shown here", self.shown),)
        return Diagnostic("diagram-contradicts", message, location, help_, (*notes, *shown))

    def _nodes(self, connection: Connection) -> _Expected | Diagnostic:
        ends = []
        for name in (connection.tail, connection.head):
            nodes = self.graph.find_nodes(name)
            if not nodes and self.is_recorded:
                nodes = self.graph.find_group(name)
            elif len(nodes) > 1:
                message = f"`{name}` matches several nodes of {self.name}"
                help_ = "name one: " + ", ".join(f"`{node}`" for node in nodes)
                return self._problem(message, connection.location, self._diagram, help_=help_)
            if not nodes:
                known = [str(node) for node in self.graph.nodes if node.is_seen]
                message = f"{self.name} has no node `{name}`, which is {self.by} here"
                help_ = did_you_mean(name, known) or "it has " + ", ".join(f"`{k}`" for k in known)
                return self._problem(message, connection.location, self._diagram, help_=help_)
            ends.append(nodes)
        return _Expected(connection, ends[0], ends[1])

    @property
    def _diagram(self) -> Note:
        return Note("the diagram", self.drawing.location)

    def _best_match(self, expected: _Expected, left: list[Edge]) -> tuple[Edge | None, int]:
        """Return the edge with the fewest differences, and their number.

        If no edge joins the nodes, that is None and a number that sorts after the others.
        """
        joining = [edge for edge in left if self._joins(edge, expected)]
        ranked = [(len(list(self._differences(expected.connection, e))), e) for e in joining]
        if not ranked:
            return None, len(self.graph.edges)
        # By number only: edges have no order. The first of equally good ones is taken.
        differences, edge = min(ranked, key=lambda pair: pair[0])
        return edge, differences

    def _joins(self, edge: Edge, expected: _Expected) -> bool:
        tails, heads = expected.tails, expected.heads
        if edge.tail in tails and edge.head in heads:
            return True
        return not edge.is_directed and edge.head in tails and edge.tail in heads

    def _missing(self, expected: _Expected) -> Diagnostic:
        connection = expected.connection
        tail = expected.tails[0] if len(expected.tails) == 1 else connection.tail
        head = expected.heads[0] if len(expected.heads) == 1 else connection.head
        kind = self._is_directed
        is_directed = connection.is_directed if kind is None else kind
        shown = f"{tail} {arrow_of(is_directed)} {head}"
        # The edges that join these nodes, if any, have matched other connections.
        drawn = sum(self._joins(edge, expected) for edge in self.graph.edges)
        if connection.label:
            shown += f": {connection.label}"
        elif drawn:
            times = "once" if drawn == 1 else f"{drawn} times"
            message = f"{self.name} has `{shown}` {times}, but it is {self.by} here once more"
            return self._problem(message, connection.location, self._diagram)
        message = f"{self.name} lacks `{shown}`, which is {self.by} here"
        return self._problem(message, connection.location, self._diagram)

    def _extra(self, edge: Edge) -> Diagnostic:
        message = f"{self.name} has `{edge}`, which is not {self.by}"
        return self._problem(
            message, self.drawing.location_of(edge), Note(f"what is {self.by}", self.location)
        )

    def _differences(self, connection: Connection, edge: Edge) -> Iterator[Diagnostic]:
        shown = str(edge)
        note = Note(f"{self.by} here", connection.location)
        # Where all edges are of one kind, `_wrong_arrows` reports this once for all of them.
        is_mixed = self._is_directed is None and not self.is_recorded
        if is_mixed and connection.is_directed != edge.is_directed:
            drawn, claimed = ("with", "without") if edge.is_directed else ("without", "with")
            message = f"`{shown}` is drawn {drawn} an arrowhead, but {self.by} {claimed} one"
            yield self._problem(message, self.drawing.location_of(edge), note)
        if connection.kind and connection.kind not in edge.classes:
            drawn = f"as `{' '.join(edge.classes)}`" if edge.classes else "without a class"
            message = f"`{shown}` is drawn {drawn}, but {self.by} as `{connection.kind}`"
            yield self._problem(message, self.drawing.location_of(edge), note)
        if connection.label and connection.label not in edge.label.split():
            label = edge.label or "nothing"
            message = f"`{shown}` is labelled `{label}`, but {self.by} as `{connection.label}`"
            yield self._problem(message, self.drawing.location_of(edge), note)

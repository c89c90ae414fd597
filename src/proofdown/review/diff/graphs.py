"""Compare diagrams as graphs, and draw them again with the changes marked."""

from collections import Counter
from functools import cached_property

from msgspec import Struct

from proofdown.config.model import Config
from proofdown.diagnostics import SiteError
from proofdown.diagrams.drawing import Drawing, draw_marked
from proofdown.diagrams.model.graph import Edge, Graph, Line, Marks
from proofdown.diagrams.sanitize import NotSvgError, SafeSvg


class EdgeChange(Struct, frozen=True, order=True):
    """An edge with a changed label or class."""

    edge: str
    before: str
    after: str


class GraphChange(Struct, frozen=True, dict=True, kw_only=True):
    """What changed in a diagram; nodes and edges have the names that readers see."""

    where: str
    """The heading that it is under."""
    name: str
    nodes_added: tuple[str, ...] = ()
    nodes_removed: tuple[str, ...] = ()
    edges_added: tuple[str, ...] = ()
    edges_removed: tuple[str, ...] = ()
    edges_changed: tuple[EdgeChange, ...] = ()
    before: Drawing | None
    after: Drawing | None

    @cached_property
    def count(self) -> int:
        """The number of nodes and edges that changed."""
        groups = (self.nodes_added, self.nodes_removed, self.edges_added, self.edges_removed)
        return sum(map(len, groups)) + len(self.edges_changed)


def content_key(drawing: Drawing) -> str:
    """Return a key of a drawing's nodes and edges, whatever its name and layout."""
    graph = drawing.graph
    nodes = sorted(str(node) for node in graph.nodes)
    edges = sorted(_edge_parts(edge) for edge in graph.edges)
    return repr((nodes, edges))


def compare_drawings(before: Drawing, after: Drawing, where: str) -> GraphChange:
    """Return what changed between two drawings."""
    old, new = before.graph, after.graph
    nodes = [Counter(str(n) for n in graph.nodes if n.is_seen) for graph in (old, new)]
    edges = [Counter(_edge_parts(edge) for edge in graph.edges) for graph in (old, new)]
    removed, added = list((edges[0] - edges[1]).elements()), list((edges[1] - edges[0]).elements())
    changed = []
    # An edge that is gone and one that is new between the same nodes are one that changed.
    # A copy, because the loop removes items from the list.
    for edge, label in list(removed):
        other = next((parts for parts in added if parts[0] == edge), None)
        if other:
            removed.remove((edge, label))
            added.remove(other)
            changed.append(EdgeChange(edge, label, other[1]))
    return GraphChange(
        where=where,
        name=after.name,
        nodes_added=tuple(sorted((nodes[1] - nodes[0]).elements())),
        nodes_removed=tuple(sorted((nodes[0] - nodes[1]).elements())),
        edges_added=tuple(sorted(map(_edge_text, added))),
        edges_removed=tuple(sorted(map(_edge_text, removed))),
        edges_changed=tuple(sorted(changed)),
        before=before,
        after=after,
    )


def whole_drawing(drawing: Drawing, where: str, *, is_new: bool) -> GraphChange:
    """Return the change for a drawing that was added or removed as a whole."""
    before, after = (None, drawing) if is_new else (drawing, None)
    return GraphChange(where=where, name=drawing.name, before=before, after=after)


def _edge_parts(edge: Edge) -> tuple[str, str]:
    """Return an edge's two nodes as a text, and its classes and label."""
    label = ", ".join([*edge.classes, *filter(None, [edge.label])])
    if edge.is_directed:
        return str(edge), label
    # The nodes of an undirected edge are sorted, because their order means nothing.
    return f" {edge.arrow} ".join(sorted([str(edge.tail), str(edge.head)])), label


def _edge_text(parts: tuple[str, str]) -> str:
    return f"{parts[0]} ({parts[1]})" if parts[1] else parts[0]


def marked_drawing(drawing: Drawing, config: Config, change: GraphChange, prefix: str) -> SafeSvg:
    """Return a drawing with the classes `added`, `removed` and `changed` on what changed in it.

    If it cannot be drawn again, the drawing is returned without them.

    Args:
        drawing: one of the two drawings that were compared.
        config: settings of its site.
        change: the result of the comparison.
        prefix: a prefix of the ids in it, so that those of two drawings do not collide.
    """
    try:  # drawn again, because the sanitized SVG no longer says which shape is which node
        return draw_marked(drawing, config, _marks(drawing.graph, change), prefix)
    except (SiteError, NotSvgError):
        return drawing.svg


def _marks(graph: Graph, change: GraphChange) -> Marks:
    """Return the class of each node and line; empty for unchanged ones."""
    nodes = {**dict.fromkeys(change.nodes_added, "added")}
    nodes |= dict.fromkeys(change.nodes_removed, "removed")
    edges = {**dict.fromkeys(change.edges_added, "added")}
    edges |= dict.fromkeys(change.edges_removed, "removed")
    lines: dict[Line, str] = {}
    for edge in graph.edges:
        parts = name, label = _edge_parts(edge)
        is_changed = any(
            name == one.edge and label in (one.before, one.after) for one in change.edges_changed
        )
        mark = edges.get(_edge_text(parts), "changed" if is_changed else "")
        # A line with arrowheads at both ends is two edges; the first one that changed marks it.
        lines[edge.line] = lines.get(edge.line) or mark
    return Marks({node.id: nodes.get(str(node), "") for node in graph.nodes}, lines)

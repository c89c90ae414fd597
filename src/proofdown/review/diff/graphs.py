"""Diagrams compared as graphs, and drawn once more with what changed marked in them."""

from collections import Counter
from functools import cached_property

from msgspec import Struct

from proofdown.config.model import Config
from proofdown.diagnostics import SiteError
from proofdown.diagrams.drawing import Drawing, draw_marked
from proofdown.diagrams.model.graph import Edge, Graph, Line, Marks
from proofdown.diagrams.sanitize import NotSvgError, SafeSvg


class EdgeChange(Struct, frozen=True, order=True):
    """An edge with other words, or of another kind."""

    edge: str
    before: str
    after: str


class GraphChange(Struct, frozen=True, dict=True):
    """What changed in a diagram; nodes and edges are named as readers see them."""

    where: str
    """The heading that it stands under."""
    name: str
    nodes_added: tuple[str, ...]
    nodes_removed: tuple[str, ...]
    edges_added: tuple[str, ...]
    edges_removed: tuple[str, ...]
    edges_changed: tuple[EdgeChange, ...]
    before: Drawing | None
    after: Drawing | None

    @cached_property
    def count(self) -> int:
        """How many nodes and edges are not as they were."""
        groups = (self.nodes_added, self.nodes_removed, self.edges_added, self.edges_removed)
        return sum(map(len, groups)) + len(self.edges_changed)


def says(drawing: Drawing) -> str:
    """Return what a drawing says, apart from its name and looks."""
    graph = drawing.graph
    nodes = sorted(str(node) for node in graph.nodes)
    edges = sorted(_edge_facts(edge) for edge in graph.edges)
    return repr((nodes, edges))


def compare_drawings(before: Drawing, after: Drawing, where: str) -> GraphChange:
    """Return what changed between two drawings."""
    old, new = before.graph, after.graph
    nodes = [Counter(str(n) for n in graph.nodes if n.is_seen) for graph in (old, new)]
    edges = [Counter(_edge_facts(edge) for edge in graph.edges) for graph in (old, new)]
    gone, come = list((edges[0] - edges[1]).elements()), list((edges[1] - edges[0]).elements())
    changed = []
    for edge, said in list(gone):
        other = next((fact for fact in come if fact[0] == edge), None)
        if other:
            gone.remove((edge, said))
            come.remove(other)
            changed.append(EdgeChange(edge, said, other[1]))
    return GraphChange(
        where,
        after.name,
        tuple(sorted((nodes[1] - nodes[0]).elements())),
        tuple(sorted((nodes[0] - nodes[1]).elements())),
        tuple(sorted(map(_spoken, come))),
        tuple(sorted(map(_spoken, gone))),
        tuple(sorted(changed)),
        before,
        after,
    )


def whole_drawing(drawing: Drawing, where: str, *, is_new: bool) -> GraphChange:
    """Return the change that a whole drawing is which came or went."""
    sides = (None, drawing) if is_new else (drawing, None)
    return GraphChange(where, drawing.name, (), (), (), (), (), *sides)


def _edge_facts(edge: Edge) -> tuple[str, str]:
    """Return an edge's ends, and what else is said of it; without a direction, any end is first."""
    said = ", ".join([*edge.classes, *filter(None, [edge.label])])
    if edge.is_directed:
        return str(edge), said
    return f" {edge.arrow} ".join(sorted([str(edge.tail), str(edge.head)])), said


def _spoken(fact: tuple[str, str]) -> str:
    return f"{fact[0]} ({fact[1]})" if fact[1] else fact[0]


def marked_drawing(drawing: Drawing, config: Config, change: GraphChange, prefix: str) -> SafeSvg:
    """Return a drawing with the class `was` or `now` on what is only in it, `changed` on the rest.

    It is drawn again, since a drawing that is safe in a page no longer says which part is which;
    where that fails, the drawing is returned as it is.

    Args:
        drawing: one of the two that were compared.
        config: settings of the site that it is of.
        change: what came of the comparison.
        prefix: what the ids in it begin with, so that two on a page do not meet.
    """
    try:
        return draw_marked(drawing, config, _marks(drawing.graph, change), prefix)
    except (SiteError, NotSvgError):
        return drawing.svg


def _marks(graph: Graph, change: GraphChange) -> Marks:
    """Return the class of each node and line; one that did not change has none."""
    nodes = {**dict.fromkeys(change.nodes_added, "added")}
    nodes |= dict.fromkeys(change.nodes_removed, "removed")
    edges = {**dict.fromkeys(change.edges_added, "added")}
    edges |= dict.fromkeys(change.edges_removed, "removed")
    lines: dict[Line, str] = {}
    for edge in graph.edges:
        facts = name, said = _edge_facts(edge)
        is_changed = any(
            name == one.edge and said in (one.before, one.after) for one in change.edges_changed
        )
        mark = edges.get(_spoken(facts), "changed" if is_changed else "")
        lines[edge.line] = lines.get(edge.line) or mark
    return Marks({node.id: nodes.get(str(node), "") for node in graph.nodes}, lines)

"""What a diagram says, apart from how it looks: nodes, groups, connections, as readers see them.

A node is named by its visible labels, never by its id in the DOT text: an id that says `source`
under a label that says "Destination" must not satisfy a claim about the source.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from html import unescape
from typing import Any

from msgspec import Struct

_Words = tuple[str, ...]

_WORD = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^>]*>")
_RECORD_MARKS = re.compile(r"<[^>]*>|[{}|]")
_ESCAPE = re.compile(r"\\(.)")


class Node(Struct, frozen=True):
    """A node of a diagram."""

    id: str
    label: str
    """The text shown in the node, its lines joined by blanks."""
    groups: tuple[str, ...] = ()
    """Labels of the clusters around the node, the outermost first."""

    @property
    def path(self) -> tuple[str, ...]:
        """The node's visible name: its groups, then its label."""
        return (*self.groups, self.label)

    def __str__(self) -> str:
        return ".".join(self.path)


class Edge(Struct, frozen=True):
    """A connection between two nodes of a diagram."""

    tail: Node
    head: Node
    label: str = ""
    classes: tuple[str, ...] = ()
    """The edge's `class` attribute, as in `control` or `data`."""


class Graph(Struct, frozen=True, dict=True):
    """What a diagram says."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    is_directed: bool = True

    @property
    def arrow(self) -> str:
        """How a connection is written: `->`, or `--` where it has no direction."""
        return "->" if self.is_directed else "--"

    def connection(self, edge: Edge) -> str:
        """Return an edge as a claims file writes it."""
        return f"{edge.tail} {self.arrow} {edge.head}"

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """The graph without ids, order and looks: equal for two graphs that say the same.

        Labels are refined by their neighbours' until nothing changes (colour refinement, as in
        Weisfeiler and Leman 1968). Graphs that differ but refine alike have many nodes of one
        label in one group, which no drawing meant to be read has.
        """
        names = {node.id: repr(tuple(_words(part) for part in node.path)) for node in self.nodes}
        colours = dict(names)
        for _ in range(len(self.nodes)):
            around: dict[str, list[str]] = {node.id: [] for node in self.nodes}
            for edge in self.edges:
                label = repr(_words(edge.label))
                tail_mark, head_mark = ("out", "in") if self.is_directed else ("", "")
                around[edge.tail.id].append(f"{tail_mark} {label} {colours[edge.head.id]}")
                around[edge.head.id].append(f"{head_mark} {label} {colours[edge.tail.id]}")
            wide = {n: repr((colours[n], sorted(around[n]))) for n in colours}
            order = {text: str(i) for i, text in enumerate(sorted(set(wide.values())))}
            refined = {n: f"{names[n]}{order[wide[n]]}" for n in colours}
            if len(set(refined.values())) == len(set(colours.values())) and colours is not names:
                colours = refined
                break
            colours = refined
        ends = (
            tuple(sorted([colours[e.tail.id], colours[e.head.id]]))
            if not self.is_directed
            else (colours[e.tail.id], colours[e.head.id])
            for e in self.edges
        )
        edges = Counter(zip(ends, (repr(_words(e.label)) for e in self.edges), strict=True))
        nodes = Counter(colours.values())
        return (self.is_directed, tuple(sorted(nodes.items())), tuple(sorted(edges.items())))

    def find_nodes(self, name: str) -> tuple[Node, ...]:
        """Return the nodes that a name in a claim fits.

        A name is one label or several joined by dots, outermost group first. A part fits a label
        that begins with its words, whatever their case; a name may leave out outer groups. Nodes
        that fit exactly go before nodes that only begin so.
        """
        parts = [_words(part) for part in name.split(".")]
        exact = tuple(n for n in self.nodes if _fits(parts, n, _is_equal))
        return exact or tuple(n for n in self.nodes if _fits(parts, n, _begins))

    def find_group(self, name: str) -> tuple[Node, ...]:
        """Return the nodes in the group that a name fits, as names of nodes fit."""
        part = _words(name)
        for is_same in (_is_equal, _begins):
            found = tuple(
                n for n in self.nodes if any(is_same(part, _words(label)) for label in n.groups)
            )
            if found:
                return found
        return ()

    def sentences(self) -> tuple[str, ...]:
        """Return the graph in words, one sentence per connection and per node without one."""
        found = [self._sentence(edge) for edge in self.edges]
        joined = {id_ for edge in self.edges for id_ in (edge.tail.id, edge.head.id)}
        found += [f"{_spoken(node)}." for node in self.nodes if node.id not in joined]
        return tuple(found)

    def _sentence(self, edge: Edge) -> str:
        link = "to" if self.is_directed else "and"
        details = [*edge.classes, *([edge.label] if edge.label else [])]
        details_text = f": {', '.join(details)}" if details else ""
        return f"{_spoken(edge.tail)} {link} {_spoken(edge.head)}{details_text}."


def read_graph(description: dict[str, Any]) -> Graph:
    """Return the graph in the JSON that `dot -Tdot_json` prints."""
    objects = description.get("objects", [])
    count = int(description.get("_subgraph_cnt", 0))
    clusters = [o for o in objects[:count] if "nodes" in o and o["name"].startswith("cluster")]
    clusters.sort(key=lambda o: -len(o["nodes"]))
    graph_name = str(description.get("name", ""))
    nodes: dict[int, Node] = {}
    for item in objects[count:]:
        number = item["_gvid"]
        groups = tuple(
            text
            for cluster in clusters
            if number in cluster["nodes"] and (text := _label_text(cluster, graph_name))
        )
        nodes[number] = Node(str(item["name"]), _label_text(item, graph_name), groups)
    edges = tuple(
        Edge(nodes[e["tail"]], nodes[e["head"]], _edge_label(e), tuple(e.get("class", "").split()))
        for e in description.get("edges", [])
    )
    return Graph(tuple(nodes.values()), edges, bool(description.get("directed", True)))


def attributes_of(description: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield every attribute, name and value, in the JSON of `dot -Tdot_json`."""
    for item in (description, *description.get("objects", []), *description.get("edges", [])):
        yield from ((key, value) for key, value in item.items() if isinstance(value, str))


def _label_text(item: dict[str, Any], graph_name: str) -> str:
    label = str(item.get("label", "\\N" if "nodes" not in item else ""))
    name = str(item["name"])
    if item.get("shape") in ("record", "Mrecord"):
        label = _RECORD_MARKS.sub(" ", label)
    elif _TAG.search(label):
        label = unescape(_TAG.sub(" ", label))
    return _unescape(label, name, graph_name)


def _edge_label(item: dict[str, Any]) -> str:
    keys = ("taillabel", "label", "xlabel", "headlabel")
    texts = (_unescape(_TAG.sub(" ", str(item.get(key, ""))), "", "") for key in keys)
    return ", ".join(text for text in texts if text)


def _unescape(label: str, name: str, graph_name: str) -> str:
    """Return a label's text with Graphviz's escapes resolved and white space folded."""
    meaning = {"n": " ", "l": " ", "r": " ", "N": name, "G": graph_name}
    text = _ESCAPE.sub(lambda found: meaning.get(found[1], found[1]), label)
    return " ".join(text.split())


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


def _is_equal(part: tuple[str, ...], label: tuple[str, ...]) -> bool:
    return part == label


def _begins(part: tuple[str, ...], label: tuple[str, ...]) -> bool:
    return bool(part) and label[: len(part)] == part


def _fits(parts: list[_Words], node: Node, is_same: Callable[[_Words, _Words], bool]) -> bool:
    path = [_words(label) for label in node.path]
    if not is_same(parts[-1], path[-1]):
        return False
    groups = iter(path[:-1])
    return all(any(is_same(part, group) for group in groups) for part in parts[:-1])


def _spoken(node: Node) -> str:
    if not node.groups:
        return node.label
    return f"{node.label} ({', '.join(node.groups)})"

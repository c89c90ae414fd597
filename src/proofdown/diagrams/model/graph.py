"""The graph that a diagram shows: nodes, groups and connections, as readers see them.

A node is named by its visible labels, never by its id in the text: a node with the id `source`
and the label "Destination" must not satisfy a claim about the source.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

_Words = tuple[str, ...]

_WORD = re.compile(r"[^\W_]+|[^\w\s.,:;!?()\[\]{}'\"“”‘’|/\\…·•«»„–—-]")


class Node(Struct, frozen=True, kw_only=True):
    """A node of a diagram."""

    id: str
    label: str
    """The text shown in the node, its lines joined by spaces."""
    groups: tuple[str, ...] = ()
    """Labels of the clusters around the node, the outermost first."""
    is_seen: bool = True
    """Whether it is drawn; a node that is not has no name, but may be an end of a visible line."""

    @property
    def path(self) -> tuple[str, ...]:
        """The node's visible name: its groups, then its label."""
        return (*self.groups, self.label)

    def __str__(self) -> str:
        return ".".join(self.path)


class Line(Struct, frozen=True):
    """An edge in the text, whatever the direction of its arrow."""

    tail: str
    """The id of its first node in the text."""
    head: str
    nth: int = 0
    """Its number among the edges with the same tail and head, from 0."""


class EdgeText(Struct, frozen=True, kw_only=True):
    """A connection in the text: the ids of its ends and its offsets."""

    tail: str
    head: str
    start: int
    end: int


class Marks(Struct, frozen=True):
    """Classes for parts of a drawing; an empty class has no effect."""

    nodes: Mapping[str, str]
    """By the ids of the nodes."""
    lines: Mapping[Line, str]


def arrow_of(is_directed: bool) -> str:
    """Return the operator of a connection: `->`, or `--` if it has no arrowhead."""
    return "->" if is_directed else "--"


class Edge(Struct, frozen=True, kw_only=True):
    """A connection between two nodes in the drawing; its head is the end with the arrowhead.

    A line with an arrowhead at both ends is two connections.
    """

    tail: Node
    head: Node
    label: str
    classes: tuple[str, ...]
    """The edge's `class` attribute, as in `control` or `data`."""
    is_directed: bool
    """Whether it has an arrowhead."""
    line: Line

    @property
    def arrow(self) -> str:
        """The operator of the connection: `->`, or `--` if it has no arrowhead."""
        return arrow_of(self.is_directed)

    @property
    def is_between_seen(self) -> bool:
        """Whether both its ends are drawn and so have names."""
        return self.tail.is_seen and self.head.is_seen

    def __str__(self) -> str:
        """Return the connection in the notation of a claims file."""
        return f"{self.tail} {self.arrow} {self.head}"


class Graph(Struct, frozen=True, dict=True):
    """The nodes and connections of a diagram."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    is_directed: bool = True
    """Whether its text uses `->`; single edges may be drawn in another way."""

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """The graph without ids, order and style, so that graphs with the same meaning are equal.

        The colour of each node, at first its label, is refined by those of its neighbours until
        nothing changes (colour refinement, as in Weisfeiler and Leman 1968). Different graphs that
        refine alike have many nodes with one label in one group, which no readable drawing has.
        """
        names = {
            node.id: repr((node.is_seen, *(_words(part) for part in node.path)))
            for node in self.nodes
        }
        colours = dict(names)
        for _ in range(len(self.nodes)):
            around: dict[str, list[str]] = {node.id: [] for node in self.nodes}
            for edge in self.edges:
                label = repr(_words(edge.label))
                tail_mark, head_mark = ("out", "in") if edge.is_directed else ("", "")
                around[edge.tail.id].append(f"{tail_mark} {label} {colours[edge.head.id]}")
                around[edge.head.id].append(f"{head_mark} {label} {colours[edge.tail.id]}")
            wide = {n: repr((colours[n], sorted(around[n]))) for n in colours}
            order = {text: str(i) for i, text in enumerate(sorted(set(wide.values())))}
            refined = {n: f"{names[n]}{order[wide[n]]}" for n in colours}
            if len(set(refined.values())) == len(set(colours.values())) and colours is not names:
                colours = refined
                break
            colours = refined
        edges = Counter(
            (colours[e.tail.id], colours[e.head.id], True, repr(_words(e.label)))
            if e.is_directed
            else (*sorted([colours[e.tail.id], colours[e.head.id]]), False, repr(_words(e.label)))
            for e in self.edges
        )
        nodes = Counter(colours.values())
        return (tuple(sorted(nodes.items())), tuple(sorted(edges.items())))

    def find_nodes(self, name: str) -> tuple[Node, ...]:
        """Return the nodes that match a name in a claim.

        A name is one label or several joined by dots, outermost group first. A part matches a
        label that begins with its words, ignoring case; a name may omit outer groups. Nodes whose
        text is exactly the name take precedence over those with the same words, and these over
        nodes that only begin with them.
        """
        if exact := self._by_reading.get(_folded(name)):
            return tuple(exact)
        pieces = name.split(".")
        # The last label may contain dots itself, so first all dots separate labels, then fewer
        # and fewer, until the whole name is one label.
        splits = [
            [_words(part) for part in (*pieces[:at], ".".join(pieces[at:]))]
            for at in reversed(range(len(pieces)))
        ]
        for is_same in (_is_equal, _begins):
            for parts in splits:
                if found := tuple(n for n in self._seen if _fits(parts, n, is_same)):
                    return found
        return ()

    def find_group(self, name: str) -> tuple[Node, ...]:
        """Return the nodes in the groups that match a name, as the names of nodes do."""
        part = _words(name)
        for is_same in (_is_equal, _begins):
            found = tuple(
                n for n in self._seen if any(is_same(part, _words(label)) for label in n.groups)
            )
            if found:
                return found
        return ()

    @cached_property
    def _by_reading(self) -> dict[str, list[Node]]:
        """The nodes by their text, with their groups and without."""
        found: dict[str, list[Node]] = {}
        for node in self._seen:
            for text in {_folded(node.label), _folded(str(node))}:
                found.setdefault(text, []).append(node)
        return found

    @property
    def _seen(self) -> Iterator[Node]:
        return (node for node in self.nodes if node.is_seen)

    def sentences(self) -> tuple[str, ...]:
        """Return the graph in words, one sentence per connection and per node without one."""
        shown = [edge for edge in self.edges if edge.is_between_seen]
        joined = {id_ for edge in shown for id_ in (edge.tail.id, edge.head.id)}
        found = [_sentence(edge) for edge in shown]
        found += [f"{_node_text(node)}." for node in self._seen if node.id not in joined]
        return tuple(found)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text, including symbols such as `+`; punctuation if it has no words."""
    folded = text.casefold()
    return tuple(_WORD.findall(folded)) or tuple(folded.split())


def _is_equal(part: tuple[str, ...], label: tuple[str, ...]) -> bool:
    return part == label


def _begins(part: tuple[str, ...], label: tuple[str, ...]) -> bool:
    return bool(part) and label[: len(part)] == part


def _fits(parts: list[_Words], node: Node, is_same: Callable[[_Words, _Words], bool]) -> bool:
    path = [_words(label) for label in node.path]
    if not is_same(parts[-1], path[-1]):
        return False
    # One iterator for all parts, so that they match groups in order, skipping some.
    groups = iter(path[:-1])
    return all(any(is_same(part, group) for group in groups) for part in parts[:-1])


def _node_text(node: Node) -> str:
    if not node.groups:
        return node.label
    return f"{node.label} ({', '.join(node.groups)})"


def _sentence(edge: Edge) -> str:
    link = "to" if edge.is_directed else "and"
    details = [*edge.classes, *([edge.label] if edge.label else [])]
    details_text = f": {', '.join(details)}" if details else ""
    return f"{_node_text(edge.tail)} {link} {_node_text(edge.head)}{details_text}."

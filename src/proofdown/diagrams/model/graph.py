"""What a diagram says, apart from how it looks: nodes, groups, connections, as readers see them.

A node is named by its visible labels, never by its id in the text: an id that says `source`
under a label that says "Destination" must not satisfy a claim about the source.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

_Words = tuple[str, ...]

_WORD = re.compile(r"[^\W_]+|[^\w\s.,:;!?()\[\]{}'\"“”‘’|/\\…·•«»„–—-]")


class Node(Struct, frozen=True):
    """A node of a diagram."""

    id: str
    label: str
    """The text shown in the node, its lines joined by blanks."""
    groups: tuple[str, ...] = ()
    """Labels of the clusters around the node, the outermost first."""
    is_seen: bool = True
    """Whether it is drawn; one that is not has no name, and is an end of a line that is drawn."""

    @property
    def path(self) -> tuple[str, ...]:
        """The node's visible name: its groups, then its label."""
        return (*self.groups, self.label)

    def __str__(self) -> str:
        return ".".join(self.path)


class Line(Struct, frozen=True):
    """An edge as it is written, whichever way its arrow is drawn."""

    tail: str
    """The id of the node that it is written from."""
    head: str
    nth: int = 0
    """Which of the edges that are written so it is, from 0."""


class EdgeText(Struct, frozen=True):
    """A connection as it is written: the ids of its ends and where it stands."""

    tail: str
    head: str
    start: int
    end: int


class Marks(Struct, frozen=True):
    """Classes for parts of a drawing; an empty one marks nothing."""

    nodes: Mapping[str, str]
    """By the ids of the nodes."""
    lines: Mapping[Line, str]


def arrow_of(is_directed: bool) -> str:
    """Return how a connection is written that has an arrowhead, or has none."""
    return "->" if is_directed else "--"


class Edge(Struct, frozen=True):
    """A connection between two nodes as it is drawn: its head is where the arrowhead is.

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
        """How the connection is written: `->`, or `--` where it has no direction."""
        return arrow_of(self.is_directed)

    @property
    def is_between_seen(self) -> bool:
        """Whether both its ends are drawn, so that it can be named."""
        return self.tail.is_seen and self.head.is_seen

    def __str__(self) -> str:
        """Return the connection as a claims file writes it."""
        return f"{self.tail} {self.arrow} {self.head}"


class Graph(Struct, frozen=True, dict=True):
    """What a diagram says."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    is_directed: bool = True
    """Whether it is written with `->`; its edges may be drawn otherwise."""

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """The graph without ids, order and looks: equal for two graphs that say the same.

        Labels are refined by their neighbours' until nothing changes (colour refinement, as in
        Weisfeiler and Leman 1968). Graphs that differ but refine alike have many nodes of one
        label in one group, which no drawing meant to be read has.
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
        """Return the nodes that a name in a claim fits.

        A name is one label or several joined by dots, outermost group first. A part fits a label
        that begins with its words, whatever their case; a name may leave out outer groups. Nodes
        that read just so go before those that have the same words, and these before nodes that
        only begin so.
        """
        if exact := self._by_reading.get(_folded(name)):
            return tuple(exact)
        pieces = name.split(".")
        # The last label may have dots in it: fewer of them divide, until the name is one label.
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
        """Return the nodes in the group that a name fits, as names of nodes fit."""
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
        """The nodes by what they read as, with their groups and without."""
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
        found += [f"{_spoken(node)}." for node in self._seen if node.id not in joined]
        return tuple(found)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text, signs such as `+` among them; punctuation where it is all."""
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
    groups = iter(path[:-1])
    return all(any(is_same(part, group) for group in groups) for part in parts[:-1])


def _spoken(node: Node) -> str:
    if not node.groups:
        return node.label
    return f"{node.label} ({', '.join(node.groups)})"


def _sentence(edge: Edge) -> str:
    link = "to" if edge.is_directed else "and"
    details = [*edge.classes, *([edge.label] if edge.label else [])]
    details_text = f": {', '.join(details)}" if details else ""
    return f"{_spoken(edge.tail)} {link} {_spoken(edge.head)}{details_text}."

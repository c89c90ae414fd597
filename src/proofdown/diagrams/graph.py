"""What a diagram says, apart from how it looks: nodes, groups, connections, as readers see them.

A node is named by its visible labels, never by its id in the DOT text: an id that says `source`
under a label that says "Destination" must not satisfy a claim about the source.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from html import unescape
from typing import Any

from msgspec import Struct

_Words = tuple[str, ...]

_WORD = re.compile(r"[^\W_]+|[^\w\s.,:;!?()\[\]{}'\"“”‘’|/\\…·•«»„–—-]")
_MARKUP = re.compile(
    r"<!--.*?-->|<(?P<end>/?)(?P<name>b|br|font|hr|i|img|o|s|su[bp]|table|t[dr]|u|vr)\b"
    r"(?:\"[^\"<]*\"|'[^'<]*'|[^<>\"'])*?(?P<empty>/?)>",
    re.IGNORECASE | re.DOTALL,
)
_ENTITY = re.compile(r"&#?\w+;")
_RECORD_MARKS = re.compile(r"(?P<kept>\\.)|<(?:\\.|[^>\\])*>|[{}|]")
_NO_COLOURS = ("transparent", "none", "invis")
_ARROWHEADS = {
    "forward": (False, True),
    "back": (True, False),
    "both": (True, True),
    "none": (False, False),
}
"""Whether an edge has an arrowhead at its tail and at its head, by its `dir`."""

_ESCAPE = re.compile(r"\\(.)")


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
    """An edge as the DOT text has it, whichever way its arrow is drawn."""

    tail: str
    """The id of the node that it is written from."""
    head: str
    nth: int = 0
    """Which of the edges that are written so it is, from 0."""


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


def read_graph(description: dict[str, Any]) -> Graph:
    """Return the graph in the JSON that `dot -Tdot_json` prints, without what is not drawn."""
    objects = description.get("objects", [])
    count = int(description.get("_subgraph_cnt", 0))
    clusters = [
        o
        for o in objects[:count]
        if "nodes" in o and o["name"].startswith("cluster") and not _is_hidden(o)
    ]
    clusters.sort(key=lambda o: -len(o["nodes"]))
    graph_name = str(description.get("name", ""))
    nodes: dict[int, Node] = {}
    for item in objects[count:]:
        number, id_ = item["_gvid"], str(item["name"])
        if _is_hidden(item):
            nodes[number] = Node(id_, "", is_seen=False)
            continue
        groups = tuple(
            text
            for cluster in clusters
            if number in cluster["nodes"] and (text := _label_text(cluster, graph_name))
        )
        nodes[number] = Node(id_, _label_text(item, graph_name), groups)
    is_directed = bool(description.get("directed", True))
    edges = tuple(_edges(description.get("edges", []), nodes, is_directed=is_directed))
    ends = {id_ for edge in edges for id_ in (edge.tail.id, edge.head.id)}
    drawn = tuple(node for node in nodes.values() if node.is_seen or node.id in ends)
    return Graph(drawn, edges, is_directed)


def _edges(
    items: list[dict[str, Any]], nodes: dict[int, Node], *, is_directed: bool
) -> Iterator[Edge]:
    """Yield the connections that a reader sees, each from where its arrow comes."""
    written = Counter[tuple[str, str]]()
    for item in items:
        tail, head = nodes[item["tail"]], nodes[item["head"]]
        line = Line(tail.id, head.id, written[tail.id, head.id])
        written[tail.id, head.id] += 1
        is_hidden = _is_hidden(item) or item.get("color") in _NO_COLOURS
        if is_hidden or not (tail.is_seen or head.is_seen):
            continue
        said = _edge_label(item), tuple(item.get("class", "").split())
        at_tail, at_head = _arrowheads(item, is_directed=is_directed)
        if at_head or not at_tail:
            yield Edge(tail, head, *said, at_head, line)
        if at_tail:
            yield Edge(head, tail, *said, True, line)


def _is_hidden(item: dict[str, Any]) -> bool:
    return "invis" in (style.strip() for style in str(item.get("style", "")).split(","))


def _arrowheads(item: dict[str, Any], *, is_directed: bool) -> tuple[bool, bool]:
    """Return whether an edge has an arrowhead at its tail, and at its head."""
    usual = _ARROWHEADS["forward" if is_directed else "none"]
    at_tail, at_head = _ARROWHEADS.get(str(item.get("dir", "")), usual)
    return (
        at_tail and item.get("arrowtail") != "none",
        at_head and item.get("arrowhead") != "none",
    )


def attributes_of(description: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield every attribute, name and value, in the JSON of `dot -Tdot_json`."""
    for item in (description, *description.get("objects", []), *description.get("edges", [])):
        yield from ((key, value) for key, value in item.items() if isinstance(value, str))


def _label_text(item: dict[str, Any], graph_name: str) -> str:
    label = str(item.get("label", "\\N" if "nodes" not in item else ""))
    if item.get("shape") in ("record", "Mrecord"):
        label = _RECORD_MARKS.sub(lambda found: found["kept"] or " ", label)
    return _visible(label, str(item["name"]), graph_name)


def _edge_label(item: dict[str, Any]) -> str:
    keys = ("taillabel", "label", "xlabel", "headlabel")
    texts = (_visible(str(item.get(key, "")), "", "") for key in keys)
    return ", ".join(text for text in texts if text)


def _visible(label: str, name: str, graph_name: str) -> str:
    """Return a label's text without markup and escapes, white space folded."""
    if _is_markup(label):
        label = _MARKUP.sub(" ", label)
    meaning = {"n": " ", "l": " ", "r": " ", "N": name, "G": graph_name}
    text = _ESCAPE.sub(lambda found: meaning.get(found[1], found[1]), label)
    return " ".join(_ENTITY.sub(lambda found: unescape(found[0]), text).split())


def _is_markup(label: str) -> bool:
    """Whether a label is HTML-like, which Graphviz does not say: all in it are tags, and closed."""
    if "<" not in label or "<" in _MARKUP.sub("", label):
        return False
    unclosed: list[str] = []
    for tag in _MARKUP.finditer(label):
        name = (tag["name"] or "").lower()
        if tag["end"] and (not unclosed or unclosed.pop() != name):
            return False
        if name and not tag["end"] and not tag["empty"]:
            unclosed.append(name)
    return not unclosed


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

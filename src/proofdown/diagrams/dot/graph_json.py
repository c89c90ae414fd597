"""Convert Graphviz's JSON to a graph of the labels that readers see, rather than of the ids."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

from proofdown.diagrams.model.graph import Edge, Graph, Line, Node

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


def read_graph(description: dict[str, Any]) -> Graph:
    """Return the graph in the JSON of `dot -Tdot_json`, without what is not drawn."""
    objects = description.get("objects", [])
    count = int(description.get("_subgraph_cnt", 0))
    clusters = [
        o
        for o in objects[:count]
        if "nodes" in o and o["name"].startswith("cluster") and not _is_hidden(o)
    ]
    clusters.sort(key=lambda o: -len(o["nodes"]))  # the outer ones first: they have more nodes
    graph_name = str(description.get("name", ""))
    nodes: dict[int, Node] = {}
    for item in objects[count:]:
        number, id_ = item["_gvid"], str(item["name"])
        if _is_hidden(item):
            nodes[number] = Node(id=id_, label="", is_seen=False)
            continue
        groups = tuple(
            text
            for cluster in clusters
            if number in cluster["nodes"] and (text := _label_text(cluster, graph_name))
        )
        nodes[number] = Node(id=id_, label=_label_text(item, graph_name), groups=groups)
    is_directed = bool(description.get("directed", True))
    edges = tuple(_edges(description.get("edges", []), nodes, is_directed=is_directed))
    ends = {id_ for edge in edges for id_ in (edge.tail.id, edge.head.id)}
    drawn = tuple(node for node in nodes.values() if node.is_seen or node.id in ends)
    return Graph(drawn, edges, is_directed)


def _edges(
    items: list[dict[str, Any]], nodes: dict[int, Node], *, is_directed: bool
) -> Iterator[Edge]:
    """Yield the connections that a reader sees, in the direction of their arrowheads."""
    seen = Counter[tuple[str, str]]()
    for item in items:
        tail, head = nodes[item["tail"]], nodes[item["head"]]
        # Hidden edges are counted as well: they are in the text that the count refers to.
        line = Line(tail.id, head.id, seen[tail.id, head.id])
        seen[tail.id, head.id] += 1
        is_hidden = _is_hidden(item) or item.get("color") in _NO_COLOURS
        if is_hidden or not (tail.is_seen or head.is_seen):
            continue
        label, classes = _edge_label(item), tuple(item.get("class", "").split())
        at_tail, at_head = _arrowheads(item, is_directed=is_directed)
        ends = []
        if at_head or not at_tail:
            ends.append((tail, head, at_head))
        if at_tail:
            ends.append((head, tail, True))
        for start, end, has_arrowhead in ends:
            yield Edge(
                tail=start,
                head=end,
                label=label,
                classes=classes,
                is_directed=has_arrowhead,
                line=line,
            )


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
    """Return the text of a label without markup and escapes, with white space collapsed."""
    if _is_markup(label):
        label = _MARKUP.sub(" ", label)
    meaning = {"n": " ", "l": " ", "r": " ", "N": name, "G": graph_name}
    text = _ESCAPE.sub(lambda found: meaning.get(found[1], found[1]), label)
    return " ".join(_ENTITY.sub(lambda found: unescape(found[0]), text).split())


def _is_markup(label: str) -> bool:
    """Return whether a label is HTML-like: every `<` in it begins a tag, and all are closed."""
    # Guessed, because the JSON has no mark for it.
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

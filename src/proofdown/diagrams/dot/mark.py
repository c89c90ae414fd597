"""Add classes to parts of Graphviz's SVG, whose titles say which node or edge they are."""

import re
from html import unescape

from proofdown.diagrams.model.graph import Graph, Marks, arrow_of

_PART = re.compile(
    r"(<g id=\"(?:node|edge)\d+\" class=\")((?:node|edge)[^\"]*)(\">\s*<title>)([^<]*)(</title>)"
)


def mark_svg(svg: str, graph: Graph, marks: Marks) -> str:
    """Return Graphviz's SVG with an additional class on each marked node and line."""
    arrow = arrow_of(graph.is_directed)
    left = {f"node {node}": [mark] for node, mark in marks.nodes.items()}
    for line, mark in marks.lines.items():
        # Several lines between two nodes have the same title, and are in the order of the text.
        left.setdefault(f"edge {line.tail}{arrow}{line.head}", []).append(mark)

    def add_class(part: re.Match[str]) -> str:
        kind = part[2].split()[0]
        found = left.get(f"{kind} {unescape(part[4])}")
        mark = f" {found.pop(0)}" if found else ""
        return f"{part[1]}{part[2]}{mark.rstrip()}{part[3]}{part[4]}{part[5]}"

    return _PART.sub(add_class, svg)

"""A small second language of diagrams: each line is `a -> b`, and Python draws it."""

import base64
import re
from collections.abc import Iterator
from html import escape

from proofdown.config.diagrams import DiagramSettings
from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic
from proofdown.diagrams.model.graph import Edge, EdgeText, Graph, Line, Marks, Node
from proofdown.diagrams.model.language import DiagramLanguage, Drawn, Program
from proofdown.source import Source

_LINE = re.compile(r"^(\w+) -> (\w+)$", re.MULTILINE)
_PART = re.compile(r'<g class="(node|edge)" id="([^"]+)">')
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Arrows(DiagramLanguage):
    """Names of nodes joined by arrows, one connection per line."""

    name = "Arrows"
    suffixes = (".arrows",)
    media_type = "text/vnd.arrows; charset=utf-8"

    def find_program(self, config: Config) -> Program:
        del config  # it names no program for this language
        return Program("Arrows", "", "1")

    def draw(self, program: Program, settings: DiagramSettings, text: str) -> Drawn:
        assert program.name == "Arrows"
        assert settings.seconds
        lines = text.splitlines()
        wrong = [str(n) for n, line in enumerate(lines, 1) if not _LINE.fullmatch(line)]
        if wrong:
            return Drawn(exit_code=1, errors=" ".join(wrong))
        return Drawn(
            exit_code=0,
            errors="",
            svg=_svg_of(self.read_graph(text)),
            description=text,
            png=_PNG,
        )

    def diagnose(self, drawn: Drawn, source: Source) -> Iterator[Diagnostic]:
        for number in map(int, drawn.errors.split()):
            location = source.location_of_line(number)
            yield Diagnostic("invalid-diagram", "not an arrow", location, "write `a -> b`")

    def read_graph(self, description: str) -> Graph:
        pairs = _LINE.findall(description)
        nodes = {id_: Node(id=id_, label=id_) for pair in pairs for id_ in pair}
        edges = (
            Edge(
                tail=nodes[tail],
                head=nodes[head],
                label="",
                classes=(),
                is_directed=True,
                line=Line(tail, head),
            )
            for tail, head in pairs
        )
        return Graph(tuple(nodes.values()), tuple(edges))

    def find_edges(self, text: str) -> tuple[EdgeText, ...]:
        return tuple(
            EdgeText(tail=found[1], head=found[2], start=found.start(), end=found.end())
            for found in _LINE.finditer(text)
        )

    def mark(self, svg: str, graph: Graph, marks: Marks) -> str:
        assert graph.is_directed
        found = {f"edge {line.tail}-{line.head}": mark for line, mark in marks.lines.items()}
        found |= {f"node {node}": mark for node, mark in marks.nodes.items()}

        def put(part: re.Match[str]) -> str:
            mark = found.get(f"{part[1]} {part[2]}")
            return f'<g class="{part[1]} {mark}">' if mark else part[0]

        return _PART.sub(put, svg)


def _svg_of(graph: Graph) -> str:
    rows = [("node", node.id, node.label) for node in graph.nodes]
    rows += [("edge", f"{e.line.tail}-{e.line.head}", str(e)) for e in graph.edges]
    parts = "".join(
        f'<g class="{kind}" id="{id_}"><text x="0" y="{20 * at}">{escape(label)}</text></g>'
        for at, (kind, id_, label) in enumerate(rows, 1)
    )
    size = f"0 0 300 {20 * len(rows) + 10}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}">{parts}</svg>'

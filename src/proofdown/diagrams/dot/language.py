"""DOT as one of the languages of diagrams."""

import json
from collections.abc import Iterator

from proofdown.config.diagrams import DiagramSettings
from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic
from proofdown.diagrams.dot.diagnose import diagnose_dot
from proofdown.diagrams.dot.graph_json import read_graph
from proofdown.diagrams.dot.mark import mark_svg
from proofdown.diagrams.dot.run import draw, find_program
from proofdown.diagrams.dot.scan import find_edges
from proofdown.diagrams.model.graph import EdgeText, Graph, Marks
from proofdown.diagrams.model.language import DiagramLanguage, Drawn, Program
from proofdown.source import Source


class Dot(DiagramLanguage):
    """DOT, drawn by Graphviz or a compatible program."""

    name = "DOT"
    suffixes = (".dot",)
    media_type = "text/vnd.graphviz; charset=utf-8"

    def find_program(self, config: Config) -> Program:
        """Return the program named in the settings."""
        return find_program(config)

    def draw(self, program: Program, settings: DiagramSettings, text: str) -> Drawn:
        """Run Graphviz on a diagram."""
        return draw(program, settings, text)

    def diagnose(self, drawn: Drawn, source: Source) -> Iterator[Diagnostic]:
        """Yield Graphviz's errors and warnings, and the graphs after the first of a file."""
        return diagnose_dot(drawn, source)

    def read_graph(self, description: str) -> Graph:
        """Return the graph in Graphviz's JSON."""
        return read_graph(json.loads(description))

    def find_edges(self, text: str) -> tuple[EdgeText, ...]:
        """Return where the connections are in the text, which Graphviz's JSON does not contain."""
        return find_edges(text)

    def mark(self, svg: str, graph: Graph, marks: Marks) -> str:
        """Return Graphviz's SVG with an additional class on each marked node and line."""
        return mark_svg(svg, graph, marks)


DOT = Dot()

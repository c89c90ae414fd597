"""Diagrams → drawings, and what is wrong with them as diagnostics at their lines."""

import re
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256

from msgspec import Struct

from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic, Report
from proofdown.diagrams.cache import DrawingCache
from proofdown.diagrams.languages import diagram_name, find_programs, language_of
from proofdown.diagrams.model.graph import Edge, EdgeText, Graph, Marks
from proofdown.diagrams.model.language import Drawn, Program
from proofdown.diagrams.sanitize import NotSvgError, SafeSvg, sanitise_svg
from proofdown.source import Location, Source


class Drawing(Struct, frozen=True, dict=True):
    """A diagram as it was drawn."""

    name: str
    """Path in the diagrams folder without its suffix; it is also the drawing's address."""
    source: Source
    svg: SafeSvg
    png: bytes
    description: str
    """What its language reads the graph from."""

    @cached_property
    def graph(self) -> Graph:
        """What the diagram says, apart from how it looks."""
        return language_of(self.source.path).read_graph(self.description)

    @property
    def location(self) -> Location:
        """The diagram's file."""
        return Location(self.source.path)

    @cached_property
    def _edge_texts(self) -> tuple[EdgeText, ...]:
        return language_of(self.source.path).find_edges(self.source.text)

    def location_of(self, edge: Edge) -> Location:
        """Return where an edge stands in the text; the n-th of several between two nodes."""
        line = edge.line
        same = [e for e in self._edge_texts if (e.tail, e.head) == (line.tail, line.head)]
        if not same:
            return self.location
        text = same[min(line.nth, len(same) - 1)]
        return self.source.location(text.start, text.end)


def draw_all(
    config: Config, sources: tuple[Source, ...], cache: DrawingCache, report: Report
) -> tuple[Drawing, ...]:
    """Return a drawing of each diagram that can be drawn; the others are reported.

    Args:
        config: the settings.
        sources: the diagrams.
        cache: keeps what was drawn.
        report: where problems go.

    Raises:
        ToolError: a program that draws is not there.
    """
    programs = find_programs(config, sources)
    drawings: list[Drawing] = []
    firsts: dict[str, Source] = {}
    for source in sources:
        name = diagram_name(config, source)
        first = firsts.setdefault(name, source)
        if first is not source:
            report.add(_same_name(first, source))
            continue
        language = language_of(source.path)
        program = programs[language.name]
        drawn = cache.draw(language, program, config.drawing, source.text)
        report.extend(_problems(drawn, source))
        if drawn.exit_code == 0 and drawn.svg:
            drawings += _made(name, drawn, program, source, report)
    cache.prune()
    return tuple(drawings)


def _made(
    name: str, drawn: Drawn, program: Program, source: Source, report: Report
) -> Iterator[Drawing]:
    """Yield the safe drawing that comes of a picture; none if the picture cannot be read."""
    try:
        svg = sanitise_svg(drawn.svg, drawing_id(name))
    except NotSvgError as fault:
        message = f"{program.name} made a drawing that cannot be read: {fault}"
        report.add(Diagnostic("invalid-diagram", message, Location(source.path)))
    else:
        report.extend(_left_out(svg, source))
        yield Drawing(name, source, svg, drawn.png, drawn.description)


def draw_marked(drawing: Drawing, config: Config, marks: Marks, prefix: str) -> SafeSvg:
    """Draw a diagram once more, with classes on some parts of it.

    A drawing that is safe in a page no longer says which part is which.

    Args:
        drawing: how it was drawn before.
        config: the settings of the site that it is of.
        marks: the classes.
        prefix: what the ids in it begin with.

    Raises:
        ToolError: the program that draws is not there.
        NotSvgError: it failed this time.
    """
    language = language_of(drawing.source.path)
    drawn = language.draw(language.find_program(config), config.drawing, drawing.source.text)
    return sanitise_svg(language.mark(drawn.svg, drawing.graph, marks), prefix)


def drawing_id(name: str) -> str:
    """Return what the ids inside a drawing begin with; no two names have the same."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    own = "" if plain == name else f"{sha256(name.encode()).hexdigest()[:8]}-"
    return f"drawing-{plain}-{own}"


def _same_name(first: Source, second: Source) -> Diagnostic:
    message = f"`{first.path}` has the same name, so both would be drawn at one address"
    return Diagnostic("invalid-diagram", message, Location(second.path), "rename one of them")


def _problems(drawn: Drawn, source: Source) -> Iterator[Diagnostic]:
    """Yield why a diagram was not drawn, or else what its language finds wrong with it."""
    if drawn.fault:
        help_ = "make the diagram smaller, or raise `diagrams:` limits in the settings"
        location = Location(source.path)
        yield Diagnostic(
            "invalid-diagram", drawn.fault, location, help_ if drawn.is_over_limit else ""
        )
    else:
        yield from language_of(source.path).diagnose(drawn, source)


def _left_out(svg: SafeSvg, source: Source) -> Iterator[Diagnostic]:
    for what in svg.left_out:
        message = f"{what} is not safe in a page and is left out of the drawing"
        named = re.search("`(.+)`", what)
        written = re.finditer(re.escape(named[1]), source.text, re.IGNORECASE) if named else ()
        locations = [source.location(*found.span()) for found in written] or [Location(source.path)]
        yield from (Diagnostic("unsafe-drawing", message, location) for location in locations)

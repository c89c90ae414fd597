"""Draw diagrams, and report what is wrong with them at their lines."""

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


class Drawing(Struct, frozen=True, dict=True, kw_only=True):
    """A diagram that was drawn."""

    name: str
    """Path in the diagrams folder without its suffix; it is also the drawing's address."""
    source: Source
    svg: SafeSvg
    png: bytes
    description: str
    """The text from which its language reads the graph."""

    @cached_property
    def graph(self) -> Graph:
        """The graph that the diagram shows, without its layout and style."""
        return language_of(self.source.path).read_graph(self.description)

    @property
    def location(self) -> Location:
        """The diagram's file."""
        return Location(self.source.path)

    @cached_property
    def _edge_texts(self) -> tuple[EdgeText, ...]:
        return language_of(self.source.path).find_edges(self.source.text)

    def location_of(self, edge: Edge) -> Location:
        """Return the location of an edge in the text, or the file's if it was not found."""
        line = edge.line
        same = [e for e in self._edge_texts if (e.tail, e.head) == (line.tail, line.head)]
        if not same:
            return self.location
        # Several edges between two nodes are told apart by their order, if the scan finds them all.
        text = same[min(line.nth, len(same) - 1)]
        return self.source.location(text.start, text.end)


def draw_all(
    config: Config, sources: tuple[Source, ...], cache: DrawingCache, report: Report
) -> tuple[Drawing, ...]:
    """Return a drawing of each diagram that can be drawn; the others are reported.

    Args:
        config: the settings.
        sources: the diagrams.
        cache: the cache of drawings.
        report: where problems go.

    Raises:
        ToolError: a program that draws is not installed.
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
            drawings += _make_drawing(name, drawn, program, source, report)
    cache.prune()
    return tuple(drawings)


def _make_drawing(
    name: str, drawn: Drawn, program: Program, source: Source, report: Report
) -> Iterator[Drawing]:
    """Yield the drawing with a sanitised SVG; none, with a report, if that cannot be parsed."""
    try:
        svg = sanitise_svg(drawn.svg, drawing_id(name))
    except NotSvgError as fault:
        message = f"{program.name} wrote an SVG that cannot be parsed: {fault}"
        report.add(Diagnostic("invalid-diagram", message, Location(source.path)))
    else:
        report.extend(_left_out(svg, source))
        yield Drawing(
            name=name, source=source, svg=svg, png=drawn.png, description=drawn.description
        )


def draw_marked(drawing: Drawing, config: Config, marks: Marks, prefix: str) -> SafeSvg:
    """Draw a diagram again with additional classes on some of its parts.

    Args:
        drawing: the drawing without them.
        config: the settings of its site.
        marks: the classes.
        prefix: what the ids in it begin with.

    Raises:
        ToolError: the program that draws is not installed.
        NotSvgError: drawing failed this time.
    """
    # Again, because sanitising removed the titles that say which part is which.
    language = language_of(drawing.source.path)
    drawn = language.draw(language.find_program(config), config.drawing, drawing.source.text)
    return sanitise_svg(language.mark(drawn.svg, drawing.graph, marks), prefix)


def drawing_id(name: str) -> str:
    """Return the unique prefix of the ids inside a drawing."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    # `a/b` and `a_b` have the same plain name, and a page may show both.
    suffix = "" if plain == name else f"{sha256(name.encode()).hexdigest()[:8]}-"
    return f"drawing-{plain}-{suffix}"


def _same_name(first: Source, second: Source) -> Diagnostic:
    message = f"`{first.path}` has the same name, so both would be drawn at one address"
    return Diagnostic("invalid-diagram", message, Location(second.path), "rename one of them")


def _problems(drawn: Drawn, source: Source) -> Iterator[Diagnostic]:
    """Yield why a diagram was not drawn, or else the diagnostics of its language."""
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

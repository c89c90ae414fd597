"""DOT sources → drawings, and what Graphviz complains about as diagnostics at their lines."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from typing import Any

from msgspec import Struct

from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic, Report
from proofdown.diagrams.cache import DrawingCache
from proofdown.diagrams.dot_source import find_graphs
from proofdown.diagrams.graph import Graph, read_graph
from proofdown.diagrams.run_dot import Drawn, draw, find_program
from proofdown.diagrams.sanitize import NotSvgError, SafeSvg, sanitise_svg
from proofdown.source import Location, Source

_SYNTAX_ERROR = re.compile(r"syntax error in line (\d{1,9})(?: near '(.*)')?")


_NOISE = re.compile(
    r"no value for width of|no hard-coded metrics|Falling back to|file loading is disabled"
    r"|No or improper image file"
)
_READS_FILE = re.compile(r"Filename \"(.*)\" is unsafe")


_QUOTED = re.compile(r"\"([^\"]+)\"|'([^']+)'|^(\S+) is not a known color|unknown shape (\S+)")


class Drawing(Struct, frozen=True, dict=True):
    """A diagram as it was drawn."""

    name: str
    """Path in the diagrams folder without `.dot`; it is also the drawing's address."""
    source: Source
    svg: SafeSvg
    png: bytes
    description: dict[str, Any]
    """What `dot -Tdot_json` says of the diagram."""

    @cached_property
    def graph(self) -> Graph:
        """What the diagram says, apart from how it looks."""
        return read_graph(self.description)

    @property
    def location(self) -> Location:
        """The diagram's file."""
        return Location(self.source.path)


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
        ToolError: the program that draws is not there.
    """
    if not sources:
        return ()
    program = find_program(config)
    drawings, is_swept = [], True
    folder = config.diagrams.as_posix() + "/"
    for source in sources:
        name = source.path.removeprefix(folder).removesuffix(".dot")
        kept = cache.load(program, config.drawing, source.text)
        if kept is None:
            is_swept = False
            kept = draw(program, config.drawing, source)
            if kept.svg:
                cache.store(program, config.drawing, source.text, kept)
        report.extend(_complaints(kept, source))
        try:
            if kept.exit_code == 0 and kept.svg:
                svg = sanitise_svg(kept.svg, drawing_id(name))
                report.extend(_left_out(svg, source))
                report.extend(_further_graphs(source))
                drawings.append(Drawing(name, source, svg, kept.png, json.loads(kept.json)))
        except (NotSvgError, json.JSONDecodeError) as fault:
            message = f"Graphviz made a drawing that cannot be read: {fault}"
            report.add(Diagnostic("invalid-diagram", message, Location(source.path)))
    if not is_swept:
        cache.prune()
    return tuple(drawings)


def drawing_id(name: str) -> str:
    """Return what the ids inside a drawing begin with; no two names have the same."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    own = "" if plain == name else f"{sha256(name.encode()).hexdigest()[:8]}-"
    return f"drawing-{plain}-{own}"


def _complaints(drawn: Drawn, source: Source) -> Iterator[Diagnostic]:
    """Yield what Graphviz had to say, errors and warnings alike, at its line in the source."""
    if drawn.fault:
        help_ = "make the diagram smaller, or raise `diagrams:` limits in the settings"
        is_limit = "drawing takes" in drawn.fault
        location = Location(source.path)
        yield Diagnostic("invalid-diagram", drawn.fault, location, help_ if is_limit else "")
        return
    found_error = False
    for line in dict.fromkeys(drawn.errors.split("\n")):
        word, _, message = line.partition(": ")
        message = message.removeprefix("Warning: ").strip()
        if syntax := _SYNTAX_ERROR.search(line):
            found_error = True
            near = f" near `{syntax[2]}`" if syntax[2] else ""
            location = source.location_of_line(int(syntax[1]))
            yield Diagnostic("invalid-diagram", f"not DOT: syntax error{near}", location)
        elif file := _READS_FILE.search(line):
            found_error = True
            message = f"`{file[1]}` makes Graphviz read a file, which is not allowed"
            yield Diagnostic("invalid-diagram", message, _location_of(source, file[1]))
        elif word in ("Error", "Warning") and not _NOISE.search(line):
            is_error = word == "Error"
            found_error |= is_error
            code = "invalid-diagram" if is_error else "diagram-warning"
            shown = f"Graphviz: {message.removesuffix('.')}"
            yield Diagnostic(code, shown, _location_in(source, message))
    if drawn.exit_code and not found_error:
        reason = " ".join(drawn.errors.split())[:300] or f"exit code {drawn.exit_code}"
        yield Diagnostic("invalid-diagram", f"Graphviz failed: {reason}", Location(source.path))


def _location_in(source: Source, message: str) -> Location:
    """Return where the word that Graphviz complains about stands in the DOT text."""
    found = _QUOTED.search(message)
    return _location_of(source, next((g for g in found.groups() if g), "") if found else "")


def _location_of(source: Source, word: str) -> Location:
    start = source.text.find(word) if word else -1
    return source.location(start, start + len(word)) if start >= 0 else Location(source.path)


def _left_out(svg: SafeSvg, source: Source) -> Iterator[Diagnostic]:
    for what in svg.left_out:
        message = f"{what} is not safe in a page and is left out of the drawing"
        named = re.search("`(.+)`", what)
        written = re.finditer(re.escape(named[1]), source.text, re.IGNORECASE) if named else ()
        locations = [source.location(*found.span()) for found in written] or [Location(source.path)]
        yield from (Diagnostic("unsafe-drawing", message, location) for location in locations)


def _further_graphs(source: Source) -> Iterator[Diagnostic]:
    """Yield the graphs of a file after its first, which alone is drawn."""
    for start, end in find_graphs(source.text)[1:]:
        message = "one more graph in this file, which is not drawn"
        help_ = "put it in a file of its own"
        yield Diagnostic("invalid-diagram", message, source.location(start, end), help_)

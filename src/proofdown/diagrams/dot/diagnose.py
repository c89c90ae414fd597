"""Convert Graphviz's errors and warnings to diagnostics at their lines in the DOT text."""

import re
from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic
from proofdown.diagrams.dot.scan import find_graphs
from proofdown.diagrams.model.language import Drawn
from proofdown.source import Location, Source

_SYNTAX_ERROR = re.compile(r"syntax error in line (\d{1,9})(?: near '(.*)')?")
_NOISE = re.compile(
    r"no value for width of|no hard-coded metrics|Falling back to|file loading is disabled"
    r"|No or improper image file"
)
_READS_FILE = re.compile(r"Filename \"(.*)\" is unsafe")
_QUOTED = re.compile(r"\"([^\"]+)\"|'([^']+)'|^(\S+) is not a known color|unknown shape (\S+)")


def diagnose_dot(drawn: Drawn, source: Source) -> Iterator[Diagnostic]:
    """Yield Graphviz's errors and warnings, and the graphs of a file that it does not draw."""
    yield from _messages(drawn, source)
    if drawn.svg:
        yield from _further_graphs(source)


def _messages(drawn: Drawn, source: Source) -> Iterator[Diagnostic]:
    """Yield Graphviz's errors and warnings at their locations in the source."""
    found_error = False
    # Without duplicates, because Graphviz may repeat a warning.
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
    # Whatever else made it fail: no failure may go unreported.
    if drawn.exit_code and not found_error:
        reason = " ".join(drawn.errors.split())[:300] or f"exit code {drawn.exit_code}"
        yield Diagnostic("invalid-diagram", f"Graphviz failed: {reason}", Location(source.path))


def _location_in(source: Source, message: str) -> Location:
    """Return the location in the DOT text of the word that a message quotes."""
    found = _QUOTED.search(message)
    return _location_of(source, next((g for g in found.groups() if g), "") if found else "")


def _location_of(source: Source, word: str) -> Location:
    start = source.text.find(word) if word else -1
    return source.location(start, start + len(word)) if start >= 0 else Location(source.path)


def _further_graphs(source: Source) -> Iterator[Diagnostic]:
    """Yield the graphs of a file after its first, because only that is drawn."""
    for start, end in find_graphs(source.text)[1:]:
        message = "another graph in this file, which is not drawn"
        help_ = "put it in a file of its own"
        yield Diagnostic("invalid-diagram", message, source.location(start, end), help_)

"""Diagnostics as the browser's panel gets them: plain values, ready to be written as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from proofdown.addresses import encode_path
from proofdown.build.report.text import snippet_text
from proofdown.content.discovery import CLAIMS_SUFFIX
from proofdown.diagnostics import Diagnostic, Severity
from proofdown.site.model import Site
from proofdown.source import Location, printable

MOST_SENT = 200
"""Problems that are sent to a browser; the rest are counted, and printed on the terminal."""
WIDEST = 160
"""Characters of a source line that are sent."""


class ProblemNote(Struct, frozen=True):
    """A second sentence under a problem."""

    message: str
    location: str = ""


class Problem(Struct, frozen=True):
    """One problem as it is shown over a page."""

    severity: str
    code: str
    message: str
    location: str
    help: str = ""
    notes: tuple[ProblemNote, ...] = ()
    line: int = 0
    before: str = ""
    """The source line up to the place."""
    marked: str = ""
    """What of the line is meant."""
    after: str = ""
    address: str | None = None
    """Address of the page it is in, percent-encoded; None for one that is in no page."""


class Problems(Struct, frozen=True):
    """Everything wrong with a site."""

    shown: tuple[Problem, ...] = ()
    errors: int = 0
    warnings: int = 0
    notes: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the problems as a value for JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def make_problems(diagnostics: Iterable[Diagnostic], addresses: Mapping[str, str]) -> Problems:
    """Return diagnostics as problems, the worst first.

    Args:
        diagnostics: what a build found.
        addresses: address of the page that each source belongs to.
    """
    ranks = list(Severity)
    found = sorted(diagnostics, key=lambda d: (ranks.index(d.severity), d.sort_key))
    errors, warnings, notes = (sum(d.severity is s for d in found) for s in Severity)
    shown = tuple(_problem(d, addresses) for d in found[:MOST_SENT])
    return Problems(shown, errors, warnings, notes)


def addresses_of(site: Site) -> dict[str, str]:
    """Return the address of the page that each source belongs to, by the source's path.

    Of the pages that show a diagram or a recording the first is meant.
    """
    found: dict[str, str] = {}
    for built in site.pages:
        path, address = built.page.source.path, built.page.address
        summary = built.summary
        shown = [site.drawings[name].source for name in summary.diagrams if name in site.drawings]
        shown += [site.recordings[n].source for n in summary.recordings if n in site.recordings]
        found[path] = found[path.removesuffix(".md") + CLAIMS_SUFFIX] = address
        for source in shown:
            found.setdefault(source.path, address)
    return found


def _problem(diagnostic: Diagnostic, addresses: Mapping[str, str]) -> Problem:
    location = diagnostic.location
    notes = tuple(
        ProblemNote(printable(n.message), printable(str(n.location or "")))
        for n in diagnostic.notes
    )
    paths = [location.path, *(note.location.path for note in diagnostic.notes if note.location)]
    address = next((addresses[path] for path in paths if path in addresses), None)
    snippet = _snippet(location)
    return Problem(
        severity=str(diagnostic.severity),
        code=diagnostic.code,
        message=printable(diagnostic.message),
        location=printable(str(location)),
        help=printable(diagnostic.help),
        notes=notes,
        line=location.line,
        before=snippet.before,
        marked=snippet.marked,
        after=snippet.after,
        address=None if address is None else encode_path(address).removeprefix("./"),
    )


class _Snippet(NamedTuple):
    """A source line in three: up to the location, what is meant, and after it."""

    before: str
    marked: str = ""
    after: str = ""


def _snippet(location: Location) -> _Snippet:
    line = location.snippet
    if not location.line or not location.column:
        return _Snippet(snippet_text(line[:WIDEST]))
    start = location.column - 1
    end = location.end_column - 1 if location.end_line == location.line else len(line)
    first = max(0, start - WIDEST // 2) if end > WIDEST else 0
    last = first + WIDEST
    pieces = line[first:start], line[start : min(end, last)], line[max(start, end) : last]
    return _Snippet(*map(snippet_text, pieces))

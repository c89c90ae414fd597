"""Convert diagnostics to the plain values that the browser's panel receives as JSON."""

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
"""Limit of problems to send to a browser; the panel shows the number of the others."""
WIDEST = 160
"""Limit of characters to send of a source line."""


class ProblemNote(Struct, frozen=True):
    """A note below a problem."""

    message: str
    location: str = ""


class Problem(Struct, frozen=True, kw_only=True):
    """One problem, as the panel shows it."""

    severity: str
    code: str
    message: str
    location: str
    help: str = ""
    notes: tuple[ProblemNote, ...] = ()
    line: int = 0
    before: str = ""
    """The source line up to the marked part."""
    marked: str = ""
    """The part of the line that the problem is about."""
    after: str = ""
    """The rest of the line."""
    address: str | None = None
    """Percent-encoded address of the page that the problem is in; None if it is in no page."""


class Problems(Struct, frozen=True, kw_only=True):
    """All problems of a site."""

    shown: tuple[Problem, ...] = ()
    errors: int = 0
    warnings: int = 0
    notes: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the problems as built-in types, to encode as JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def make_problems(diagnostics: Iterable[Diagnostic], addresses: Mapping[str, str]) -> Problems:
    """Convert diagnostics to problems, the most severe first.

    Args:
        diagnostics: the diagnostics of a build.
        addresses: for each source, the address of its page.
    """
    ranks = list(Severity)
    found = sorted(diagnostics, key=lambda d: (ranks.index(d.severity), d.sort_key))
    errors, warnings, notes = (sum(d.severity is s for d in found) for s in Severity)
    shown = tuple(_problem(d, addresses) for d in found[:MOST_SENT])
    return Problems(shown=shown, errors=errors, warnings=warnings, notes=notes)


def addresses_of(site: Site) -> dict[str, str]:
    """Return the address of its page for each source, by the source's path.

    A diagram or a recording belongs to the first page that shows it.
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
    """A source line in three parts."""

    before: str
    marked: str = ""
    after: str = ""


def _snippet(location: Location) -> _Snippet:
    line = location.snippet
    if not location.line or not location.column:
        return _Snippet(snippet_text(line[:WIDEST]))
    start = location.column - 1
    end = location.end_column - 1 if location.end_line == location.line else len(line)
    # A long line, such as minified HTML, is cut around the marked part.
    first = max(0, start - WIDEST // 2) if end > WIDEST else 0
    last = first + WIDEST
    pieces = line[first:start], line[start : min(end, last)], line[max(start, end) : last]
    return _Snippet(*map(snippet_text, pieces))

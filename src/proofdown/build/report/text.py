"""A build's diagnostics and verdicts as text.

In text from a site or a host, control characters, bidi controls and zero-width characters are
escaped, so that only our own colours control the terminal.

`concise` prints the first line of what `text` prints for each diagnostic, word for word.
"""

from collections.abc import Callable, Iterator

from proofdown.build.pipeline import Build
from proofdown.content.evidence.claims import Verdict
from proofdown.diagnostics import Diagnostic, Severity
from proofdown.source import Location, printable

Style = Callable[[str, str], str]
"""Formats a text in one of the styles `error`, `warning`, `note`, `bold`, `faint`."""

WIDEST_SNIPPET = 100
_BLANKS = (0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_AS_SPACES = dict.fromkeys(_BLANKS, " ")
"""Tabs and non-ASCII spaces: a snippet shows each as a plain space."""


def plain(text: str, _style: str) -> str:
    """Return the text without any style."""
    return text


def text_report(build: Build, style: Style = plain) -> Iterator[str]:
    """Yield every diagnostic with its line of source and its help, then the summary."""
    yield from (full_text(diagnostic, style) for diagnostic in build.diagnostics)
    yield from summary(build, style)


def concise_report(build: Build, style: Style = plain) -> Iterator[str]:
    """Yield one line per diagnostic, then the summary."""
    yield from (first_line(diagnostic, style) for diagnostic in build.diagnostics)
    yield from summary(build, style)


def first_line(diagnostic: Diagnostic, style: Style = plain) -> str:
    """Return a diagnostic as `path:line:column: severity[code]: message`."""
    level = style(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.severity)
    where = printable(str(diagnostic.location))
    location = f"{style(where, 'bold')}: " if diagnostic.location.path else ""
    return f"{location}{level}: {printable(diagnostic.message)}"


def full_text(diagnostic: Diagnostic, style: Style = plain) -> str:
    """Return a diagnostic with its snippet, help and notes, and an empty line after it."""
    margin = _margin(diagnostic.location)
    lines = [first_line(diagnostic, style), *_snippet(diagnostic, margin, style)]
    if diagnostic.help:
        lines.append(f"{margin}{style('=', 'faint')} help: {printable(diagnostic.help)}")
    for note in diagnostic.notes:
        location = f": {note.location}" if note.location else ""
        lines.append(f"{margin}{style('=', 'faint')} note: {printable(note.message + location)}")
    return "\n".join([*lines, ""])


def _margin(location: Location) -> str:
    """Return the blanks left of the bar: the width of the line number plus a space on each side."""
    return " " * max(3, len(str(location.line)) + 2)


def _snippet(diagnostic: Diagnostic, margin: str, style: Style) -> Iterator[str]:
    """Yield the line of source with the location underlined."""
    location = diagnostic.location
    if not location.line or not location.snippet.strip():
        return
    column = location.column or 1
    # A location far to the right of a long line is shown in the middle of a window.
    cut = max(0, column - 1 - WIDEST_SNIPPET // 2) if column > WIDEST_SNIPPET else 0
    shown = location.snippet[cut : cut + WIDEST_SNIPPET]
    start = column - 1 - cut
    # A location of several lines is underlined to the end of the first.
    width = location.end_column - column if location.end_line == location.line else len(shown)
    width = max(1, width)
    before, marked, after = map(
        snippet_text, (shown[:start], shown[start : start + width], shown[start + width :])
    )
    number, bar = f" {location.line}".ljust(len(margin)), style("|", "faint")
    yield f"{margin}{bar}"
    yield f"{style(number, 'faint')}{bar} {(before + marked + after).rstrip()}"
    if location.column:
        indent = " " * (len(before) + max(0, start - len(shown)))
        yield f"{margin}{bar} {indent}{style('^' * max(1, len(marked)), diagnostic.severity)}"
    yield f"{margin}{bar}"


def snippet_text(text: str) -> str:
    """Return a piece of a source line for a snippet; each tab or space is one column wide."""
    return printable(text.translate(_AS_SPACES))


def summary(build: Build, style: Style = plain) -> list[str]:
    """Return the last lines of a report: counts of diagnostics and of claims by verdict."""
    pages = _count(len(build.site.pages), "page")
    errors, warnings, notes = (build.count(s) for s in Severity)
    if build.diagnostics:
        parts = [
            style(_count(errors, "error"), "error") if errors else "",
            style(_count(warnings, "warning"), "warning") if warnings else "",
            _count(notes, "note") if notes else "",
        ]
        found = f"{', '.join(p for p in parts if p)} in {pages}"
    else:
        found = f"no problems in {pages}"
    held, broken, not_judged = (build.count_claims(v) for v in Verdict)
    claims = f"claims: {held} held, {broken} broken, {not_judged} not judged"
    return [f"{found}; {claims}"]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

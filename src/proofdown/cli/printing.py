"""Print text, reports and diagnostics; the exit codes of commands."""

import re
from functools import cache

import click

from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.runtime.console import wants_colour
from proofdown.source import printable_lines

OK, PROBLEMS, COULD_NOT_RUN = 0, 1, 2

_CHUNK = 1 << 16
"""About how many bytes of a report `without_colours` processes at a time."""
_COLOUR = re.compile(rb"\x1b\[[;?\d]*[a-zA-Z]")
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def style(text: str, name: str) -> str:
    """Return a text with the ANSI codes of a style."""
    before, after = _marks(name)
    return f"{before}{text}{after}"


@cache
def _marks(name: str) -> tuple[str, str]:
    """Return the ANSI prefix and suffix of a style. Cached: used 100,000 times."""
    if name in _COLOURS:
        # The null character marks where the text goes: no style contains one.
        shown = click.style("\0", fg=_COLOURS[name], bold=True)
    else:
        shown = click.style("\0", bold=name == "bold", dim=name == "faint")
    before, _, after = shown.partition("\0")
    return before, after


def without_colours(text: bytes) -> bytes:
    """Return a text without its ANSI colour codes."""
    plain, at = bytearray(), 0
    # In chunks, because the pieces between matches take much more memory than the text itself.
    # A chunk ends with a line, so that no colour code is cut in two.
    while at < len(text):
        end = text.find(b"\n", at + _CHUNK) + 1 or len(text)
        plain += _COLOUR.sub(b"", text[at:end])
        at = end
    return bytes(plain)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print plain text; escape control characters, which untrusted input may contain."""
    click.echo(printable_lines(text), err=err, nl=nl)


def print_report(text: str, *, err: bool = False) -> None:
    """Print a report, whose text was escaped before it was coloured."""
    click.echo(text, err=err, color=wants_colour())


def print_diagnostic(diagnostic: Diagnostic) -> None:
    """Print a diagnostic on the standard error."""
    from proofdown.build.report.text import full_text

    print_report(full_text(diagnostic, style), err=True)


def print_failure(stop: SiteError) -> int:
    """Print why a command could not run, and return its exit code."""
    print_diagnostic(stop.diagnostic)
    return COULD_NOT_RUN

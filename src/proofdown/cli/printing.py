"""What commands print, and the exit codes they end with."""

import re
from functools import cache

import click

from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.runtime.console import wants_colour
from proofdown.source import printable_lines

OK, PROBLEMS, COULD_NOT_RUN = 0, 1, 2

_SOME_LINES = 1 << 16
"""Bytes of a report, about, from which colours are taken at once."""
_COLOUR = re.compile(rb"\x1b\[[;?\d]*[a-zA-Z]")
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def style(text: str, name: str) -> str:
    """Return a text in the style of that name, as a terminal shows it."""
    before, after = _marks(name)
    return f"{before}{text}{after}"


@cache
def _marks(name: str) -> tuple[str, str]:
    """Return what stands around a text of that style: a long report has a hundred thousand."""
    if name in _COLOURS:
        shown = click.style("\0", fg=_COLOURS[name], bold=True)
    else:
        shown = click.style("\0", bold=name == "bold", dim=name == "faint")
    before, _, after = shown.partition("\0")
    return before, after


def without_colours(text: bytes) -> bytes:
    """Return a text without what colours it."""
    plain, at = bytearray(), 0
    while at < len(text):  # some lines at once, for what is cut up takes much more memory
        end = text.find(b"\n", at + _SOME_LINES) + 1 or len(text)
        plain += _COLOUR.sub(b"", text[at:end])
        at = end
    return bytes(plain)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print plain text; control characters in it, which may come from anywhere, are escaped."""
    click.echo(printable_lines(text), err=err, nl=nl)


def say_painted(text: str, *, err: bool = False) -> None:
    """Print a report: what comes from a site was made printable before it was painted."""
    click.echo(text, err=err, color=wants_colour())


def complain(diagnostic: Diagnostic) -> None:
    """Print a diagnostic on the standard error."""
    from proofdown.build.report.text import full_text

    say_painted(full_text(diagnostic, style), err=True)


def stopped(stop: SiteError) -> int:
    """Say why a run could not be done, and return its exit code."""
    complain(stop.diagnostic)
    return COULD_NOT_RUN

"""What commands print, and the exit codes they end with."""

import click

from proofdown.colours import wants_colour
from proofdown.diagnostics import Diagnostic, SiteError

OK, PROBLEMS, COULD_NOT_RUN = 0, 1, 2

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def style(text: str, name: str) -> str:
    """Return a text in the style of that name, as a terminal shows it."""
    if name in _COLOURS:
        return click.style(text, fg=_COLOURS[name], bold=True)
    return click.style(text, bold=name == "bold", dim=name == "faint")


def complain(diagnostic: Diagnostic) -> None:
    """Print a diagnostic on the standard error."""
    from proofdown.report import full_text

    click.echo(full_text(diagnostic, style), err=True, color=wants_colour())


def stopped(stop: SiteError) -> int:
    """Say why a run could not be done, and return its exit code."""
    complain(stop.diagnostic)
    return COULD_NOT_RUN

"""`proofdown record`."""

import sys
from pathlib import Path

import click

from proofdown.cli.options import site_option
from proofdown.cli.printing import OK, PROBLEMS, print_diagnostic, print_failure, say
from proofdown.diagnostics import SiteError


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@site_option
@click.option(
    "--check",
    "is_check",
    is_flag=True,
    help="Write nothing; exit with 1 if any output has changed.",
)
def record(names: tuple[str, ...], folder: Path, *, is_check: bool) -> None:
    """Run the recorded tools again and save their output."""
    from proofdown.content.evidence.record_all import record_all

    try:
        outcome = record_all(folder, names, is_check=is_check, say=say)
    except SiteError as stop:
        sys.exit(print_failure(stop))
    for diagnostic in outcome.diagnostics:
        print_diagnostic(diagnostic)
    sys.exit(PROBLEMS if outcome.diagnostics or (is_check and outcome.moved) else OK)

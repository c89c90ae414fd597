"""`proofdown check`."""

import sys
from pathlib import Path

import click

from proofdown.build.options import BuildOptions
from proofdown.cli.options import check_options, with_structs
from proofdown.cli.running import run_build


@click.command()
@check_options
@click.option(
    "--write-baseline",
    "writes_baseline",
    is_flag=True,
    help="Accept the current problems as a baseline.",
)
@click.option(
    "--write-lock",
    "writes_lock",
    is_flag=True,
    help="Add the current addresses and anchors to the lock file.",
)
@click.option(
    "--fix", "fixes", is_flag=True, help="Fix unambiguous problems in place, such as misspellings."
)
@with_structs
def check(folder: Path, format_: str, options: BuildOptions) -> None:
    """Check the site without writing it."""
    sys.exit(run_build(folder, format_, options, None))

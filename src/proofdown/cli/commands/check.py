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
    help="Let pass what is wrong now, and no more.",
)
@click.option(
    "--write-lock",
    "writes_lock",
    is_flag=True,
    help="Remember the addresses and anchors there are.",
)
@click.option(
    "--fix", "fixes", is_flag=True, help="Mend in place what is certain, such as misspellings."
)
@with_structs
def check(folder: Path, format_: str, options: BuildOptions) -> None:
    """Check the site and write no site."""
    sys.exit(run_build(folder, format_, options, None))

"""`proofdown check`."""

import sys
from pathlib import Path
from typing import Any

import click

from proofdown.build.options import BuildOptions
from proofdown.cli.options import check_options
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
def check(folder: Path, format_: str, **demanded: Any) -> None:
    """Check the site and write no site."""
    sys.exit(run_build(folder, format_, BuildOptions(**demanded), None))

"""`proofdown new`."""

import sys
from pathlib import Path

import click

from proofdown.cli.printing import stopped
from proofdown.diagnostics import SiteError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def new(folder: Path) -> None:
    """Make a small site in DIR that builds without a problem."""
    from proofdown.starter import write_starter

    try:
        files = write_starter(folder)
    except SiteError as stop:
        sys.exit(stopped(stop))
    for path in files:
        click.echo(f"wrote {folder / path}")
    click.echo(f"\nNow: cd {folder} && proofdown build")

"""Building a site and printing what was found, for every command that does."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofdown.cli.printing import OK, PROBLEMS, stopped, style, wants_colour
from proofdown.demands import Demands
from proofdown.diagnostics import SiteError

if TYPE_CHECKING:
    from proofdown.build import Build

Finish = Callable[["Build", bool], str]
"""What is done after a build, given it and whether it is refused; returns what to say of it."""


def run_build(folder: Path, format_: str, demands: Demands, finish: Finish | None) -> int:
    """Build the site that a folder belongs to, print what was found, and return the exit code."""
    from proofdown.formats import FORMATS
    from proofdown.memo import CACHE_FOLDER, open_memo
    from proofdown.progress import ProgressLine
    from proofdown.run import build_as_asked
    from proofdown.settings import find_root

    try:
        root = find_root(folder)
        with open_memo(root / CACHE_FOLDER) as memo:
            with ProgressLine() as progress:
                result, is_refused = build_as_asked(root, demands, progress, memo)
            said = finish(result, is_refused) if finish else ""
    except SiteError as stop:
        return stopped(stop)
    click.echo(FORMATS[format_](result, style), color=wants_colour())
    if said:
        click.echo(said, err=format_ not in ("text", "concise"))
    return PROBLEMS if is_refused else OK

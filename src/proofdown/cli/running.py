"""Building a site and printing what was found, for every command that does."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofdown.cli.printing import OK, PROBLEMS, stopped, style, wants_colour
from proofdown.demands import Demands
from proofdown.diagnostics import SiteError
from proofdown.roots import nearest_root
from proofdown.unchanged import Said, forget, recall, remember

if TYPE_CHECKING:
    from proofdown.build import Build
    from proofdown.memo import Memo

Finish = Callable[["Build", bool, "Memo"], tuple[str, str]]
"""What is done after a build, given it, whether it is refused, and the memo; returns what to say
of it, and what to say if the next run finds nothing changed."""


def run_build(folder: Path, format_: str, demands: Demands, finish: Finish | None) -> int:
    """Build the site that a folder belongs to, print what was found, and return the exit code.

    Where nothing changed since the last time, that is found out and said without a build.
    """
    root = nearest_root(folder)
    asked = [format_, repr(demands), repr(finish is not None), str(Path.cwd())]
    said = recall(root, asked) if root and demands.changes_nothing else None
    if said is None:
        try:
            said = _build(folder, format_, demands, finish, asked)
        except SiteError as stop:
            return stopped(stop)
    click.echo(said.report, color=wants_colour())
    if said.last:
        click.echo(said.last, err=format_ not in ("text", "concise"))
    return said.code


def _build(
    folder: Path, format_: str, demands: Demands, finish: Finish | None, asked: list[str]
) -> Said:
    """Build a site, and leave a note of what there is to say for the next run that asks the same.

    Raises:
        SiteError: there is nothing to build from, or what is to be written cannot be.
    """
    from proofdown.formats import FORMATS
    from proofdown.memo import CACHE_FOLDER, open_memo
    from proofdown.progress import ProgressLine
    from proofdown.run import build_as_asked, watched_by
    from proofdown.settings import find_root

    root, started = find_root(folder), time.time_ns()
    with open_memo(root / CACHE_FOLDER, waits=_say_that_another_runs) as memo:
        with ProgressLine() as progress:
            result, is_refused = build_as_asked(root, demands, progress, memo)
        now, later = finish(result, is_refused, memo) if finish else ("", "")
        report = FORMATS[format_](result, style)
        code = PROBLEMS if is_refused else OK
        watched = watched_by(result, is_written=bool(finish) and not is_refused)
        if watched and demands.changes_nothing:
            remember(root, asked, watched, Said(report, later, code), started)
        else:
            forget(root)
    return Said(report, now, code)


def _say_that_another_runs() -> None:
    click.echo("another build of this site is running; this one goes on when it is done", err=True)

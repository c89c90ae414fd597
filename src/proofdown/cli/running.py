"""Build a site and print what was found, for every command that does."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from proofdown.build.options import BuildOptions
from proofdown.cli.printing import OK, PROBLEMS, say, stopped, style, without_colours
from proofdown.config.root import nearest_root
from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.runtime.cache.uptodate import (
    CachedOutput,
    NewOutput,
    WatchedFiles,
    clear_result,
    load_result,
    save_result,
)
from proofdown.runtime.console import shows_colour, write_out
from proofdown.runtime.system.crash import CrashError, crash_of, diagnostic_of
from proofdown.runtime.system.signals import heed
from proofdown.source import printable

if TYPE_CHECKING:
    from proofdown.build.pipeline import Build
    from proofdown.runtime.cache.build_cache import BuildCache


class LastLine(Struct, frozen=True):
    """What is printed after a report; nothing by default."""

    now: str = ""
    if_unchanged: str = ""
    """What the next run prints instead, if nothing has changed."""


Finish = Callable[["Build", bool, "BuildCache"], LastLine]
"""What is done after a build: gets it, whether it is refused, and the cache."""


class _FinishedBuild(Struct, frozen=True):
    """What is left of a build when the site itself is released."""

    report: bytes
    """The report with colours."""
    last: LastLine
    watched: WatchedFiles | None
    """What the result depends on; None if that is not known."""
    exit_code: int


def run_build(folder: Path, format_: str, options: BuildOptions, finish: Finish | None) -> int:
    """Build the site that a folder belongs to, print what was found, and return the exit code.

    If nothing has changed since the same run, its output is printed again without a build.
    """
    root = nearest_root(str(folder))
    requests = (_command(), f"{format_} {options} {finish is not None} {Path.cwd()}")
    result = None
    if root and options.changes_nothing:
        is_plain = not shows_colour()
        result = load_result(root, requests[1], is_plain=is_plain, missed=requests[0])
    if result is None:
        try:
            result = _build(folder, format_, options, finish, requests)
        except SiteError as stop:
            _tell_programs(stop.diagnostic, format_)
            return stopped(stop)
        except Exception as fault:
            heed()  # it is of what a signal broke off
            crash = crash_of(fault)
            with suppress(Exception):  # what is missing may be what this takes
                _tell_programs(diagnostic_of(crash), format_)
            raise CrashError(crash) from fault
    write_out(result.output)
    say(result.errors, err=True, nl=False)
    return result.exit_code


def _tell_programs(reason: Diagnostic, format_: str) -> None:
    """Print why a run could not be done, in a format for programs."""
    from proofdown.build.report.formats import stopped_report

    write_out(stopped_report(reason, format_).encode("utf-8", "surrogatepass"))


def _command() -> str:
    """Return the command as it stands on the command line; empty where it comes from elsewhere."""
    return click.get_current_context().find_object(str) or ""


def _build(
    folder: Path,
    format_: str,
    options: BuildOptions,
    finish: Finish | None,
    requests: tuple[str, ...],
) -> CachedOutput:
    """Build a site, and save what the next run with the same request can print.

    Raises:
        SiteError: there is nothing to build from, or what is to be written cannot be.
    """
    from proofdown.config.loader import find_root
    from proofdown.runtime.cache.build_cache import open_cache

    root, started = find_root(folder), time.time_ns()
    with open_cache(root, on_wait=_say_that_another_runs) as cache:
        done = _finish_build(root, format_, options, finish, cache)
        plain = without_colours(done.report)
        if done.watched and options.changes_nothing:
            out, err = _after(done.last.if_unchanged, format_)
            output = NewOutput((done.report, out), (plain, out), err, done.exit_code)
            save_result(str(root), tuple(filter(None, requests)), done.watched, output, started)
        else:
            clear_result(str(root))
    out, err = _after(done.last.now, format_)
    return CachedOutput((done.report if shows_colour() else plain) + out, err, done.exit_code)


def _finish_build(
    root: Path, format_: str, options: BuildOptions, finish: Finish | None, cache: "BuildCache"
) -> _FinishedBuild:
    """Build a site, do what is done after it, and return its report.

    The site itself is let go here, before as much memory is taken again for what is said of it.
    """
    from proofdown.build.begin import begin_build

    looks = options.changes_nothing
    started = begin_build(root, cache, options, is_last=not options.fixes, looks=looks)
    # Workers write what has changed, while the rest of the program is imported here.
    from proofdown.build.report.formats import FORMATS
    from proofdown.build.run import run_build, watched_by
    from proofdown.runtime.progress import ProgressLine

    with ProgressLine() as progress:
        result, is_refused = run_build(root, options, progress, cache, started=started)
    heed()
    last = finish(result, is_refused, cache) if finish else LastLine()
    pieces = FORMATS[format_](result, style)
    report = b"\n".join(piece.encode() for piece in pieces)
    code = PROBLEMS if is_refused else OK
    watched = watched_by(result, started.looked, is_written=bool(finish) and not is_refused)
    return _FinishedBuild(report, last, watched, code)


def _after(last: str, format_: str) -> tuple[bytes, str]:
    """Return what comes after a report on the standard output, and on the standard error.

    What was written is no part of a report for programs.
    """
    last = f"{printable(last)}\n" if last else ""
    return (f"\n{last}".encode(), "") if format_ in ("text", "concise") else (b"\n", last)


def _say_that_another_runs() -> None:
    say("another build of this site is running; this one goes on when it is done", err=True)

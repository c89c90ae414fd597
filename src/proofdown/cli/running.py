"""Building a site and printing what was found, for every command that does."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofdown.build.options import BuildOptions
from proofdown.cli.printing import OK, PROBLEMS, say, stopped, style, without_colours
from proofdown.config.root import nearest_root
from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.runtime.cache.uptodate import Said, Watched, forget, load_result, remember
from proofdown.runtime.console import shows_colour, write_out
from proofdown.runtime.system.crash import CrashError, crash_of, diagnostic_of
from proofdown.runtime.system.signals import heed
from proofdown.source import printable

if TYPE_CHECKING:
    from proofdown.build.pipeline import Build
    from proofdown.runtime.cache.build_cache import BuildCache

Finish = Callable[["Build", bool, "BuildCache"], tuple[str, str]]
"""What is done after a build, given it, whether it is refused, and the memo; returns what to say
of it, and what to say if the next run finds nothing changed."""


def run_build(folder: Path, format_: str, options: BuildOptions, finish: Finish | None) -> int:
    """Build the site that a folder belongs to, print what was found, and return the exit code.

    Where nothing changed since the last time, that is found out and said without a build.
    """
    root = nearest_root(str(folder))
    asked = (_command(), f"{format_} {options} {finish is not None} {Path.cwd()}")
    said = None
    if root and options.changes_nothing:
        said = load_result(root, asked[1], is_plain=not shows_colour(), refused=asked[0])
    if said is None:
        try:
            said = _build(folder, format_, options, finish, asked)
        except SiteError as stop:
            _tell_programs(stop.diagnostic, format_)
            return stopped(stop)
        except Exception as fault:
            heed()  # it is of what a signal broke off
            crash = crash_of(fault)
            with suppress(Exception):  # what is missing may be what this takes
                _tell_programs(diagnostic_of(crash), format_)
            raise CrashError(crash) from fault
    out, err, code = said
    write_out(out)
    say(err, err=True, nl=False)
    return code


def _tell_programs(reason: Diagnostic, format_: str) -> None:
    """Print why a run could not be done, in a format for programs."""
    from proofdown.build.report.formats import stopped_report

    write_out(stopped_report(reason, format_).encode("utf-8", "surrogatepass"))


def _command() -> str:
    """Return the command as it stands on the command line; empty where it comes from elsewhere."""
    return click.get_current_context().find_object(str) or ""


def _build(
    folder: Path, format_: str, options: BuildOptions, finish: Finish | None, asked: tuple[str, ...]
) -> Said:
    """Build a site, and leave a note of what there is to say for the next run that asks the same.

    Raises:
        SiteError: there is nothing to build from, or what is to be written cannot be.
    """
    from proofdown.config.loader import find_root
    from proofdown.runtime.cache.build_cache import open_cache

    root, started = find_root(folder), time.time_ns()
    with open_cache(root, waits=_say_that_another_runs) as cache:
        report, last, watched, code = _built(root, format_, options, finish, cache)
        plain = without_colours(report)
        if watched and options.changes_nothing:
            ways = tuple(filter(None, asked))
            out, err = _after(last[1], format_)
            said = (report, out), err, code
            remember(str(root), ways, watched, said, (plain, out), started)
        else:
            forget(str(root))
    out, err = _after(last[0], format_)
    return (report if shows_colour() else plain) + out, err, code


def _built(
    root: Path, format_: str, options: BuildOptions, finish: Finish | None, cache: "BuildCache"
) -> tuple[bytes, tuple[str, str], Watched | None, int]:
    """Build a site; return the report, what is said after it, on what that hangs, the exit code.

    After the report there is one thing to say now, and another one if nothing changes.

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
    last = finish(result, is_refused, cache) if finish else ("", "")
    pieces = FORMATS[format_](result, style)
    report = b"\n".join(piece.encode() for piece in pieces)
    code = PROBLEMS if is_refused else OK
    watched = watched_by(result, started.looked, is_written=bool(finish) and not is_refused)
    return report, last, watched, code


def _after(last: str, format_: str) -> tuple[bytes, str]:
    """Return what comes after a report on the standard output, and on the standard error.

    What was written is no part of a report for programs.
    """
    last = f"{printable(last)}\n" if last else ""
    return (f"\n{last}".encode(), "") if format_ in ("text", "concise") else (b"\n", last)


def _say_that_another_runs() -> None:
    say("another build of this site is running; this one goes on when it is done", err=True)

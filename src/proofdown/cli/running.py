"""Run a build for a command, print its report, and cache the output."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from proofdown.build.options import BuildOptions
from proofdown.cli.printing import OK, PROBLEMS, print_failure, say, style, without_colours
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
from proofdown.runtime.system.signals import raise_if_signalled
from proofdown.source import printable

if TYPE_CHECKING:
    from proofdown.build.pipeline import Build
    from proofdown.runtime.cache.build_cache import BuildCache


class LastLine(Struct, frozen=True):
    """The line printed after a report; empty for none."""

    now: str = ""
    if_unchanged: str = ""
    """The line that the next run prints instead, if nothing has changed."""


Finish = Callable[["Build", bool, "BuildCache"], LastLine]
"""Called after a build with the build, whether it is refused, and the cache."""


class _FinishedBuild(Struct, frozen=True, kw_only=True):
    """The results of a build that are still needed after the site itself is freed."""

    report: bytes
    """The report with colours."""
    last: LastLine
    watched: WatchedFiles | None
    """The files that the result depends on, or None if they are not known."""
    exit_code: int


def run_build(folder: Path, format_: str, options: BuildOptions, finish: Finish | None) -> int:
    """Build the site of a folder, print the report, and return the exit code.

    If nothing has changed since the last run of the same command, its output is replayed instead.
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
            _print_stopped_report(stop.diagnostic, format_)
            return print_failure(stop)
        except Exception as fault:
            raise_if_signalled()  # the exception may be a consequence of a signal
            crash = crash_of(fault)
            with suppress(Exception):  # this may fail for the same reason, such as lack of memory
                _print_stopped_report(diagnostic_of(crash), format_)
            raise CrashError(crash) from fault
    write_out(result.output)
    say(result.errors, err=True, nl=False)
    return result.exit_code


def _print_stopped_report(reason: Diagnostic, format_: str) -> None:
    """Print why the build could not run, if the format is one for programs."""
    from proofdown.build.report.formats import stopped_report

    write_out(stopped_report(reason, format_).encode("utf-8", "surrogatepass"))


def _command() -> str:
    """Return `start`'s request for this command line, or "" if `start` did not run."""
    return click.get_current_context().find_object(str) or ""


def _build(
    folder: Path,
    format_: str,
    options: BuildOptions,
    finish: Finish | None,
    requests: tuple[str, ...],
) -> CachedOutput:
    """Build a site, and cache its output for the next run with the same request.

    Raises:
        SiteError: there is no site, or its output cannot be written.
    """
    from proofdown.config.loader import find_root
    from proofdown.runtime.cache.build_cache import open_cache

    root, started = find_root(folder), time.time_ns()
    with open_cache(root, on_wait=_say_that_another_runs) as cache:
        done = _finish_build(root, format_, options, finish, cache)
        plain = without_colours(done.report)
        if done.watched and options.changes_nothing:
            out, err = _after(done.last.if_unchanged, format_)
            output = NewOutput(
                in_colour=(done.report, out),
                plain=(plain, out),
                errors=err,
                exit_code=done.exit_code,
            )
            save_result(str(root), tuple(filter(None, requests)), done.watched, output, started)
        else:
            clear_result(str(root))
    out, err = _after(done.last.now, format_)
    return CachedOutput((done.report if shows_colour() else plain) + out, err, done.exit_code)


def _finish_build(
    root: Path, format_: str, options: BuildOptions, finish: Finish | None, cache: "BuildCache"
) -> _FinishedBuild:
    """Build a site, call `finish`, and return the report.

    This is a function of its own so that the site is freed on return: the copies of the report
    that the caller makes can take as much memory again.
    """
    from proofdown.build.begin import begin_build

    looks = options.changes_nothing
    started = begin_build(root, cache, options, is_last=not options.fixes, records_states=looks)
    # The workers that `begin_build` has started parse pages while the rest is imported here.
    from proofdown.build.report.formats import FORMATS
    from proofdown.build.run import run_build, watched_by
    from proofdown.runtime.progress import ProgressLine

    with ProgressLine() as progress:
        result, is_refused = run_build(root, options, progress, cache, started=started)
    raise_if_signalled()
    last = finish(result, is_refused, cache) if finish else LastLine()
    pieces = FORMATS[format_](result, style)
    report = b"\n".join(piece.encode() for piece in pieces)
    code = PROBLEMS if is_refused else OK
    watched = watched_by(result, started.input_states, is_written=bool(finish) and not is_refused)
    return _FinishedBuild(report=report, last=last, watched=watched, exit_code=code)


def _after(last: str, format_: str) -> tuple[bytes, str]:
    """Return what follows a report on the standard output, and on the standard error.

    In a format for programs the last line goes to the standard error, because it would make the
    report invalid.
    """
    last = f"{printable(last)}\n" if last else ""
    return (f"\n{last}".encode(), "") if format_ in ("text", "concise") else (b"\n", last)


def _say_that_another_runs() -> None:
    say("another build of this site is running; this one waits for it to finish", err=True)

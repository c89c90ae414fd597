"""Start external programs. No other room does; for Git, see `runtime/git`.

A program gets its arguments as a list, so that no shell reads them. It stays in the process group
of the run, because it may ask for a password at the terminal and must get the user's Ctrl-C; a run
that is stopped kills the program that it is waiting for.
"""

import resource
import subprocess
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import IO, BinaryIO

from msgspec import Struct

NOWHERE = subprocess.DEVNULL
"""An output that is thrown away."""
_MOST_ERRORS = 1 << 16
"""Bytes of a program's complaints that `run_bounded` keeps."""
_PIECE = 1 << 16
_GRACE = 10
"""Seconds for what an ended program has started itself, and which may hold its pipes open."""


class ProgramResult(Struct, frozen=True):
    """How a program ended, and what it printed."""

    exit_code: int
    """Negative for a program that a signal ended: the signal's number."""
    output: bytes
    """Its standard output; empty if that went elsewhere."""
    errors: bytes


class Limits(Struct, frozen=True):
    """What the system gives a program and all that it starts."""

    memory: int
    """Bytes of address space."""
    file_size: int
    """Bytes of the largest file that it may write."""
    seconds: int
    """Processor time."""


class ProgramCall(Struct, frozen=True, kw_only=True):
    """A program to run, and all that it gets."""

    command: list[str]
    """The program and its arguments."""
    environment: Mapping[str, str]
    """All of its environment."""
    folder: Path
    """Where it runs."""
    given: bytes | None = None
    """What it reads from its standard input; None for the null device."""
    seconds: float | None = None
    """How long it may take; None for any time."""
    limits: Limits | None = None
    """What it may use; None for as much as this process may."""


class TimedOutError(Exception):
    """A program took longer than it may, and was killed."""


class EndlessOutputError(Exception):
    """A program printed more than it may, and was killed."""


def run_program(
    call: ProgramCall,
    *,
    into: BinaryIO | int | None = None,
    run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run,
) -> ProgramResult:
    """Run a program to its end; an exit code other than 0 is no error here.

    Args:
        call: what to run, and what it gets.
        into: a file for its standard output, or `NOWHERE`; None to return it.
        run: what starts it: `subprocess.run`, or a library's function with the same arguments.

    Raises:
        TimedOutError: it took longer than it may.
        OSError: it cannot be started.
    """
    standard_input = {"stdin": NOWHERE} if call.given is None else {"input": call.given}
    try:
        done = run(
            call.command,
            **standard_input,
            stdout=subprocess.PIPE if into is None else into,
            stderr=subprocess.PIPE,
            cwd=call.folder,
            env=call.environment,
            timeout=call.seconds,
            preexec_fn=partial(_set_limits, call.limits) if call.limits else None,
        )
    except subprocess.TimeoutExpired:
        raise TimedOutError from None
    except subprocess.CalledProcessError as fault:  # some libraries raise it by themselves
        return ProgramResult(fault.returncode, fault.stdout or b"", fault.stderr or b"")
    return ProgramResult(done.returncode, done.stdout or b"", done.stderr or b"")


def _set_limits(limits: Limits) -> None:
    """Set limits in the child before its program starts; skip those that the system lacks."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):
            continue


def run_bounded(
    command: list[str], given: Iterable[bytes], environment: Mapping[str, str], most: int
) -> ProgramResult:
    """Run a program whose output may never end, because its other end may be broken.

    Only the first 64 KiB of what it writes to its standard error are kept.

    Args:
        command: the program and its arguments.
        given: what it reads from its standard input, piece by piece.
        environment: all of its environment.
        most: bytes that it may print.

    Raises:
        EndlessOutputError: it prints more.
        OSError: it cannot be started.
    """
    pipe = subprocess.PIPE
    errors: list[bytes] = []
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - for mypy
    threads = [
        Thread(target=_feed, args=(process.stdin, given), daemon=True),
        Thread(target=_listen, args=(process, process.stderr, errors, most), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        output = _read(process.stdout, most)
    except BaseException:
        process.kill()
        raise
    finally:
        process.stdout.close()  # ends what the program started, which may still write
        for thread in threads:
            thread.join(_GRACE)
        process.wait()
    return ProgramResult(process.returncode, output, b"".join(errors))


def _read(pipe: IO[bytes], most: int) -> bytes:
    found, left = [], most
    while piece := pipe.read(_PIECE):
        found.append(piece)
        left -= len(piece)
        if left < 0:
            raise EndlessOutputError
    return b"".join(found)


def _feed(pipe: IO[bytes], given: Iterable[bytes]) -> None:
    with suppress(OSError):  # it has ended, and says why itself
        pipe.writelines(given)
    with suppress(OSError):
        pipe.close()


def _listen(
    process: subprocess.Popen[bytes], pipe: IO[bytes], errors: list[bytes], most: int
) -> None:
    """Keep the first complaints and read on, so that the program can go on; but not for ever."""
    left = _MOST_ERRORS
    with pipe:
        while piece := pipe.read(_PIECE):
            errors.append(piece[:left])
            left -= len(errors[-1])
            most -= len(piece)
            if most < 0:
                process.kill()
                return


class BackgroundProgram(Struct, frozen=True):
    """A program that runs until it is stopped; it reads and prints nothing."""

    process: subprocess.Popen[bytes]

    def is_running(self) -> bool:
        """Return whether it has not ended yet."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Ask the program to end, and wait until it has."""
        self.process.terminate()
        self.process.wait()


def start_in_background(command: list[str]) -> BackgroundProgram:
    """Start a program with the environment of this process.

    Raises:
        OSError: it cannot be started.
    """
    process = subprocess.Popen(command, stdin=NOWHERE, stdout=NOWHERE, stderr=NOWHERE)
    return BackgroundProgram(process)


def show_in_browser(url: str) -> None:
    """Open an address in the user's browser, without waiting for one that starts slowly."""
    import webbrowser  # only here: it looks for browsers when it is imported

    Thread(target=webbrowser.open, args=(url,), daemon=True).start()

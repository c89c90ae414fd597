"""Run external programs. No other package does; for Git, see `runtime/git`.

A program gets its arguments as a list, so that no shell parses them. It stays in the process group
of the run, because it may ask for a password at the terminal and must receive the user's Ctrl-C. A
run that is stopped kills the program that it is waiting for.
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
"""Discards an output."""
_MOST_ERRORS = 1 << 16
"""Bytes of a program's standard error that `run_bounded` keeps."""
_CHUNK = 1 << 16
_GRACE = 10
"""Seconds to wait for pipes to close that a child of the ended program may still hold open."""


class ProgramResult(Struct, frozen=True):
    """The exit code and the output of a program."""

    exit_code: int
    """Minus the signal's number if a signal ended the program."""
    output: bytes
    """Its standard output; empty if that was redirected."""
    errors: bytes


class Limits(Struct, frozen=True):
    """Resource limits of a program and of each of its children."""

    memory: int
    """Bytes of address space."""
    file_size: int
    """Maximum size of a file that it writes, in bytes."""
    seconds: int
    """Processor time."""


class ProgramCall(Struct, frozen=True, kw_only=True):
    """A program to run, with its input, environment and limits."""

    command: list[str]
    """The program and its arguments."""
    environment: Mapping[str, str]
    """Its complete environment."""
    folder: Path
    """Its working folder."""
    given: bytes | None = None
    """Its standard input; None for the null device."""
    seconds: float | None = None
    """Its timeout; None for none."""
    limits: Limits | None = None
    """Its resource limits; None for those of this process."""


class TimedOutError(Exception):
    """A program exceeded its timeout, and was killed."""


class EndlessOutputError(Exception):
    """A program printed more than its limit, and was killed."""


def run_program(
    call: ProgramCall,
    *,
    into: BinaryIO | int | None = None,
    run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run,
) -> ProgramResult:
    """Run a program and return its result, whatever its exit code.

    Args:
        call: the program to run.
        into: a file for its standard output, or `NOWHERE`; None to return it.
        run: `subprocess.run`, or a library's function with the same arguments.

    Raises:
        TimedOutError: it exceeded its timeout.
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
    except subprocess.CalledProcessError as fault:  # a library's `run` may always check
        return ProgramResult(fault.returncode, fault.stdout or b"", fault.stderr or b"")
    return ProgramResult(done.returncode, done.stdout or b"", done.stderr or b"")


def _set_limits(limits: Limits) -> None:
    """Set limits in the child process; skip those that the system does not support."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_CORE, 0),  # a core dump can be as large as the program's memory
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):
            continue


def run_bounded(
    command: list[str], given: Iterable[bytes], environment: Mapping[str, str], most: int
) -> ProgramResult:
    """Run a program whose output may never end, and stop it at a limit.

    Only the first 64 KiB of its standard error are kept.

    Args:
        command: the program and its arguments.
        given: the chunks of its standard input.
        environment: its complete environment.
        most: the number of bytes that it may print.

    Raises:
        EndlessOutputError: it printed more.
        OSError: it cannot be started.
    """
    pipe = subprocess.PIPE
    errors: list[bytes] = []
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - for mypy
    # All three pipes are served at once: a program blocks while one that it uses is full.
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
        process.stdout.close()  # children that still write to it get SIGPIPE
        for thread in threads:
            thread.join(_GRACE)
        process.wait()
    return ProgramResult(process.returncode, output, b"".join(errors))


def _read(pipe: IO[bytes], most: int) -> bytes:
    """Return all that a pipe contains.

    Raises:
        EndlessOutputError: that is more than `most` bytes.
    """
    found, left = [], most
    while piece := pipe.read(_CHUNK):
        found.append(piece)
        left -= len(piece)
        if left < 0:
            raise EndlessOutputError
    return b"".join(found)


def _feed(pipe: IO[bytes], given: Iterable[bytes]) -> None:
    """Write the chunks to a pipe, and close it."""
    with suppress(OSError):  # the program has ended; its exit code says why
        pipe.writelines(given)
    with suppress(OSError):
        pipe.close()


def _listen(
    process: subprocess.Popen[bytes], pipe: IO[bytes], errors: list[bytes], most: int
) -> None:
    """Store the start of the standard error; kill the program at `most` bytes."""
    left = _MOST_ERRORS
    with pipe:
        while piece := pipe.read(_CHUNK):  # read on when enough is kept, or the program blocks
            errors.append(piece[:left])
            left -= len(errors[-1])
            most -= len(piece)
            if most < 0:
                process.kill()
                return


class BackgroundProgram(Struct, frozen=True):
    """A running program without input and output."""

    process: subprocess.Popen[bytes]

    def is_running(self) -> bool:
        """Return whether the program is still running."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Send SIGTERM, and wait for the program to end."""
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
    """Open an address in the user's browser, without waiting for it to start."""
    import webbrowser  # not at the top, because importing it makes it look for browsers

    Thread(target=webbrowser.open, args=(url,), daemon=True).start()

"""What a program answers, read no further than any answer can be: its other end may be broken."""

import subprocess
from collections.abc import Iterable
from contextlib import suppress
from threading import Thread
from typing import IO

MOST_BYTES = 512 << 20
"""Bytes of the longest listing: two million files with paths of 200 letters."""
_MOST_SAID = 1 << 16
_PIECE = 1 << 16
_GRACE = 10
"""Seconds for what a program that has ended started itself, and which may hold its pipes."""


class EndlessAnswerError(Exception):
    """A program said more than any answer can be, and was ended."""


def run_within(
    command: list[str], data: Iterable[bytes], environment: dict[str, str], most: int = MOST_BYTES
) -> subprocess.CompletedProcess[bytes]:
    """Run a program; of its errors the first 64 KiB are kept.

    Args:
        command: the program with its arguments.
        data: what it reads, piece by piece.
        environment: its environment.
        most: how many bytes it may write.

    Raises:
        EndlessAnswerError: it writes more.
        FileNotFoundError: there is no such program.
    """
    pipe = subprocess.PIPE
    said: list[bytes] = []
    run = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    assert run.stdin and run.stdout and run.stderr  # noqa: S101, PT018 - for the type checker
    threads = [
        Thread(target=_feed, args=(run.stdin, data), daemon=True),
        Thread(target=_listen, args=(run, run.stderr, said, most), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        answer = _read(run.stdout, most)
    except BaseException:
        run.kill()
        raise
    finally:
        run.stdout.close()  # ends what the program started, which may still write
        for thread in threads:
            thread.join(_GRACE)
        run.wait()
    return subprocess.CompletedProcess(command, run.returncode, answer, b"".join(said))


def _read(pipe: IO[bytes], most: int) -> bytes:
    found, left = [], most
    while piece := pipe.read(_PIECE):
        found.append(piece)
        left -= len(piece)
        if left < 0:
            raise EndlessAnswerError
    return b"".join(found)


def _feed(pipe: IO[bytes], data: Iterable[bytes]) -> None:
    with suppress(OSError):  # it has ended, and says why itself
        pipe.writelines(data)
    with suppress(OSError):
        pipe.close()


def _listen(run: subprocess.Popen[bytes], pipe: IO[bytes], said: list[bytes], most: int) -> None:
    """Keep the first that is said, and read on, so that the program can; but not for ever."""
    left = _MOST_SAID
    with pipe:
        while piece := pipe.read(_PIECE):
            said.append(piece[:left])
            left -= len(said[-1])
            most -= len(piece)
            if most < 0:
                run.kill()
                return

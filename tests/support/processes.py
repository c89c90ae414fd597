"""Real runs of the command as processes: their signals, their workers and their leftovers."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE = 60.0
"""Timeout in seconds for something that should happen."""
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Run:
    """A run of the command in a session of its own, so that it can be signalled as from a terminal.

    Its number is also the ID of its process group.
    """

    process: subprocess.Popen[str]

    @property
    def number(self) -> int:
        return self.process.pid

    def wait_until_it_catches(self) -> None:
        """Wait until the program handles signals, and Python is no longer starting."""
        mask = 1 << (signal.SIGTERM - 1)
        wait_until(lambda: self.process.poll() is not None or bool(_caught(self.number) & mask))

    def send(self, number: int, *, is_to_group: bool = False) -> None:
        """Send a signal to the process or to its whole group, as Ctrl-C in a terminal does."""
        with suppress(ProcessLookupError):
            (os.killpg if is_to_group else os.kill)(self.number, number)

    def stop(self, *, is_group: bool = False) -> bool:
        """Stop the process or its whole group with SIGSTOP; return whether it was still running.

        If a child is stopped before it starts its program, the parent that waits for it is in an
        uninterruptible wait, which counts as stopped.
        """
        self.send(signal.SIGSTOP, is_to_group=is_group)
        wait_until(lambda: _state(self.number) in "TDZX")
        return _state(self.number) in "TD"

    def workers(self) -> list[int]:
        """Return its child processes that are alive."""
        return [pid for pid, parent, _ in _living() if parent == self.number]

    def wait_until_full(self) -> None:
        """Wait until the pipe of its standard output is full because nobody reads it."""
        assert self.process.stdout
        pipe = self.process.stdout.fileno()
        size = fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
        wait_until(lambda: _waiting_in(pipe) >= size)

    def end(self) -> Ended:
        """Wait until it exits."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return Ended(self.process.returncode, out, err)

    def wait_until_nothing_is_left(self) -> None:
        """Wait until no process of its group is alive.

        A program that was just being started when the signal came, such as Git, must exit by
        itself, because its process ID is not known yet.
        """
        wait_until(lambda: not self.left())

    def left(self) -> list[int]:
        """Return the living processes of its group."""
        return [pid for pid, _, group in _living() if group == self.number]


@contextmanager
def running(
    *arguments: str, cwd: Path, path: tuple[Path, ...] = (), before: tuple[str, ...] = ()
) -> Iterator[Run]:
    """Run the command, with more folders on Python's path; kill leftovers afterwards."""
    env = os.environ | {"PROOFDOWN_WORKERS": "2"}
    if path:
        there = [one] if (one := env.get("PYTHONPATH")) else []
        env["PYTHONPATH"] = os.pathsep.join([*map(str, path), *there])
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "proofdown", *arguments],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Run(process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def run_python(text: str) -> Ended:
    """Run a piece of Python in a process of its own."""
    command = [sys.executable, "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until a condition is true; fail if it never is."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.002)


def children_of(number: int) -> set[int]:
    """Return the living child processes of a process."""
    return {pid for pid, parent, _ in _living() if parent == number}


def is_alive(number: int) -> bool:
    """Return whether a process exists and is not a zombie."""
    return any(pid == number for pid, _, _ in _living())


def _living() -> Iterator[tuple[int, int, int]]:
    """Yield each process that is not a zombie, with its parent and its group."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent, group = (
                (process / "stat").read_text("utf-8").rpartition(")")[2].split()[:3]
            )
            if state not in "ZX":
                yield int(process.name), int(parent), int(group)


def _state(number: int) -> str:
    """Return the letter of a process's state, or `X` if it does not exist."""
    with suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    return "X"


def _caught(number: int) -> int:
    """Return the signals that a process catches, as a mask."""
    with suppress(OSError):
        for line in Path(f"/proc/{number}/status").read_text("utf-8").splitlines():
            if line.startswith("SigCgt:"):
                return int(line.split()[1], 16)
    return 0


def _waiting_in(pipe: int) -> int:
    """Return the number of unread bytes in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)

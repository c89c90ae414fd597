"""One command as a process: how long, how much CPU, how much memory."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_BETWEEN_LOOKS = 0.05
_UNSEEN = ("PYTHONDONTWRITEBYTECODE",)
"""Variables that users do not set: pip compiles what it installs, a checkout compiles once."""
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Cost:
    """The cost of one run of a command."""

    code: int
    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system, of the process and all children that it waited for."""
    largest: float
    """Peak memory of the largest process, in MB."""
    tree: float
    """Peak memory of all processes together, shared pages counted once, in MB; 0 if unknown."""


def run(
    command: Sequence[str], folder: Path, seconds: float, variables: Mapping[str, str] | None = None
) -> Cost:
    """Run a command in a folder and return its cost; kill it after a number of seconds."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment() | dict(variables or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    killer = threading.Timer(seconds, _kill, (process.pid,))
    killer.start()
    watch = _MemoryWatch(process.pid)
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    killer.cancel()
    watch.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    largest = usage.ru_maxrss * unit / _MEGABYTE
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(process.returncode, wall, cpu, largest, max(watch.most / _MEGABYTE, 0))


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _UNSEEN}
    return kept | {"NO_COLOR": "1", "CI": "1"}


def _kill(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


class _MemoryWatch(threading.Thread):
    """Samples the memory of a session's processes, if there is a `/proc`."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.session, self.most = session, 0
        self._is_over = threading.Event()

    def run(self) -> None:
        while not self._is_over.wait(_BETWEEN_LOOKS):
            self.most = max(self.most, sum(map(_memory, _processes_of(self.session))))

    def stop(self) -> None:
        self._is_over.set()
        self.join()


def _processes_of(session: int) -> list[Path]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            found.append(folder)
    return found


def _memory(process: Path) -> int:
    """Return a process's proportional set size in bytes: own pages and its share of others."""
    try:
        for line in (process / "smaps_rollup").read_text("utf-8").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def size(folder: Path) -> tuple[int, int]:
    """Return the number of files in a folder, and their size in bytes."""
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    return len(sizes), sum(sizes)

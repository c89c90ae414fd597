"""One publisher at a time, on hosts that have neither transactions nor locks.

A run writes a file of its own below `.proofdown/lock/`, then looks, and goes on only if it stands
there alone: of two runs at least one sees the other, so that never both go on. Of those that see
each other the first by name waits for the rest to step back. The file names everything the run
may write, so that the next run knows what a killed one has left half done.
"""

import json
import os
import re
import socket
from collections.abc import Iterable, Mapping
from hashlib import sha256
from secrets import token_hex

import msgspec
from msgspec import Struct

from proofdown.publish.plan.paths import STATE_FOLDER, is_plain

LOCK_FOLDER, UNFINISHED_FOLDER = f"{STATE_FOLDER}lock/", f"{STATE_FOLDER}unfinished/"
STALE = 3600
"""Seconds after which the lock of another machine counts as left by a killed run."""
PATIENCE, PAUSE = 6.0, 0.3
"""Seconds that the first by name waits for the others, and between two looks."""


_BASE = re.compile(r"[0-9a-f]{0,64}")


class Journal(Struct, frozen=True):
    """What a run may write, and what was there when it began."""

    base: str
    """Name of what was there."""
    paths: frozenset[str]

    @property
    def data(self) -> bytes:
        """The journal as it is written."""
        return json.dumps({"base": self.base, "paths": sorted(self.paths)}).encode()


def read_journal(data: bytes) -> Journal:
    """Return a journal; an empty one where it cannot be read, for it was cut off."""
    try:
        read = msgspec.json.decode(data, type=Journal)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Journal("", frozenset())
    base = read.base if _BASE.fullmatch(read.base) else ""  # it names a folder to write to
    return Journal(base, frozenset(filter(is_plain, read.paths)))


def new_run() -> str:
    """Return a name for a run: machine, process, and a number drawn by lot."""
    return f"{_machine()}-{os.getpid()}-{token_hex(4)}"


def live(locks: Mapping[str, float], run: str) -> list[str]:
    """Return the locks of other runs that may still go on.

    Args:
        locks: when each was written, by the host's clock.
        run: one's own.
    """
    now = locks.get(LOCK_FOLDER + run, max(locks.values(), default=0))
    return [path for path, written in locks.items() if _is_live(path, now - written, run)]


def locks_in(times: Mapping[str, float]) -> dict[str, float]:
    """Return those of some files that are locks."""
    return {p: at for p, at in times.items() if p.startswith(LOCK_FOLDER) and _run_of(p)}


def journals_in(paths: Iterable[str]) -> list[str]:
    """Return those of some files that say what a run may have written."""
    return [path for path in paths if path.startswith((LOCK_FOLDER, UNFINISHED_FOLDER))]


def _machine() -> str:
    return sha256(socket.gethostname().encode()).hexdigest()[:8]


def _run_of(path: str) -> list[str]:
    parts = path.rpartition("/")[2].split("-")
    return parts if len(parts) == 3 and parts[1].isdigit() else []


def _is_live(path: str, age: float, run: str) -> bool:
    machine, process, _ = _run_of(path)
    if path == LOCK_FOLDER + run:
        return False
    if machine != _machine():
        return age < STALE
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

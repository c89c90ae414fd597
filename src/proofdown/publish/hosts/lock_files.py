"""Mutual exclusion on hosts that have neither transactions nor locks.

A run writes a lock file below `.proofdown/lock/`, then lists the folder, and continues only if
there is no other. Of two runs at least one sees the other's file, so they never both continue. If
they see each other, the first by name waits for the others to withdraw. The file is a journal as
well: it lists every file that the run may write, so that the next run can finish for a killed one.
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

from proofdown.publish.plan.paths import STATE_FOLDER, is_safe_path

LOCK_FOLDER, UNFINISHED_FOLDER = f"{STATE_FOLDER}lock/", f"{STATE_FOLDER}unfinished/"
STALE = 3600
"""Seconds after which the lock of another machine counts as stale."""
PATIENCE, PAUSE = 6.0, 0.3
"""Seconds that the first by name waits for the others, and between two listings."""


_BASE = re.compile(r"[0-9a-f]{0,64}")


class Journal(Struct, frozen=True):
    """The files that a run may write, and the revision that it started from."""

    base: str
    """The revision that the run started from."""
    paths: frozenset[str]

    @property
    def data(self) -> bytes:
        """The journal as JSON."""
        return json.dumps({"base": self.base, "paths": sorted(self.paths)}).encode()


def read_journal(data: bytes) -> Journal:
    """Parse a journal; return an empty one if it is invalid, as after a killed upload."""
    try:
        read = msgspec.json.decode(data, type=Journal)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Journal("", frozenset())
    # The base becomes the name of a folder to write to, so `../x` must not get through.
    base = read.base if _BASE.fullmatch(read.base) else ""
    return Journal(base, frozenset(filter(is_safe_path, read.paths)))


def new_run() -> str:
    """Return a unique name for a run: machine, process and a random number."""
    return f"{_machine()}-{os.getpid()}-{token_hex(4)}"


def live_locks(locks: Mapping[str, float], run: str) -> list[str]:
    """Return the locks of other runs that may still be running.

    Args:
        locks: when each was written, by the host's clock.
        run: the name of this run.
    """
    # Our own lock was written just now, which gives the time by the host's clock.
    now = locks.get(LOCK_FOLDER + run, max(locks.values(), default=0))
    return [path for path, written in locks.items() if _is_live(path, now - written, run)]


def locks_in(times: Mapping[str, float]) -> dict[str, float]:
    """Filter files by those that are locks."""
    return {p: at for p, at in times.items() if p.startswith(LOCK_FOLDER) and _run_of(p)}


def journals_in(paths: Iterable[str]) -> list[str]:
    """Filter files by those that are journals: locks, and what failed runs have left."""
    return [path for path in paths if path.startswith((LOCK_FOLDER, UNFINISHED_FOLDER))]


def _machine() -> str:
    # Hashed, because a host name may contain `-`, at which `_run_of` splits.
    return sha256(socket.gethostname().encode()).hexdigest()[:8]


def _run_of(path: str) -> list[str]:
    parts = path.rpartition("/")[2].split("-")
    # Machine, process and random number, as `new_run` joins them.
    return parts if len(parts) == 3 and parts[1].isdigit() else []


def _is_live(path: str, age: float, run: str) -> bool:
    machine, process, _ = _run_of(path)
    if path == LOCK_FOLDER + run:
        return False
    # The processes of another machine cannot be listed, so only the age of its lock counts.
    if machine != _machine():
        return age < STALE
    try:
        os.kill(int(process), 0)  # signal 0 only checks whether the process exists
    except ProcessLookupError:
        return False
    except PermissionError:  # it exists, and belongs to another user
        return True
    return True

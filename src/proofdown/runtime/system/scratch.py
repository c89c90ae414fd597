"""Temporary folders of a run; those that killed runs left are removed by the next run.

Each is locked while its process lives. The system releases the lock when the process ends, however
it ends, so that a folder without a lock belongs to nobody: process ids alone are reused, and mean
nothing to a container that shares the folder for temporary files.
"""

import fcntl
import os
import re
import stat
import weakref
from contextlib import suppress
from functools import cache
from types import TracebackType

from proofdown.diagnostics import OutputError, unwritable
from proofdown.source import Location

_NAME = re.compile(r"(?:proofdown-|proofdown-[a-z]+-|pd-)\d+-[0-9a-f]{16}")
_MODE = 0o700
_USUAL = ("/tmp", "/var/tmp", "/usr/tmp")  # noqa: S108 (names in them are drawn by lot)
_TRIES = 100
"""How often a folder that a sweep of another run took for a left one is made again."""


class ScratchFolder:
    """A folder in the system's temporary folder, removed when this object or the process ends.

    Args:
        prefix: what its name begins with; `proofdown-`, `proofdown-WORD-`, or `pd-` where the
            path must be short.

    Raises:
        OutputError: it cannot be made.
    """

    def __init__(self, prefix: str = "proofdown-") -> None:
        top = _top()
        try:
            _sweep(top)
            self.name, lock = _make(top, prefix)
        except OSError as fault:
            raise _unwritable(top, fault) from fault
        self._end = weakref.finalize(self, _remove, self.name, lock, os.getpid())

    def __enter__(self) -> str:
        return self.name

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.cleanup()

    def cleanup(self) -> None:
        """Remove the folder; what the system does not let go is left to the next run."""
        self._end()


def _top() -> str:
    """Return the folder for temporary files, as `tempfile` chooses it.

    `tempfile` writes a file there to try it, which a killed run would leave.
    """
    named = (os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP"))
    for folder in (*named, *_USUAL):
        if folder and os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):  # noqa: PTH112
            return os.path.abspath(folder)  # noqa: PTH100
    return _USUAL[0]


def _unwritable(top: str, fault: OSError) -> OutputError:
    help_ = "free some space there, or set `TMPDIR` to another folder"
    return unwritable("the folder for temporary files", Location(top), fault, help_)


def _make(top: str, prefix: str) -> tuple[str, int]:
    """Make a folder; return its path and the descriptor that holds its lock."""
    for _ in range(_TRIES):
        path = f"{top}/{prefix}{os.getpid()}-{os.urandom(8).hex()}"
        os.mkdir(path, _MODE)  # noqa: PTH102
        try:
            lock = _open(path)
        except FileNotFoundError:
            continue  # a sweep came between
        if _is_locked(lock) and _is_at(path, lock):
            return path, lock
        os.close(lock)
    raise FileExistsError(17, "another run removes what is made there", top)


def _open(path: str) -> int:
    """Return the descriptor of a folder, never of one that a link leads to."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _is_locked(lock: int) -> bool:
    """Lock a folder; return whether nobody else holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks, where nothing is swept either
    return True


def _is_at(path: str, lock: int) -> bool:
    """Return whether a path still leads to the folder that was opened."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(lock))
    except FileNotFoundError:
        return False


@cache
def _sweep(top: str) -> None:
    """Remove the folders that killed runs of this user left; once in each process."""
    with os.scandir(top) as entries:
        left = [entry.path for entry in entries if _NAME.fullmatch(entry.name)]
    for path in left:
        with suppress(OSError):
            _remove_left(path)


def _remove_left(path: str) -> None:
    """Remove a folder if it is one of ours that no process holds."""
    lock = _open(path)
    try:
        status = os.fstat(lock)
        if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == _MODE:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, lock):
                _remove_tree(path)
    finally:
        os.close(lock)


def _remove(path: str, lock: int, process: int) -> None:
    if os.getpid() == process:  # not in a worker, which has all that was there when it was forked
        _remove_tree(path)
        os.close(lock)


def _remove_tree(path: str) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)

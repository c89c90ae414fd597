"""Temporary folders; those of killed runs are removed by the next run.

A process locks its folder while it is alive, and the kernel releases the lock however the process
ends, so a folder without a lock is unused. A process id would not be enough, because ids are reused
and mean nothing in another container that shares the folder for temporary files.
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
_USUAL = ("/tmp", "/var/tmp", "/usr/tmp")  # noqa: S108 (names in them are random)
_TRIES = 100
"""How often to create a folder again that another run took for an abandoned one."""


class ScratchFolder:
    """A temporary folder, removed when this object is freed or the process ends.

    Args:
        prefix: the prefix of its name: `proofdown-`, `proofdown-WORD-`, or `pd-` if the path must
            be short.

    Raises:
        OutputError: the folder cannot be created.
    """

    def __init__(self, prefix: str = "proofdown-") -> None:
        top = _top()
        try:
            _remove_abandoned(top)
            self.name, lock = _create(top, prefix)
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
        """Remove the folder; leave to the next run what cannot be removed."""
        self._end()


def _top() -> str:
    """Return the folder for temporary files, by the rules of `tempfile`."""
    # `tempfile` itself tests a folder by writing a file to it, which a killed run would leave.
    named = (os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP"))
    for folder in (*named, *_USUAL):
        if folder and os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):  # noqa: PTH112
            return os.path.abspath(folder)  # noqa: PTH100
    return _USUAL[0]


def _unwritable(top: str, fault: OSError) -> OutputError:
    help_ = "free some space there, or set `TMPDIR` to another folder"
    return unwritable("the folder for temporary files", Location(top), fault, help_)


def _create(top: str, prefix: str) -> tuple[str, int]:
    """Create a folder; return its path and the descriptor that holds its lock."""
    for _ in range(_TRIES):
        path = f"{top}/{prefix}{os.getpid()}-{os.urandom(8).hex()}"
        os.mkdir(path, _MODE)  # noqa: PTH102
        try:
            lock = _open(path)
        except FileNotFoundError:
            continue  # another run has removed it, because it is not locked yet
        # Another run may have removed the folder before the lock was taken, or may hold the lock to
        # remove it now.
        if _lock(lock) and _is_at(path, lock):
            return path, lock
        os.close(lock)
    raise FileExistsError(17, "other runs keep removing new folders there", top)


def _open(path: str) -> int:
    """Return a descriptor of a folder; do not follow a link to one."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _lock(lock: int) -> bool:
    """Lock a folder; return False if another process holds its lock."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # the file system has no locks, so no run removes abandoned folders either
    return True


def _is_at(path: str, lock: int) -> bool:
    """Return whether the opened folder is still at a path."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(lock))
    except FileNotFoundError:
        return False


@cache
def _remove_abandoned(top: str) -> None:
    """Remove folders of this user's killed runs. Cached: once per process."""
    with os.scandir(top) as entries:
        left = [entry.path for entry in entries if _NAME.fullmatch(entry.name)]
    for path in left:
        with suppress(OSError):
            _remove_unlocked(path)


def _remove_unlocked(path: str) -> None:
    """Remove a folder if it is this user's and no process has locked it.

    Raises:
        OSError: the folder is locked, or cannot be opened.
    """
    lock = _open(path)
    try:
        status = os.fstat(lock)
        if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == _MODE:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another run may have removed the folder before the lock was taken.
            if _is_at(path, lock):
                _remove_tree(path)
    finally:
        os.close(lock)


def _remove(path: str, lock: int, process: int) -> None:
    if os.getpid() == process:  # not in a forked worker, which inherits the finalizer
        _remove_tree(path)
        os.close(lock)


def _remove_tree(path: str) -> None:
    import shutil  # not at the top, because it imports compression modules

    shutil.rmtree(path, ignore_errors=True)

"""A folder's neighbours while it is replaced, and what a killed run left of them.

.NAME.new-STATE   the new folder while it is filled, named by what the old one holds; once the
                  two are exchanged this is the old one, and holds just that
.NAME.former      the old folder, until the one before it is removed
.NAME.previous    the folder before the last publish
.NAME.lock        locked by the run that publishes
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from stat import S_ISREG

from msgspec import Struct

from proofdown.build.output.swap import exchange
from proofdown.folders import Folder
from proofdown.publish.hosts.directory_stamps import find_stamps, state_of
from proofdown.publish.plan.paths import RECEIPT_NAME

_STATE = re.compile(r"[0-9a-f]{16}|empty")


class Neighbours(Struct, frozen=True):
    """The names beside a folder that are used to replace it."""

    name: str

    @property
    def new(self) -> str:
        """What the names of new folders begin with."""
        return f".{self.name}.new-"

    @property
    def former(self) -> str:
        """The folder that was just replaced."""
        return f".{self.name}.former"

    @property
    def previous(self) -> str:
        """The folder before the last publish."""
        return f".{self.name}.previous"

    @property
    def lock(self) -> str:
        """The file that is locked."""
        return f".{self.name}.lock"


@contextmanager
def hold_lock(parent: Folder, names: Neighbours) -> Iterator[bool]:
    """Yield whether this run holds the lock, which the system releases when the process ends.

    Raises:
        OSError: the lock is a link or no file, or cannot be written.
    """
    lock = parent.open_lock(names.lock)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        at = parent.stat(names.lock)
        if at is None or not os.path.samestat(at, os.fstat(lock)):
            yield False  # the run that held it has removed it meanwhile
            return
        try:
            yield True
        finally:
            parent.discard(names.lock)
    finally:
        os.close(lock)


def begin(parent: Folder, names: Neighbours, state: str) -> str:
    """Make a new folder beside one that is in this state, and return its name."""
    name = names.new + _shown(state)
    parent.remove(name)
    parent.make(name)
    return name


def swap_in(parent: Folder, names: Neighbours, new: str) -> None:
    """Put a new folder in the old one's place, and the old one where a rollback finds it."""
    if parent.stat(names.name) is None:
        parent.rename(new, parent, names.name)
    elif exchange(parent, new, names.name):
        parent.rename(new, parent, names.former)
    else:
        parent.rename(names.name, parent, names.former)
        parent.rename(new, parent, names.name)
    os.fsync(parent.descriptor)
    _finish(parent, names)


def needs_mending(parent: Folder, names: Neighbours) -> bool:
    """Return whether a run that was killed left anything; also while another one still runs."""
    left = (names.former, names.lock)
    return any(name in left or name.startswith(names.new) for name in parent.names())


def mend(parent: Folder, names: Neighbours) -> None:
    """Finish a swap that a killed run began, and remove what it left; the lock must be held."""
    for name in parent.names():
        if name.startswith(names.new):
            if _is_former(parent, names, name):
                parent.remove(names.former)
                parent.rename(name, parent, names.former)
            else:
                parent.remove(name)
    _finish(parent, names)


def _finish(parent: Folder, names: Neighbours) -> None:
    """Make the former folder the previous one, or the site again where there is none."""
    if not parent.is_folder(names.former):
        parent.remove(names.former)
    elif parent.stat(names.name) is None:
        parent.rename(names.former, parent, names.name)
    else:
        parent.remove(names.previous)
        parent.rename(names.former, parent, names.previous)
    os.fsync(parent.descriptor)


def _is_former(parent: Folder, names: Neighbours, name: str) -> bool:
    """Return whether what has a new folder's name is the site that the new one replaced."""
    if not parent.is_folder(name):
        return False
    state = name.removeprefix(names.new)
    if not _STATE.fullmatch(state):
        return _is_older(parent, name, names.name)
    is_swapped = _shown(state_of(find_stamps(parent, names.name))) != state
    return is_swapped and _shown(state_of(find_stamps(parent, name))) == state


def _shown(state: str) -> str:
    return state[:16] or "empty"


def _is_older(parent: Folder, name: str, site: str) -> bool:
    """Return whether a folder that an earlier Proofdown left was published before the site."""
    one, other = _published(parent, name), _published(parent, site)
    return one is not None and other is not None and one < other


def _published(parent: Folder, name: str) -> int | None:
    """Return when the receipt of a folder was written; None where there is none."""
    if not parent.is_folder(name):
        return None
    with parent.enter(name) as folder:
        status = folder.stat(RECEIPT_NAME)
    return status.st_mtime_ns if status and S_ISREG(status.st_mode) else None

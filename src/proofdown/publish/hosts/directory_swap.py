"""Swap a new folder with the old one, and recover from a killed swap.

Beside the folder NAME are:

.NAME.new-REVISION  the new folder while it is filled, named by the old one's content; after the
                    exchange this is the old folder, so its content then matches its name
.NAME.former        the old folder, until the previous one is removed
.NAME.previous      the folder before the last publish
.NAME.lock          locked by the run that publishes
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
from proofdown.publish.hosts.directory_stamps import find_stamps, revision_of
from proofdown.publish.plan.paths import RECEIPT_NAME

_REVISION = re.compile(r"[0-9a-f]{16}|empty")


class Neighbours(Struct, frozen=True):
    """The names used beside a folder to replace it."""

    name: str

    @property
    def new(self) -> str:
        """The prefix of new folders."""
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
    """Try to take the lock; yield whether this run holds it.

    The kernel releases it when the process ends, however it does.

    Raises:
        OSError: the lock is not a regular file, or cannot be written.
    """
    lock = parent.open_lock(names.lock)
    try:
        try:
            # Non-blocking: a second run should fail at once, and not publish after the first.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        at = parent.stat(names.lock)
        if at is None or not os.path.samestat(at, os.fstat(lock)):
            # Between open and lock another run removed this file, so the lock is worthless.
            yield False
            return
        try:
            yield True
        finally:
            parent.discard(names.lock)
    finally:
        os.close(lock)


def make_new(parent: Folder, names: Neighbours, revision: str) -> str:
    """Make a new folder beside one of this revision, and return its name."""
    name = names.new + _short(revision)
    parent.remove(name)
    parent.make(name)
    return name


def swap_in(parent: Folder, names: Neighbours, new: str) -> None:
    """Replace the old folder by a new one, and keep the old one for a rollback."""
    if parent.stat(names.name) is None:
        parent.rename(new, parent, names.name)
    elif exchange(parent, new, names.name):
        parent.rename(new, parent, names.former)
    else:  # no atomic exchange here: for a moment there is no site
        parent.rename(names.name, parent, names.former)
        parent.rename(new, parent, names.name)
    os.fsync(parent.descriptor)
    _finish(parent, names)


def needs_recovery(parent: Folder, names: Neighbours) -> bool:
    """Return whether a killed run has left anything, or another run is still active."""
    left = (names.former, names.lock)
    return any(name in left or name.startswith(names.new) for name in parent.names())


def recover(parent: Folder, names: Neighbours) -> None:
    """Finish the swap of a killed run, and remove what it has left; the lock must be held."""
    for name in parent.names():
        if name.startswith(names.new):
            if _is_former(parent, names, name):
                parent.remove(names.former)
                parent.rename(name, parent, names.former)
            else:
                parent.remove(name)
    _finish(parent, names)


def _finish(parent: Folder, names: Neighbours) -> None:
    """Keep the former folder as the previous one; restore it if there is no site."""
    if not parent.is_folder(names.former):
        parent.remove(names.former)
    elif parent.stat(names.name) is None:
        parent.rename(names.former, parent, names.name)
    else:
        parent.remove(names.previous)
        parent.rename(names.former, parent, names.previous)
    os.fsync(parent.descriptor)


def _is_former(parent: Folder, names: Neighbours, name: str) -> bool:
    """Return whether a folder with a new folder's name is the replaced site."""
    if not parent.is_folder(name):
        return False
    revision = name.removeprefix(names.new)
    if not _REVISION.fullmatch(revision):
        return _is_older(parent, name, names.name)
    is_swapped = _short(revision_of(find_stamps(parent, names.name))) != revision
    return is_swapped and _short(revision_of(find_stamps(parent, name))) == revision


def _short(revision: str) -> str:
    return revision[:16] or "empty"


def _is_older(parent: Folder, name: str, site: str) -> bool:
    """Return whether a folder of an older Proofdown was published before the site.

    Those versions did not name new folders by revision.
    """
    one, other = _published(parent, name), _published(parent, site)
    return one is not None and other is not None and one < other


def _published(parent: Folder, name: str) -> int | None:
    """Return when the receipt of a folder was written, or None if there is none."""
    if not parent.is_folder(name):
        return None
    with parent.enter(name) as folder:
        status = folder.stat(RECEIPT_NAME)
    return status.st_mtime_ns if status and S_ISREG(status.st_mode) else None

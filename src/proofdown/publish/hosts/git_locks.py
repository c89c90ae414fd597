"""Locks that git holds at a remote, and those that a push left there when it was killed.

Git locks a branch for the milliseconds in which it moves it, by a file `NAME.lock`. A git that is
killed in them leaves the file, and every later push is refused until somebody removes it; git
does not, for it cannot know that nobody holds it. Here a lock that stays the same file for
`PATIENCE` is taken for one that was left.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

from proofdown.digests import find_stamp

PATIENCE, PAUSE = 3.0, 0.1
"""Seconds after which a lock counts as left, and between two tries."""
LOCK_HELP = "where no git runs there it was left by one that was killed: remove it, publish again"
_HELD = re.compile(r"Unable to create '([^'\n]+\.lock)': File exists")


def held_lock(said: str) -> str:
    """Return the path of the lock that git names as its reason to refuse a push, or nothing."""
    found = _HELD.search(said)
    return found[1] if found else ""


def push_when_free(push: Callable[[], str], folder: Path | None) -> str:
    """Push, and again while another git holds a lock; remove a lock that was left.

    Args:
        push: pushes; returns what git says where that fails, and nothing where it does not.
        folder: the remote's folder, where it is one of this machine; no lock is removed elsewhere.

    Returns:
        What the last push returned.
    """
    said = push()
    lock = held_lock(said)
    if not lock:
        return said
    seen, end = find_stamp(lock), time.monotonic() + PATIENCE
    while held_lock(said) == lock and time.monotonic() < end:
        time.sleep(PAUSE)
        said = push()
    is_left = held_lock(said) == lock and seen is not None and find_stamp(lock) == seen
    if is_left and folder and Path(lock).resolve().is_relative_to(folder.resolve()):
        Path(lock).unlink(missing_ok=True)
        return push()
    return said

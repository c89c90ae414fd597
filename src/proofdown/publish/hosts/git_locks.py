"""Handle stale locks of Git at a remote.

Git locks a branch with a file `NAME.lock` for the milliseconds in which it updates it. If it is
killed in them, the file stays, and every later push is refused: Git never removes it, because it
cannot know whether another process holds it. Here a lock counts as stale if it is the same file
for `PATIENCE`.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

from proofdown.digests import find_stamp

PATIENCE, PAUSE = 3.0, 0.1
"""Seconds after which a lock counts as stale, and between two tries."""
LOCK_HELP = "if no git runs there, a killed one has left it: remove it and publish again"
_HELD = re.compile(r"Unable to create '([^'\n]+\.lock)': File exists")


def held_lock(output: str) -> str:
    """Return the path of the lock because of which git refused a push; empty if there is none."""
    found = _HELD.search(output)
    return found[1] if found else ""


def push_when_free(push: Callable[[], str], folder: Path | None) -> str:
    """Push; retry while another git holds a lock, and remove a stale lock.

    Args:
        push: pushes, and returns the error output of git, or an empty string on success.
        folder: the remote's folder if it is local; a lock is removed only inside it.

    Returns:
        The result of the last push.
    """
    output = push()
    lock = held_lock(output)
    if not lock:
        return output
    seen, end = find_stamp(lock), time.monotonic() + PATIENCE
    while held_lock(output) == lock and time.monotonic() < end:
        time.sleep(PAUSE)
        output = push()
    # The stamp tells one stale file from a series of short-lived locks at the same path.
    is_stale = held_lock(output) == lock and seen is not None and find_stamp(lock) == seen
    if is_stale and folder and Path(lock).resolve().is_relative_to(folder.resolve()):
        Path(lock).unlink(missing_ok=True)
        return push()
    return output

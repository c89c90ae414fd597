"""The folder of a cache, held by one build at a time.

A tree that somebody sent may bring a `.proofdown` along in which links lie. A cache that would be
reached through one is refused, and so is one of which a part is no regular file.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from proofdown.diagnostics import Diagnostic, OutputError
from proofdown.folders import UnsafePathError
from proofdown.runtime.cache.checked_file import CacheFolder, remove_unfinished
from proofdown.runtime.system.scratch import ScratchFolder
from proofdown.runtime.workers.pool import ending_jobs
from proofdown.source import Location, relative_path

CACHE_FOLDER = ".proofdown/cache"
PREVIEW_FOLDER = ".proofdown/preview"
"""The preview has a cache of its own, because its pages have drafts in their nav."""
DRAWINGS_FOLDER = "drawings"
"""Beside both of them, which share it."""
BLOBS = ("batches", "bodies", "details", "pages", "parts", "sources")
"""Folders of large texts, each named by its key."""
PATIENCE = 1.0
"""Seconds to wait for another build before it is said."""

_stand_ins: dict[Path, ScratchFolder] = {}
"""Folders for this process alone, where a memo's own cannot be written; gone with the process."""


def wait_silently() -> None:
    """Tell nobody that another build is waited for."""


@contextmanager
def hold_cache(
    root: Path, path: str = CACHE_FOLDER, waits: Callable[[], None] = wait_silently
) -> Iterator[CacheFolder]:
    """Yield a folder for a memo, which nobody else has meanwhile; `waits` is told of a long wait.

    It is the one that is asked for, or where that cannot be written, one that lasts as long as
    this process.

    Raises:
        OutputError: the folder would be reached through a link.
    """
    cache = CacheFolder(root, path)
    try:
        _make_room(cache)
        lock = cache.opened().open_lock("lock")
    except UnsafePathError as fault:
        raise OutputError(_unsafe(fault, root)) from None
    except OSError:
        with ending_jobs():
            yield _stand_in(cache.folder)
        return
    try:
        if not _is_free_soon(lock):
            waits()
            fcntl.flock(lock, fcntl.LOCK_EX)
        cache.opened("unfinished").empty()
        for name in ("", "shards"):
            remove_unfinished(cache.opened(name))
        with ending_jobs():  # workers write to the cache, and must not when it is another build's
            yield cache
    finally:
        os.close(lock)


def _stand_in(folder: Path) -> CacheFolder:
    if folder not in _stand_ins:
        _stand_ins[folder] = ScratchFolder()
    stand_in = CacheFolder(_stand_ins[folder].name, "cache")
    _make_room(stand_in)
    return stand_in


def _unsafe(fault: UnsafePathError, root: Path) -> Diagnostic:
    """Return that the cache leads somewhere else, as only a file of the tree can make it."""
    shown = relative_path(Path(fault.filename), root)
    message = f"the cache cannot be used: {fault.strerror}"
    help_ = "remove it; if Git tracks it, `git rm -r --cached .proofdown` takes it out"
    return Diagnostic("foreign-output", message, Location(shown), help_)


def _is_free_soon(lock: int) -> bool:
    """Take a lock that is free or comes free within `PATIENCE`; return whether it was."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        else:
            return True


def _make_room(cache: CacheFolder) -> None:
    for name in (*BLOBS, "shards", "unfinished"):
        cache.opened(name)

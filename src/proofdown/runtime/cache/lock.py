"""The cache folder, locked so that one build at a time uses it.

A repository from elsewhere may contain a `.proofdown` with symbolic links in it. A cache that would
be reached through a link is refused, and so is one with anything but regular files and folders.
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
"""Sibling of both folders, which share it."""
BLOBS = ("batches", "bodies", "details", "pages", "parts", "sources")
"""Folders of blobs, whose files are named by their keys."""
PATIENCE = 1.0
"""Seconds to wait for another build before reporting it."""

_scratch_folders: dict[Path, ScratchFolder] = {}
"""Temporary folders that replace cache folders that cannot be written, by the path of these;
removed when this process exits."""


def wait_silently() -> None:
    """Do not report that another build holds the cache."""


@contextmanager
def hold_cache(
    root: Path, path: str = CACHE_FOLDER, on_wait: Callable[[], None] = wait_silently
) -> Iterator[CacheFolder]:
    """Yield a locked cache folder, or a temporary one if that cannot be written.

    Args:
        root: the site's root.
        path: path of the folder below it.
        on_wait: called when another build has held the lock for `PATIENCE` seconds.

    Raises:
        OutputError: the folder would be reached through a symbolic link.
    """
    cache = CacheFolder(root, path)
    try:
        _make_folders(cache)
        lock = cache.opened().open_lock("lock")
    except UnsafePathError as fault:
        raise OutputError(_unsafe(fault, root)) from None
    except OSError:
        with ending_jobs():
            yield _scratch_cache(cache.folder)
        return
    try:
        if not _is_free_soon(lock):
            on_wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        cache.opened("unfinished").empty()
        for name in ("", "shards"):
            remove_unfinished(cache.opened(name))
        with ending_jobs():  # workers write to the cache, and must not when it is another build's
            yield cache
    finally:
        os.close(lock)


def _scratch_cache(folder: Path) -> CacheFolder:
    if folder not in _scratch_folders:
        _scratch_folders[folder] = ScratchFolder()
    stand_in = CacheFolder(_scratch_folders[folder].name, "cache")
    _make_folders(stand_in)
    return stand_in


def _unsafe(fault: UnsafePathError, root: Path) -> Diagnostic:
    """Return the diagnostic for a cache path that leads through a symbolic link."""
    shown = relative_path(Path(fault.filename), root)
    message = f"the cache cannot be used: {fault.strerror}"
    help_ = "remove it; if Git tracks it, `git rm -r --cached .proofdown` takes it out"
    return Diagnostic("foreign-output", message, Location(shown), help_)


def _is_free_soon(lock: int) -> bool:
    """Try to take a lock for `PATIENCE` seconds; return whether it was taken."""
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


def _make_folders(cache: CacheFolder) -> None:
    for name in (*BLOBS, "shards", "unfinished"):
        cache.opened(name)

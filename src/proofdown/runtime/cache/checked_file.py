"""Files of the cache: verified when read, replaced atomically when written.

The checksum covers the file's name as well, so that a file under another file's name is detected.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path, PurePosixPath

from proofdown.folders import Folder, open_below

UNFINISHED = ".tmp"
"""Suffix of a file that is being written."""


class CacheFolder:
    """A folder of the cache, whose subfolders are opened on first use.

    No symbolic link below the root is followed.

    Args:
        root: the site's root, or another trusted folder.
        path: path of the folder below it.
    """

    def __init__(self, root: str | Path, path: str) -> None:
        self.root, self.path = str(root), path
        self._opened: dict[str, Folder] = {}
        self._process = os.getpid()

    @property
    def folder(self) -> Path:
        """Path of the folder."""
        return Path(self.root, self.path)

    def sibling(self, name: str) -> "CacheFolder":
        """Return the folder with this name in the same parent."""
        return CacheFolder(self.root, str(PurePosixPath(self.path).with_name(name)))

    def opened(self, name: str = "") -> Folder:
        """Return this folder or a subfolder, opened; create it if it is missing.

        Raises:
            UnsafePathError: a symbolic link would be followed.
            OSError: it cannot be created or opened.
        """
        if self._process != os.getpid():  # a forked worker has closed inherited descriptors
            self._opened, self._process = {}, os.getpid()
        found = self._opened.get(name)
        if found is None:
            path = f"{self.path}/{name}"
            found = self._opened[name] = open_below(self.root, path, makes=True)
        return found


def with_checksum(name: str, body: bytes) -> bytes:
    """Return the content of a cache file with this name: a checksum line, then the body."""
    return _checksum(name, body) + b"\n" + body


def _checksum(name: str, body: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + body).hexdigest().encode()


def load_cache_file(folder: Folder, name: str) -> bytes | None:
    """Return the body of a cache file, or None if it is missing or damaged."""
    try:
        checksum, _, body = folder.read(name).partition(b"\n")
    except OSError:
        return None
    return body if _checksum(name, body) == checksum else None


def write_cache_file(folder: Folder, name: str, body: bytes) -> None:
    """Write a cache file, or do nothing if the folder cannot be written."""
    with suppress(OSError):  # a cache that cannot be written costs time, and is no fault of a site
        folder.put(name, with_checksum(name, body))


def remove_unfinished(folder: Folder) -> None:
    """Remove unfinished files that killed runs left behind."""
    for name in folder.names():
        if name.endswith(UNFINISHED):
            folder.discard(name)


def drop_oldest(folder: Folder, used: set[str]) -> None:
    """Remove the oldest unused files of a folder, keeping as many unused ones as used ones."""
    try:
        unused = [entry for entry in folder.scan() if entry.name not in used]
        if len(unused) > len(used):
            # Sorted by name as well, so that the same files go when times are equal.
            unused.sort(key=lambda e: (e.stat(follow_symlinks=False).st_mtime_ns, e.name))
            for entry in unused[: len(unused) - len(used)]:
                folder.remove(entry.name)
    except OSError:
        return

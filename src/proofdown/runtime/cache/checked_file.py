"""A file of the cache: checked when it is read, put in place whole when it is written.

The checksum covers the file's name, so that one file in the place of another is found out too.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path, PurePosixPath

from proofdown.folders import Folder, open_below

UNFINISHED = ".tmp"
"""What the name of a file that is being written ends with."""


class CacheFolder:
    """A folder of the cache, whose own folders are opened when they are used.

    Nothing below the root is reached through a link. A forked worker closes what it inherits, so
    each process opens for itself what it uses.

    Args:
        root: the site's root, or another folder that is trusted.
        path: path of the folder below it.
    """

    def __init__(self, root: str | Path, path: str) -> None:
        self.root, self.path = str(root), path
        self._opened: dict[str, Folder] = {}
        self._process = os.getpid()

    @property
    def folder(self) -> Path:
        """The folder itself."""
        return Path(self.root, self.path)

    def beside(self, name: str) -> "CacheFolder":
        """Return the folder of that name beside this one."""
        return CacheFolder(self.root, str(PurePosixPath(self.path).with_name(name)))

    def opened(self, name: str = "") -> Folder:
        """Return this folder, or one in it, opened; it is made where it is missing.

        Raises:
            UnsafePathError: a link would be followed.
            OSError: it cannot be made or opened.
        """
        if self._process != os.getpid():
            self._opened, self._process = {}, os.getpid()
        found = self._opened.get(name)
        if found is None:
            path = f"{self.path}/{name}"
            found = self._opened[name] = open_below(self.root, path, makes=True)
        return found


def with_checksum(name: str, body: bytes) -> bytes:
    """Return what a file of this name holds: some bytes with their checksum before them."""
    return _checksum(name, body) + b"\n" + body


def _checksum(name: str, body: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + body).hexdigest().encode()


def load_cache_file(folder: Folder, name: str) -> bytes | None:
    """Return what was sealed in a file; None where there is none, or it is damaged."""
    try:
        checksum, _, body = folder.read(name).partition(b"\n")
    except OSError:
        return None
    return body if _checksum(name, body) == checksum else None


def write_cache_file(folder: Folder, name: str, body: bytes) -> None:
    """Keep something in a file; a folder that cannot be written is no fault of the site."""
    with suppress(OSError):
        folder.put(name, with_checksum(name, body))


def remove_unfinished(folder: Folder) -> None:
    """Remove what killed runs did not finish."""
    for name in folder.names():
        if name.endswith(UNFINISHED):
            folder.discard(name)


def drop_oldest(folder: Folder, used: set[str]) -> None:
    """Remove the oldest files of a folder that are not used, but as many as are used."""
    try:
        unused = [entry for entry in folder.scan() if entry.name not in used]
        if len(unused) > len(used):
            unused.sort(key=lambda e: (e.stat(follow_symlinks=False).st_mtime_ns, e.name))
            for entry in unused[: len(unused) - len(used)]:
                folder.remove(entry.name)
    except OSError:
        return

"""Digests of contents and stamps of files: two ways to detect a change.

A stamp is a file's metadata, which is read without opening the file.
"""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from proofdown.folders import open_regular, read_all


class Stamp(NamedTuple):
    """A file's size, times in nanoseconds, and inode."""

    size: int
    modified: int
    changed: int
    inode: int


def stamp_of(status: os.stat_result) -> Stamp:
    """Return the stamp in the result of `stat`."""
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def find_stamp(file: str | Path) -> Stamp | None:
    """Return a file's stamp, or None if there is no such file."""
    try:
        return stamp_of(os.stat(file))  # noqa: PTH116 (a Path costs too much here: a build asks for thousands)
    except OSError:
        return None


def read_stamped(file: str | Path) -> tuple[bytes, Stamp]:
    """Return a file's contents, with the stamp of the very file that was read.

    Raises:
        OSError: it cannot be read.
    """
    with open_regular(str(file)) as opened:
        # By descriptor: a `stat` of the path, before or after, may be of another file, because a
        # folder in it may have been replaced meanwhile.
        stamp = stamp_of(os.fstat(opened.fileno()))
        return read_all(opened.fileno()), stamp


def digest(*parts: str | bytes) -> str:
    """Return the BLAKE2b digest of some texts, in their order, as 40 hexadecimal digits."""
    hasher = hashlib.blake2b(digest_size=20)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hasher.update(b"%d:" % len(data))  # so that ("ab", "c") and ("a", "bc") differ
        hasher.update(data)
    return hasher.hexdigest()


def checksum(data: bytes) -> str:
    """Return the SHA-256 of some bytes, as receipts list it for each file."""
    return hashlib.sha256(data).hexdigest()


def file_checksum(file: Path) -> str:
    """Return the SHA-256 of a file, which is read in chunks.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def has_checksum(file: Path, expected: str) -> bool:
    """Return whether a file exists and has this SHA-256."""
    try:
        return file_checksum(file) == expected
    except OSError:
        return False

"""Digests of contents and stamps of files: two ways to tell two states apart.

A stamp is what the file system says about a file without opening it.
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
    """Return the stamp in what the system says of a file."""
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def find_stamp(file: str | Path) -> Stamp | None:
    """Return a file's stamp; None where there is no such file."""
    try:
        return stamp_of(os.stat(file))  # noqa: PTH116 (no Path for thousands)
    except OSError:
        return None


def read_stamped(file: str | Path) -> tuple[bytes, Stamp]:
    """Return what a file holds, with the stamp of the very file that was read.

    A stamp that is asked for by path, before or after, may be that of another file: a folder may
    have been moved away, and another one to its place.

    Raises:
        OSError: it cannot be read.
    """
    with open_regular(str(file)) as opened:
        stamp = stamp_of(os.fstat(opened.fileno()))
        return read_all(opened.fileno()), stamp


def digest(*parts: str | bytes) -> str:
    """Return a short name for some texts, in their order, which no others have."""
    found = hashlib.blake2b(digest_size=20)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.hexdigest()


def checksum(data: bytes) -> str:
    """Return the SHA-256 of some bytes, by which receipts name a file."""
    return hashlib.sha256(data).hexdigest()


def file_checksum(file: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def has_checksum(file: Path, expected: str) -> bool:
    """Return whether a file is there and its bytes have this SHA-256."""
    try:
        return file_checksum(file) == expected
    except OSError:
        return False

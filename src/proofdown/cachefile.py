"""A file of the cache: checked when it is read, put in place whole when it is written.

The checksum covers the file's name, so that one file in the place of another is found out too.
"""

import hashlib
import os
from pathlib import Path

UNFINISHED = ".tmp"
"""What the name of a file that is being written ends with."""


def seal(name: str, body: bytes) -> bytes:
    """Return what a file of this name holds: some bytes with their checksum before them."""
    return _checksum(name, body) + b"\n" + body


def _checksum(name: str, body: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + body).hexdigest().encode()


def load_cache_file(file: Path) -> bytes | None:
    """Return what was sealed in a file; None where there is none, or it is damaged."""
    try:
        checksum, _, body = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    return body if _checksum(file.name, body) == checksum else None


def write_cache_file(file: Path, body: bytes) -> None:
    """Keep something in a file; a folder that cannot be written is no fault of the site."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}{UNFINISHED}")
        beside.write_bytes(seal(file.name, body))
        beside.replace(file)
    except OSError:
        return


def remove_unfinished(folder: Path) -> None:
    """Remove what killed runs did not finish."""
    for left in folder.glob(f"*{UNFINISHED}"):
        left.unlink(missing_ok=True)

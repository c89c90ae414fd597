"""A file of the cache: checked when it is read, put in place whole when it is written."""

import hashlib
import os
from pathlib import Path


def seal(body: bytes) -> bytes:
    """Return some bytes with their checksum before them."""
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def load_cache_file(file: Path) -> bytes | None:
    """Return what was sealed in a file; None where there is none, or it is damaged."""
    try:
        checksum, _, body = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    return body if hashlib.sha256(body).hexdigest().encode() == checksum else None


def write_cache_file(file: Path, body: bytes) -> None:
    """Keep something in a file; a folder that cannot be written is no fault of the site."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}.tmp")
        beside.write_bytes(seal(body))
        beside.replace(file)
    except OSError:
        return

"""Blobs of Git: their names, and those that are written to files because they may be large."""

import os
from collections.abc import Iterable
from hashlib import sha1, sha256
from pathlib import Path
from typing import BinaryIO

from proofdown.publish.plan.contents import PIECE, Content, FileContent, Stamp, pieces, size_of
from proofdown.source import Location


def cut_up(
    file: BinaryIO, names: Iterable[str], folder: Path, location: Location
) -> dict[str, FileContent]:
    """Cut what `git cat-file --batch` wrote into a file for each blob.

    Args:
        file: the answer, at its beginning.
        names: the blobs that were asked for, in this order; those that are missing are left out.
        folder: a scratch folder for the files.
        location: what a message names if one is changed later.
    """
    found = {}
    for name in names:
        words = file.readline().split()
        if len(words) == 3:
            found[name] = _cut_out(file, int(words[2]), folder / f"blob-{name}", location)
            file.readline()
    return found


def _cut_out(file: BinaryIO, size: int, target: Path, location: Location) -> FileContent:
    """Copy the next bytes of a file to another one."""
    digest, left = sha256(), size
    with target.open("wb") as one:
        while left and (piece := file.read(min(left, PIECE))):
            one.write(piece)
            digest.update(piece)
            left -= len(piece)
    return FileContent(target, Stamp(digest.hexdigest(), size - left), location)


def blob_name(content: Content, like: str) -> str:
    """Return git's name for a content, by the hash of the repository that holds `like`."""
    make = sha256 if len(like) == 64 else sha1
    digest = make(b"blob %d\0" % size_of(content), usedforsecurity=False)
    for piece in pieces(content):
        digest.update(piece)
    return digest.hexdigest()


def quoted(path: str) -> bytes:
    """Return a path as the commands of Git read it that take a path in quotes."""
    data = os.fsencode(path)
    data = data.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + data + b'"'

"""Git blobs: compute their names, and write large ones to files."""

import os
from collections.abc import Iterable
from hashlib import sha1, sha256
from pathlib import Path
from typing import BinaryIO

from proofdown.publish.plan.contents import PIECE, Content, FileContent, Stamp, pieces, size_of
from proofdown.source import Location


def split_batch(
    file: BinaryIO, names: Iterable[str], folder: Path, location: Location
) -> dict[str, FileContent]:
    """Split the output of `git cat-file --batch` into a file for each blob.

    Args:
        file: the output, at its beginning.
        names: the requested blobs, in order; missing ones are left out of the result.
        folder: a scratch folder for the files.
        location: reported if one of the files changes later.
    """
    found = {}
    for name in names:
        words = file.readline().split()  # `NAME blob SIZE`, or `NAME missing`
        if len(words) == 3:
            found[name] = _copy_blob(file, int(words[2]), folder / f"blob-{name}", location)
            file.readline()  # the line break after the content
    return found


def _copy_blob(file: BinaryIO, size: int, target: Path, location: Location) -> FileContent:
    """Copy the next bytes of a file to a file of their own."""
    digest, left = sha256(), size
    with target.open("wb") as one:
        while left and (piece := file.read(min(left, PIECE))):
            one.write(piece)
            digest.update(piece)
            left -= len(piece)
    return FileContent(target, Stamp(digest.hexdigest(), size - left), location)


def blob_name(content: Content, like: str) -> str:
    """Return the name that git gives a content, with the hash function that made `like`."""
    # Repositories made with `--object-format=sha256` have names of 64 digits.
    make = sha256 if len(like) == 64 else sha1
    # Systems in FIPS mode refuse SHA-1 without this flag.
    digest = make(b"blob %d\0" % size_of(content), usedforsecurity=False)
    for piece in pieces(content):
        digest.update(piece)
    return digest.hexdigest()


def quoted(path: str) -> bytes:
    """Return a path in quotes, as `git fast-import` and `--stdin-paths` read it."""
    data = os.fsencode(path)
    data = data.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + data + b'"'

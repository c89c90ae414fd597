"""Hash the files of a local folder, without following links."""

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from stat import S_ISREG

from proofdown.build.output.cursor import Cursor
from proofdown.folders import Folder, read_pieces
from proofdown.publish.plan.contents import Stamp, stamp_of_pieces

UNKNOWN = Stamp("", 0)
"""The stamp of a link, a pipe or a device."""
EMPTY = ""
"""The revision of a folder that has no files or does not exist."""


def find_stamps(parent: Folder, name: str) -> dict[str, Stamp]:
    """Return the stamp of every file of a folder by path; empty if there is no folder.

    Raises:
        OSError: the folder is a link, or a file cannot be read.
    """
    return {path: _stamp(folder, last_part(path)) for folder, path in walk(parent, name)}


def walk(parent: Folder, name: str) -> Iterator[tuple[Folder, str]]:
    """Yield the parent folder and the path of every file, link, pipe or device below a folder."""
    if parent.stat(name) is None:
        return
    with parent.enter(name) as top:
        cursor, pending = Cursor(top), [""]
        while pending:
            inner = pending.pop()
            folder = cursor.at(inner)
            for found in folder.names():
                path = f"{inner}/{found}" if inner else found
                # A link to a folder counts as a file here, so nothing behind it is read.
                if folder.is_folder(found):
                    pending.append(path)
                else:
                    yield folder, path


def last_part(path: str) -> str:
    """Return the file name of a path."""
    return path.rpartition("/")[2]


def revision_of(stamps: Mapping[str, Stamp]) -> str:
    """Return a hash of a folder's content; empty for an empty folder."""
    listed = [(path, (one.sha256, one.size)) for path, one in sorted(stamps.items())]
    # File names need not be UTF-8; Python reads other bytes as lone surrogates.
    return sha256(repr(listed).encode("utf-8", "surrogateescape")).hexdigest() if listed else EMPTY


def _stamp(folder: Folder, name: str) -> Stamp:
    status = folder.stat(name)
    if status is None or not S_ISREG(status.st_mode):
        return UNKNOWN
    number = folder.open_file(name)
    try:
        return stamp_of_pieces(read_pieces(number))
    finally:
        os.close(number)

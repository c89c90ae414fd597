"""What is in a folder of this machine: the hash and size of each file, none behind a link."""

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from stat import S_ISREG

from proofdown.build.output.cursor import Cursor
from proofdown.folders import Folder, read_pieces
from proofdown.publish.plan.contents import Stamp, stamp_of_pieces

UNKNOWN = Stamp("", 0)
"""What is known of a link, a pipe or a device."""
EMPTY = ""
"""The state of a folder without files, and of one that is not there."""


def find_stamps(parent: Folder, name: str) -> dict[str, Stamp]:
    """Return what is known of every file of a folder, by path; nothing where there is none.

    Raises:
        OSError: the folder is a link, or a file cannot be read.
    """
    return {path: _stamp(folder, last_part(path)) for folder, path in walk(parent, name)}


def walk(parent: Folder, name: str) -> Iterator[tuple[Folder, str]]:
    """Yield the path of every file, link, pipe or device below a folder, with what it is in."""
    if parent.stat(name) is None:
        return
    with parent.enter(name) as top:
        cursor, pending = Cursor(top), [""]
        while pending:
            inner = pending.pop()
            folder = cursor.at(inner)
            for found in folder.names():
                path = f"{inner}/{found}" if inner else found
                if folder.is_folder(found):
                    pending.append(path)
                else:
                    yield folder, path


def last_part(path: str) -> str:
    """Return the name of a file by its path."""
    return path.rpartition("/")[2]


def state_of(stamps: Mapping[str, Stamp]) -> str:
    """Return a name for what is in a folder; empty where nothing is."""
    listed = [(path, (one.sha256, one.size)) for path, one in sorted(stamps.items())]
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

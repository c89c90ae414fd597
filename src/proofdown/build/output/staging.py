"""A folder made beside another, then swapped in, so that no moment sees half.

The folder that was replaced is kept as a spare one: the next is made from it, so that a change of
few files among many costs little. Every file in it is looked at before it is relied on. No link
is followed in any of them.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from proofdown.build.output.cursor import Cursor
from proofdown.build.output.swap import exchange
from proofdown.digests import Stamp, stamp_of
from proofdown.folders import Folder, open_regular, read_pieces
from proofdown.runtime.cache.checked_file import CacheFolder
from proofdown.site.model import Output

_SPARE = "spare"


def replace_folder(
    parent: Folder,
    name: str,
    outputs: Iterable[Output],
    same: Mapping[str, int],
    own: Mapping[str, bytes],
    cache: CacheFolder | None,
) -> list[tuple[Output, Stamp | None]]:
    """Put a folder with these files, and no others, in the place of one that may be there.

    Args:
        parent: the folder that it is in.
        name: its name.
        outputs: the files, in the order of their paths.
        same: inode by path of those that stand in it as they are to be.
        own: bytes by path of further files at its top.
        cache: where the replaced folder is kept, and what lies in it is linked and not copied;
            None to remove the folder.

    Returns:
        The files that were written or linked anew; those that are copies of others, with the
        stamps that these had when they were read.

    Raises:
        OSError: the disk refuses; the old folder is as it was.
    """
    beside = _begin(parent, name, cache)
    try:
        with parent.enter(beside) as new:
            put = _fill(new, _old(parent, name), outputs, same, own, cache)
        _swap(parent, beside, name)
        if cache and parent.is_folder(beside):
            with suppress(OSError):  # on another disk: the next folder is made from nothing
                parent.rename(beside, cache.opened(), _SPARE)
    finally:
        parent.discard(beside)
    return put


def _begin(parent: Folder, name: str, cache: CacheFolder | None) -> str:
    """Return the name of a folder beside another: the spare one where it is on the same disk."""
    beside = parent.make_new(_prefix(name))
    if cache and cache.opened().is_folder(_SPARE):
        try:
            cache.opened().rename(_SPARE, parent, beside)
        except OSError:
            cache.opened().discard(_SPARE)
    return beside


def _old(parent: Folder, name: str) -> Folder | None:
    return parent.enter(name) if parent.is_folder(name) else None


def _fill(
    new: Folder,
    old: Folder | None,
    outputs: Iterable[Output],
    same: Mapping[str, int],
    own: Mapping[str, bytes],
    cache: CacheFolder | None,
) -> list[tuple[Output, Stamp | None]]:
    """Make a folder hold these files and no others; those that are as before are taken over."""
    outputs = tuple(outputs)
    wanted = {output.path for output in outputs} | own.keys()
    there = _clear(new, wanted)
    before = Cursor(old) if old else None
    here, put = Cursor(new, makes=True), list[tuple[Output, Stamp | None]]()
    for output in outputs:
        path = output.path
        inode = there.get(path)
        if inode is not None and inode == same.get(path):
            continue
        parent, _, name = path.rpartition("/")
        folder = here.at(parent)
        if inode is not None:
            folder.remove(name)
        if before and path in same:
            _take_over(before.at(parent), name, folder, name)
            put.append((output, None))
        else:
            put.append((output, _put(output, folder, name, cache)))
    for name, data in own.items():
        new.remove(name)
        new.write(name, data)
    return put


def _clear(top: Folder, wanted: set[str]) -> dict[str, int]:
    """Remove from a folder what is not wanted; return the inodes of the files that are left."""
    left: dict[str, int] = {}
    folders = {path[: path.rindex("/")] for path in wanted if "/" in path}
    folders |= {part for folder in folders for part in _above(folder)}
    pending, cursor = [""], Cursor(top)
    while pending:
        inner = pending.pop()
        folder = cursor.at(inner)
        for entry in list(folder.scan()):
            path = f"{inner}/{entry.name}" if inner else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and path in folders:
                pending.append(path)
            elif not is_folder and path in wanted and entry.is_file(follow_symlinks=False):
                left[path] = entry.inode()
            else:
                folder.remove(entry.name)
    return left


def _above(folder: str) -> Iterator[str]:
    while "/" in folder:
        folder = folder[: folder.rindex("/")]
        yield folder


def _put(output: Output, folder: Folder, name: str, cache: CacheFolder | None) -> Stamp | None:
    """Put an output in its place: linked where the cache keeps it, else written or copied.

    Returns:
        The stamp of the file that was copied; None where none was, or it changed meanwhile.
    """
    data = output.data
    if isinstance(data, bytes):
        folder.write(name, data)
    elif cache and data.parent.parent == cache.folder:
        _take_over(cache.opened(data.parent.name), data.name, folder, name)
    else:
        with open_regular(str(data)) as source:
            stamp = stamp_of(os.fstat(source.fileno()))
            folder.write(name, read_pieces(source.fileno()))
            return stamp if stamp_of(os.fstat(source.fileno())) == stamp else None
    return None


def _take_over(before: Folder, known: str, folder: Folder, name: str) -> None:
    """Let a file be in two folders, or copy it with its time where it cannot be."""
    try:
        before.link(known, folder, name)
    except OSError:
        with open(before.open_file(known), "rb") as source:  # noqa: PTH123 (a descriptor)
            folder.write(name, read_pieces(source.fileno()))
            modified = os.fstat(source.fileno()).st_mtime_ns
        os.utime(name, ns=(modified, modified), dir_fd=folder.descriptor)


def _prefix(name: str) -> str:
    return f".{name}.new-"


def _old_name(name: str) -> str:
    return f".{name}.old"


def recover_left_over(parent: Folder, name: str) -> None:
    """Mend what a killed run left: put the old site back if it was being swapped, drop the rest."""
    old = _old_name(name)
    if parent.is_folder(old):
        if parent.stat(name) is None:
            parent.rename(old, parent, name)
        else:
            parent.remove(old)
    for left in parent.names():
        if left.startswith(_prefix(name)):
            parent.discard(left)


def _swap(parent: Folder, new: str, name: str) -> None:
    """Put a new folder in the place of one that may be there; the old one ends up at `new`."""
    if parent.stat(name) is None:
        parent.rename(new, parent, name)
    elif not exchange(parent, new, name):
        old = _old_name(name)
        parent.rename(name, parent, old)
        parent.rename(new, parent, name)
        parent.remove(old)

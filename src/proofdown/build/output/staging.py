"""Stage a new output folder next to the old one, then swap the two atomically.

The replaced folder is kept as a spare, and the next one is built from it, so that changing a few
files among many is cheap. Each file of the spare is verified before it is reused. No symbolic link
is followed in any of these folders.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

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
    extra_files: Mapping[str, bytes],
    cache: CacheFolder | None,
) -> list[tuple[Output, Stamp | None]]:
    """Replace a folder, or create it, so that it contains exactly these files.

    Args:
        parent: the parent folder.
        name: the folder's name.
        outputs: the files, in the order of their paths.
        same: inodes of the files that are up to date in the current folder, by path.
        extra_files: contents of further files at the top of the folder, by name.
        cache: where to keep the replaced folder as a spare; files of the cache are linked rather
            than copied. None to remove the replaced folder.

    Returns:
        The files that were written or linked; each copy with the stamp that its original had when
        it was read.

    Raises:
        OSError: writing fails; the old folder is unchanged.
    """
    staged = _make_new_folder(parent, name, cache)
    try:
        with parent.enter(staged) as new:
            written = _fill(new, _old(parent, name), outputs, same, extra_files, cache)
        _swap(parent, staged, name)
        if cache and parent.is_folder(staged):
            with suppress(OSError):  # another file system: the next folder starts empty
                parent.rename(staged, cache.opened(), _SPARE)
    finally:
        parent.discard(staged)
    return written


def _make_new_folder(parent: Folder, name: str, cache: CacheFolder | None) -> str:
    """Create the new folder, from the spare if that is on the same file system; return its name."""
    staged = parent.make_new(_prefix(name))
    if cache and cache.opened().is_folder(_SPARE):
        try:
            cache.opened().rename(_SPARE, parent, staged)
        except OSError:
            cache.opened().discard(_SPARE)
    return staged


def _old(parent: Folder, name: str) -> Folder | None:
    return parent.enter(name) if parent.is_folder(name) else None


def _fill(
    new: Folder,
    old: Folder | None,
    outputs: Iterable[Output],
    same: Mapping[str, int],
    extra_files: Mapping[str, bytes],
    cache: CacheFolder | None,
) -> list[tuple[Output, Stamp | None]]:
    """Make a folder contain exactly these files; unchanged ones are linked from the old folder."""
    outputs = tuple(outputs)
    wanted = {output.path for output in outputs} | extra_files.keys()
    there = _clear(new, wanted)
    before = Cursor(old) if old else None
    here, written = Cursor(new, makes=True), list[tuple[Output, Stamp | None]]()
    for output in outputs:
        path = output.path
        inode = there.get(path)
        # The same inode in both folders: the spare has a hard link to the current file.
        if inode is not None and inode == same.get(path):
            continue
        parent, _, name = path.rpartition("/")
        folder = here.at(parent)
        if inode is not None:
            folder.remove(name)
        if before and path in same:
            _link_or_copy(before.at(parent), name, folder, name)
            written.append((output, None))
        else:
            written.append((output, _write_output(output, folder, name, cache)))
    for name, data in extra_files.items():
        new.remove(name)
        new.write(name, data)
    return written


def _clear(top: Folder, wanted: set[str]) -> dict[str, int]:
    """Remove unwanted files and folders; return the inodes of the remaining files by path."""
    left: dict[str, int] = {}
    folders = {path[: path.rindex("/")] for path in wanted if "/" in path}
    folders |= {part for folder in folders for part in _above(folder)}
    pending, cursor = [""], Cursor(top)
    while pending:
        inner = pending.pop()
        folder = cursor.at(inner)
        for entry in list(folder.scan()):  # a list, because entries are removed meanwhile
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


def _write_output(
    output: Output, folder: Folder, name: str, cache: CacheFolder | None
) -> Stamp | None:
    """Write an output into a folder: link it if it is in the cache, else write or copy it.

    Returns:
        The stamp of the file that was copied; None if none was, or if it changed meanwhile.
    """
    data = output.data
    if isinstance(data, bytes):
        folder.write(name, data)
    elif cache and data.parent.parent == cache.folder:
        _link_or_copy(cache.opened(data.parent.name), data.name, folder, name)
    else:
        with open_regular(str(data)) as source:
            stamp = stamp_of(os.fstat(source.fileno()))
            folder.write(name, read_pieces(source.fileno()))
            return stamp if stamp_of(os.fstat(source.fileno())) == stamp else None
    return None


def _link_or_copy(before: Folder, known: str, folder: Folder, name: str) -> None:
    """Hard-link a file into another folder, or copy it with its mtime if it cannot be linked."""
    try:
        before.link(known, folder, name)
    except OSError:
        with open(before.open_file(known), "rb") as source:  # noqa: PTH123 (a descriptor)
            folder.write(name, read_pieces(source.fileno()))
            modified = os.fstat(source.fileno()).st_mtime_ns
        # rsync and web servers' `Last-Modified` go by the mtime.
        os.utime(name, ns=(modified, modified), dir_fd=folder.descriptor)


def _prefix(name: str) -> str:
    return f".{name}.new-"


def published_path(path: str, folder: Path) -> str:
    """Return a path in the staging folder as the path that it will have in the output folder.

    The staging folder has a random name, which tells a reader of a message nothing.
    """
    head, prefix, rest = path.partition(f"{folder.parent}/{_prefix(folder.name)}")
    return f"{folder}/{rest.partition('/')[2]}" if prefix and not head else path


def _old_name(name: str) -> str:
    return f".{name}.old"


def recover_from_killed_run(parent: Folder, name: str) -> None:
    """Clean up after a killed run: restore the old site if it was swapped out; remove the rest."""
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
    """Replace a folder that may exist by a new one; after an exchange, the old one is at `new`."""
    if parent.stat(name) is None:
        parent.rename(new, parent, name)
    elif not exchange(parent, new, name):
        # If this is killed between the two renames, `recover_from_killed_run` undoes the first.
        old = _old_name(name)
        parent.rename(name, parent, old)
        parent.rename(new, parent, name)
        parent.remove(old)

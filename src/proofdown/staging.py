"""A folder made beside the one it is to replace, then swapped in, so that no moment sees half.

The folder that was replaced is kept as a spare one: the next is made from it, so that a change of
few files among many costs little. Every file in it is looked at before it is relied on.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from proofdown.site import Output
from proofdown.swap import exchange


def replace_folder(
    folder: Path,
    outputs: Iterable[Output],
    same: Mapping[str, int],
    own: Mapping[str, bytes],
    spare: Path | None,
) -> None:
    """Put a folder with these files, and no others, in the place of one that may be there.

    Args:
        folder: the folder to replace.
        outputs: the files.
        same: inode by path of those that stand in it as they are to be.
        own: bytes by path of further files.
        spare: where the replaced folder is kept; None to remove it.

    Raises:
        OSError: the disk refuses; the old folder is as it was.
    """
    beside = _begin(folder, spare)
    try:
        _fill(beside, folder, outputs, same, own)
        _swap(beside, folder)
        if spare and beside.is_dir():
            with suppress(OSError):  # on another disk: the next folder is made from nothing
                beside.rename(spare)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _begin(folder: Path, spare: Path | None) -> Path:
    """Return a folder beside another: the spare one where there is one on the same disk."""
    beside = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent))
    if spare and spare.is_dir():
        try:
            spare.rename(beside)
        except OSError:
            shutil.rmtree(spare, ignore_errors=True)
    beside.chmod(0o755)
    return beside


def _fill(
    beside: Path,
    old: Path,
    outputs: Iterable[Output],
    same: Mapping[str, int],
    own: Mapping[str, bytes],
) -> None:
    """Make a folder hold these files and no others; those that are as before are taken over."""
    top, before = f"{beside}/", f"{old}/"
    outputs = tuple(outputs)
    wanted = {output.path for output in outputs} | own.keys()
    there = _clear(top, wanted)
    folders = {""}
    for output in outputs:
        target, path = top + output.path, output.path
        inode = there.get(path)
        if inode is not None and inode == same.get(path):
            continue
        if inode is not None:
            os.unlink(target)  # noqa: PTH108 (texts for thousands of files)
        parent = path.rpartition("/")[0]
        if parent not in folders:
            os.makedirs(top + parent, exist_ok=True)  # noqa: PTH103
            folders.add(parent)
        _put(output, before + path if path in same else None, target)
    for path, data in own.items():
        (beside / path).unlink(missing_ok=True)
        (beside / path).write_bytes(data)


def _clear(top: str, wanted: set[str]) -> dict[str, int]:
    """Remove from a folder what is not wanted; return the inodes of the files that are left."""
    left: dict[str, int] = {}
    folders = {path[: path.rindex("/")] for path in wanted if "/" in path}
    folders |= {part for folder in folders for part in _above(folder)}
    pending = [""]
    while pending:
        prefix = pending.pop()
        for entry in list(os.scandir(top + prefix)):
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if path in folders:
                    pending.append(path + "/")
                else:
                    shutil.rmtree(entry.path)
            elif path in wanted and entry.is_file(follow_symlinks=False):
                left[path] = entry.inode()
            else:
                os.unlink(entry.path)  # noqa: PTH108
    return left


def _above(folder: str) -> Iterator[str]:
    while "/" in folder:
        folder = folder[: folder.rindex("/")]
        yield folder


def _put(output: Output, standing: str | None, target: str) -> None:
    """Put an output in its place: linked where it stands already or the build keeps it."""
    if standing is not None:
        _take_over(standing, target)
    elif isinstance(output.data, bytes):
        Path(target).write_bytes(output.data)
    elif output.checksum:
        _take_over(str(output.data), target)
    else:
        shutil.copyfile(output.data, target)


def _take_over(before: str, target: str) -> None:
    try:
        os.link(before, target)
    except OSError:
        shutil.copy2(before, target)


def _prefix(folder: Path) -> str:
    return f".{folder.name}.new-"


def _old_name(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def mend_left_over(folder: Path) -> None:
    """Mend what a killed run left: put the old site back if it was being swapped, drop the rest."""
    old = _old_name(folder)
    if old.is_dir():
        if folder.exists():
            shutil.rmtree(old)
        else:
            old.rename(folder)
    for left in folder.parent.glob(f"{_prefix(folder)}*"):
        shutil.rmtree(left, ignore_errors=True)


def _swap(new: Path, folder: Path) -> None:
    """Put a new folder in the place of one that may be there; the old one ends up at `new`."""
    if not folder.exists():
        new.rename(folder)
    elif not exchange(new, folder):
        old = _old_name(folder)
        folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old)

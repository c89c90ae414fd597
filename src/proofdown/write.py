"""Outputs → the output folder: made beside the old one, then swapped, so that no moment sees half.

A killed run leaves the old site or the new one, whole; what it left beside is removed by the next.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from proofdown.config import Config
from proofdown.diagnostics import Diagnostic, OutputError
from proofdown.fingerprints import Stamp, digest, find_stamp, is_settled
from proofdown.memo import Memo
from proofdown.site import Output
from proofdown.source import Place
from proofdown.swap import exchange

MARKER = ".proofdown-site"
"""File in every output folder: only a folder that has it is ever replaced."""
_MARKER_TEXT = b"This folder is made by `proofdown build`, which replaces all of it.\n"


@dataclass(frozen=True, slots=True)
class Written:
    """What writing a site did."""

    folder: Path
    files: int
    changed: int
    """Files that are new or have other bytes than before."""


def check_output_folder(config: Config) -> Path:
    """Return the output folder, if it is one that may be replaced.

    Raises:
        OutputError: it was not made by Proofdown, or holds or overlaps what must not be lost.
    """
    folder = (config.root / config.output).resolve()
    inputs = [config.root / f for f in (config.content, config.templates, config.diagrams)]
    home = Path.home().resolve()
    if folder == Path(folder.anchor) or folder == home or home.is_relative_to(folder):
        raise _refused(config, f"the output folder may not be {folder}")
    if config.root.is_relative_to(folder) or (folder / ".git").exists():
        raise _refused(config, f"the output folder {folder} holds the site's own sources")
    for other in (path.resolve() for path in inputs):
        if folder.is_relative_to(other) or other.is_relative_to(folder):
            shown = config.output.as_posix()
            raise _refused(config, f"the output folder `{shown}` overlaps `{other.name}`")
    if (config.root / config.output).is_symlink():
        raise _refused(config, f"the output folder `{config.output.as_posix()}` is a link")
    if folder.exists() and not folder.is_dir():
        raise _refused(config, f"the output folder `{config.output.as_posix()}` is a file")
    if folder.is_dir() and not (folder / MARKER).is_file() and any(folder.iterdir()):
        message = f"`{config.output.as_posix()}` holds files that Proofdown did not write"
        raise _refused(config, message)
    return folder


def _refused(config: Config, message: str) -> OutputError:
    help_ = "name another folder: `folders: {output: site}` in proofdown.yml"
    place = Place(config.output.as_posix())
    return OutputError(Diagnostic("foreign-output", message, place, help_))


def write_site(config: Config, outputs: Iterable[Output], memo: Memo | None = None) -> Written:
    """Write a site and swap it in; files with the same bytes as before keep their time.

    Where all that is to be written is there already, and nothing else, nothing is touched.

    Args:
        config: the settings, which name the folder.
        outputs: the files.
        memo: what was written before; where there is none, files are read to be compared.

    Raises:
        OutputError: the folder may not be replaced, or the disk refuses.
    """
    folder, started = check_output_folder(config), time.time_ns()
    outputs = tuple(outputs)
    for output in outputs:
        if not _is_inside(output.path):
            raise OutputError(_outside(output))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_over(folder)
        same = {o.path for o in outputs if _is_there(o, folder / o.path, memo)}
        changed = len(outputs) - len(same)
        if changed or not _holds_no_more(folder, same):
            beside = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent))
            try:
                beside.chmod(0o755)
                _fill(beside, folder, outputs, same)
                _swap(beside, folder)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        _note(memo, folder, outputs, started)
    except OSError as fault:
        reason = (fault.strerror or str(fault)).lower()
        message = f"the site cannot be written: {reason}"
        place = Place(str(fault.filename or folder))
        help_ = "the old site is as it was"
        raise OutputError(Diagnostic("unwritable-output", message, place, help_)) from fault
    return Written(folder, len(outputs), changed)


def _holds_no_more(folder: Path, paths: set[str]) -> bool:
    """Return whether a folder holds these files, its marker, and nothing else."""
    found, top = set[str](), len(str(folder)) + 1
    for name, folders, files in os.walk(folder):
        if not (folders or files):
            return False
        found.update(f"{name}/{file}"[top:] for file in files)
    return found == paths | {MARKER}


def _fill(beside: Path, old: Path, outputs: Iterable[Output], same: set[str]) -> None:
    """Write all files below a new folder; those that are as before are taken over."""
    (beside / MARKER).write_bytes(_MARKER_TEXT)
    folders = {beside}
    for output in outputs:
        target = beside / output.path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        if output.path in same:
            _take_over(old / output.path, target)
        elif isinstance(output.data, bytes):
            target.write_bytes(output.data)
        elif output.checksum:
            _take_over(output.data, target)
        else:
            shutil.copyfile(output.data, target)


def _is_inside(path: str) -> bool:
    """Whether a path stays in the folder that it is joined to."""
    parts = PurePosixPath(path)
    return bool(path) and not parts.is_absolute() and ".." not in parts.parts


def _outside(output: Output) -> Diagnostic:
    message = f"`{output.path}` is not inside the output folder"
    return Diagnostic("unwritable-output", message, output.place)


def _is_there(output: Output, file: Path, memo: Memo | None) -> bool:
    """Return whether an output stands in the old site as it is to be written."""
    stamp = find_stamp(file)
    if stamp is None or file.is_symlink():
        return False
    known = memo.recall("written", output.path, _name_of(output), Stamp) if memo else None
    if known and _same_file(known, stamp):
        return True
    try:
        if isinstance(output.data, Path):
            is_as_long = output.data.stat().st_size == stamp.size
            return is_as_long and file.read_bytes() == output.data.read_bytes()
        return len(output.data) == stamp.size and file.read_bytes() == output.data
    except OSError:
        return False


def _same_file(one: Stamp, other: Stamp) -> bool:
    """Return whether two stamps are of one file; a further link to it changes `changed` alone."""
    return (one.size, one.modified, one.inode) == (other.size, other.modified, other.inode)


def _name_of(output: Output) -> str:
    """Return what tells the bytes of an output from others, without reading a file."""
    if output.checksum:
        return output.checksum
    if isinstance(output.data, bytes):
        return digest(output.data)
    return repr(find_stamp(output.data))


def _note(memo: Memo | None, folder: Path, outputs: Iterable[Output], started: int) -> None:
    """Keep how the written files look, but for copies of files that may be changing just now."""
    if memo is None:
        return
    for output in outputs:
        name, stamp = _name_of(output), find_stamp(folder / output.path)
        is_copied = isinstance(output.data, Path) and not output.checksum
        source = find_stamp(output.data) if is_copied and isinstance(output.data, Path) else None
        if is_copied and (source is None or not is_settled(source, started)):
            continue
        known = memo.recall("written", output.path, name, Stamp)
        if stamp and (known is None or not _same_file(known, stamp)):
            memo.keep("written", output.path, name, stamp)
    memo.save()


def _take_over(before: Path, target: Path) -> None:
    try:
        os.link(before, target)
    except OSError:
        shutil.copy2(before, target)


def _prefix(folder: Path) -> str:
    return f".{folder.name}.new-"


def _old_name(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _remove_left_over(folder: Path) -> None:
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

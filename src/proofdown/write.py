"""Outputs → the output folder: made beside the old one, then swapped, so that no moment sees half.

A killed run leaves the old site or the new one, whole; what it left beside is removed by the next.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from proofdown.config import Config
from proofdown.diagnostics import Diagnostic, OutputError
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


def write_site(config: Config, outputs: Iterable[Output]) -> Written:
    """Write a site and swap it in; files with the same bytes as before keep their time.

    Raises:
        OutputError: the folder may not be replaced, or the disk refuses.
    """
    folder = check_output_folder(config)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_over(folder)
        beside = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent))
        try:
            beside.chmod(0o755)
            written = _fill(beside, folder, outputs)
            _swap(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as fault:
        reason = (fault.strerror or str(fault)).lower()
        message = f"the site cannot be written: {reason}"
        place = Place(str(fault.filename or folder))
        help_ = "the old site is as it was"
        raise OutputError(Diagnostic("unwritable-output", message, place, help_)) from fault
    return Written(folder, *written)


def _fill(beside: Path, old: Path, outputs: Iterable[Output]) -> tuple[int, int]:
    """Write all files below a new folder; return how many there are and how many are new."""
    files = changed = 0
    (beside / MARKER).write_bytes(_MARKER_TEXT)
    for output in outputs:
        if not _is_inside(output.path):
            raise OutputError(_outside(output))
        target, before = beside / output.path, old / output.path
        target.parent.mkdir(parents=True, exist_ok=True)
        files += 1
        if _is_same(output.data, before):
            _take_over(before, target)
            continue
        changed += 1
        if isinstance(output.data, Path):
            shutil.copyfile(output.data, target)
        else:
            target.write_bytes(output.data)
    return files, changed


def _is_inside(path: str) -> bool:
    """Whether a path stays in the folder that it is joined to."""
    parts = PurePosixPath(path)
    return bool(path) and not parts.is_absolute() and ".." not in parts.parts


def _outside(output: Output) -> Diagnostic:
    message = f"`{output.path}` is not inside the output folder"
    return Diagnostic("unwritable-output", message, output.place)


def _is_same(data: bytes | Path, before: Path) -> bool:
    try:
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if before.is_symlink() or not before.is_file() or before.stat().st_size != size:
            return False
        return before.read_bytes() == (data.read_bytes() if isinstance(data, Path) else data)
    except OSError:
        return False


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

"""The inputs of a site, and snapshots of their state on disk."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from proofdown.config.model import Config
from proofdown.config.root import SINGLE_FILES
from proofdown.files import fault_of_link, is_left_out

Snapshot = dict[str, tuple[int, int, int]]
"""Modification time, size and inode of each file, by path."""

_VIM_PROBE = "4913"
"""A file that Vim creates and deletes at once to test whether a folder is writable."""


class Inputs(Struct, frozen=True):
    """The files and folders that a site is built from."""

    root: Path
    files: tuple[Path, ...]
    folders: tuple[Path, ...]
    """Folders whose whole content is input; they need not exist."""

    @classmethod
    def of(cls, config: Config) -> "Inputs":
        """Return the inputs of a site with these settings."""
        root = config.root
        folders = dict.fromkeys((config.content, config.templates, config.diagrams))
        files = tuple(root / name for name in SINGLE_FILES)
        return cls(root, files, tuple(root / folder for folder in folders))

    @property
    def ancestors(self) -> tuple[Path, ...]:
        """The existing folders in which an input may appear or disappear."""
        found = {self.root: None}
        for folder in self.folders:
            between = [p for p in folder.parents if p.is_relative_to(self.root)]
            found |= dict.fromkeys(p for p in between if p.is_dir())
        return tuple(found)

    def contains(self, path: str) -> bool:
        """Return whether a change of this path can affect the site."""
        file = Path(path)
        if file in self.files or any(folder.is_relative_to(file) for folder in self.folders):
            return True
        inside = [file.relative_to(f) for f in self.folders if file.is_relative_to(f)]
        return any(is_input_name(part) for part in inside)

    def affects_folder(self, paths: Iterable[str]) -> bool:
        """Return whether one of these paths is an input folder or a parent of one."""
        return any(folder.is_relative_to(path) for path in paths for folder in self.folders)

    def snapshot(self) -> Snapshot:
        """Return the current state of all inputs."""
        found: Snapshot = {}
        for file in self.files:
            _record(file, found)
        seen: set[tuple[int, int]] = set()
        for folder in self.folders:
            for entry in _files_below(folder, self.root, seen):
                _record(entry, found)
        return found


def is_input_name(path: Path) -> bool:
    """Return whether builds read a path in an input folder."""
    return path.name != _VIM_PROBE and not any(is_left_out(part) for part in path.parts)


def _record(file: Path | os.DirEntry[str], found: Snapshot) -> None:
    try:
        state = file.stat()
    except OSError:
        return
    found[os.fspath(file)] = (state.st_mtime_ns, state.st_size, state.st_ino)


def _files_below(
    folder: Path | str, root: Path, seen: set[tuple[int, int]]
) -> Iterator[os.DirEntry[str]]:
    """Yield all files below a folder; follow links inside the site, and visit each folder once."""
    if os.path.islink(folder) and fault_of_link(folder, root):  # noqa: PTH114
        return
    try:
        state = os.stat(folder)  # noqa: PTH116 (a folder is a text here, for speed)
        if (state.st_dev, state.st_ino) in seen:
            return
        seen.add((state.st_dev, state.st_ino))
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if is_left_out(entry.name) or entry.name == _VIM_PROBE:
            continue
        if entry.is_symlink() and fault_of_link(entry.path, root):
            continue  # builds do not read it either
        if _is_folder(entry):
            yield from _files_below(entry.path, root, seen)
        else:
            yield entry


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def missed_changes(before: Snapshot, after: Snapshot, reported: frozenset[str]) -> frozenset[str]:
    """Return the paths that changed between two snapshots and were not reported by events."""
    changed = {path for path, _ in before.items() ^ after.items()}
    return frozenset(changed - reported)

"""Publish to a local folder: fill a new folder beside the old one, and swap the two.

The old folder is kept as `.NAME.previous` for a rollback. Files that do not belong to the site are
linked or copied into the new folder. A killed publish leaves either the old site or the new one;
the next run first finishes or undoes its swap.

Links are never followed: neither the target itself, nor any below or beside it, nor, for a target
inside the site, any between the site's root and the target.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE, S_ISLNK
from types import TracebackType
from typing import TypeVar

from msgspec import Struct

from proofdown.build.output.cursor import Cursor
from proofdown.config.model import Config
from proofdown.config.publish import DirectoryTarget
from proofdown.diagnostics import reason_of
from proofdown.folders import (
    FILE_MODE,
    FOLDER_MODE,
    Folder,
    UnsafePathError,
    open_below,
    open_folder,
    read_pieces,
)
from proofdown.publish.hosts.directory_stamps import (
    EMPTY,
    find_stamps,
    last_part,
    revision_of,
    walk,
)
from proofdown.publish.hosts.directory_swap import (
    Neighbours,
    hold_lock,
    make_new,
    needs_recovery,
    recover,
    swap_in,
)
from proofdown.publish.hosts.protocol import (
    LARGEST_RECORD,
    Change,
    Undo,
    changed_elsewhere,
    failed,
    too_large,
)
from proofdown.publish.plan.contents import FileContent, pieces, stamp
from proofdown.publish.plan.plan import CurrentState, DesiredState, Entry
from proofdown.source import Location

_T = TypeVar("_T")


class DirectoryHost:
    """A local folder as a host."""

    def __init__(self, target: DirectoryTarget, config: Config, location: Location) -> None:
        self.where = f"the folder {target.path}"
        self.location = location
        self._target = _locate(config.root, target.path)
        self._names = Neighbours(self._target.folder.name)
        self._refuse_overlap(config)

    def __enter__(self) -> "DirectoryHost":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        pass

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of small files, without those that do not exist."""
        return self._in_parent(lambda parent: self._load_all(parent, paths), {})

    def inspect(self, desired: DesiredState) -> CurrentState:
        """Return the files in the folder, each with its hash."""

        def find(parent: Folder) -> CurrentState:
            self._recover(parent)
            stamps = find_stamps(parent, self._names.name)
            expected = {path: stamp(content) for path, content in desired.files.items()}
            entries = {
                path: Entry(size=s.size, is_current=expected.get(path) == s, sha256=s.sha256)
                for path, s in stamps.items()
            }
            return CurrentState(entries, revision_of(stamps))

        return self._in_parent(find, CurrentState({}, EMPTY))

    def apply(self, change: Change) -> None:
        """Fill a new folder beside the old one, and swap the two."""

        def replace(parent: Folder) -> None:
            with hold_lock(parent, self._names) as is_held:
                if not is_held:
                    raise changed_elsewhere(
                        self.where, self.location, "is being published to by another run"
                    )
                recover(parent, self._names)
                # Compared again with the lock held: another run may have published since the plan.
                if revision_of(find_stamps(parent, self._names.name)) != change.revision:
                    raise changed_elsewhere(self.where, self.location)
                self._replace(parent, change)

        with self._reporting_errors():
            self._target.make()
        self._in_parent(replace, None)

    def undo(self) -> Undo | None:
        """Return how to restore the previous folder."""

        def compare(parent: Folder) -> Undo | None:
            self._recover(parent)
            if not parent.is_folder(self._names.previous):
                return None
            now = find_stamps(parent, self._names.name)
            before = find_stamps(parent, self._names.previous)
            folder = self._target.folder.with_name(self._names.previous)
            files = {
                path: FileContent(folder / path, one, self.location)
                for path, one in before.items()
                if now.get(path) != one and one.sha256
            }
            return Undo(files, frozenset(now.keys() - before.keys()), revision_of(now))

        return self._in_parent(compare, None)

    def _in_parent(self, work: Callable[[Folder], _T], default: _T) -> _T:
        """Call a function with the target's parent folder; return the default if there is none."""
        with self._reporting_errors():
            try:
                parent = self._target.open()
            except FileNotFoundError:
                return default
            with parent:
                return work(parent)

    def _recover(self, parent: Folder) -> None:
        """Finish or undo the swap of a killed run, unless another run holds the lock."""
        if needs_recovery(parent, self._names):
            with hold_lock(parent, self._names) as is_held:
                if is_held:
                    recover(parent, self._names)

    def _load_all(self, parent: Folder, paths: Iterable[str]) -> dict[str, bytes]:
        if parent.stat(self._names.name) is None:
            return {}
        with parent.enter(self._names.name) as top:
            loaded = {path: self._load(top, path) for path in paths}
        return {path: data for path, data in loaded.items() if data is not None}

    def _load(self, top: Folder, path: str) -> bytes | None:
        """Return a small file, or None if there is none or it is a link."""
        folder, _, name = path.rpartition("/")
        try:
            with top.descend(folder) as inner:
                data = inner.read(name, LARGEST_RECORD + 1)
        except (FileNotFoundError, NotADirectoryError, UnsafePathError):
            return None
        if len(data) > LARGEST_RECORD:
            raise too_large(self.where, path, self.location)
        return data

    def _replace(self, parent: Folder, change: Change) -> None:
        new = make_new(parent, self._names, change.revision)
        try:
            with parent.enter(new) as folder:
                _fill(folder, parent, self._names.name, change)
            swap_in(parent, self._names, new)
        except BaseException:
            recover(parent, self._names)
            raise

    @contextmanager
    def _reporting_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            reason = reason_of(fault)
            raise failed(self.where, f"{reason}: {fault.filename}", self.location) from fault

    def _refuse_overlap(self, config: Config) -> None:
        folder, home = self._target.folder, Path.home().resolve()
        parts = (config.content, config.templates, config.diagrams, config.output)
        for other in (config.root, home, *(config.root / part for part in parts)):
            is_inside = folder.is_relative_to(other) and other not in (config.root, home)
            if is_inside or other.is_relative_to(folder):
                reason = f"it overlaps {other}, which publishing would replace"
                raise failed(self.where, reason, self.location, "name another folder")
        if (folder / ".git").exists():
            raise failed(self.where, "it is a repository", self.location, "use `to: git`")


class _TargetFolder(Struct, frozen=True):
    """The location of the target folder."""

    folder: Path
    root: Path | None
    """The site's root if the folder is inside it, where the site's authors could place links."""

    def open(self) -> Folder:
        """Open the parent folder.

        Raises:
            OSError: it does not exist, or is reached by a link inside the site.
        """
        if self.root is None:
            return open_folder(str(self.folder.parent))
        return open_below(str(self.root), self._inner)

    def make(self) -> None:
        """Make the missing parent folders, with a mode that lets a web server enter them."""
        if self.root is not None:
            open_below(str(self.root), self._inner, makes=True).close()
            return
        missing = [one for one in self.folder.parents if not one.exists()]
        for one in reversed(missing):
            one.mkdir()
            one.chmod(FOLDER_MODE)  # `mkdir(mode)` would be subject to the umask

    @property
    def _inner(self) -> str:
        assert self.root is not None  # noqa: S101 - for the type checker
        return self.folder.parent.relative_to(self.root).as_posix()


def _locate(root: Path, path: str) -> _TargetFolder:
    """Return the location of a target; links are resolved only outside the site's root."""
    # Not `resolve`, which would follow links inside the site.
    target = Path(os.path.normpath(root / path))
    top = root.resolve()
    for parent in target.parents:
        # The path may lead to the root through a link outside, as in `/var/www -> /srv/www`.
        if parent.resolve() == top:
            return _TargetFolder(top / target.relative_to(parent), top)
    return _TargetFolder(target.parent.resolve() / target.name, None)


def _fill(new: Folder, parent: Folder, name: str, change: Change) -> None:
    """Fill a new folder with the remaining files of the old one and with what is sent."""
    sent = {*change.plan.added, *change.plan.changed}
    gone, ours = {*change.plan.deleted, *sent}, {*change.plan.unchanged}
    here = Cursor(new, makes=True)
    for folder, path in walk(parent, name):
        if path not in gone:
            at, last = here.at(path.rpartition("/")[0]), last_part(path)
            _link_or_copy(folder, last, at)
            if path in ours:
                _make_readable(at, last)
    # All file contents, then all folders, reach the disk before the swap makes them visible.
    for path in sorted(sent):
        at, last = here.at(path.rpartition("/")[0]), last_part(path)
        at.write(last, pieces(change.files[path]))
        _sync(at, last)
    if parent.is_folder(name):
        with parent.enter(name) as old:
            # A web server's access may depend on the mode that the owner gave the folder.
            os.fchmod(new.descriptor, S_IMODE(os.fstat(old.descriptor).st_mode))
    for inner in sorted({"", *(above for path in sent for above in _above(path))}):
        os.fsync(here.at(inner).descriptor)


def _above(path: str) -> Iterator[str]:
    """Yield the parent folders of a file."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _link_or_copy(old: Folder, name: str, new: Folder) -> None:
    """Hard-link a file of the old folder into the new one; copy it if that is not possible."""
    try:
        old.link(name, new, name)
    except UnsafePathError:
        raise
    except OSError:
        # Another file system, one without hard links, or a file that may not be linked.
        _copy(old, name, new)


def _copy(old: Folder, name: str, new: Folder) -> None:
    status = old.stat(name)
    if status is not None and S_ISLNK(status.st_mode):
        target = os.readlink(name, dir_fd=old.descriptor)
        # A link is copied as a link; what it leads to is never read.
        os.symlink(target, name, dir_fd=new.descriptor)
        return
    number = old.open_file(name)
    try:
        status = os.fstat(number)
        new.write(name, read_pieces(number), S_IMODE(status.st_mode))
    finally:
        os.close(number)
    times = (status.st_atime_ns, status.st_mtime_ns)
    os.utime(name, ns=times, dir_fd=new.descriptor, follow_symlinks=False)


def _make_readable(folder: Folder, name: str) -> None:
    """Let a web server read a file, whatever the umask was when it was written."""
    number = folder.open_file(name)
    try:
        if S_IMODE(os.fstat(number).st_mode) != FILE_MODE:
            os.fchmod(number, FILE_MODE)
    finally:
        os.close(number)


def _sync(folder: Folder, name: str) -> None:
    """Flush a file to the disk."""
    number = folder.open_file(name)
    try:
        os.fsync(number)
    finally:
        os.close(number)

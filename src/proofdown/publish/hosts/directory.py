"""Publishing to a folder of this machine: the new site is made beside the old one and swapped in.

The old folder stays beside as `.NAME.previous`, for a rollback. Files of others are carried over.
A killed publish leaves the old site or the new one; the next run finishes the swap or undoes it,
and removes what is left over, before it looks at what is there.

No link is followed: not the target itself, none below it, none beside it, and for a target inside
the site none between the site's root and the target.
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
from proofdown.publish.hosts.directory_stamps import EMPTY, find_stamps, last_part, state_of, walk
from proofdown.publish.hosts.directory_swap import (
    Neighbours,
    begin,
    hold_lock,
    mend,
    needs_mending,
    swap_in,
)
from proofdown.publish.hosts.protocol import LARGEST_RECORD, Change, Undo, failed, moved, too_large
from proofdown.publish.plan.contents import FileContent, pieces, stamp
from proofdown.publish.plan.plan import Entry, Found, Wanted
from proofdown.source import Location

_T = TypeVar("_T")


class DirectoryHost:
    """A folder of this machine."""

    def __init__(self, target: DirectoryTarget, config: Config, location: Location) -> None:
        self.where = f"the folder {target.path}"
        self.location = location
        self._spot = _locate(config.root, target.path)
        self._names = Neighbours(self._spot.folder.name)
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
        """Return the content of those of some small files that are there."""
        return self._look(lambda parent: self._load_all(parent, paths), {})

    def find(self, wanted: Wanted) -> Found:
        """Return what is there, with the hash of every file."""

        def look(parent: Folder) -> Found:
            self._mend(parent)
            stamps = find_stamps(parent, self._names.name)
            want = {path: stamp(content) for path, content in wanted.files.items()}
            entries = {p: Entry(s.size, want.get(p) == s, s.sha256) for p, s in stamps.items()}
            return Found(entries, state_of(stamps))

        return self._look(look, Found({}, EMPTY))

    def apply(self, change: Change) -> None:
        """Make the new folder beside the old one, and swap the two."""

        def replace(parent: Folder) -> None:
            with hold_lock(parent, self._names) as is_held:
                if not is_held:
                    raise moved(self.where, self.location, "is being published to by another run")
                mend(parent, self._names)
                if state_of(find_stamps(parent, self._names.name)) != change.state:
                    raise moved(self.where, self.location)
                self._replace(parent, change)

        with self._failing():
            self._spot.make()
        self._look(replace, None)

    def undo(self) -> Undo | None:
        """Return how to get back to the folder that was there before the last publish."""

        def look(parent: Folder) -> Undo | None:
            self._mend(parent)
            if not parent.is_folder(self._names.previous):
                return None
            now = find_stamps(parent, self._names.name)
            before = find_stamps(parent, self._names.previous)
            folder = self._spot.folder.with_name(self._names.previous)
            files = {
                path: FileContent(folder / path, one, self.location)
                for path, one in before.items()
                if now.get(path) != one and one.sha256
            }
            return Undo(files, frozenset(now.keys() - before.keys()), state_of(now))

        return self._look(look, None)

    def _look(self, what: Callable[[Folder], _T], nothing: _T) -> _T:
        """Return what comes of a look at the folder that the target is in, if there is one."""
        with self._failing():
            try:
                parent = self._spot.open()
            except FileNotFoundError:
                return nothing
            with parent:
                return what(parent)

    def _mend(self, parent: Folder) -> None:
        """Finish or undo what a killed run began; nothing is done while another one runs."""
        if needs_mending(parent, self._names):
            with hold_lock(parent, self._names) as is_held:
                if is_held:
                    mend(parent, self._names)

    def _load_all(self, parent: Folder, paths: Iterable[str]) -> dict[str, bytes]:
        if parent.stat(self._names.name) is None:
            return {}
        with parent.enter(self._names.name) as top:
            loaded = {path: self._load(top, path) for path in paths}
        return {path: data for path, data in loaded.items() if data is not None}

    def _load(self, top: Folder, path: str) -> bytes | None:
        """Return a small file; None where there is none, or a link."""
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
        new = begin(parent, self._names, change.state)
        try:
            with parent.enter(new) as folder:
                _fill(folder, parent, self._names.name, change)
            swap_in(parent, self._names, new)
        except BaseException:
            mend(parent, self._names)
            raise

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            reason = reason_of(fault)
            raise failed(self.where, f"{reason}: {fault.filename}", self.location) from fault

    def _refuse_overlap(self, config: Config) -> None:
        folder, home = self._spot.folder, Path.home().resolve()
        parts = (config.content, config.templates, config.diagrams, config.output)
        for other in (config.root, home, *(config.root / part for part in parts)):
            is_inside = folder.is_relative_to(other) and other not in (config.root, home)
            if is_inside or other.is_relative_to(folder):
                reason = f"it overlaps {other}, which publishing would replace"
                raise failed(self.where, reason, self.location, "name another folder")
        if (folder / ".git").exists():
            raise failed(self.where, "it is a repository", self.location, "use `to: git`")


class _Spot(Struct, frozen=True):
    """Where a folder is."""

    folder: Path
    root: Path | None
    """The site's root if the folder is inside the site, where links are somebody else's."""

    def open(self) -> Folder:
        """Return the folder that it is in.

        Raises:
            OSError: there is none, or a link inside the site would be followed.
        """
        if self.root is None:
            return open_folder(str(self.folder.parent))
        return open_below(str(self.root), self._inner)

    def make(self) -> None:
        """Make the folders that it is in, so that a web server can enter them."""
        if self.root is not None:
            open_below(str(self.root), self._inner, makes=True).close()
            return
        missing = [one for one in self.folder.parents if not one.exists()]
        for one in reversed(missing):
            one.mkdir()
            one.chmod(FOLDER_MODE)

    @property
    def _inner(self) -> str:
        assert self.root is not None  # noqa: S101 - for the type checker
        return self.folder.parent.relative_to(self.root).as_posix()


def _locate(root: Path, path: str) -> _Spot:
    """Return where a target is: links on its way are resolved down to the site's root only."""
    written = Path(os.path.normpath(root / path))
    top = root.resolve()
    for upper in written.parents:
        if upper.resolve() == top:
            return _Spot(top / written.relative_to(upper), top)
    return _Spot(written.parent.resolve() / written.name, None)


def _fill(new: Folder, parent: Folder, name: str, change: Change) -> None:
    """Fill a new folder: with what stays of the old one, and with what is sent."""
    sent = {*change.plan.added, *change.plan.changed}
    gone, ours = {*change.plan.deleted, *sent}, {*change.plan.unchanged}
    here = Cursor(new, makes=True)
    for folder, path in walk(parent, name):
        if path not in gone:
            at, last = here.at(path.rpartition("/")[0]), last_part(path)
            _carry_over(folder, last, at)
            if path in ours:
                _let_read(at, last)
    for path in sorted(sent):
        at, last = here.at(path.rpartition("/")[0]), last_part(path)
        at.write(last, pieces(change.files[path]))
        _settle(at, last)
    if parent.is_folder(name):
        with parent.enter(name) as old:
            os.fchmod(new.descriptor, S_IMODE(os.fstat(old.descriptor).st_mode))
    for inner in sorted({"", *(above for path in sent for above in _above(path))}):
        os.fsync(here.at(inner).descriptor)


def _above(path: str) -> Iterator[str]:
    """Yield the folders that a file is in."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _carry_over(old: Folder, name: str, new: Folder) -> None:
    """Put a file of the old folder into the new one without copying it, where that is possible."""
    try:
        old.link(name, new, name)
    except UnsafePathError:
        raise
    except OSError:
        _copy(old, name, new)


def _copy(old: Folder, name: str, new: Folder) -> None:
    status = old.stat(name)
    if status is not None and S_ISLNK(status.st_mode):
        target = os.readlink(name, dir_fd=old.descriptor)
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


def _let_read(folder: Folder, name: str) -> None:
    """Let a web server read a file, whatever the umask was when it was published."""
    number = folder.open_file(name)
    try:
        if S_IMODE(os.fstat(number).st_mode) != FILE_MODE:
            os.fchmod(number, FILE_MODE)
    finally:
        os.close(number)


def _settle(folder: Folder, name: str) -> None:
    """Have a file written to the disk."""
    number = folder.open_file(name)
    try:
        os.fsync(number)
    finally:
        os.close(number)

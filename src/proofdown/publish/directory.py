"""Publishing to a folder of this machine: the new site is made beside the old one and swapped in.

The old folder stays beside as `.NAME.previous`, for a rollback. Files of others are carried over.
A killed publish leaves the old site or the new one; what it left beside goes with the next.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from proofdown.config import Config
from proofdown.folders import open_folder
from proofdown.publish.contents import pieces, stamp, stamp_file
from proofdown.publish.host import Change, Undo, failed, moved
from proofdown.publish.plan import Entry, Found, Wanted
from proofdown.publishing import DirectoryTarget
from proofdown.source import Place
from proofdown.swap import exchange


class DirectoryHost:
    """A folder of this machine."""

    def __init__(self, target: DirectoryTarget, config: Config, place: Place) -> None:
        self.where = f"the folder {target.path}"
        self.folder = (config.root / target.path).resolve()
        self.place = place
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

    @property
    def previous(self) -> Path:
        """The folder that was there before the last publish."""
        return self.folder.with_name(f".{self.folder.name}.previous")

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the content of those of some files that are there."""
        return {p: (self.folder / p).read_bytes() for p in paths if (self.folder / p).is_file()}

    def find(self, wanted: Wanted) -> Found:
        """Return what is there, with the hash of every file."""
        with self._failing():
            stamps = dict(_stamps(self.folder))
        want = {path: stamp(data).sha256 for path, data in wanted.files.items()}
        entries = {p: Entry(n, want.get(p) == h, h) for p, (h, n) in stamps.items()}
        return Found(entries, _state(stamps))

    def apply(self, change: Change) -> None:
        """Make the new folder beside the old one, and swap the two."""
        with self._failing(), self._lock():
            if _state(dict(_stamps(self.folder))) != change.state:
                raise moved(self.where, self.place)
            self._remove_left_over()
            new = Path(tempfile.mkdtemp(prefix=self._prefix, dir=self.folder.parent))
            try:
                new.chmod(self.folder.stat().st_mode if self.folder.exists() else 0o755)
                self._fill(new, change)
                self._swap(new)
            finally:
                shutil.rmtree(new, ignore_errors=True)

    def undo(self) -> Undo | None:
        """Return how to get back to the folder that was there before the last publish."""
        if not self.previous.is_dir():
            return None
        with self._failing():
            now, before = dict(_stamps(self.folder)), dict(_stamps(self.previous))
            paths = [path for path, one in before.items() if now.get(path) != one and one[0]]
            files = {path: (self.previous / path).read_bytes() for path in paths}
        return Undo(files, frozenset(now.keys() - before.keys()), _state(now))

    def _fill(self, new: Path, change: Change) -> None:
        sent = {*change.plan.added, *change.plan.changed}
        gone = {*change.plan.deleted, *sent}
        for path, _ in _stamps(self.folder, is_hashed=False):
            if path not in gone:
                (new / path).parent.mkdir(parents=True, exist_ok=True)
                _carry_over(self.folder / path, new / path)
        folders = {new}
        for path in sent:
            target = new / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                file.writelines(pieces(change.files[path]))
                file.flush()
                os.fsync(file.fileno())
            folders |= {f for f in target.parents if f.is_relative_to(new)}
        for folder in folders:
            _settle(folder)

    def _swap(self, new: Path) -> None:
        """Put the new folder in the old one's place, and the old one where a rollback finds it."""
        if not self.folder.exists():
            new.rename(self.folder)
        elif _exchange(new, self.folder):
            shutil.rmtree(self.previous, ignore_errors=True)
            new.rename(self.previous)
        else:
            shutil.rmtree(self.previous, ignore_errors=True)
            self.folder.rename(self.previous)
            new.rename(self.folder)
        _settle(self.folder.parent)

    @property
    def _prefix(self) -> str:
        return f".{self.folder.name}.new-"

    def _remove_left_over(self) -> None:
        for left in self.folder.parent.glob(f"{self._prefix}*"):
            shutil.rmtree(left, ignore_errors=True)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            reason = (fault.strerror or str(fault)).lower()
            raise failed(self.where, f"{reason}: {fault.filename}", self.place) from fault

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the folder's lock, which the system lets go when the process ends, however."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        file = self.folder.with_name(f".{self.folder.name}.lock")
        with file.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_mine = file.stat().st_ino == os.fstat(lock.fileno()).st_ino
            except (BlockingIOError, FileNotFoundError):
                is_mine = False
            if not is_mine:
                raise moved(self.where, self.place, "is being published to by another run")
            try:
                yield
            finally:
                file.unlink(missing_ok=True)

    def _refuse_overlap(self, config: Config) -> None:
        parts = (config.content, config.templates, config.diagrams, config.output)
        for other in (config.root, Path.home().resolve(), *(config.root / part for part in parts)):
            is_inside = self.folder.is_relative_to(other) and other not in (
                config.root,
                Path.home().resolve(),
            )
            if is_inside or other.is_relative_to(self.folder):
                reason = f"it overlaps {other}, which publishing would replace"
                raise failed(self.where, reason, self.place, "name another folder")
        if (self.folder / ".git").exists():
            raise failed(self.where, "it is a repository", self.place, "use `to: git`")


def _exchange(one: Path, other: Path) -> bool:
    with open_folder(str(other.parent)) as parent:
        return exchange(parent, one.name, other.name)


def _stamps(folder: Path, *, is_hashed: bool = True) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield path, hash and size of every file below a folder; links have no hash."""
    for top, _, names in os.walk(folder):
        for name in sorted(names):
            file = Path(top) / name
            path = file.relative_to(folder).as_posix()
            if file.is_symlink() or not file.is_file() or not is_hashed:
                yield path, ("", 0)
            else:
                one = stamp_file(file)
                yield path, (one.sha256, one.size)


def _state(stamps: dict[str, tuple[str, int]]) -> str:
    return sha256(repr(sorted(stamps.items())).encode()).hexdigest() if stamps else ""


def _carry_over(old: Path, new: Path) -> None:
    """Put a file of the old folder into the new one without copying it, where that is possible."""
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        shutil.copy2(old, new, follow_symlinks=False)


def _settle(folder: Path) -> None:
    """Have a folder's entries written to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

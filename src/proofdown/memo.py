"""What earlier builds found out, kept by what it was made from.

An entry has a kind, a name (mostly a page's path) and a key: the digest of everything it was made
from. Under another key it is not there, so that what is found is what a clean build would make.
Entries lie on shelves, files of some hundred each, checksummed and written whole; a shelf that is
damaged, or was written by another version, is as good as none. Large texts are files of their own.
"""

import fcntl
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from proofdown.cachefile import load_cache_file, remove_unfinished, seal, write_cache_file
from proofdown.diagnostics import Diagnostic, OutputError
from proofdown.fingerprints import Stamp, find_stamp, is_same_file, made_by
from proofdown.source import Place

CACHE_FOLDER = ".proofdown/cache"
PREVIEW_FOLDER = ".proofdown/preview"
"""The preview has a memo of its own, for its pages have drafts in their nav."""
FORMAT = 1
"""Raised when the layout of the folder changes."""
SHELVES = 16
"""Files over which the entries of a kind are spread, so that one change rewrites one of them."""
BLOBS = ("batches", "bodies", "facts", "pages", "parts")
"""Folders of large texts, each named by its key."""

PATIENCE = 1.0
"""Seconds to wait for another build before it is said."""

Kept = TypeVar("Kept")
_decoder = msgspec.msgpack.Decoder(dict[str, tuple[str, msgspec.Raw]])
_encode = msgspec.msgpack.Encoder().encode


class _Slot:
    """An entry: its key, and its value in one or both of its two forms."""

    __slots__ = ("is_doubtful", "is_used", "key", "raw", "value")

    def __init__(self, key: str, raw: bytes | msgspec.Raw, value: Any = None) -> None:
        self.key, self.raw, self.value = key, raw, value
        self.is_used = self.is_doubtful = False


class Memo:
    """The entries of one site; those that a build does not ask for are dropped at its end.

    Args:
        folder: where they are kept between builds.
        sweeps: whether large texts that a build does not use may be dropped at its end.
    """

    def __init__(self, folder: Path, *, sweeps: bool = True) -> None:
        self.folder, self.sweeps = folder, sweeps
        self._blobs = {kind: f"{folder}/{kind}/" for kind in BLOBS}
        self._kinds: dict[str, dict[str, _Slot]] = {}
        self._stale: set[tuple[str, int]] = set()
        """Shelves that no longer say what is on them."""
        self.fresh: set[str] = set()
        """Names of what was kept since the memo was last saved."""

    def recall(self, kind: str, name: str, key: str, type_: type[Kept]) -> Kept | None:
        """Return what was made from what this key stands for; None where nothing was."""
        slot = self._slot(kind, name, key)
        return None if slot is None or slot.is_doubtful else _value_of(slot, type_)

    def keep(self, kind: str, name: str, key: str, value: Any) -> None:
        """Keep a value, which must be plain data."""
        self.keep_raw(kind, name, key, _encode(value), value)

    def keep_raw(self, kind: str, name: str, key: str, raw: bytes, value: Any = None) -> None:
        """Keep a value that is encoded already."""
        slot = self._shelved(kind)[name] = _Slot(key, raw, value)
        slot.is_used = True
        self.fresh.add(name)
        self._stale.add((kind, _shelf_of(name)))

    def doubt(self, names: Iterable[str]) -> None:
        """Let no later build know what was kept under these names."""
        doubtful = set(names)
        for kind, slots in self._kinds.items():
            for name in doubtful & slots.keys():
                slots[name].is_doubtful = True
                self._stale.add((kind, _shelf_of(name)))

    def _slot(self, kind: str, name: str, key: str) -> _Slot | None:
        slot = self._shelved(kind).get(name)
        if slot is None or slot.key != key:
            return None
        slot.is_used = True
        return slot

    def _shelved(self, kind: str) -> dict[str, _Slot]:
        """Return the entries of a kind, read from their shelves once."""
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = {}
            for number in range(SHELVES):
                found |= self._load(kind, number)
        return found

    def _load(self, kind: str, number: int) -> dict[str, _Slot]:
        body = load_cache_file(self._file(kind, number))
        head = _head(kind, number)
        if body is None or not body.startswith(head):
            return {}
        try:
            entries = _decoder.decode(memoryview(body)[len(head) :])
        except msgspec.DecodeError:
            return {}
        return {name: _Slot(key, raw) for name, (key, raw) in entries.items()}

    def _file(self, kind: str, number: int) -> Path:
        return self.folder / "shelves" / f"{kind}-{number:02}"

    def begin(self) -> None:
        """Begin a build: what it does not ask for is dropped at its end."""
        for slots in self._kinds.values():
            for slot in slots.values():
                slot.is_used = False

    def save(self) -> None:
        """Write what changed, and drop what was not asked for since the build began.

        Kinds that nobody looked into stay as they are.
        """
        for kind, slots in self._kinds.items():
            for name in [name for name, slot in slots.items() if not slot.is_used]:
                del slots[name]
                self._stale.add((kind, _shelf_of(name)))
        shelves: dict[tuple[str, int], dict[str, tuple[str, msgspec.Raw]]] = {
            shelf: {} for shelf in self._stale
        }
        for kind, slots in self._kinds.items():
            for name, slot in slots.items():
                shelf = shelves.get((kind, _shelf_of(name)))
                if shelf is not None and not slot.is_doubtful:
                    shelf[name] = (slot.key, msgspec.Raw(slot.raw))
        for (kind, number), entries in shelves.items():
            if entries:
                write_cache_file(self._file(kind, number), _head(kind, number) + _encode(entries))
            else:
                _remove(self._file(kind, number))
        self._stale.clear()
        self.fresh.clear()

    def blob(self, kind: str, key: str) -> Path:
        """Return the file of a large text."""
        return Path(self._blobs[kind] + key)

    def find_sealed(self, kind: str, key: str) -> bytes | None:
        """Return a large text that was sealed; None where it is not there as it was written."""
        return load_cache_file(self.blob(kind, key))

    def load_blob(self, kind: str, key: str) -> bytes:
        """Return a large text that was sealed and is there, as `has_blob` says.

        Raises:
            OutputError: it has gone or was damaged since then.
        """
        body = self.find_sealed(kind, key)
        if body is None:
            for number in range(SHELVES):  # so that the next build reads all of them
                _remove(self._file(f"{kind}-seen", number))
            message = "the cache was changed from outside while the site was built"
            help_ = "build again: what was lost is made anew"
            place = Place(str(self.blob(kind, key)))
            raise OutputError(Diagnostic("unwritable-output", message, place, help_))
        return body

    def write_sealed(self, kind: str, key: str, body: bytes) -> None:
        """Write a large text with its checksum.

        Raises:
            OutputError: it cannot be written.
        """
        self.write_blob(kind, key, seal(key, body))

    def write_blob(self, kind: str, key: str, data: bytes) -> Path:
        """Write a large text, whole or not at all, and return its file.

        Raises:
            OutputError: it cannot be written.
        """
        file = self.blob(kind, key)
        beside = self.folder / "unfinished" / f"{key}.{os.getpid()}"
        try:
            beside.write_bytes(data)
            beside.replace(file)
        except OSError as fault:
            reason = (fault.strerror or str(fault)).lower()
            message = f"what is made cannot be kept: {reason}"
            help_ = "the old site is as it was"
            place = Place(str(fault.filename or file))
            raise OutputError(Diagnostic("unwritable-output", message, place, help_)) from fault
        return file

    def has_blob(
        self, kind: str, name: str, key: str, is_whole: Callable[[Path], bool] | None = None
    ) -> bool:
        """Return whether a large text is there as it was written.

        One that looks as when it was last seen is not read again.

        Args:
            kind: its kind.
            name: the name that its key is known by.
            key: its key.
            is_whole: whether a file is as it was written; else it is one that was sealed.
        """
        stamp = find_stamp(self._blobs[kind] + key)
        if stamp is None:
            return False
        seen = self.recall(f"{kind}-seen", name, key, Stamp)
        if seen and is_same_file(seen, stamp):
            return True
        file = self.blob(kind, key)
        if not (is_whole(file) if is_whole else load_cache_file(file) is not None):
            return False
        self.keep(f"{kind}-seen", name, key, stamp)
        return True

    def sweep(self, kind: str, used: set[str]) -> None:
        """Drop the oldest large texts that are not used, when there are more than of those used.

        The few that stay make going back and forth between two states of a site quick.
        """
        folder = self.folder / kind
        if not self.sweeps:
            return
        try:
            unused = [entry for entry in os.scandir(folder) if entry.name not in used]
            if len(unused) > len(used):
                unused.sort(key=lambda entry: (entry.stat().st_mtime_ns, entry.name))
                for entry in unused[: len(unused) - len(used)]:
                    Path(entry.path).unlink(missing_ok=True)
        except OSError:
            return


def _value_of(slot: _Slot, type_: type[Kept]) -> Kept:
    if slot.value is None:
        slot.value = msgspec.msgpack.decode(slot.raw, type=type_)
    found: Kept = slot.value
    return found


def _head(kind: str, number: int) -> bytes:
    """Return what a shelf begins with: nothing else reads on."""
    return f"{FORMAT} {made_by()} {kind} {number}\n".encode()


def _shelf_of(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % SHELVES


_stand_ins: dict[Path, tempfile.TemporaryDirectory[str]] = {}
"""Folders for this process alone, where a memo's own cannot be written; gone with the process."""


def wait_in_silence() -> None:
    """Tell nobody that another build is waited for."""


@contextmanager
def open_memo(
    folder: Path, *, sweeps: bool = True, waits: Callable[[], None] = wait_in_silence
) -> Iterator[Memo]:
    """Yield the memo in a folder, which nobody else has meanwhile; a second build waits."""
    with hold(folder, waits) as held:
        yield Memo(held, sweeps=sweeps)


@contextmanager
def hold(folder: Path, waits: Callable[[], None] = wait_in_silence) -> Iterator[Path]:
    """Yield a folder for a memo, which nobody else has meanwhile; `waits` is told of a long wait.

    It is the one that is asked for, or where that cannot be written, one that lasts as long as
    this process.
    """
    try:
        _make_room(folder)
        lock = (folder / "lock").open("ab")
    except OSError:
        if folder not in _stand_ins:
            _stand_ins[folder] = tempfile.TemporaryDirectory(prefix="proofdown-")
        stand_in = Path(_stand_ins[folder].name)
        _make_room(stand_in)
        yield stand_in
        return
    with lock:
        if not _is_free_soon(lock.fileno()):
            waits()
            fcntl.flock(lock, fcntl.LOCK_EX)
        _clear(folder / "unfinished")
        for place in (folder, folder / "shelves"):
            remove_unfinished(place)
        yield folder


def _is_free_soon(lock: int) -> bool:
    """Take a lock that is free or comes free within `PATIENCE`; return whether it was."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        else:
            return True


def _make_room(folder: Path) -> None:
    for name in (*BLOBS, "shelves", "unfinished"):
        (folder / name).mkdir(parents=True, exist_ok=True)


def _clear(folder: Path) -> None:
    """Remove what a killed build did not finish."""
    for left in folder.iterdir():
        _remove(left)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)

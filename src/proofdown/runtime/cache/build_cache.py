"""What earlier builds found out, kept by what it was made from.

An entry has a kind, a name (mostly a page's path) and a key: the digest of everything it was made
from. Under another key it is not there, so that what is found is what a clean build would make.
Entries lie on shelves, files of some hundred each, checksummed and written whole; a shelf that is
damaged, or was written by another version, is as good as none. Large texts are files of their own.
"""

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Any, TypeVar

import msgspec

from proofdown.diagnostics import Diagnostic, OutputError, reason_of
from proofdown.digests import Stamp, stamp_of
from proofdown.folders import Folder
from proofdown.runtime.cache.checked_file import (
    CacheFolder,
    drop_oldest,
    load_cache_file,
    with_checksum,
    write_cache_file,
)
from proofdown.runtime.cache.fingerprint import toolchain_digest
from proofdown.runtime.cache.lock import CACHE_FOLDER, DRAWINGS_FOLDER, hold_cache, wait_silently
from proofdown.source import Location

FORMAT = 1
"""Raised when the layout of the folder changes."""
SHARDS = 16
"""Files over which the entries of a kind are spread, so that one change rewrites one of them."""
Stored = TypeVar("Stored")
_decoder = msgspec.msgpack.Decoder(dict[str, tuple[str, msgspec.Raw]])
_encode = msgspec.msgpack.Encoder().encode


class _Slot:
    """An entry: its key, and its value in one or both of its two forms."""

    __slots__ = ("is_invalid", "is_used", "key", "raw", "value")

    def __init__(self, key: str, raw: bytes | msgspec.Raw, value: Any = None) -> None:
        self.key, self.raw, self.value = key, raw, value
        self.is_used = self.is_invalid = False


class BuildCache:
    """The entries of one site; those that a build does not ask for are dropped at its end.

    Args:
        kept_in: where they are kept between builds.
        sweeps: whether large texts that a build does not use may be dropped at its end.
    """

    def __init__(self, kept_in: CacheFolder, *, sweeps: bool = True) -> None:
        self.kept_in, self.sweeps = kept_in, sweeps
        self._kinds: dict[str, dict[str, _Slot]] = {}
        self._names: dict[tuple[str, str], str] = {}
        """The name under which a large text was last looked for, by its kind and key."""
        self._stale: set[tuple[str, int]] = set()
        """Shelves that no longer say what is on them."""

    @property
    def drawings(self) -> CacheFolder:
        """The folder in which drawings are kept."""
        return self.kept_in.beside(DRAWINGS_FOLDER)

    def load(self, kind: str, name: str, key: str, type_: type[Stored]) -> Stored | None:
        """Return what was made from what this key stands for; None where nothing was."""
        slot = self._slot(kind, name, key)
        return None if slot is None or slot.is_invalid else _value_of(slot, type_)

    def store(self, kind: str, name: str, key: str, value: Any) -> None:
        """Keep a value, which must be plain data."""
        self.store_encoded(kind, name, key, _encode(value), value)

    def store_encoded(self, kind: str, name: str, key: str, raw: bytes, value: Any = None) -> None:
        """Keep a value that is encoded already."""
        slot = self._sharded(kind)[name] = _Slot(key, raw, value)
        slot.is_used = True
        self._stale.add((kind, _shard_of(name)))

    def invalidate(self, names: Iterable[str]) -> None:
        """Let no later build know what was kept under these names."""
        doubtful = set(names)
        for kind, slots in self._kinds.items():
            for name in doubtful & slots.keys():
                slots[name].is_invalid = True
                self._stale.add((kind, _shard_of(name)))

    def _slot(self, kind: str, name: str, key: str) -> _Slot | None:
        slot = self._sharded(kind).get(name)
        if slot is None or slot.key != key:
            return None
        slot.is_used = True
        return slot

    def _sharded(self, kind: str) -> dict[str, _Slot]:
        """Return the entries of a kind, read from their shelves once."""
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = {}
            for number in range(SHARDS):
                found |= self._load(kind, number)
        return found

    def _load(self, kind: str, number: int) -> dict[str, _Slot]:
        body = load_cache_file(self.kept_in.opened("shards"), _shard_file(kind, number))
        head = _head(kind, number)
        if body is None or not body.startswith(head):
            return {}
        try:
            entries = _decoder.decode(memoryview(body)[len(head) :])
        except msgspec.DecodeError:
            return {}
        return {name: _Slot(key, raw) for name, (key, raw) in entries.items()}

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
                self._stale.add((kind, _shard_of(name)))
        shards: dict[tuple[str, int], dict[str, tuple[str, msgspec.Raw]]] = {
            shard: {} for shard in self._stale
        }
        for kind, slots in self._kinds.items():
            for name, slot in slots.items():
                shard = shards.get((kind, _shard_of(name)))
                if shard is not None and not slot.is_invalid:
                    shard[name] = (slot.key, msgspec.Raw(slot.raw))
        folder = self.kept_in.opened("shards")
        for (kind, number), entries in shards.items():
            name = _shard_file(kind, number)
            if entries:
                write_cache_file(folder, name, _head(kind, number) + _encode(entries))
            else:
                folder.discard(name)
        self._stale.clear()

    def blob(self, kind: str, key: str) -> Path:
        """Return the file of a large text."""
        return self.kept_in.folder / kind / key

    def find_checksummed(self, kind: str, key: str) -> bytes | None:
        """Return a large text that was sealed; None where it is not there as it was written."""
        return load_cache_file(self.kept_in.opened(kind), key)

    def load_blob(self, kind: str, key: str) -> bytes:
        """Return a large text that was sealed and is there, as `has_blob` says.

        Raises:
            OutputError: it has gone or was damaged since then.
        """
        body = self.find_checksummed(kind, key)
        if body is None:
            for number in range(SHARDS):  # so that the next build reads all of them
                self.kept_in.opened("shards").discard(_shard_file(f"{kind}-seen", number))
            message = "the cache was changed from outside while the site was built"
            help_ = "build again: what was lost is made anew"
            location = Location(str(self.blob(kind, key)))
            raise OutputError(Diagnostic("unwritable-output", message, location, help_))
        return body

    def write_checksummed(self, kind: str, key: str, body: bytes) -> None:
        """Write a large text with its checksum.

        Raises:
            OutputError: it cannot be written.
        """
        self.write_blob(kind, key, with_checksum(key, body))

    def write_blob(self, kind: str, key: str, data: bytes) -> Path:
        """Write a large text, whole or not at all, and return its file.

        Raises:
            OutputError: it cannot be written.
        """
        file, beside = self.blob(kind, key), f"{key}.{os.getpid()}"
        try:
            unfinished = self.kept_in.opened("unfinished")
            unfinished.remove(beside)
            unfinished.write(beside, data)
            unfinished.rename(beside, self.kept_in.opened(kind), key)
        except OSError as fault:
            reason = reason_of(fault)
            message = f"what is made cannot be kept: {reason}"
            help_ = "the old site is as it was"
            location = Location(str(fault.filename or file))
            raise OutputError(Diagnostic("unwritable-output", message, location, help_)) from fault
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
        stamp = _stamp_in(self.kept_in.opened(kind), key)
        if stamp is None:
            return False
        self._names[kind, key] = name
        if self.load(f"{kind}-seen", name, key, Stamp) == stamp:
            return True
        file = self.blob(kind, key)
        if not (is_whole(file) if is_whole else self.find_checksummed(kind, key) is not None):
            return False
        self.store(f"{kind}-seen", name, key, stamp)
        return True

    def note_blob(self, file: Path, stamp: Stamp) -> None:
        """Keep how a large text looks now that it was linked, which changes one of its times."""
        kind, key = file.parent.name, file.name
        name = self._names.get((kind, key))
        if name is not None and file.parent.parent == self.kept_in.folder:
            self.store(f"{kind}-seen", name, key, stamp)

    def prune(self, kind: str, used: set[str]) -> None:
        """Drop the oldest large texts that are not used, when there are more than of those used.

        The few that stay make going back and forth between two states of a site quick.
        """
        if self.sweeps:
            drop_oldest(self.kept_in.opened(kind), used)


def _stamp_in(folder: Folder, name: str) -> Stamp | None:
    """Return the stamp of a regular file in a folder; None where there is none."""
    status = folder.stat(name)
    return stamp_of(status) if status is not None and S_ISREG(status.st_mode) else None


def _shard_file(kind: str, number: int) -> str:
    return f"{kind}-{number:02}"


def _value_of(slot: _Slot, type_: type[Stored]) -> Stored:
    if slot.value is None:
        slot.value = msgspec.msgpack.decode(slot.raw, type=type_)
    found: Stored = slot.value
    return found


def _head(kind: str, number: int) -> bytes:
    """Return what a shelf begins with: nothing else reads on."""
    return f"{FORMAT} {toolchain_digest()} {kind} {number}\n".encode()


def _shard_of(name: str) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % SHARDS


@contextmanager
def open_cache(
    root: Path,
    path: str = CACHE_FOLDER,
    *,
    sweeps: bool = True,
    waits: Callable[[], None] = wait_silently,
) -> Iterator[BuildCache]:
    """Yield the memo in a folder, which nobody else has meanwhile; a second build waits.

    Args:
        root: the site's root.
        path: path of the folder below it.
        sweeps: whether large texts that a build does not use may be dropped at its end.
        waits: told of a long wait for another build.

    Raises:
        OutputError: the folder would be reached through a link.
    """
    with hold_cache(root, path, waits) as kept_in:
        yield BuildCache(kept_in, sweeps=sweeps)

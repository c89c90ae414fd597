"""The build cache: results keyed by a digest of their inputs.

An entry has a kind, a name (usually a page's path) and a key, the digest of all its inputs. A
lookup under another key is a miss, so that a hit is always what a clean build would produce.
Entries are spread over shards, checksummed files that are written atomically; a shard that is
damaged or from another version counts as empty. Blobs, which are large, have a file each.
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
"""To be increased when the layout of the cache folder changes."""
SHARDS = 16
"""Shards of each kind, so that one changed entry rewrites one small file."""
Stored = TypeVar("Stored")
_decoder = msgspec.msgpack.Decoder(dict[str, tuple[str, msgspec.Raw]])
_encode = msgspec.msgpack.Encoder().encode


class _Slot:
    """An entry: its key, and its value encoded, decoded or both."""

    __slots__ = ("is_invalid", "is_used", "key", "raw", "value")

    def __init__(self, key: str, raw: bytes | msgspec.Raw, value: Any = None) -> None:
        self.key, self.raw, self.value = key, raw, value
        self.is_used = self.is_invalid = False


class BuildCache:
    """The cache of one site. Entries that a build does not use are dropped when it is saved.

    Args:
        storage: the folder in which the cache is kept between builds.
        prunes: whether `prune` removes blobs that a build did not use.
    """

    def __init__(self, storage: CacheFolder, *, prunes: bool = True) -> None:
        self.storage, self.prunes = storage, prunes
        self._kinds: dict[str, dict[str, _Slot]] = {}
        self._names: dict[tuple[str, str], str] = {}
        """The name under which a blob was last looked up, by its kind and key."""
        self._stale: set[tuple[str, int]] = set()
        """Shards that must be rewritten, by kind and number."""

    @property
    def drawings(self) -> CacheFolder:
        """The folder of cached drawings."""
        return self.storage.sibling(DRAWINGS_FOLDER)

    def load(self, kind: str, name: str, key: str, type_: type[Stored]) -> Stored | None:
        """Return the value stored under this key, or None if there is none."""
        slot = self._slot(kind, name, key)
        return None if slot is None or slot.is_invalid else _value_of(slot, type_)

    def store(self, kind: str, name: str, key: str, value: Any) -> None:
        """Store a value, which must be plain data."""
        self.store_encoded(kind, name, key, _encode(value), value)

    def store_encoded(self, kind: str, name: str, key: str, raw: bytes, value: Any = None) -> None:
        """Store a value that is already encoded."""
        slot = self._sharded(kind)[name] = _Slot(key, raw, value)
        slot.is_used = True
        self._stale.add((kind, _shard_of(name)))

    def invalidate(self, names: Iterable[str]) -> None:
        """Keep the entries with these names for this build, but do not save them."""
        invalid = set(names)
        for kind, slots in self._kinds.items():
            for name in invalid & slots.keys():
                slots[name].is_invalid = True
                self._stale.add((kind, _shard_of(name)))

    def _slot(self, kind: str, name: str, key: str) -> _Slot | None:
        slot = self._sharded(kind).get(name)
        if slot is None or slot.key != key:
            return None
        slot.is_used = True
        return slot

    def _sharded(self, kind: str) -> dict[str, _Slot]:
        """Return the entries of a kind, reading its shards on first use."""
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = {}
            for number in range(SHARDS):
                found |= self._load(kind, number)
        return found

    def _load(self, kind: str, number: int) -> dict[str, _Slot]:
        body = load_cache_file(self.storage.opened("shards"), _shard_file(kind, number))
        head = _head(kind, number)
        if body is None or not body.startswith(head):
            return {}
        try:
            # The view is not copied. Values stay encoded until they are loaded: most never are.
            entries = _decoder.decode(memoryview(body)[len(head) :])
        except msgspec.DecodeError:
            return {}
        return {name: _Slot(key, raw) for name, (key, raw) in entries.items()}

    def begin(self) -> None:
        """Begin a build: mark all entries as unused, so that `save` drops those it does not use."""
        for slots in self._kinds.values():
            for slot in slots.values():
                slot.is_used = False

    def save(self) -> None:
        """Write the changed shards, and drop entries not used since the build began.

        Kinds that were not read at all stay as they are.
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
        folder = self.storage.opened("shards")
        for (kind, number), entries in shards.items():
            name = _shard_file(kind, number)
            if entries:
                write_cache_file(folder, name, _head(kind, number) + _encode(entries))
            else:
                folder.discard(name)
        self._stale.clear()

    def blob(self, kind: str, key: str) -> Path:
        """Return the path of a blob's file."""
        return self.storage.folder / kind / key

    def find_checksummed(self, kind: str, key: str) -> bytes | None:
        """Return a checksummed blob, or None if it is missing or damaged."""
        return load_cache_file(self.storage.opened(kind), key)

    def load_blob(self, kind: str, key: str) -> bytes:
        """Return a checksummed blob of which `has_blob` said that it is intact.

        Raises:
            OutputError: it was removed or damaged since.
        """
        body = self.find_checksummed(kind, key)
        if body is None:
            # Without the recorded stamps, the next build verifies every blob of this kind.
            for number in range(SHARDS):
                self.storage.opened("shards").discard(_shard_file(f"{kind}-seen", number))
            message = "the cache was changed from outside while the site was built"
            help_ = "build again: what was lost is built anew"
            location = Location(str(self.blob(kind, key)))
            raise OutputError(Diagnostic("unwritable-output", message, location, help_))
        return body

    def write_checksummed(self, kind: str, key: str, body: bytes) -> None:
        """Write a blob with its checksum.

        Raises:
            OutputError: it cannot be written.
        """
        self.write_blob(kind, key, with_checksum(key, body))

    def write_blob(self, kind: str, key: str, data: bytes) -> Path:
        """Write a blob atomically, and return its file.

        Raises:
            OutputError: it cannot be written.
        """
        file, temporary = self.blob(kind, key), f"{key}.{os.getpid()}"
        try:
            unfinished = self.storage.opened("unfinished")
            unfinished.remove(temporary)
            unfinished.write(temporary, data)
            unfinished.rename(temporary, self.storage.opened(kind), key)
        except OSError as fault:
            message = f"the cache cannot be written: {reason_of(fault)}"
            help_ = "the old site is unchanged"
            location = Location(str(fault.filename or file))
            raise OutputError(Diagnostic("unwritable-output", message, location, help_)) from fault
        return file

    def has_blob(
        self, kind: str, name: str, key: str, is_whole: Callable[[Path], bool] | None = None
    ) -> bool:
        """Return whether a blob is there and intact, and record its stamp if so.

        A blob whose stamp is the one recorded last is not read again.

        Args:
            kind: its kind.
            name: the name that its key is stored under.
            key: its key.
            is_whole: returns whether the file is intact; by default, its checksum is verified.
        """
        stamp = _stamp_in(self.storage.opened(kind), key)
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

    def update_stamp(self, file: Path, stamp: Stamp) -> None:
        """Record the new stamp of a blob that was linked, which changes its ctime."""
        kind, key = file.parent.name, file.name
        name = self._names.get((kind, key))
        if name is not None and file.parent.parent == self.storage.folder:
            self.store(f"{kind}-seen", name, key, stamp)

    def prune(self, kind: str, used: set[str]) -> None:
        """Remove the oldest unused blobs, keeping as many unused ones as used ones.

        The ones that stay make it quick to switch between two states of a site.
        """
        if self.prunes:
            drop_oldest(self.storage.opened(kind), used)


def _stamp_in(folder: Folder, name: str) -> Stamp | None:
    """Return the stamp of a regular file in a folder, or None if there is none."""
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
    """Return the header of a shard. A shard with another header is not decoded."""
    return f"{FORMAT} {toolchain_digest()} {kind} {number}\n".encode()


def _shard_of(name: str) -> int:
    # Not `hash`, which differs from process to process. File names need not be UTF-8.
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % SHARDS


@contextmanager
def open_cache(
    root: Path,
    path: str = CACHE_FOLDER,
    *,
    prunes: bool = True,
    on_wait: Callable[[], None] = wait_silently,
) -> Iterator[BuildCache]:
    """Yield the cache in a folder, locked against other builds, which wait for the lock.

    Args:
        root: the site's root.
        path: path of the folder below it.
        prunes: whether `prune` removes blobs that a build did not use.
        on_wait: called when another build has held the lock for `PATIENCE` seconds.

    Raises:
        OutputError: the folder would be reached through a symbolic link.
    """
    with hold_cache(root, path, on_wait) as kept_in:
        yield BuildCache(kept_in, prunes=prunes)

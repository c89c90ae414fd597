"""What a site is searched by: the index and the inventory, made while the site is checked.

A worker puts them together and writes their files to the cache; names alone come back.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Self

import msgspec
from msgspec import Struct

from proofdown.digests import checksum, digest, has_checksum
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.stage import BlobRef, CachedStage, CacheEntry, StageSpec, TaskResult, encoded
from proofdown.runtime.workers.forks import worker_count
from proofdown.runtime.workers.pool import Failure
from proofdown.site.model import ComposedPage, Output, Site
from proofdown.site.outputs.inventory import inventory_lines, make_inventory
from proofdown.site.search.batches import BATCH_SIZE, Batch, make_batch
from proofdown.site.search.parts import search_files

FEW_PAGES = 64
"""Pages for which a worker takes longer to begin than to do it."""
INVENTORY_ADDRESS = "objects.inv"

_encode = msgspec.msgpack.Encoder().encode
_decode_batch = msgspec.msgpack.Decoder(Batch).decode


class _Part(Struct, frozen=True):
    address: str
    key: str
    """Its checksum, by which it is stored."""


class _Index(Struct, frozen=True):
    """What a site is searched by, as it is stored."""

    parts: tuple[_Part, ...]


class _Batch(Struct, frozen=True):
    """Pages in a row that are indexed together."""

    first: int
    pages: Sequence[ComposedPage]
    key: str
    """Digest of what they say to search."""


class _Task(Struct, frozen=True):
    """The index of a site."""

    batches: tuple[_Batch, ...]
    key: str


class SearchIndexJob:
    """Puts the search index and the inventory of a site together. Nothing runs before `start`.

    Args:
        site: the pages, and what they say to search.
        cache: keeps the files, which together are large, and what they are made from.
    """

    def __init__(self, site: Site, cache: BuildCache) -> None:
        self._site, self._cache = site, cache
        self._is_large = len(site.searchable) > FEW_PAGES
        self._key_of_inventory = _key_of_inventory(site)
        self._inventory = cache.load("made", INVENTORY_ADDRESS, self._key_of_inventory, str) or ""
        """Checksum of the inventory, where it is known."""
        self._batches = tuple(_batches_of(site.searchable))
        self._index: _Index | None = None
        spec = StageSpec(
            kind="search",
            value_type=_Index,
            name_of=_name_of,
            work=self._make,
            on_failure=self._make_here,
            budget=None,
        )
        self._stage = CachedStage(spec, cache)

    def start(self) -> Self:
        """Let a worker begin, if there is something to do and it is large; return the job."""
        keys = (batch.key for batch in self._batches)
        key = digest(str(self._site.config.is_english), self._key_of_inventory, *keys)
        self._index = self._find(key)
        if self._index is None:
            most = min(worker_count(), 1) if self._is_large else 0
            self._stage.start([_Task(self._batches, key)], most)
        return self

    def outputs(self) -> Iterator[Output]:
        """Yield the files when they are all there.

        Raises:
            OutputError: they cannot be written.
        """
        for _, made in self._stage.results():
            self._index = made
        parts = self._index.parts if self._index else ()
        for part in parts:
            file = self._cache.blob("parts", part.key)
            yield Output(part.address, file, self._site.config.location, part.key)
        self._cache.prune("parts", {part.key for part in parts})
        self._cache.prune("batches", {batch.key for batch in self._batches})

    def _find(self, key: str) -> _Index | None:
        """Return the index that an earlier build made, if all of its files are whole."""
        known = self._stage.load("", key)
        is_whole = known and all(self._is_kept(part.address, part.key) for part in known.parts)
        return known if is_whole else None

    def _make(self, task: _Task) -> TaskResult:
        """Write the files that are not there yet; return what they are."""
        config, lines = self._site.config, list[str]()
        has_inventory = self._is_kept(INVENTORY_ADDRESS, self._inventory)
        batches = self._read(task, None if has_inventory else lines)
        files = search_files(batches, is_english=config.is_english)
        parts = [self._keep(address, text.encode()) for address, text in files]
        beside: tuple[CacheEntry, ...] = ()
        if has_inventory:
            parts.append(_Part(INVENTORY_ADDRESS, self._inventory))
        else:
            inventory = self._keep(INVENTORY_ADDRESS, make_inventory(config.title, lines))
            parts.append(inventory)
            beside = (self._entry_of(inventory),)
        return TaskResult(
            value=encoded(_Index(tuple(parts))),
            key=task.key,
            blobs=tuple(BlobRef(kind="parts", name=p.address, key=p.key) for p in parts),
            extra_entries=beside,
        )

    def _make_here(self, task: _Task, _failure: Failure) -> TaskResult:
        return self._make(task)

    def _entry_of(self, inventory: _Part) -> CacheEntry:
        return CacheEntry(
            kind="made",
            name=INVENTORY_ADDRESS,
            key=self._key_of_inventory,
            value=encoded(inventory.key),
        )

    def _keep(self, address: str, data: bytes) -> _Part:
        """Write a file to the cache if it is not there."""
        key = checksum(data)
        if not self._is_kept(address, key):
            self._cache.write_blob("parts", key, data)
        return _Part(address, key)

    def _is_kept(self, address: str, key: str) -> bool:
        is_whole = partial(has_checksum, expected=key)
        return bool(key) and self._cache.has_blob("parts", address, key, is_whole)

    def _read(self, task: _Task, lines: list[str] | None) -> Iterator[Batch]:
        """Yield what search knows of the pages, batch after batch; those that are new are stored.

        Where lines for an inventory are wanted, they go into `lines`.
        """
        for one in task.batches:
            kept = self._cache.find_checksummed("batches", one.key)
            is_needed = kept is None or lines is not None
            entries = [built.entries for built in one.pages] if is_needed else []
            if lines is not None:
                for built, known in zip(one.pages, entries, strict=True):
                    lines += inventory_lines(built.page.path, built.title, known)
            if kept is None:
                batch = make_batch(one.first, entries)
                self._cache.write_checksummed("batches", one.key, _encode(batch))
            else:
                batch = _decode_batch(kept)
            yield batch


def _key_of_inventory(site: Site) -> str:
    """Return a digest of all that other sites can link to by name."""
    labels = (part for b in site.searchable for part in (b.page.path, b.summary.labels))
    return digest(site.config.title, *labels)


def _batches_of(pages: Sequence[ComposedPage]) -> Iterator[_Batch]:
    for first in range(0, len(pages), BATCH_SIZE):
        these = pages[first : first + BATCH_SIZE]
        parts = (part for built in these for part in (built.key, built.summary.checksum))
        yield _Batch(first, these, digest(str(first), *parts))


def _name_of(_task: _Task) -> str:
    return ""

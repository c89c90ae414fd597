"""Generate the search index and the inventory while the site is being checked.

A worker generates the files and writes them to the cache; it returns only their names.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Self

import msgspec
from msgspec import Struct

from proofdown.digests import checksum, digest, has_checksum
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.stage import BlobRef, CachedStage, CacheEntry, StageSpec, TaskResult, encoded
from proofdown.runtime.workers.forks import background_workers
from proofdown.site.model import ComposedPage, Output, Site
from proofdown.site.outputs.inventory import inventory_lines, make_inventory
from proofdown.site.search.batches import BATCH_SIZE, Batch, make_batch
from proofdown.site.search.parts import search_files

FEW_PAGES = 64
"""Number of pages up to which starting a worker takes longer than the work."""
INVENTORY_ADDRESS = "objects.inv"

_encode = msgspec.msgpack.Encoder().encode
_decode_batch = msgspec.msgpack.Decoder(Batch).decode


class _Part(Struct, frozen=True):
    address: str
    key: str
    """Its checksum, which is its key in the cache."""


class _Index(Struct, frozen=True):
    """The files of the search index and the inventory, as cached."""

    parts: tuple[_Part, ...]


class _Batch(Struct, frozen=True):
    """Consecutive pages that are indexed together."""

    first: int
    pages: Sequence[ComposedPage]
    key: str
    """Digest of the inputs of their search entries."""


class _Task(Struct, frozen=True):
    """The index of a site, to be generated."""

    batches: tuple[_Batch, ...]
    key: str


class SearchIndexJob:
    """Generates the search index and the inventory of a site. Nothing runs before `start`.

    Args:
        site: the pages with their search entries.
        cache: stores the files, which together are large, and the batches.
    """

    def __init__(self, site: Site, cache: BuildCache) -> None:
        self._site, self._cache = site, cache
        self._is_large = len(site.searchable) > FEW_PAGES
        self._key_of_inventory = _key_of_inventory(site)
        self._inventory = cache.load("made", INVENTORY_ADDRESS, self._key_of_inventory, str) or ""
        """Checksum of the inventory; empty if it is not cached."""
        self._batches = tuple(_batches_of(site.searchable))
        self._index: _Index | None = None
        spec = StageSpec(
            kind="search",
            value_type=_Index,
            name_of=_name_of,
            budget=None,
        )
        self._stage = CachedStage(spec, cache)

    def start(self) -> Self:
        """Generate the files unless they are cached, in a worker if the site is large."""
        keys = (batch.key for batch in self._batches)
        key = digest(str(self._site.config.is_english), self._key_of_inventory, *keys)
        self._index = self._load_index(key)
        if self._index is None:
            workers = background_workers(is_large=self._is_large)
            self._stage.start(
                [_Task(self._batches, key)],
                self._generate,
                max_workers=workers,
            )
        return self

    def outputs(self) -> Iterator[Output]:
        """Wait for the files, then yield them.

        Raises:
            OutputError: they cannot be written.
        """
        for _, index in self._stage.results():
            self._index = index
        parts = self._index.parts if self._index else ()
        for part in parts:
            file = self._cache.blob("parts", part.key)
            yield Output(part.address, file, self._site.config.location, part.key)
        self._cache.prune("parts", {part.key for part in parts})
        self._cache.prune("batches", {batch.key for batch in self._batches})

    def _load_index(self, key: str) -> _Index | None:
        """Return the index of an earlier build; None if any of its files is missing or damaged."""
        known = self._stage.load("", key)
        is_whole = known and all(self._is_cached(part.address, part.key) for part in known.parts)
        return known if is_whole else None

    def _generate(self, task: _Task) -> TaskResult:
        """Write the files that are not cached yet; return their names."""
        config, lines = self._site.config, list[str]()
        has_inventory = self._is_cached(INVENTORY_ADDRESS, self._inventory)
        batches = self._read_batches(task, None if has_inventory else lines)
        files = search_files(batches, is_english=config.is_english)
        parts = [self._store(address, text.encode()) for address, text in files]
        extra_entries: tuple[CacheEntry, ...] = ()
        if has_inventory:
            parts.append(_Part(INVENTORY_ADDRESS, self._inventory))
        else:
            inventory = self._store(INVENTORY_ADDRESS, make_inventory(config.title, lines))
            parts.append(inventory)
            extra_entries = (self._entry_of(inventory),)
        return TaskResult(
            value=encoded(_Index(tuple(parts))),
            key=task.key,
            blobs=tuple(BlobRef(kind="parts", name=p.address, key=p.key) for p in parts),
            extra_entries=extra_entries,
        )

    def _entry_of(self, inventory: _Part) -> CacheEntry:
        return CacheEntry(
            kind="made",
            name=INVENTORY_ADDRESS,
            key=self._key_of_inventory,
            value=encoded(inventory.key),
        )

    def _store(self, address: str, data: bytes) -> _Part:
        """Write a file to the cache unless it is there."""
        key = checksum(data)
        if not self._is_cached(address, key):
            self._cache.write_blob("parts", key, data)
        return _Part(address, key)

    def _is_cached(self, address: str, key: str) -> bool:
        is_whole = partial(has_checksum, expected=key)
        return bool(key) and self._cache.has_blob("parts", address, key, is_whole)

    def _read_batches(self, task: _Task, lines: list[str] | None) -> Iterator[Batch]:
        """Yield the batches of entries; store new ones in the cache.

        If `lines` is a list, the lines of the inventory are added to it.
        """
        for batch_task in task.batches:
            cached = self._cache.find_checksummed("batches", batch_task.key)
            # `entries` loads the entries of a page from the cache, which a cached batch saves.
            is_needed = cached is None or lines is not None
            entries = [built.entries for built in batch_task.pages] if is_needed else []
            if lines is not None:
                for built, known in zip(batch_task.pages, entries, strict=True):
                    lines += inventory_lines(built.page.path, built.title, known)
            if cached is None:
                batch = make_batch(batch_task.first, entries)
                self._cache.write_checksummed("batches", batch_task.key, _encode(batch))
            else:
                batch = _decode_batch(cached)
            yield batch


def _key_of_inventory(site: Site) -> str:
    """Return a digest of everything that other sites can link to by name."""
    labels = (part for b in site.searchable for part in (b.page.path, b.summary.labels))
    return digest(site.config.title, *labels)


def _batches_of(pages: Sequence[ComposedPage]) -> Iterator[_Batch]:
    for first in range(0, len(pages), BATCH_SIZE):
        these = pages[first : first + BATCH_SIZE]
        parts = (part for built in these for part in (built.key, built.summary.checksum))
        # A batch contains the numbers of its pages, so with another first number it is another one.
        yield _Batch(first, these, digest(str(first), *parts))


def _name_of(_task: _Task) -> str:
    # A site has one index, which needs no name.
    return ""

"""What a site is searched by: the index and the inventory, made while the site is checked.

A worker puts them together and writes what is kept of them in the cache; names alone come back.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from proofdown.digests import checksum, digest, has_checksum
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.workers.pool import in_background
from proofdown.site.model import Output, Site
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
    """Its checksum, by which it is kept."""
    is_new: bool


class _Made(Struct, frozen=True):
    parts: tuple[_Part, ...]
    batches: frozenset[str]
    """Keys of the batches that were used."""


class SearchIndexJob:
    """The search index and the inventory that are being put together of a site's pages.

    Args:
        site: the pages, and what they say to search.
        cache: keeps its parts, which together are large, and what they are made from.
    """

    def __init__(self, site: Site, cache: BuildCache) -> None:
        self._site, self._cache = site, cache
        self._key_of_inventory = _key_of_inventory(site)
        known = cache.load("made", INVENTORY_ADDRESS, self._key_of_inventory, str)
        self._finish = in_background(
            partial(_make, site, cache, known or ""), is_large=len(site.searchable) > FEW_PAGES
        )

    def outputs(self) -> Iterator[Output]:
        """Yield the files when they are all there.

        Raises:
            OutputError: they cannot be written.
        """
        made = msgspec.msgpack.decode(self._finish(), type=_Made)
        for part in made.parts:
            if part.address == INVENTORY_ADDRESS and part.is_new:
                self._cache.store("made", part.address, self._key_of_inventory, part.key)
            is_whole = Path.is_file if part.is_new else partial(has_checksum, expected=part.key)
            self._cache.has_blob("parts", part.address, part.key, is_whole)
            file = self._cache.blob("parts", part.key)
            yield Output(part.address, file, self._site.config.location, part.key)
        self._cache.prune("parts", {part.key for part in made.parts})
        self._cache.prune("batches", set(made.batches))


def _key_of_inventory(site: Site) -> str:
    """Return a digest of all that other sites can link to by name."""
    labels = (part for b in site.searchable for part in (b.page.path, b.summary.labels))
    return digest(site.config.title, *labels)


def _make(site: Site, cache: BuildCache, inventory: str) -> bytes:
    """Write the files that are not there yet; return what is made, encoded.

    Args:
        site: the site.
        cache: keeps the files.
        inventory: checksum of the inventory, where it is known.
    """
    used, lines = set[str](), list[str]()
    has_inventory = _is_kept(cache, INVENTORY_ADDRESS, inventory)
    batches = _batches(site, cache, used, None if has_inventory else lines)
    files = search_files(batches, is_english=site.config.is_english)
    parts = [_keep(cache, address, text.encode()) for address, text in files]
    if has_inventory:
        parts.append(_Part(INVENTORY_ADDRESS, inventory, is_new=False))
    else:
        parts.append(_keep(cache, INVENTORY_ADDRESS, make_inventory(site.config.title, lines)))
    return _encode(_Made(tuple(parts), frozenset(used)))


def _keep(cache: BuildCache, address: str, data: bytes) -> _Part:
    """Write a file to the cache if it is not there."""
    key = checksum(data)
    is_new = not _is_kept(cache, address, key)
    if is_new:
        cache.write_blob("parts", key, data)
    return _Part(address, key, is_new)


def _is_kept(cache: BuildCache, address: str, key: str) -> bool:
    return bool(key) and cache.has_blob("parts", address, key, partial(has_checksum, expected=key))


def _batches(
    site: Site, cache: BuildCache, used: set[str], lines: list[str] | None
) -> Iterator[Batch]:
    """Yield what search knows of the pages, batch after batch; those that were made are kept.

    The keys of all go into `used`, and where lines for an inventory are wanted, these into `lines`.
    """
    pages = site.searchable
    for first in range(0, len(pages), BATCH_SIZE):
        these = pages[first : first + BATCH_SIZE]
        key = digest(str(first), *(part for b in these for part in (b.key, b.summary.checksum)))
        used.add(key)
        kept = cache.find_checksummed("batches", key)
        entries = [built.entries for built in these] if kept is None or lines is not None else []
        if lines is not None:
            for built, known in zip(these, entries, strict=True):
                lines += inventory_lines(built.page.path, built.title, known)
        if kept is None:
            batch = make_batch(first, entries)
            cache.write_checksummed("batches", key, _encode(batch))
        else:
            batch = _decode_batch(kept)
        yield batch

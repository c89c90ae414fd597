"""The search index of a site, put together by a worker while the site is checked.

What is kept of it in the cache is written by the worker; only the names of the parts come back.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from proofdown.fingerprints import checksum, digest, has_checksum
from proofdown.memo import Memo
from proofdown.search import BATCH_SIZE, Batch, make_batch, search_files
from proofdown.site import Output, Site
from proofdown.workers import begin_beside

FEW_PAGES = 64
"""Pages for which a worker takes longer to begin than to do it."""

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


class Searching:
    """The search index that is being put together of a site's pages.

    Args:
        site: the pages, and what they say to search.
        memo: keeps its parts, which together are large, and what they are made from.
    """

    def __init__(self, site: Site, memo: Memo) -> None:
        self._site, self._memo = site, memo
        self._finish = begin_beside(
            partial(_make, site, memo), is_large=len(site.searchable) > FEW_PAGES
        )

    def outputs(self) -> Iterator[Output]:
        """Yield the files of the index when they are all there.

        Raises:
            OutputError: they cannot be written.
        """
        made = msgspec.msgpack.decode(self._finish(), type=_Made)
        for part in made.parts:
            is_whole = Path.is_file if part.is_new else partial(has_checksum, expected=part.key)
            self._memo.has_blob("parts", part.address, part.key, is_whole)
            file = self._memo.blob("parts", part.key)
            yield Output(part.address, file, self._site.config.place, part.key)
        self._memo.sweep("parts", {part.key for part in made.parts})
        self._memo.sweep("batches", set(made.batches))


def _make(site: Site, memo: Memo) -> bytes:
    """Write the parts that are not there yet; return what is made, encoded."""
    parts, used = [], set[str]()
    is_english = site.config.is_english
    for address, text in search_files(_batches(site, memo, used), is_english=is_english):
        data = text.encode()
        key = checksum(data)
        is_whole = partial(has_checksum, expected=key)
        is_new = not memo.has_blob("parts", address, key, is_whole)
        if is_new:
            memo.write_blob("parts", key, data)
        parts.append(_Part(address, key, is_new))
    return _encode(_Made(tuple(parts), frozenset(used)))


def _batches(site: Site, memo: Memo, used: set[str]) -> Iterator[Batch]:
    """Yield what search knows of the pages, batch after batch; those that were made are kept.

    The keys of all go into `used`.
    """
    pages = site.searchable
    for first in range(0, len(pages), BATCH_SIZE):
        these = pages[first : first + BATCH_SIZE]
        key = digest(str(first), *(part for b in these for part in (b.key, b.ties.checksum)))
        used.add(key)
        kept = memo.find_sealed("batches", key)
        if kept is None:
            batch = make_batch(first, (built.entries for built in these))
            memo.write_sealed("batches", key, _encode(batch))
        else:
            batch = _decode_batch(kept)
        yield batch

"""Proofreading a site: what is wrong with the prose of each page, its readings put together."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec
from msgspec import Struct

from proofdown.checks.prose.lexicon.suggestions import Suggestions
from proofdown.checks.prose.read_page import Reading
from proofdown.checks.prose.spellcheck import judge_site
from proofdown.checks.prose.style.term_variants import (
    count_terms,
    find_mixed,
    find_variants,
    terms_of,
    wanted_of,
)
from proofdown.checks.prose.text.blocks import find_blocks
from proofdown.config.model import Config
from proofdown.content.discovery import Page
from proofdown.diagnostics import Diagnostic, Finding, capped
from proofdown.digests import digest
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.workers.pool import SMALL_BATCH, in_background

_NAME = re.compile(r"[^\W\d_]{2,}")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[Finding, ...]]).decode


class ReadPage(Struct, frozen=True):
    """A page with what its prose says."""

    page: Page
    key: str
    """Digest of what the page was read from."""
    compounds: dict[str, int]
    load_reading: Callable[[], Reading]
    """Returns the rest of what its prose says."""
    load_prose: Callable[[], str]
    """Returns its prose in small letters."""


class Terms:
    """The terms of a site, and how often each page writes them in which way."""

    def __init__(self, compounds: Iterable[Mapping[str, int]]) -> None:
        all_terms = terms_of({pair for of_page in compounds for pair in of_page})
        self.wanted = wanted_of(all_terms)
        self.digest = digest(*sorted(all_terms))

    def count(self, prose: str) -> dict[str, int]:
        """Return how often a page's prose writes each term; those it does not are left out."""
        return count_terms(prose, self.wanted)

    def key(self, of_page: str) -> str:
        """Return the key of a page's counts."""
        return digest(of_page, self.digest)


class ProofreadJob:
    """The proofreading of a site that has begun: workers judge words, and look for mixed terms.

    Args:
        config: the settings, with the site's own words.
        pages: the pages that were read.
        terms: the terms of all of them.
        known: texts whose words the site knows without being judged: what tools printed, the
            sources of diagrams, the names of files.
        cache: what was counted, found and guessed before.
    """

    def __init__(
        self,
        config: Config,
        pages: Sequence[ReadPage],
        terms: Terms,
        known: Iterable[str],
        cache: BuildCache,
    ) -> None:
        self._pages, self._cache = pages, cache
        self._mixed: dict[str, tuple[Finding, ...]] = {}
        """What was found of mixed terms, by the page's path."""
        self._tasks: list[_Task] = []
        counts = {read.page.path: _counts(read, terms, cache) for read in pages}
        mixed = find_variants((read.compounds for read in pages), counts.values())
        for read in pages:
            present = mixed.keys() & counts[read.page.path].keys()
            if present:
                self._look_up(read, {wrong: mixed[wrong] for wrong in sorted(present)})
        is_large = len(self._tasks) > SMALL_BATCH
        self._find_mixed = in_background(partial(_find_mixed, self._tasks), is_large=is_large)
        guesses = cache.load("guesses", "", "", Suggestions)
        judge = partial(_judge, config, pages, tuple(known), guesses or Suggestions())
        self._judge: Callable[[], _Judged] = judge
        if (
            guesses is None and len(pages) > SMALL_BATCH
        ):  # then many must be made, which takes much memory
            result = in_background(lambda: _encode(judge()), is_large=True)
            self._judge = lambda: _decode_judged(result())

    def _look_up(self, read: ReadPage, here: dict[str, tuple[str, int, int]]) -> None:
        """Recall what was found on a page, or have it found."""
        path, key = read.page.path, digest(read.key, repr(here))
        known = self._cache.load("mixed", path, key, tuple[Finding, ...])
        if known is None:
            self._tasks.append(_Task(read.page, here, key))
        else:
            self._mixed[path] = known

    def result(self) -> dict[str, list[Finding]]:
        """Return what is wrong with the prose of each page, by the page's path."""
        judged = self._judge()
        if judged.guesses:
            self._cache.store("guesses", "", "", judged.guesses)
        found = judged.found
        for task, mixed in zip(self._tasks, _decode(self._find_mixed()), strict=True):
            self._mixed[task.page.path] = mixed
            self._cache.store("mixed", task.page.path, task.key, mixed)
        for path, mixed in self._mixed.items():
            found[path] += mixed
        return found


class _Judged(Struct, frozen=True):
    found: dict[str, list[Finding]]
    guesses: Suggestions | None
    """All guesses of the site, where there are new ones."""


_decode_judged = msgspec.msgpack.Decoder(_Judged).decode


def _judge(
    config: Config, pages: Sequence[ReadPage], known: Iterable[str], guesses: Suggestions
) -> _Judged:
    """Return what is wrong with the words of each page."""
    readings = {read.page.path: read.load_reading() for read in pages}
    names = {name for text in known for name in _NAME.findall(text.lower())}
    words = [word for entry in config.words for word in _NAME.findall(entry.text)]
    found = judge_site(readings, words, names, config.english, guesses)
    unknown = {word.text for reading in readings.values() for word in reading.unknown}
    return _Judged(found, guesses.only(unknown) if guesses.is_new else None)


class _Task(Struct, frozen=True):
    page: Page
    here: dict[str, tuple[str, int, int]]
    """The rarer spellings that may be on it."""
    key: str


def _find_mixed(tasks: Sequence[_Task]) -> bytes:
    """Return where each of some pages writes a term in the rarer way, encoded."""
    found = []
    for task in tasks:
        blocks = find_blocks(task.page.source.text, task.page.body_start)
        found.append(tuple(find_mixed(blocks, task.here)))
        task.page.release()
    return _encode(found)


def _counts(read: ReadPage, terms: Terms, cache: BuildCache) -> dict[str, int]:
    path, key = read.page.path, terms.key(read.key)
    known = cache.load("terms", path, key, dict[str, int])
    if known is None:
        known = terms.count(read.load_prose())
        cache.store("terms", path, key, known)
    return known


def diagnostics_of(
    read: ReadPage, findings: Sequence[Finding], cache: BuildCache
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a page's prose as diagnostics, in the order of the findings."""
    if not findings:
        return ()
    key = digest(read.key, repr(findings))
    known = cache.load("prose", read.page.path, key, tuple[Diagnostic, ...])
    if known is None:
        location = read.page.source.location
        found = (Diagnostic(f.code, f.message, location(f.start, f.end), f.help) for f in findings)
        known = tuple(capped(found))
        read.page.release()
        cache.store("prose", read.page.path, key, known)
    return known

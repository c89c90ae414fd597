"""Proofread a site: find what is wrong with the prose of its pages, taken together."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Self

import msgspec
from msgspec import Struct

from proofdown.checks.prose.lexicon.suggestions import Suggestions
from proofdown.checks.prose.read_page import Reading
from proofdown.checks.prose.spellcheck import judge_site
from proofdown.checks.prose.style.term_variants import (
    count_terms,
    find_mixed,
    find_variants,
    index_of,
    terms_of,
)
from proofdown.checks.prose.text.blocks import find_blocks
from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic, Finding, capped
from proofdown.digests import digest
from proofdown.markup.parsed_page import ParsedPage
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.stage import CachedStage, StageSpec, TaskResult, encoded
from proofdown.runtime.workers.forks import background_workers
from proofdown.runtime.workers.pool import SMALL_BATCH, BackgroundJob

_NAME = re.compile(r"[^\W\d_]{2,}")
_encode = msgspec.msgpack.Encoder().encode
decode_reading = msgspec.msgpack.Decoder(Reading).decode
"""Decodes the `reading` of a page's head."""


class Terms:
    """The terms of a site, in all their spellings."""

    def __init__(self, compounds: Iterable[Mapping[str, int]]) -> None:
        all_terms = terms_of({pair for of_page in compounds for pair in of_page})
        self.index = index_of(all_terms)
        self.digest = digest(*sorted(all_terms))

    def count(self, prose: str) -> dict[str, int]:
        """Return how often each term occurs in a page's prose, without those that do not."""
        return count_terms(prose, self.index)

    def key(self, of_page: str) -> str:
        """Return the cache key of a page's counts."""
        return digest(of_page, self.digest)


class _Task(Struct, frozen=True):
    parsed: ParsedPage
    here: dict[str, tuple[str, int, int]]
    """The rarer spellings that may be on the page."""
    key: str


class _Judged(Struct, frozen=True):
    found: dict[str, list[Finding]]
    guesses: Suggestions | None
    """All suggestions of the site; None if there are no new ones to store."""


_decode_judged = msgspec.msgpack.Decoder(_Judged).decode


class ProofreadJob:
    """Checks the words of a site, and looks for terms with mixed spellings.

    Nothing runs before `start`.

    Args:
        config: the settings, with the site's own words.
        pages: the pages whose prose was read.
        terms: the terms of all pages.
        known: texts whose words count as the site's own: output of tools, the sources of
            diagrams, the names of files.
        cache: the build cache, with earlier counts, findings and suggestions.
    """

    def __init__(
        self,
        config: Config,
        pages: Sequence[ParsedPage],
        terms: Terms,
        known: Iterable[str],
        cache: BuildCache,
    ) -> None:
        self._pages, self._terms, self._cache = pages, terms, cache
        self._mixed: dict[str, tuple[Finding, ...]] = {}
        """The findings about mixed terms, by the page's path."""
        # One entry for the whole site, because pages share unknown words.
        guesses = cache.load("guesses", "", "", Suggestions)
        judge = partial(_judge, config, pages, tuple(known), guesses or Suggestions())
        # Without cached suggestions many must be computed, which takes a lot of memory.
        is_large = guesses is None and len(pages) > SMALL_BATCH
        self._words = BackgroundJob(lambda: _encode(judge()), is_large=is_large)
        spec = StageSpec(
            kind="mixed",
            value_type=tuple[Finding, ...],
            name_of=_path_of,
            budget=None,
        )
        self._stage = CachedStage(spec, cache)

    def start(self) -> Self:
        """Start the workers, if there is enough work for them; return the job."""
        tasks = list(self._look_up())
        # One worker suffices, because only pages that may contain a rarer spelling are searched.
        workers = background_workers(is_large=len(tasks) > SMALL_BATCH)
        self._stage.start(tasks, _find_mixed, max_workers=workers)
        self._words.start()
        return self

    def result(self) -> dict[str, list[Finding]]:
        """Return the findings about the prose of each page, by the page's path."""
        judged = _decode_judged(self._words.result())
        if judged.guesses:
            self._cache.store("guesses", "", "", judged.guesses)
        found = judged.found
        for task, mixed in self._stage.results():
            self._mixed[_path_of(task)] = mixed
        for path, mixed in self._mixed.items():
            found[path] += mixed
        return found

    def _look_up(self) -> Iterator[_Task]:
        """Yield the pages to search for mixed terms; load the findings of those in the cache."""
        pages, terms, cache = self._pages, self._terms, self._cache
        counts = {parsed.page.path: _counts(parsed, terms, cache) for parsed in pages}
        mixed = find_variants((parsed.head.compounds for parsed in pages), counts.values())
        for parsed in pages:
            path = parsed.page.path
            present = sorted(mixed.keys() & counts[path].keys())
            if not present:
                continue
            here = {wrong: mixed[wrong] for wrong in present}
            key = digest(parsed.key, repr(here))
            known = self._stage.load(path, key)
            if known is None:
                yield _Task(parsed, here, key)
            else:
                self._mixed[path] = known


def _path_of(task: _Task) -> str:
    return task.parsed.page.path


def _judge(
    config: Config, pages: Sequence[ParsedPage], known: Iterable[str], guesses: Suggestions
) -> _Judged:
    """Return the findings about the words of each page."""
    readings = {parsed.page.path: decode_reading(parsed.head.reading) for parsed in pages}
    names = {name for text in known for name in _NAME.findall(text.lower())}
    words = [word for entry in config.words for word in _NAME.findall(entry.text)]
    found = judge_site(readings, words, names, config.english, guesses)
    # Only of words that a page still has; else the entry would grow with every edit.
    unknown = {word.text for reading in readings.values() for word in reading.unknown}
    return _Judged(found, guesses.only(unknown) if guesses.is_new else None)


def _find_mixed(task: _Task) -> TaskResult:
    """Return the places where a page uses the rarer spelling of a term."""
    page = task.parsed.page
    blocks = find_blocks(page.source.text, page.body_start)
    found = tuple(find_mixed(blocks, task.here))
    page.release()
    return TaskResult(value=encoded(found), key=task.key)


def _counts(parsed: ParsedPage, terms: Terms, cache: BuildCache) -> dict[str, int]:
    path, key = parsed.page.path, terms.key(parsed.key)
    known = cache.load("terms", path, key, dict[str, int])
    if known is None:
        known = terms.count(parsed.load_text().prose)
        cache.store("terms", path, key, known)
    return known


def diagnostics_of(
    parsed: ParsedPage, findings: Sequence[Finding], cache: BuildCache
) -> tuple[Diagnostic, ...]:
    """Return the findings about a page's prose as diagnostics, in the same order."""
    if not findings:
        return ()
    key = digest(parsed.key, repr(findings))
    known = cache.load("prose", parsed.page.path, key, tuple[Diagnostic, ...])
    if known is None:
        location = parsed.page.source.location
        found = (Diagnostic(f.code, f.message, location(f.start, f.end), f.help) for f in findings)
        known = tuple(capped(found))
        parsed.page.release()
        cache.store("prose", parsed.page.path, key, known)
    return known

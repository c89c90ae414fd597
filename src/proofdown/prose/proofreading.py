"""Proofreading a site: what is wrong with the prose of each page, its readings put together."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from proofdown.config import Config
from proofdown.content import Page
from proofdown.diagnostics import Diagnostic
from proofdown.fingerprints import digest
from proofdown.memo import Memo
from proofdown.prose.findings import Finding
from proofdown.prose.guesses import Guesses
from proofdown.prose.judging import judge_site
from proofdown.prose.reading import Reading
from proofdown.prose.texts import find_blocks
from proofdown.prose.variants import (
    count_terms,
    find_mixed,
    find_variants,
    terms_of,
    wanted_of,
)

_NAME = re.compile(r"[^\W\d_]{2,}")


class ReadPage(Struct, frozen=True):
    """A page with what its prose says."""

    page: Page
    key: str
    """Digest of what the page was read from."""
    reading: Reading
    load_prose: Callable[[], str]
    """Returns its prose in small letters."""


class Terms:
    """The terms of a site, and how often each page writes them in which way."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        all_terms = terms_of({pair for reading in readings for pair in reading.compounds})
        self.wanted = wanted_of(all_terms)
        self.digest = digest(*sorted(all_terms))

    def count(self, prose: str) -> dict[str, int]:
        """Return how often a page's prose writes each term; those it does not are left out."""
        return count_terms(prose, self.wanted)

    def key(self, of_page: str) -> str:
        """Return the key of a page's counts."""
        return digest(of_page, self.digest)


def proofread(
    config: Config, pages: Sequence[ReadPage], terms: Terms, known: Iterable[str], memo: Memo
) -> dict[str, list[Finding]]:
    """Return what is wrong with the prose of each page, by the page's path.

    Args:
        config: the settings, with the site's own words.
        pages: the pages that were read.
        terms: the terms of all of them.
        known: texts whose words the site knows without being judged: what tools printed, the
            sources of diagrams, the names of files.
        memo: what was counted and guessed before.
    """
    readings = {read.page.path: read.reading for read in pages}
    names = {name for text in known for name in _NAME.findall(text.lower())}
    words = [word for entry in config.words for word in _NAME.findall(entry.text)]
    guesses = memo.recall("guesses", "", "", Guesses) or Guesses()
    found = judge_site(readings, words, names, config.english, guesses)
    if guesses.is_new:
        unknown = {word.text for reading in readings.values() for word in reading.unknown}
        memo.keep("guesses", "", "", guesses.only(unknown))
    for path, finding in _mixed_terms(pages, terms, memo):
        found[path].append(finding)
    return found


def _mixed_terms(
    pages: Sequence[ReadPage], terms: Terms, memo: Memo
) -> Iterator[tuple[str, Finding]]:
    """Yield every place where a term is written in the rarer of two ways, with its page's path."""
    counts = {read.page.path: _counts(read, terms, memo) for read in pages}
    mixed = find_variants((read.reading.compounds for read in pages), counts.values())
    for read in pages:
        present = mixed.keys() & counts[read.page.path].keys()
        if present:
            here = {wrong: mixed[wrong] for wrong in sorted(present)}
            for finding in _found_mixed(read, here, memo):
                yield read.page.path, finding


def _counts(read: ReadPage, terms: Terms, memo: Memo) -> dict[str, int]:
    path, key = read.page.path, terms.key(read.key)
    known = memo.recall("terms", path, key, dict[str, int])
    if known is None:
        known = terms.count(read.load_prose())
        memo.keep("terms", path, key, known)
    return known


def _found_mixed(
    read: ReadPage, here: Mapping[str, tuple[str, int, int]], memo: Memo
) -> tuple[Finding, ...]:
    path, key = read.page.path, digest(read.key, repr(here))
    known = memo.recall("mixed", path, key, tuple[Finding, ...])
    if known is None:
        blocks = find_blocks(read.page.source.text, read.page.body_start)
        known = tuple(find_mixed(blocks, here))
        read.page.let_go()
        memo.keep("mixed", path, key, known)
    return known


def diagnostics_of(
    read: ReadPage, findings: Sequence[Finding], memo: Memo
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a page's prose as diagnostics, in the order of the findings."""
    if not findings:
        return ()
    key = digest(read.key, repr(findings))
    known = memo.recall("prose", read.page.path, key, tuple[Diagnostic, ...])
    if known is None:
        place = read.page.source.place
        known = tuple(
            Diagnostic(f.code, f.message, place(f.start, f.end), f.help) for f in findings
        )
        read.page.let_go()
        memo.keep("prose", read.page.path, key, known)
    return known

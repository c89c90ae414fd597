"""Proofreading a site: every page read once, and what is wrong with the prose of each."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from proofdown.config import Config
from proofdown.content import Page
from proofdown.prose.findings import Finding
from proofdown.prose.judging import judge_site
from proofdown.prose.reading import Reading, read_page
from proofdown.prose.readingcache import ReadingCache, key_of
from proofdown.prose.texts import find_blocks
from proofdown.prose.variants import find_mixed, find_variants

CACHE_FILE = ".proofdown/prose.json"

_NAME = re.compile(r"[^\W\d_]{2,}")


def proofread(
    config: Config, pages: Sequence[Page], known_texts: Iterable[str]
) -> dict[str, list[Finding]]:
    """Return what is wrong with the prose of each page, by the page's path.

    `known_texts` are those whose words the site knows without being judged: what tools printed,
    the sources of diagrams, the names of files. A site in another language than English is not
    read.
    """
    if not config.is_english or not pages:
        return {}
    cache = ReadingCache(config.root / CACHE_FILE)
    keys = {page.path: key_of(page.source.text, page.body_start) for page in pages}
    readings = {
        page.path: cache.load(keys[page.path]) or read_page(page.source.text, page.body_start)
        for page in pages
    }
    names = {name for text in known_texts for name in _NAME.findall(text.lower())}
    words = [word for entry in config.words for word in _NAME.findall(entry.text)]
    guesses = dict(cache.guesses)
    found = judge_site(readings, words, names, config.english, guesses)
    cache.keep({keys[path]: reading for path, reading in readings.items()}, guesses)
    for path, finding in _mixed_terms(pages, readings):
        found[path].append(finding)
    return found


def _mixed_terms(
    pages: Sequence[Page], readings: Mapping[str, Reading]
) -> Iterator[tuple[str, Finding]]:
    """Yield every place where a term is written in the rarer of two ways, with its page's path."""
    texts = {path: reading.text for path, reading in readings.items()}
    mixed = find_variants({path: r.compounds for path, r in readings.items()}, texts)
    for page in pages:
        here = {wrong: right for wrong, right in mixed.items() if wrong in texts[page.path]}
        if here:
            blocks = find_blocks(page.source.text, page.body_start)
            for finding in find_mixed(blocks, here):
                yield page.path, finding

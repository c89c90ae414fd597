"""Rank the sections that match a query, exactly as `theme/static/search.js` does.

All scores are whole numbers, so that the build and every browser compute the same order. A test
compares the two in a real browser.
"""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from proofdown.site.search.entries import KEY_LENGTH, PageEntries
from proofdown.site.search.terms import fold, parts_of, slips_to_prefix, stem, tokens_of

EXACT, SAME_STEM, BEGINS, BEGINS_WITH_STEM, SLIP = 16, 13, 10, 8, 6
"""Factors of a matching term, from one equal to the typed word to one with a typing error."""

FAINTEST = 12
"""A hit is dropped if the best hit scores more than this many times as much."""

LONGEST_QUERY = 12
"""Words of a query that are searched for; the rest is ignored."""

MOST_SECTIONS = 65535
"""Largest number of sections to rank by: its square has to fit the 32 bits of `Math.clz32`."""

Postings = dict[tuple[int, int], int]
"""Page and section → weight."""


class Hit(Struct, frozen=True):
    """A section that matches a query."""

    page: int
    section: int
    score: int


class Index(Struct, frozen=True):
    """An inverted index: the postings of each term."""

    sections: int
    is_english: bool
    by_key: dict[str, dict[str, Postings]] = {}

    @classmethod
    def of(cls, entries: Iterable[PageEntries], *, is_english: bool) -> "Index":
        """Return the index of a site's pages, in their order."""
        by_key: dict[str, dict[str, Postings]] = {}
        count = 0
        for page, entry in enumerate(entries):
            count += entry.sections
            for key, found in entry.terms:
                terms = by_key.setdefault(key, {})
                for item in found.split(" "):
                    term, _, locations = item.partition("=")
                    postings = terms.setdefault(term, {})
                    for location in locations.split(","):
                        section, _, weight = location.partition(":")
                        postings[page, int(section)] = int(weight)
        return cls(min(count, MOST_SECTIONS), is_english, by_key)

    def beginning_with(self, start: str) -> Iterable[tuple[str, Postings]]:
        """Yield the terms that begin with some characters."""
        keys = [start[:KEY_LENGTH]] if len(start) >= KEY_LENGTH else self.by_key
        for key in keys:
            if key.startswith(start[:KEY_LENGTH]):
                for term, postings in self.by_key.get(key, {}).items():
                    if term.startswith(start):
                        yield term, postings


def rank(index: Index, query: str) -> list[Hit]:
    """Return the sections that match a query: the best page first, and its best section first."""
    groups = _groups(index, query)
    scores: dict[tuple[int, int], int] = {}
    covered: dict[tuple[int, int], int] = {}
    whole = 0
    for group in groups:
        # 1 + 2·log2(sections / matches), rounded: the inverse document frequency as a whole number.
        rarity = (index.sections**2 // len(group) ** 2).bit_length()
        whole += rarity
        for location, worth in group.items():
            scores[location] = scores.get(location, 0) + worth * rarity
            covered[location] = covered.get(location, 0) + rarity
    hits = [
        Hit(*location, score * covered[location] ** 2 // whole**2)
        for location, score in scores.items()
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.page, hit.section))
    return _page_by_page([hit for hit in hits if hit.score * FAINTEST >= hits[0].score])


def _page_by_page(hits: list[Hit]) -> list[Hit]:
    """Return hits, which come best first, grouped by page.

    The score of a page is that of its best section plus a quarter of each of the next two.
    """
    worth: dict[int, int] = {}
    seen: Counter[int] = Counter()
    for hit in hits:
        if seen[hit.page] < 3:
            share = hit.score // 4 if seen[hit.page] else hit.score
            worth[hit.page] = worth.get(hit.page, 0) + share
        seen[hit.page] += 1
    return sorted(hits, key=lambda hit: (-worth[hit.page], hit.page, -hit.score, hit.section))


def _groups(index: Index, query: str) -> list[Postings]:
    """Return the postings that match each word of a query, without words that match nothing."""
    tokens = tokens_of(fold(query))[:LONGEST_QUERY]
    found = []
    for number, token in enumerate(tokens):
        is_last = number == len(tokens) - 1
        # A compound such as `qemu.conf` is searched for as a whole first, then by its words.
        words = parts_of(token)
        group = _direct(index, token, is_last=is_last) if words != [token] else {}
        if group:
            found.append(group)
            continue
        for location, word in enumerate(words):
            last = is_last and location == len(words) - 1
            found.append(_direct(index, word, is_last=last) or _misspelt(index, word))
    return [group for group in found if group]


def _direct(index: Index, word: str, *, is_last: bool) -> Postings:
    """Return the postings of a word, of its inflections, and of terms that begin with it."""
    group: Postings = {}
    own_stem = stem(word) if index.is_english else word
    # A short word is a prefix only at the end of the query, where the reader may still be typing.
    may_go_on = len(word) >= 4 or (is_last and (len(word) >= 2 or not word.isascii()))
    for term, postings in index.beginning_with(word[:KEY_LENGTH]):
        factor = 0
        if term == word:
            factor = EXACT
        elif index.is_english and stem(term) == own_stem:
            factor = SAME_STEM
        elif may_go_on and term.startswith(word):
            factor = max(5, BEGINS - (len(term) - len(word)) // 2)
        elif len(own_stem) >= 4 and term.startswith(own_stem):
            factor = BEGINS_WITH_STEM
        if factor:
            _add(group, postings, factor)
    return group


def _misspelt(index: Index, word: str) -> Postings:
    """Return the postings of terms that are one or two typing errors away from a word."""
    # A short word is a slip away from too many others.
    most = 2 if len(word) >= 8 else 1 if len(word) >= 4 else 0
    group: Postings = {}
    # The first letter must be right, so that few terms are compared.
    for term, postings in index.beginning_with(word[:1]) if most else ():
        slips = slips_to_prefix(word, term, most)
        if slips <= most:
            _add(group, postings, SLIP // slips)
    return group


def _add(group: Postings, postings: Postings, factor: int) -> None:
    for location, weight in postings.items():
        group[location] = max(group.get(location, 0), factor * weight)

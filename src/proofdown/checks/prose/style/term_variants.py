"""Find terms in two spellings: with and without hyphens or commas, as one word or as several."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter

from msgspec import Struct

from proofdown.checks.prose.text.blocks import Block
from proofdown.diagnostics import Finding

# `peer-to-peer migration`, but no option, path, URL or variable.
_COMPOUND = re.compile(
    r"(?<![\w./@$#-])([a-z]{2,}(?:-[a-z]+)+)(?![\w@/=(-]|\.\w|:\w)(?:[ \n]+([a-z]{3,}))?",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(
    r"(?<![*\w])([*_])(?P<at>[A-Za-z]+(?: [A-Za-z]+)?, [A-Za-z]+(?: [A-Za-z]+)?)\1(?![*\w])"
)
_MARKS = "\"'()[]{}<>.,;:!?*/|\u201c\u201d\u2018\u2019\ufffc"
_LETTERS = re.compile("[a-z]+")
_PREFIX = 3
"""Letters of a term's second word by which terms are indexed."""
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]")
_MEANS_OTHER = frozenset("re un".split())
_AFTER_NOUN = frozenset(
    "and or the a an in on of to for with is are as at by from that this than then when if but not "
    "was can will be you it its your we has have may must should would which who where also does "
    "into".split()
)


def find_commas(blocks: Sequence[Block]) -> Iterator[Finding]:
    """Yield emphasised terms with a comma that is not in the page's heading."""
    headings = " | ".join(" ".join(b.text.lower().split()) for b in blocks if b.kind == "heading")
    for block in blocks:
        if block.kind == "heading" or "," not in block.raw.text:
            continue
        for found in _EMPHASIS.finditer(block.raw.text):
            plain = found["at"].replace(",", "")
            if re.search(rf"\b{re.escape(plain.lower())}\b", headings):
                message = f"the heading writes `{found['at']}` without its comma"
                start, end = block.raw.span(*found.span("at"))
                yield Finding("term-variant", message, start, end, f"write `{plain}`")


def compounds_of(blocks: Iterable[Block]) -> dict[str, int]:
    """Return how often each compound occurs before each word: `peer-to-peer migration`."""
    counts: Counter[str] = Counter()
    for block in blocks:
        if "-" in block.text:
            for found in _COMPOUND.finditer(block.text):
                after = (found[2] or "").lower()
                counts[f"{found[1].lower()} {'' if after in _AFTER_NOUN else after}"] += 1
    return dict(counts)


def terms_of(compounds: Iterable[str]) -> frozenset[str]:
    """Return every spelling of a site's compounds: hyphenated, as several words, as one word.

    Args:
        compounds: the keys of `compounds_of`, each with the word that follows it.
    """
    found: set[str] = set()
    for pair in compounds:
        compound, _, after = pair.partition(" ")
        found |= {compound, compound.replace("-", "")}
        if after:
            found |= {f"{compound} {after}", f"{compound.replace('-', ' ')} {after}"}
    return frozenset(found)


class TermIndex(Struct, frozen=True):
    """Terms by their first words, each with the runs of letters that it consists of.

    A page looks up its own words in the index, because a page has fewer words than a site has
    terms.
    """

    by_pair: dict[tuple[str, str], list[tuple[str, frozenset[str]]]]
    """Terms of several runs, by the first run and the first letters of the second."""
    by_start: dict[str, list[tuple[str, frozenset[str]]]]
    """Terms of one run, or with a very short second one, by the first."""


def index_of(terms: Iterable[str]) -> TermIndex:
    """Return an index of terms."""
    index = TermIndex(defaultdict(list), defaultdict(list))
    for term in terms:
        runs = _LETTERS.findall(term)
        if len(runs) > 1 and len(runs[1]) >= _PREFIX:
            index.by_pair[runs[0], runs[1][:_PREFIX]].append((term, frozenset(runs)))
        elif runs:
            index.by_start[runs[0]].append((term, frozenset(runs)))
    return index


def count_terms(text: str, index: TermIndex) -> dict[str, int]:
    """Return how often each term occurs in a page's prose, which is given in lower case.

    A term of one or several words counts where it is not part of a longer one. A term with
    hyphens has 0, because `compounds_of` counts it, and so has a term that only occurs in longer
    words.
    """
    if not index.by_pair and not index.by_start:
        return {}
    in_order = _LETTERS.findall(text)
    runs = set(in_order)
    pairs = {(one, after[:_PREFIX]) for one, after in pairwise(in_order)}
    possible = [
        *(found for pair in index.by_pair.keys() & pairs for found in index.by_pair[pair]),
        *(found for start in index.by_start.keys() & runs for found in index.by_start[start]),
    ]
    counts: dict[str, int] = {}
    for term, its_runs in sorted(possible, key=itemgetter(0)):
        is_word = term in its_runs
        # Comparing the sets is cheaper than searching the whole text.
        at = text.find(term) if its_runs <= runs else -1
        while at >= 0:
            end = at + len(term)
            if not _is_letter(text, at - 1) and not (is_word and _is_letter(text, end)):
                counts[term] = counts.get(term, 0) + _counts(term, text, at, end)
            at = text.find(term, at + 1)
    return counts


def _counts(term: str, text: str, at: int, end: int) -> bool:
    """Return whether an occurrence of a term is counted: not hyphenated, not in a longer word."""
    if "-" in term or _is_word(text, at - 1) or _is_word(text, end):
        return False
    return " " in term or (_is_mark(text, at - 1) and _is_mark(text, end))


def _is_letter(text: str, at: int) -> bool:
    return 0 <= at < len(text) and "a" <= text[at] <= "z"


def _is_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")


def _is_mark(text: str, at: int) -> bool:
    """Return whether a word ends at an offset: at a space, a mark, or the end of the text."""
    return not 0 <= at < len(text) or text[at].isspace() or text[at] in _MARKS


def find_variants(
    compounds: Iterable[Mapping[str, int]], terms: Iterable[Mapping[str, int]]
) -> dict[str, tuple[str, int, int]]:
    """Return the rarer spellings of terms that a site spells in two ways.

    Each has the more frequent spelling, and how often the rarer and the more frequent one occur.

    Args:
        compounds: the compounds of each page, counted by `compounds_of`.
        terms: the terms of each page, counted by `count_terms`.
    """
    counts: Counter[str] = Counter()
    for found in compounds:
        counts.update(found)
    others: Counter[str] = Counter()
    for page in terms:
        others.update(page)
    mixed: dict[str, tuple[str, int, int]] = {}
    alone: dict[str, int] = defaultdict(int)
    for pair, count in counts.items():
        compound, _, after = pair.partition(" ")
        alone[compound] += count
        apart = compound.replace("-", " ")
        phrase = f"{apart} {after}"
        if after and apart.split()[0] not in _AFTER_NOUN and others[phrase]:
            _add(mixed, f"{compound} {after}", count, phrase, others[phrase])
    for compound, count in alone.items():
        one = compound.replace("-", "")
        # After `re` and `un` the hyphen makes a difference: `re-sign` is not `resign`.
        if compound.count("-") == 1 and others[one] and compound.split("-")[0] not in _MEANS_OTHER:
            _add(mixed, one, others[one], compound, count)
    return mixed


def _add(mixed: dict[str, tuple[str, int, int]], a: str, n: int, b: str, m: int) -> None:
    """Add the rarer of two spellings as the wrong one; the second if they are equally frequent."""
    wrong, right, few, many = (b, a, m, n) if n >= m else (a, b, n, m)
    mixed[wrong] = (right, few, many)


def find_mixed(
    blocks: Iterable[Block], mixed: Mapping[str, tuple[str, int, int]]
) -> Iterator[Finding]:
    """Yield the places where a page's blocks use the rarer spelling of a term."""
    if not mixed:
        return
    # Longest first, because the first alternative that matches wins.
    patterns = "|".join(
        re.escape(w).replace(r"\ ", r"\s+") for w in sorted(mixed, key=len, reverse=True)
    )
    pattern = re.compile(rf"(?<![\w./-])(?:{patterns})(?![\w/-])", re.IGNORECASE)
    for block in blocks:
        for found in pattern.finditer(block.text):
            shown = " ".join(found[0].split())
            # `re.IGNORECASE` matches letters that `lower` does not change, such as a long s.
            if _INNER_CAPITAL.search(shown) or shown.lower() not in mixed:
                continue
            right, few, many = mixed[shown.lower()]
            start, end = block.read.span(*found.span())
            message = f"`{shown}` is `{right}` elsewhere"
            yield Finding(
                "term-variant", message, start, end, f"the site prefers that {many} to {few}"
            )

"""Proofread one page by itself: a pure function of its text, so that the result can be cached."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from proofdown.checks.prose.lexicon.dictionary import load_dictionary
from proofdown.checks.prose.lexicon.spelling import known, variety
from proofdown.checks.prose.lexicon.suggestions import certain_fix
from proofdown.checks.prose.prefilter import Prefilter, prefilter_of
from proofdown.checks.prose.style.full_stops import find_missing_stops
from proofdown.checks.prose.style.paired_marks import find_mixed_quotes, find_unpaired
from proofdown.checks.prose.style.patterns import find_style
from proofdown.checks.prose.style.repeats_and_articles import find_articles, find_repeats
from proofdown.checks.prose.style.term_variants import compounds_of, find_commas
from proofdown.checks.prose.text.blocks import Block, find_blocks
from proofdown.checks.prose.text.words import find_words, is_name
from proofdown.diagnostics import Finding

# The parts of `XMLHttpRequest`: `XML`, `Http`, `Request`.
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ASCII_LETTERS = re.compile(r"[A-Za-z]{2,}")
"""The same as `_LETTERS`, but faster, for a text in ASCII."""
_SHORTEST = 3
_PIECE = 1 << 14
"""Characters, about, that are searched for words at once."""
_MARKUP = frozenset("*_`[]<>\\~")


class Unknown(Struct, frozen=True, kw_only=True):
    """A word that is in no dictionary. It may still be one of the site's own words."""

    text: str
    start: int
    end: int
    is_name: bool
    """Whether it may be a name, by its capital and its position."""
    is_heading: bool
    fix: str
    """The word that is certainly meant; empty if that is not certain."""


class Regional(Struct, frozen=True, kw_only=True):
    """A word in an American or British spelling."""

    text: str
    start: int
    end: int
    section: str
    """`american`, `british`, or one of the two British spellings: `ize` and `ise`."""


class Reading(Struct, frozen=True, kw_only=True):
    """The words of one page, and the findings that depend on its text alone."""

    unknown: tuple[Unknown, ...]
    regional: tuple[Regional, ...]
    code_words: frozenset[str]
    """Words of the page outside its prose, in lower case: in code, targets, names of files."""
    findings: tuple[Finding, ...]
    compounds: dict[str, int]
    text: str
    """The prose in lower case, which is searched for other spellings of a term."""
    words: int
    """The number of words that were checked."""


def read_page(text: str, body_start: int) -> Reading:
    """Proofread a page, given its whole source. Offsets count from the source's start."""
    blocks = find_blocks(text, body_start)
    unknown: list[Unknown] = []
    regional: list[Regional] = []
    judged: list[tuple[int, int]] = []
    prefilters: list[Prefilter] = []
    count = 0
    for block in blocks:
        prefilter = prefilter_of(block.text)
        prefilters.append(prefilter)
        if prefilter.usual_words is not None:
            count += prefilter.usual_words
            continue
        for word in find_words(block):
            count += 1
            if known(word.text):
                section = variety(word.text)
                if section:
                    start, end = block.read.span(word.start, word.end)
                    regional.append(Regional(text=word.text, start=start, end=end, section=section))
            else:
                start, end = block.read.span(word.start, word.end)
                judged.append((start, end))
                # A word with markup in it, such as `*mis*take`, cannot be replaced as it is.
                fix = certain_fix(word.text) if text[start:end] == word.text else ""
                unknown.append(
                    Unknown(
                        text=word.text,
                        start=start,
                        end=end,
                        is_name=is_name(block, word),
                        is_heading=block.kind == "heading",
                        fix=fix,
                    )
                )
    found = sorted((_with_safe_fix(f, text) for f in _find(blocks, prefilters, text)), key=_order)
    compounds = compounds_of(blocks)
    prose = "\n".join(" ".join(block.text.lower().split()) for block in blocks)
    del blocks, prefilters  # to save memory: those of a long page are many times its text
    return Reading(
        unknown=tuple(unknown),
        regional=tuple(regional),
        code_words=_code_words(text, judged),
        findings=tuple(found),
        compounds=compounds,
        text=prose,
        words=count,
    )


def _order(finding: Finding) -> tuple[int, int, str]:
    return finding.start, finding.end, finding.code


def _with_safe_fix(finding: Finding, text: str) -> Finding:
    """Return a finding with its fix adapted to the source, or without it if markup is there."""
    if finding.fix is None:
        return finding
    start, end = finding.start, finding.end
    if text.startswith("&amp;", start):
        finding = replace(finding, end=start + len("&amp;"))
    elif not _MARKUP.isdisjoint(text[start:end]):
        return replace(finding, fix=None)
    is_glued = finding.code == "ampersand" and text[start - 1 : start].isalnum()
    return replace(finding, fix=f" {finding.fix}") if is_glued else finding


def _find(blocks: Sequence[Block], prefilters: Sequence[Prefilter], text: str) -> Iterator[Finding]:
    for block, prefilter, of_style in zip(blocks, prefilters, find_style(blocks), strict=True):
        yield from of_style
        if prefilter.may_double:
            yield from find_repeats(block)
        if prefilter.has_article:
            yield from find_articles(block)
        yield from find_unpaired(block)
    yield from find_missing_stops(blocks, text)
    yield from find_commas(blocks)
    yield from find_mixed_quotes(blocks)


def _code_words(text: str, judged: Sequence[tuple[int, int]]) -> frozenset[str]:
    """Return the unknown words of a page's source outside the given spans."""
    runs, end = set[str](), 0
    for start, stop in (*judged, (len(text), len(text))):
        while end < start:  # in pieces, because a list of all words of a long page is large
            cut = min(start, text.find("\n", end + _PIECE) + 1 or start)
            piece = text[end:cut]
            runs.update((_ASCII_LETTERS if piece.isascii() else _LETTERS).findall(piece))
            end = cut
        end = stop
    return frozenset().union(*map(_unlisted, runs))


@lru_cache(maxsize=1 << 16)
def _unlisted(run: str) -> frozenset[str]:
    """Return the words in a run of letters that are in no dictionary, in lower case."""
    parts = [] if run.islower() or run.istitle() else _PART.findall(run)
    found = {run.lower(), *(part.lower() for part in parts if len(part) >= _SHORTEST)}
    words = load_dictionary().words
    return frozenset(word for word in found if word not in words)

"""Everything that reading one page finds: a pure function of its text, so that it can be kept."""

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
from proofdown.checks.prose.text.words import Word, find_words, is_name
from proofdown.diagnostics import Finding

_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ASCII_LETTERS = re.compile(r"[A-Za-z]{2,}")
"""The same, and faster, in a text without other letters."""
_SHORTEST = 3
_SOME_LINES = 1 << 14
"""Characters, about, in which words are looked for at once."""
_MARKUP = frozenset("*_`[]<>\\~")


class Unknown(Struct, frozen=True):
    """A word that is in no dictionary; whether the site knows it is seen later."""

    text: str
    start: int
    end: int
    is_name: bool
    """Whether it may be a name by where it stands."""
    is_heading: bool
    fix: str
    """What it is certainly meant to be; empty where that is not certain."""


class Regional(Struct, frozen=True):
    """A word that only some write so."""

    text: str
    start: int
    end: int
    section: str
    """american, british, or one of the two British ways: oxford (-ize) and ise."""


class Reading(Struct, frozen=True):
    """What one page says and what is wrong with it by itself."""

    unknown: tuple[Unknown, ...]
    regional: tuple[Regional, ...]
    code_words: frozenset[str]
    """Words of the page that are no prose, in small letters: code, targets, names of files."""
    findings: tuple[Finding, ...]
    compounds: dict[str, int]
    text: str
    """The prose in small letters, to look for other spellings of a term."""
    words: int
    """How many words were judged."""


def read_page(text: str, body_start: int) -> Reading:
    """Return what reading a page finds; offsets are those of the whole source."""
    blocks = find_blocks(text, body_start)
    unknown: list[Unknown] = []
    regional: list[Regional] = []
    judged: list[tuple[int, int]] = []
    prefilters: list[Prefilter] = []
    count = 0
    for block in blocks:
        possible = prefilter_of(block.text)
        prefilters.append(possible)
        if possible.usual_words is not None:
            count += possible.usual_words
            continue
        for word in find_words(block):
            count += 1
            if known(word.text):
                section = variety(word.text)
                if section:
                    regional.append(Regional(word.text, *_span(block, word), section))
            else:
                span = _span(block, word)
                judged.append(span)
                is_heading = block.kind == "heading"
                fix = certain_fix(word.text) if text[slice(*span)] == word.text else ""
                unknown.append(Unknown(word.text, *span, is_name(block, word), is_heading, fix))
    found = sorted((_sure(f, text) for f in _find(blocks, prefilters, text)), key=_order)
    compounds = compounds_of(blocks)
    prose = "\n".join(" ".join(block.text.lower().split()) for block in blocks)
    del blocks, prefilters  # of a long page these are many times its text
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


def _sure(finding: Finding, text: str) -> Finding:
    """Return a finding whose fix fits the source, in which there may be markup nobody reads."""
    if finding.fix is None:
        return finding
    start, end = finding.start, finding.end
    if text.startswith("&amp;", start):
        finding = replace(finding, end=start + len("&amp;"))
    elif not _MARKUP.isdisjoint(text[start:end]):
        return replace(finding, fix=None)
    is_glued = finding.code == "ampersand" and text[start - 1 : start].isalnum()
    return replace(finding, fix=f" {finding.fix}") if is_glued else finding


def _span(block: Block, word: Word) -> tuple[int, int]:
    return block.read.span(word.start, word.end)


def _find(blocks: Sequence[Block], prefilters: Sequence[Prefilter], text: str) -> Iterator[Finding]:
    for block, possible, of_style in zip(blocks, prefilters, find_style(blocks), strict=True):
        yield from of_style
        if possible.may_double:
            yield from find_repeats(block)
        if possible.has_article:
            yield from find_articles(block)
        yield from find_unpaired(block)
    yield from find_missing_stops(blocks, text)
    yield from find_commas(blocks)
    yield from find_mixed_quotes(blocks)


def _code_words(text: str, judged: Sequence[tuple[int, int]]) -> frozenset[str]:
    """Return the unknown words of a page that stand where nobody judges them."""
    runs, end = set[str](), 0
    for start, stop in (*judged, (len(text), len(text))):
        while end < start:  # some lines at once: a list of all words of a long page is large
            cut = min(start, text.find("\n", end + _SOME_LINES) + 1 or start)
            piece = text[end:cut]
            runs.update((_ASCII_LETTERS if piece.isascii() else _LETTERS).findall(piece))
            end = cut
        end = stop
    return frozenset().union(*map(_unlisted, runs))


@lru_cache(maxsize=1 << 16)
def _unlisted(run: str) -> frozenset[str]:
    """Return the words in a run of letters that are in no dictionary, in small letters."""
    parts = [] if run.islower() or run.istitle() else _PART.findall(run)
    found = {run.lower(), *(part.lower() for part in parts if len(part) >= _SHORTEST)}
    words = load_dictionary().words
    return frozenset(word for word in found if word not in words)

"""A text skimmed, chunk by chunk: what most texts do not have need not be looked for in them.

A chunk is what stands between two spaces. Most chunks of a site have been seen before, so what can
be told from a chunk alone is remembered. It decides what is tried on a text, never what is found.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from proofdown.checks.prose.lexicon.spelling import known, variety
from proofdown.checks.prose.text.words import words_of_chunk

_FIRST_LETTERS = re.compile(r"[^\W\d_]*")
_ARTICLES = frozenset(("a", "an"))


class Prefilter(NamedTuple):
    """What a text may have."""

    usual_words: int | None
    """How many words it has; None where one is unknown, or only some write it so."""
    may_double: bool
    """Whether a word may stand twice in a row."""
    has_article: bool
    """Whether there is an *a* or *an* before a space."""


class _Chunk(NamedTuple):
    words: int
    """How many words it has; -1 where one of them is not usual."""
    first: str
    """The letters that it begins with, in small letters."""
    last: str
    """The letters that it ends with, in small letters."""


def prefilter_of(text: str) -> Prefilter:
    """Return what a text may have, of words, doubled words and articles."""
    count, before, is_usual, has_article = 0, "", True, False
    # Patterns put these two letters in small ones otherwise than `lower` does.
    may_double = "\u0130" in text or "\u03a3" in text
    for words, first, last in map(_look_at, text.split()):
        if words < 0:
            is_usual = False
        count += words
        if before:
            if first == before:
                may_double = True
            if before in _ARTICLES:
                has_article = True
        before = last
    return Prefilter(count if is_usual else None, may_double, has_article)


@lru_cache(maxsize=1 << 16)
def _look_at(chunk: str) -> _Chunk:
    words = [word.text for word in words_of_chunk(chunk, 0)]
    is_usual = not any(not known(word) or variety(word) for word in words)
    first = _FIRST_LETTERS.match(chunk)
    last = _FIRST_LETTERS.match(chunk[::-1])  # a search for the end would begin at each letter
    count = len(words) if is_usual else -1
    if chunk.islower() and chunk.isalpha():
        return _Chunk(count, chunk, chunk)  # no copies of the commonest, which take memory
    return _Chunk(count, first[0].lower() if first else "", last[0][::-1].lower() if last else "")

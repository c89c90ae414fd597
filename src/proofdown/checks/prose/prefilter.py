"""A cached prefilter: decides per chunk which rules can find anything in a text.

A chunk is the text between two spaces. Most chunks of a site occur many times, so what a chunk
alone determines is cached. The prefilter only skips rules; it never changes what they find.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from proofdown.checks.prose.lexicon.spelling import known, variety
from proofdown.checks.prose.text.words import words_of_chunk

_FIRST_LETTERS = re.compile(r"[^\W\d_]*")
_ARTICLES = frozenset(("a", "an"))


class Prefilter(NamedTuple):
    """What a text may contain."""

    usual_words: int | None
    """The number of words; None if one is unknown or is an American or British spelling."""
    may_double: bool
    """Whether a word may occur twice in a row."""
    has_article: bool
    """Whether there is an *a* or *an* before a space."""


class _Chunk(NamedTuple):
    words: int
    """The number of words; -1 if one of them is unknown or regional."""
    first: str
    """The letters that it begins with, in lower case."""
    last: str
    """The letters that it ends with, in lower case."""


def prefilter_of(text: str) -> Prefilter:
    """Return whether a text may contain unknown words, doubled words and articles."""
    count, before, is_usual, has_article = 0, "", True, False
    # `re.IGNORECASE` folds these two letters in another way than `lower` does.
    may_double = "\u0130" in text or "\u03a3" in text
    for words, first, last in map(_scan, text.split()):
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
def _scan(chunk: str) -> _Chunk:
    words = [word.text for word in words_of_chunk(chunk, 0)]
    is_usual = not any(not known(word) or variety(word) for word in words)
    first = _FIRST_LETTERS.match(chunk)
    # Reversed, because a search for letters at the end is tried at each position.
    last = _FIRST_LETTERS.match(chunk[::-1])
    count = len(words) if is_usual else -1
    if chunk.islower() and chunk.isalpha():
        return _Chunk(count, chunk, chunk)  # most chunks; no copies, to save memory
    return _Chunk(count, first[0].lower() if first else "", last[0][::-1].lower() if last else "")

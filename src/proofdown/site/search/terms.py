"""Split a text into search terms, by the same rules as `theme/static/search.js`.

A term is a word in lower case without accents, or a compound such as `--undefinesource`,
`vir_migrate_tunnelled` or `qemu.conf`. Compounds are found by their words too. Text in languages
without spaces between words is split into pairs of characters.
"""

import re
from collections import Counter
from functools import lru_cache
from unicodedata import category, normalize

LONGEST_TERM = 64
"""Longest compound that is a term, in characters: readers do not search for pasted data."""

# Such as `--p2p`, `vir_migrate`, `qemu.conf` and `don't`; `a--b` has no option `--b` in it.
_TOKEN = re.compile(r"(?:(?<![^\W_])--?)?[^\W_]+(?:[-_.:/@+#'’]{1,3}[^\W_]+)*")
_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s(?![^\W_])")
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+)"
)

ENDINGS: tuple[tuple[tuple[str, str, int], ...], ...] = (
    (
        ("ies", "y", 2),
        ("us", "us", 0),
        ("ss", "ss", 0),
        ("is", "is", 0),
        ("s", "", 3),
    ),
    (
        ("ied", "y", 2),
        ("ing", "", 3),
        ("ed", "", 3),
        ("ion", "", 4),
        ("able", "", 4),
        ("ly", "", 4),
        ("e", "", 3),
    ),
)
"""English endings, removed in two steps: ending, replacement, least letters before the ending.

In each step, the first that matches is used. The index contains this table, so that browsers use
the same one.
"""


def fold(text: str) -> str:
    """Return a text in lower case, without accents and without the possessive `'s`."""
    if not text.isascii():
        text = "".join(c for c in normalize("NFKD", text) if category(c)[0] != "M")
    return _POSSESSIVE.sub("", text.lower())


def tokens_of(text: str) -> list[str]:
    """Return the words and compounds of a folded text in order."""
    return _TOKEN.findall(text)


def parts_of(token: str) -> list[str]:
    """Return the words of a token; pairs of characters in languages without spaces."""
    found: list[str] = []
    for word in _WORD.findall(token):
        # `split` with a group puts the runs that match at the odd positions.
        for number, run in enumerate(_UNSPACED.split(word)):
            if number % 2 and len(run) > 1:
                found += (run[i : i + 2] for i in range(len(run) - 1))
            elif run:
                found.append(run)
    return found


def count_terms(text: str) -> tuple[dict[str, int], int]:
    """Return how often each term occurs in a text, and how many words the text has."""
    counts: dict[str, int] = {}
    length = 0
    for chunk, count in Counter(text.split()).items():
        terms, tokens = _terms_in(chunk)
        length += tokens * count
        for term in terms:
            counts[term] = counts.get(term, 0) + count
    return counts, length


@lru_cache(maxsize=1 << 15)
def _terms_in(chunk: str) -> tuple[tuple[str, ...], int]:
    """Return the terms in a text without spaces, and the number of its words."""
    # Cached because tokens never span spaces and most chunks of a site occur again and again.
    tokens = tokens_of(fold(chunk))
    return tuple(term for token in tokens for term in terms_of(token)), len(tokens)


def terms_of(token: str) -> tuple[str, ...]:
    """Return the terms that a token is found by: its words, and the token if it is a compound."""
    parts = parts_of(token)
    is_kept = len(token) <= LONGEST_TERM and parts != [token] and _UNSPACED.search(token) is None
    return (*parts, token) if is_kept else tuple(parts)


def stem(word: str) -> str:
    """Return the stem of an English word: `migrat` for `migrations` and for `migrating`."""
    for step in ENDINGS:
        for ending, instead, least in step:
            if word.endswith(ending) and len(word) - len(ending) >= least:
                word = word[: len(word) - len(ending)] + instead
                break
    # Endings often double the letter before them: `running`.
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def slips_to_prefix(word: str, term: str, most: int) -> int:
    """Return the edit distance from a word to the nearest prefix of a term.

    An edit is an extra, missing, wrong or transposed letter (optimal string alignment).

    Args:
        word: the typed word.
        term: the term that may have been meant.
        most: the largest distance of interest; larger ones are returned as `most + 1`.
    """
    before: list[int] = []
    row = list(range(len(term) + 1))
    for i, letter in enumerate(word, 1):
        above, row = row, [i]
        for j, other in enumerate(term, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == term[j - 2] and word[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        # No later row can have a smaller minimum.
        if min(row) > most:
            return most + 1
        before = above
    # The minimum, not the last cell, because a prefix of the term may match.
    return min(row)

"""Text → the terms by which it is found; the same rules as in `theme/static/search.js`.

A term is a word in lower case without accents, or something longer that belongs together:
`--undefinesource`, `vir_migrate_tunnelled`, `qemu.conf`. What is longer is found by its words too.
Languages that put no spaces between words are found by pairs of characters.
"""

import re
from collections import Counter
from functools import lru_cache
from unicodedata import category, normalize

LONGEST_TERM = 64
"""Characters of the longest term that is kept whole; data pasted into a page is not looked up."""

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
"""English endings, taken off in two steps: ending, what stands in its place, letters left before.

The first that fits is used. The browser gets this table with the index, so both agree.
"""


def fold(text: str) -> str:
    """Return a text in lower case, without accents and without the possessive `'s`."""
    if not text.isascii():
        text = "".join(c for c in normalize("NFKD", text) if category(c)[0] != "M")
    return _POSSESSIVE.sub("", text.lower())


def tokens_of(text: str) -> list[str]:
    """Return the words of a folded text in order, each with what is joined to it."""
    return _TOKEN.findall(text)


def parts_of(token: str) -> list[str]:
    """Return the words that a token is made of; pairs of characters where words have no spaces."""
    found: list[str] = []
    for word in _WORD.findall(token):
        for number, run in enumerate(_UNSPACED.split(word)):
            if number % 2 and len(run) > 1:
                found += (run[i : i + 2] for i in range(len(run) - 1))
            elif run:
                found.append(run)
    return found


def count_terms(text: str) -> tuple[dict[str, int], int]:
    """Return how often each term is in a text, and how many words the text has."""
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
    """Return the terms in what stands between two spaces, and of how many words they are.

    No word goes on behind a space, and most of what stands between two has been seen before.
    """
    tokens = tokens_of(fold(chunk))
    return tuple(term for token in tokens for term in terms_of(token)), len(tokens)


def terms_of(token: str) -> tuple[str, ...]:
    """Return the terms that a token is found by: its words, and itself."""
    parts = parts_of(token)
    is_kept = len(token) <= LONGEST_TERM and parts != [token] and _UNSPACED.search(token) is None
    return (*parts, token) if is_kept else tuple(parts)


def stem(word: str) -> str:
    """Return an English word without its ending: `migrat` of `migrations` and of `migrating`."""
    for step in ENDINGS:
        for ending, instead, least in step:
            if word.endswith(ending) and len(word) - len(ending) >= least:
                word = word[: len(word) - len(ending)] + instead
                break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def slips_to_prefix(word: str, term: str, most: int) -> int:
    """Return how many slips of the pen lead from a word to a beginning of a term.

    A slip is a letter too many, too few, wrong, or changed over with the next one.

    Args:
        word: what was typed.
        term: what may have been meant.
        most: the largest number of interest; anything above comes back as `most + 1`.
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
        if min(row) > most:
            return most + 1
        before = above
    return min(row)

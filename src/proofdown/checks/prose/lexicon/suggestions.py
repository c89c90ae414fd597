"""Suggest what a word that is in no dictionary was meant to be.

A slip is a letter missing, added or replaced, or two neighbours swapped.
"""

import re
from collections.abc import Container, Iterable
from functools import cache, lru_cache

from msgspec import Struct

from proofdown.checks.prose.lexicon.dictionary import Dictionary, load_dictionary
from proofdown.checks.prose.lexicon.spelling import with_capitals_of

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST_FAR = 4
"""Letters of the shortest word for which words two slips away are suggested."""
_NAME = 6
"""Letters of the shortest word with a capital that may be misspelt instead of a name."""
_CERTAIN = 7
"""Letters of the shortest word whose correction, one slip away, can be certain."""
_LONG = 9
"""Letters of the shortest lower-case word that is recognised in spite of two slips."""
_LONGEST = 40
"""Letters of the longest word that gets suggestions. Longer ones are not words."""
MOST_GUESSES = 3
_DOUBLED = re.compile(r"(.)\1")


class Suggestions(Struct):
    """A cache of the suggestions for words."""

    suggestions: dict[str, tuple[str, ...]] = {}
    near: dict[str, bool] = {}
    is_new: bool = False
    """Whether suggestions were added since it was loaded."""

    def of(self, word: str) -> tuple[str, ...]:
        """Return suggestions for an unknown word, the most likely first."""
        if word not in self.suggestions:
            self.suggestions[word] = suggest(word)
            self.is_new = True
        return self.suggestions[word]

    def is_near(self, word: str) -> bool:
        """Return whether what may be a name is a slip away from a usual word or a known name."""
        if word not in self.near:
            self.near[word] = is_near_known(word)
            self.is_new = True
        return self.near[word]

    def only(self, words: Container[str]) -> "Suggestions":
        """Return the suggestions for these words only."""
        suggestions = {word: found for word, found in self.suggestions.items() if word in words}
        return Suggestions(
            suggestions, {word: is_near for word, is_near in self.near.items() if word in words}
        )


def suggest(word: str) -> tuple[str, ...]:
    """Return suggestions for an unknown word, the most likely first."""
    lower = word.lower()
    dictionary = load_dictionary()
    if lower in dictionary.fixes:
        return (with_capitals_of(word, dictionary.fixes[lower]),)
    if lower.capitalize() in dictionary.words:
        return (lower.capitalize(),)
    near = _ranked(lower, _edits(lower))
    # Only if nothing is nearer, because a word has thousands of far edits.
    if not near and len(lower) >= _SHORTEST_FAR:
        near = _ranked(lower, _far_edits(lower))
    return tuple(dict.fromkeys(with_capitals_of(word, w) for w in near))[:MOST_GUESSES]


def suggest_own(word: str, own: frozenset[str]) -> tuple[str, ...]:
    """Return one of the site's own words that is a slip away, if there is one."""
    return tuple(sorted(_edits(word.lower()) & own))[:1]


@lru_cache(maxsize=1 << 12)
def certain_fix(word: str) -> str:
    """Return the certain correction of a misspelt word; empty if it is not certain.

    A correction is certain for a known misspelling, and for a long lower-case word that is a usual
    slip (a letter missing or doubled, or two swapped) away from a usual word, and from no other.
    """
    dictionary = load_dictionary()
    fixed = dictionary.fixes.get(word.lower())
    if fixed:
        return with_capitals_of(word, fixed)
    # A short word is near many others, and one with a capital may be a name.
    if len(word) < _CERTAIN or not word.islower() or not word.isascii():
        return ""
    # `filter` with a method of the set runs in C; a word has hundreds of edits.
    found = list(filter(dictionary.listed.__contains__, _edits(word)))
    best = found[0] if len(found) == 1 else ""
    return best if best in dictionary.usual and _is_slip(word, best) else ""


def is_near_known(word: str) -> bool:
    """Return whether what may be a name is a slip away from a usual word or a known name."""
    lower = word.lower()
    if len(lower) < _NAME or not word.isascii():
        return False
    dictionary = load_dictionary()
    names, usual = _names(), dictionary.usual_or_terms
    for near in _edits(lower):
        is_name = near in names
        if not is_name and near not in usual:
            continue
        # A name rarely has a slip in its first letter, and a plural is none.
        if near[:1] != lower[0] or lower.rstrip("s") == near.rstrip("s"):
            continue
        if is_name or len(lower) > _CERTAIN or _is_slip(lower, near):
            return True
    if not word.islower() or len(word) < _LONG:
        return False
    return not _common_words().isdisjoint(_far_edits(lower))


@cache
def _names() -> frozenset[str]:
    """Return the names among the usual words and the software terms, in lower case."""
    dictionary = load_dictionary()
    both = (*dictionary.usual, *dictionary.terms)
    return frozenset(w.lower() for w in both if w == w.lower().capitalize())


@cache
def _common_words() -> frozenset[str]:
    return frozenset(load_dictionary().common)


def _is_slip(wrong: str, right: str) -> bool:
    """Return whether a word differs from another by a usual slip.

    A letter is missing or doubled, two are swapped, or a long word has one letter too many.
    """
    if len(wrong) == len(right):
        return sum(a != b for a, b in zip(wrong, right, strict=True)) == 2
    if len(wrong) < len(right):
        return right[0] == wrong[0] and not right.startswith(wrong)
    is_long = len(wrong) >= _LONG
    doubles = (i for i in range(1, len(wrong)) if is_long or wrong[i] == wrong[i - 1])
    return any(wrong[:i] + wrong[i + 1 :] == right for i in doubles)


def _edits(word: str) -> set[str]:
    """Return the texts one slip away: a letter removed, two swapped, one added, one replaced."""
    if len(word) > _LONGEST:
        return set()
    found = {*_deletions(word), *_swaps(word)}
    for i in range(len(word) + 1):
        head, tail, rest = word[:i], word[i:], word[i + 1 :]
        found.update([head + letter + tail for letter in _LETTERS])
        if tail:
            found.update([head + letter + rest for letter in _LETTERS])
    return found


def _deletions(word: str) -> list[str]:
    """Return a word without each one of its letters."""
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _swaps(word: str) -> list[str]:
    """Return a word with each two neighbouring letters swapped."""
    return [word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :] for i in range(1, len(word))]


def _far_edits(word: str) -> set[str]:
    """Return the texts two slips away, except those with two new letters."""
    far: set[str] = set()
    if len(word) > _LONGEST:
        return far
    for edit in _edits(word):
        far.update(_swaps(edit))
    # The order of slips does not matter, so one deletion is tried before all others.
    for shorter in set(_deletions(word)):
        far |= _edits(shorter)
    return far


def _ranked(word: str, edits: Iterable[str]) -> list[str]:
    dictionary = load_dictionary()
    found = filter(dictionary.listed.__contains__, edits)
    return sorted(found, key=lambda w: (_distance(word, w, dictionary), w))


def _distance(wrong: str, right: str, dictionary: Dictionary) -> float:
    """Return the distance of a suggestion: rarer words and less usual slips are further."""
    far = 0.0 if right in dictionary.common else 2.0 if right in dictionary.usual else 4.0
    if wrong[:1] != right[:1]:
        far += 2
    if sorted(wrong) == sorted(right):
        far -= 1
    elif len(wrong) == len(right):
        far += 1
    elif _DOUBLED.sub(r"\1", wrong) == _DOUBLED.sub(r"\1", right):
        far -= 1
    return far

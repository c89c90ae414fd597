"""Decide whether a word is English, with inflections and prefixes, and in which variety."""

import re
from functools import lru_cache

from proofdown.checks.prose.lexicon.dictionary import load_dictionary

_PREFIXES = (
    "anti auto counter hyper inter intra macro meta micro mid mini multi non post pre pseudo re "
    "self semi sub super un"
).split()
_LOOSE_PREFIXES = ("mis", "out", "over", "under")
"""Prefixes that also begin unrelated words, so that only a long stem counts."""
_STEM, _LONG_STEM = 5, 8
"""The fewest letters of a stem after a prefix, or before an ending."""
_PLURAL = re.compile(r"(?:ing|ion|ment|ness|er|or|ism|ist|ant|ure)s$")
_SIBILANT = re.compile(r"(?:ch|sh|ss|x)es$")
_ADVERB = re.compile(r"(?:ive|al|ar|ous|ed|ing)ly$")
# `organisation`, but not `wise`, which has too few letters before the ending.
_ISE = re.compile(r"(?<=\w{3})is(e|es|ed|ing|er|ers|ation|ations|able|ational)$")
_REGIONAL = (
    ("our", "or"),
    ("is", "iz"),
    ("ys", "yz"),
    ("re", "er"),
    ("ogue", "og"),
    ("ae", "e"),
    ("oe", "e"),
    ("ence", "ense"),
    ("ll", "l"),
    ("grey", "gray"),
)
"""British letters, and the American ones in their place."""


@lru_cache(maxsize=1 << 16)
def known(word: str) -> bool:
    """Return whether a word is English or a software term."""
    word = word.replace("\u2019", "'")
    if word.lower() in load_dictionary().fixes:
        return False
    return is_listed(word) or _is_derived(word)


def is_listed(word: str) -> bool:
    """Return whether a word is in the dictionary as it is. A name needs its capital."""
    dictionary = load_dictionary()
    lower = word.lower()
    if lower in dictionary.listed:
        return True
    if word == lower:
        return False
    name = lower.capitalize() if word[0].isupper() else word
    return word in dictionary.listed or name in dictionary.listed


def _is_derived(word: str) -> bool:
    """Return whether a word is derived from a listed one, by a prefix or an ending."""
    if word.endswith(("'s", "s'")):
        return known(word[:-2]) or known(word[:-1])
    if not word.isascii():
        return True  # probably a name or a word of another language, which the lists do not have
    lower = word.lower()
    return "'" not in word and (_has_prefix(lower) or _has_ending(lower))


def _has_prefix(word: str) -> bool:
    usual = load_dictionary().usual
    for prefixes, shortest in ((_PREFIXES, _STEM), (_LOOSE_PREFIXES, _LONG_STEM)):
        stems = (word.removeprefix(prefix) for prefix in prefixes if word.startswith(prefix))
        if any(len(stem) >= shortest and stem in usual for stem in stems):
            return True
    # Examples have names such as `myhost`.
    return word.startswith("my") and len(word) > _STEM and is_listed(word[2:])


def _has_ending(word: str) -> bool:
    dictionary = load_dictionary()
    if len(word) <= _STEM:
        return False
    if (_PLURAL.search(word) and word[:-1] in dictionary.words) or word[:-1] in dictionary.terms:
        return word.endswith("s")
    if _SIBILANT.search(word):
        return word[:-2] in dictionary.usual
    return bool(_ADVERB.search(word)) and word[:-2] in dictionary.words


@lru_cache(maxsize=1 << 16)
def variety(word: str) -> str:
    """Return the variety of a word: american, british, ize or ise; empty if it is of none.

    A word is of a variety only if its other spelling is known too.
    """
    dictionary = load_dictionary()
    lower = word.lower().replace("\u2019", "'").removesuffix("'s")
    if len(lower) <= _STEM and lower.endswith(("ise", "ize")):
        return ""  # `size`, `prize` and `raise` have no other spelling
    if lower in dictionary.american:
        section = "ize" if lower in dictionary.oxford else "american"
    elif lower in dictionary.british:
        is_ise = _ISE.search(lower) and _ISE.sub(r"iz\1", lower) in dictionary.american
        section = "ise" if is_ise else "british"
    else:
        return ""
    return section if _swapped(lower) else ""


def other_spelling(word: str) -> str:
    """Return a word's spelling on the other side of the Atlantic; empty if that is unknown."""
    return with_capitals_of(word, _swapped(word.lower()))


def _swapped(word: str) -> str:
    dictionary = load_dictionary()
    is_american = word in dictionary.american
    others = dictionary.british if is_american else dictionary.american
    for british, american in _REGIONAL:
        here, other = (american, british) if is_american else (british, american)
        for found in re.finditer(here, word):
            swapped = word[: found.start()] + other + word[found.end() :]
            if swapped in others:
                return swapped
    return ""


def with_capitals_of(word: str, right: str) -> str:
    """Return a word with the capitals of the one it replaces."""
    if word.isupper() and len(word) > 1:
        return right.upper()
    return right[:1].upper() + right[1:] if word[:1].isupper() else right

"""The words of English and of software that ship with Proofdown, read once and only when asked."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from msgspec import Struct

COMMON, USUAL = 0, 1
"""Ranks of the words that guesses are made from; rarer ones have none."""


class Dictionary(Struct, frozen=True):
    """The words of English."""

    words: frozenset[str]
    """Every word, in small letters unless it is a name."""
    ranks: dict[str, int]
    """Words that are common or usual."""
    american: frozenset[str]
    """Words that only Americans spell so."""
    british: frozenset[str]
    oxford: frozenset[str]
    """Words in *-ize*, which Americans and some of the British write."""
    terms: frozenset[str]
    """Words of software."""
    fixes: dict[str, str]
    """Known misspellings, each with what is meant."""


@cache
def load_dictionary() -> Dictionary:
    """Return the dictionary."""
    folder = files("proofdown.prose") / "data"
    sections: dict[str, list[str]] = {}
    words: list[str] = []
    for line in _lines((folder / "english.txt").read_text("utf-8")):
        if line[0] == "[":
            words = sections.setdefault(line[1:-1], [])
        else:
            words += line.split()
    terms = [w for line in _lines((folder / "terms.txt").read_text("utf-8")) for w in line.split()]
    pairs = [line.split(": ") for line in _lines((folder / "misspellings.txt").read_text("utf-8"))]
    ranks = {word: USUAL for name in ("american", "british", "usual") for word in sections[name]}
    return Dictionary(
        words=frozenset().union(*sections.values()),
        ranks=ranks | dict.fromkeys(sections["common"], COMMON),
        american=frozenset(sections["american"]),
        british=frozenset(sections["british"]),
        oxford=frozenset(sections["oxford"]),
        terms=frozenset(terms),
        fixes={wrong: right for right, wrongs in pairs for wrong in wrongs.split()},
    )


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if line and line[0] != "#")

"""The words of English and of software that ship with Proofdown, read once and only when asked."""

from functools import cache
from itertools import repeat
from pathlib import Path

from msgspec import Struct

COMMON, USUAL, RARE = 0, 1, 2
"""Ranks of words; guesses are made from those that are not rare."""
_RANKS = {
    "oxford": RARE,
    "rare": RARE,
    "usual": USUAL,
    "british": USUAL,
    "american": USUAL,
    "common": COMMON,
}
"""By section of the list; for a word of several the last of these counts."""


class Dictionary(Struct, frozen=True):
    """The words of English."""

    words: dict[str, int]
    """Every word with its rank, in small letters unless it is a name."""
    american: frozenset[str]
    """Words that only Americans spell so."""
    british: frozenset[str]
    oxford: frozenset[str]
    """Words in *-ize*, which Americans and some of the British write."""
    terms: frozenset[str]
    """Words of software."""
    fixes: dict[str, str]
    """Known misspellings, each with what is meant."""

    def is_usual(self, word: str) -> bool:
        """Return whether a word is listed and not rare."""
        return word in self.words and self.words[word] != RARE


@cache
def load_dictionary() -> Dictionary:
    """Return the dictionary."""
    folder = Path(__file__).parent / "data"
    _, *parts = (folder / "english.txt").read_text("utf-8").split("\n[")
    sections = {name: words.split() for name, _, words in (part.partition("]") for part in parts)}
    words: dict[str, int] = {}
    for name, rank in _RANKS.items():
        words.update(zip(sections[name], repeat(rank)))
    terms = _lines((folder / "terms.txt").read_text("utf-8"))
    pairs = [line.split(": ") for line in _lines((folder / "misspellings.txt").read_text("utf-8"))]
    return Dictionary(
        words=words,
        american=frozenset(sections["american"]),
        british=frozenset(sections["british"]),
        oxford=frozenset(sections["oxford"]),
        terms=frozenset(" ".join(terms).split()),
        fixes={wrong: right for right, wrongs in pairs for wrong in wrongs.split()},
    )


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line and line[0] != "#"]

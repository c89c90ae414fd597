"""The English words and software terms that ship with Proofdown, loaded lazily."""

from collections.abc import Callable, Iterator
from functools import cache

from marisa_trie import Trie
from msgspec import Struct

from proofdown.checks.prose.lexicon import pack


class Words:
    """The set of the words that have at least one of the given marks."""

    def __init__(self, trie: Trie, marks: bytes, mask: int) -> None:
        self._trie, self._marks, self._mask = trie, marks, mask
        # Bound once, because every word of a site is looked up.
        self._number: Callable[[str, int], int] = trie.get

    def __contains__(self, word: str) -> bool:
        number = self._number(word, -1)
        return number >= 0 and self._marks[number] & self._mask != 0

    def __iter__(self) -> Iterator[str]:
        """Yield the words in no particular order."""
        return (w for w, number in self._trie.iteritems() if self._marks[number] & self._mask)


class Dictionary(Struct, frozen=True, kw_only=True):
    """English words, in lower case unless they are names, and software terms."""

    listed: Words
    """All words and terms."""
    words: Words
    """All English words."""
    common: Words
    """The most frequent English words."""
    usual: Words
    """English words that are not rare, including the common ones."""
    american: Words
    """Words in American spelling."""
    british: Words
    """Words in British spelling."""
    oxford: Words
    """Words in *-ize*, which is American spelling and one of the two British ones."""
    terms: Words
    """Software terms."""
    usual_or_terms: Words
    """The usual words and the terms, in one set so that one look-up suffices."""
    fixes: dict[str, str]
    """Known misspellings with their corrections."""


@cache
def load_dictionary() -> Dictionary:
    """Return the dictionary."""
    trie, marks = pack.load_packed()
    pairs = [line.split(": ") for line in pack.lines_of("misspellings.txt")]
    return Dictionary(
        listed=Words(trie, marks, pack.RANKS | pack.TERM),
        words=Words(trie, marks, pack.RANKS),
        common=Words(trie, marks, pack.COMMON),
        usual=Words(trie, marks, pack.COMMON | pack.USUAL),
        american=Words(trie, marks, pack.AMERICAN),
        british=Words(trie, marks, pack.BRITISH),
        oxford=Words(trie, marks, pack.OXFORD),
        terms=Words(trie, marks, pack.TERM),
        usual_or_terms=Words(trie, marks, pack.COMMON | pack.USUAL | pack.TERM),
        fixes={wrong: right for right, wrongs in pairs for wrong in wrongs.split()},
    )

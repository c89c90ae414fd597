"""The words of English and of software that ship with Proofdown, loaded only when asked."""

from collections.abc import Callable, Iterator
from functools import cache

from marisa_trie import Trie
from msgspec import Struct

from proofdown.checks.prose.lexicon import pack


class Words:
    """The words that have one of some marks."""

    def __init__(self, trie: Trie, marks: bytes, wanted: int) -> None:
        self._trie, self._marks, self._wanted = trie, marks, wanted
        self._number: Callable[[str, int], int] = trie.get

    def __contains__(self, word: str) -> bool:
        number = self._number(word, -1)
        return number >= 0 and self._marks[number] & self._wanted != 0

    def __iter__(self) -> Iterator[str]:
        """Yield the words in no order."""
        return (w for w, number in self._trie.iteritems() if self._marks[number] & self._wanted)


class Dictionary(Struct, frozen=True):
    """The words of English, in small letters unless they are names, and those of software."""

    listed: Words
    """Both."""
    words: Words
    """Those of English."""
    common: Words
    usual: Words
    """Those of English that are not rare, the common ones included."""
    american: Words
    """Words that only Americans spell so."""
    british: Words
    oxford: Words
    """Words in *-ize*, which Americans and some of the British write."""
    terms: Words
    """Words of software."""
    usual_or_terms: Words
    fixes: dict[str, str]
    """Known misspellings, each with what is meant."""


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

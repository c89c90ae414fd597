"""The lists of words that ship with Proofdown → one table that is looked up where it lies on disk.

A table is a trie of all words, whose numbers lead to what marks each has. It is packed when a list
was changed (`make words`), and in memory on machines that read such a trie otherwise.
"""

import sys
from pathlib import Path

from marisa_trie import Trie

COMMON, USUAL, RARE, AMERICAN, BRITISH, OXFORD, TERM = (1 << bit for bit in range(7))
"""What a word may be marked as; guesses are made from those that are not rare. In *-ize*, which
Americans and some of the British write, is `OXFORD`; of software is `TERM`."""
RANKS = COMMON | USUAL | RARE
"""Every word of English has one of these."""
_SECTIONS = {
    "oxford": (RARE, OXFORD),
    "rare": (RARE, 0),
    "usual": (USUAL, 0),
    "british": (USUAL, BRITISH),
    "american": (USUAL, AMERICAN),
    "common": (COMMON, 0),
}
"""By section of the list, its rank and its further mark; of several ranks the last counts."""

_FOLDER = Path(__file__).parent / "data"
_TRIE, _MARKS = _FOLDER / "words.trie", _FOLDER / "words.marks"
_IS_USUAL_MACHINE = sys.byteorder == "little" and sys.maxsize > 1 << 32


def read_lists() -> dict[str, int]:
    """Return every word with its marks, as the lists have them."""
    _, *parts = (_FOLDER / "english.txt").read_text("utf-8").split("\n[")
    sections = {name: words.split() for name, _, words in (part.partition("]") for part in parts)}
    marks: dict[str, int] = {}
    for name, (rank, further) in _SECTIONS.items():
        for word in sections[name]:
            marks[word] = marks.get(word, 0) & ~RANKS | rank | further
    for word in " ".join(lines_of("terms.txt")).split():
        marks[word] = marks.get(word, 0) | TERM
    return marks


def lines_of(name: str) -> list[str]:
    """Return the lines of a list, without its comments."""
    text = (_FOLDER / name).read_text("utf-8")
    return [line for line in text.split("\n") if line and line[0] != "#"]


def pack(words: dict[str, int]) -> tuple[Trie, bytes]:
    """Return a trie of words, and the marks of each by its number there."""
    trie = Trie(words)
    marks = bytearray(len(words))
    for word, of_word in words.items():
        marks[trie[word]] = of_word
    return trie, bytes(marks)


def load_packed() -> tuple[Trie, bytes]:
    """Return the table of all lists."""
    if not _IS_USUAL_MACHINE:
        return pack(read_lists())
    trie = Trie()
    trie.mmap(str(_TRIE))
    return trie, _MARKS.read_bytes()


def main() -> None:
    """Pack the lists anew."""
    trie, marks = pack(read_lists())
    trie.save(str(_TRIE))
    _MARKS.write_bytes(marks)


if __name__ == "__main__":
    main()

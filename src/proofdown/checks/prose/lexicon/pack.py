"""Pack the word lists that ship with Proofdown into a table that is memory-mapped.

The table is a trie that gives each word a number, and the marks of each word by its number.
`make words` packs it after a list was changed. The trie's format depends on the machine, so on
uncommon ones the table is packed in memory instead.
"""

import sys
from pathlib import Path

from marisa_trie import Trie

COMMON, USUAL, RARE, AMERICAN, BRITISH, OXFORD, TERM = (1 << bit for bit in range(7))
"""The marks of a word. `OXFORD` are words in *-ize*, which is American spelling and one of the two
British ones; `TERM` are software terms."""
RANKS = COMMON | USUAL | RARE
"""The marks of which every English word has one."""
_SECTIONS = {
    "oxford": (RARE, OXFORD),
    "rare": (RARE, 0),
    "usual": (USUAL, 0),
    "british": (USUAL, BRITISH),
    "american": (USUAL, AMERICAN),
    "common": (COMMON, 0),
}
"""The rank and the further mark of each section of the list. A word in several sections gets the
rank of the last one, so the order matters."""

_FOLDER = Path(__file__).parent / "data"
_TRIE, _MARKS = _FOLDER / "words.trie", _FOLDER / "words.marks"
# The packed trie has the byte order and the word size of the machine that wrote it.
_IS_USUAL_MACHINE = sys.byteorder == "little" and sys.maxsize > 1 << 32


def read_lists() -> dict[str, int]:
    """Return every word of the lists with its marks."""
    _, *parts = (_FOLDER / "english.txt").read_text("utf-8").split("\n[")
    sections = {name: words.split() for name, _, words in (part.partition("]") for part in parts)}
    marks: dict[str, int] = {}
    for name, (rank, further) in _SECTIONS.items():
        for word in sections[name]:
            # A later section replaces the rank and keeps the other marks.
            marks[word] = marks.get(word, 0) & ~RANKS | rank | further
    for word in " ".join(lines_of("terms.txt")).split():
        marks[word] = marks.get(word, 0) | TERM
    return marks


def lines_of(name: str) -> list[str]:
    """Return the lines of a list, without its comments."""
    text = (_FOLDER / name).read_text("utf-8")
    return [line for line in text.split("\n") if line and line[0] != "#"]


def pack(words: dict[str, int]) -> tuple[Trie, bytes]:
    """Return a trie of words, and the marks of each word by its number in the trie."""
    trie = Trie(words)
    marks = bytearray(len(words))
    for word, of_word in words.items():
        marks[trie[word]] = of_word
    return trie, bytes(marks)


def load_packed() -> tuple[Trie, bytes]:
    """Load the table: the trie and the marks."""
    if not _IS_USUAL_MACHINE:
        return pack(read_lists())
    trie = Trie()
    trie.mmap(str(_TRIE))
    return trie, _MARKS.read_bytes()


def main() -> None:
    """Pack the lists into the files that ship with Proofdown."""
    trie, marks = pack(read_lists())
    trie.save(str(_TRIE))
    _MARKS.write_bytes(marks)


if __name__ == "__main__":
    main()

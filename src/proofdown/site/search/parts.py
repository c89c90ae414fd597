"""Write the search index as files that browsers load on demand.

    search/index.js     the number of sections, and which file contains what
    search/w-HASH.js    terms by their first characters, each with its postings; terms of a single
                        letter are in separate files, because a reader types one letter first
    search/s-HASH.js    the same terms without postings, to look up misspelt words
    search/t-HASH.js    titles, headings and texts of some pages, or of a part of a long page

They are scripts because browsers load no other data from `file:` URLs. The name of a file is a
hash of its content, so that a page with an older index never loads files of a newer one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from proofdown.site.search.batches import Batch
from proofdown.site.search.entries import CARD_SIZE, KEY_LENGTH
from proofdown.site.search.terms import ENDINGS

SEARCH_FOLDER = "search/"

PART_SIZE = 20_000
"""Approximate number of characters of terms in one file; about 6 KiB compressed."""

_TERM = re.compile(r" ([^=]++)=")


def search_files(batches: Iterable[Batch], *, is_english: bool) -> Iterator[tuple[str, str]]:
    """Yield address and content of each file of the search index.

    Batches come in the order of the site. They are consumed one by one, and only their terms stay
    in memory.
    """
    index = _Index()
    for batch in batches:
        yield from index.add(batch)
    yield from index.finish(ENDINGS if is_english else [])


class _Index:
    """Index of the pages added so far."""

    def __init__(self) -> None:
        self.sections = 0
        self.lines: dict[str, bytearray] = {}
        """First characters of terms → a line for each page with such terms."""
        self.cards, self.size = list[str](), 0
        """The texts that are in no file yet."""
        self.first = (0, 0)
        """Page and section of the first of them."""
        self.texts: list[tuple[int, int, str]] = []
        """The files of texts: page and section of the first text, and name of the file."""
        self.spellings: list[str] = []
        """All terms that a misspelt word may stand for, in order."""

    def add(self, batch: Batch) -> Iterator[tuple[str, str]]:
        """Add some pages; yield the files of texts that are full."""
        for page, section, card in batch.cards:
            if self.cards and self.size + len(card) > CARD_SIZE:
                yield self._cut()
            if not self.cards:
                self.first = (page, section)
            self.cards.append(card)
            self.size += len(card)
        for key, lines in batch.terms.items():
            self.lines.setdefault(key, bytearray()).extend(lines.encode())
        self.sections += batch.sections

    def finish(self, endings: Sequence[Any]) -> Iterator[tuple[str, str]]:
        """Yield the remaining texts, the terms, and the file that lists all files."""
        if self.cards:
            yield self._cut()
        about: dict[str, Any] = {
            "sections": self.sections,
            "endings": endings,
            "letters": [],
            "words": [],
            "terms": [],
            "texts": self.texts,
        }
        keys = sorted(self.lines)
        for field, kind, parts in (
            ("letters", "w", self._word_parts(key for key in keys if len(key) == 1)),
            ("words", "w", self._word_parts(key for key in keys if len(key) > 1)),
            ("terms", "s", self._spelling_parts()),
        ):
            for first, text in parts:
                name = _name(kind, text)
                about[field].append((first, name))
                yield SEARCH_FOLDER + name, _script("part", name, text)
        yield SEARCH_FOLDER + "index.js", _script("index", about)

    def _cut(self) -> tuple[str, str]:
        name = _name("t", "\n".join(self.cards))
        self.texts.append((*self.first, name))
        part = f"proofdownSearch.part({json.dumps(name)},[{','.join(self.cards)}]);\n"
        self.cards, self.size = [], 0
        return SEARCH_FOLDER + name, part

    def _word_parts(self, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the first key and the lines of each file of terms."""
        first, lines, size = "", list[str](), 0
        for key in keys:
            # `pop` frees the memory of each group as it is written.
            of_key = self.lines.pop(key).decode()
            # Typing errors are forgiven only in words of four letters or more, and not in options.
            if len(key) == KEY_LENGTH and key[0] != "-":
                self.spellings += sorted(set(_TERM.findall(of_key)))
            added = len(of_key) - of_key.count("\n")
            if lines and size + added > PART_SIZE:
                yield first, "".join(lines)[:-1]
                lines, size = [], 0
            first = key if not lines else first
            lines.append(of_key)
            size += added
        if lines:
            yield first, "".join(lines)[:-1]

    def _spelling_parts(self) -> Iterator[tuple[str, str]]:
        """Yield the first term and all terms of each file of spellings."""
        start, size = 0, 0
        for number, term in enumerate(self.spellings):
            if size + len(term) > PART_SIZE:
                yield self.spellings[start], " ".join(self.spellings[start:number])
                start, size = number, 0
            size += len(term) + 1
        if self.spellings:
            yield self.spellings[start], " ".join(self.spellings[start:])


def _name(kind: str, text: str) -> str:
    return f"{kind}-{sha256(text.encode()).hexdigest()[:10]}.js"


def _script(call: str, *values: Any) -> str:
    text = ",".join(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values
    )
    return f"proofdownSearch.{call}({text});\n"

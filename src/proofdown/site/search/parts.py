"""What search knows of all pages → the files that browsers load, part by part, as they need them.

    search/index.js     how many sections there are, and which part holds what
    search/w-HASH.js    terms, by their first characters, each with its places; those of a single
                        letter apart, because they are what a reader types first
    search/s-HASH.js    the same terms alone, in which a word with a slip is looked for
    search/t-HASH.js    titles, headings and texts of some pages, or of a stretch of a long one

They are scripts, because nothing else can be loaded when a site is read from a disk. A part's name
is made from what it holds: a page that knows an older index never gets parts of a newer one.
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
"""Characters of a part of terms, about; some 6 KiB on the wire."""

_TERM = re.compile(r" ([^=]++)=")


def search_files(batches: Iterable[Batch], *, is_english: bool) -> Iterator[tuple[str, str]]:
    """Yield the files of the search index with their addresses, for pages in the order of the site.

    Batches are taken one after the other, and of those before only the terms are held.
    """
    index = _Index()
    for batch in batches:
        yield from index.add(batch)
    yield from index.finish(ENDINGS if is_english else [])


class _Index:
    """What is known of the pages so far."""

    def __init__(self) -> None:
        self.sections = 0
        self.lines: dict[str, bytearray] = {}
        """By the first characters of terms: a line for each page that has some."""
        self.cards, self.size = list[str](), 0
        """The texts that are in no part yet."""
        self.first = (0, 0)
        """Page and section with which they begin."""
        self.texts: list[tuple[int, int, str]] = []
        """The parts of texts: page and section with which each begins, and name."""
        self.spellings: list[str] = []
        """All terms that a word with a slip may be meant for, in order."""

    def add(self, batch: Batch) -> Iterator[tuple[str, str]]:
        """Take in some pages; yield the parts of texts that are then full."""
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
        """Yield the texts that are left, the terms, and the file that tells what is where."""
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
        """Yield terms in parts: what the first ones begin with, and the lines."""
        first, lines, size = "", list[str](), 0
        for key in keys:
            of_key = self.lines.pop(key).decode()
            if len(key) == KEY_LENGTH and key[0] != "-":  # a slip is looked for in longer words
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
        """Yield the terms alone in parts: the first of each, and all of them."""
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

"""What search knows of all pages → the files that browsers load, part by part, as they need them.

    search/index.js     how many sections there are, and which part holds what
    search/w-HASH.js    terms, by their first characters
    search/t-HASH.js    titles, headings and texts of some pages

They are scripts, because nothing else can be loaded when a site is read from a disk. A part's name
is made from what it holds: a page that knows an older index never gets parts of a newer one.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from proofdown.search.entries import PageEntries
from proofdown.search.terms import ENDINGS

SEARCH_FOLDER = "search/"

PART_SIZE = 20_000
"""Characters of a part, about; some 6 KiB on the wire."""


def search_files(entries: Sequence[PageEntries], *, is_english: bool) -> dict[str, str]:
    """Return the files of the search index by address, for pages in the order of the site."""
    words = [(keys[0], _part("w", lines)) for keys, lines in _word_parts(entries)]
    texts = [(first, _part("t", cards)) for first, cards in _text_parts(entries)]
    about = {
        "sections": sum(entry.sections for entry in entries),
        "endings": ENDINGS if is_english else [],
        "words": [[key, name] for key, (name, _) in words],
        "texts": [[first, name] for first, (name, _) in texts],
    }
    files = {"index.js": _script("index", about)}
    files |= {name: text for _, (name, text) in (*words, *texts)}
    return {SEARCH_FOLDER + name: text for name, text in files.items()}


def _word_parts(entries: Iterable[PageEntries]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the terms in parts: the first characters in each, and its lines, one a page and key."""
    by_key: dict[str, list[str]] = {}
    for page, entry in enumerate(entries):
        for key, found in entry.terms:
            by_key.setdefault(key, []).append(f"{page} {found}")
    keys: list[str] = []
    lines: list[str] = []
    size = 0
    for key in sorted(by_key):
        added = sum(map(len, by_key[key]))
        if keys and size + added > PART_SIZE:
            yield keys, lines
            keys, lines, size = [], [], 0
        keys.append(key)
        lines += by_key[key]
        size += added
    if keys:
        yield keys, lines


def _text_parts(entries: Iterable[PageEntries]) -> Iterator[tuple[int, list[str]]]:
    """Yield the texts in parts: the number of the first page in each, and the pages' cards."""
    first, cards, size = 0, list[str](), 0
    for page, entry in enumerate(entries):
        if cards and size + len(entry.card) > PART_SIZE:
            yield first, cards
            first, cards, size = page, [], 0
        cards.append(entry.card)
        size += len(entry.card)
    if cards:
        yield first, cards


def _part(kind: str, items: list[str]) -> tuple[str, str]:
    """Return the name and the text of a part."""
    text = "\n".join(items)
    name = f"{kind}-{sha256(text.encode()).hexdigest()[:10]}.js"
    if kind == "t":
        return name, f"proofdownSearch.part({json.dumps(name)},[{','.join(items)}]);\n"
    return name, _script("part", name, text)


def _script(call: str, *values: Any) -> str:
    text = ",".join(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values
    )
    return f"proofdownSearch.{call}({text});\n"

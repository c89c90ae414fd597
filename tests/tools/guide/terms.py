"""The first uses of the glossary's words, and links from there to the glossary.

A page links the first use of a word from the glossary's section "Words" to the best explanation.
The page that the glossary itself links to needs no link.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proofdown.markup.syntax.masking import mask_code

CONTENT = Path(__file__).parents[3] / "content"
GLOSSARY = "reference/glossary.md"
OTHERS = ("manual/", "about/", GLOSSARY, "reference/options.md", "index.md")
"""Pages that are not text of the guide: the generator's manual, its history, and lists."""

_ENTRY = re.compile(r"^### (?P<name>[^\n]+)\n(?P<text>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_SEE = re.compile(r"See \[[^\]]*\]\(([^)#]+)")
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)|<[^>]+>")
_HEAD = re.compile(r"\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)
_NO_TEXT = re.compile(r"^(?:#|\||!\[|> \[!|[^\n]+\n(?=:   )).*$|\"[^\"\n]*\"", re.MULTILINE)
"""Headings, tables, pictures, the terms of definition lists, and names in quotes."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the glossary."""

    name: str
    page: str
    """Path of the page that says more."""

    @property
    def anchor(self) -> str:
        """The anchor of the word in the glossary."""
        return self.name.lower().replace(" ", "-")

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of the word in a text."""
        flags = re.IGNORECASE if self.name[:2].istitle() else 0
        return re.compile(rf"(?<![\w-]){re.escape(self.name)}s?(?![\w-])", flags)


@dataclass(frozen=True, slots=True)
class Use:
    """The first use of a word on a page, if it is not in a link."""

    page: str
    term: Term
    start: int
    end: int
    """Its position in the file."""


def load_terms() -> list[Term]:
    """Return the words of the glossary that pages link."""
    text = (CONTENT / GLOSSARY).read_text(encoding="utf-8")
    words = text.partition("\n## Words\n")[2]
    return [Term(found["name"], _page(found["text"])) for found in _ENTRY.finditer(words)]


def _page(text: str) -> str:
    found = _SEE.search(text)
    assert found is not None, text
    return posixpath.normpath(posixpath.join(posixpath.dirname(GLOSSARY), found[1]))


def unlinked_uses() -> Iterator[Use]:
    """Yield the first use of each word on each page, unless it is in a link."""
    terms = load_terms()
    for file in sorted(CONTENT.rglob("*.md")):
        page = file.relative_to(CONTENT).as_posix()
        if not page.startswith(OTHERS):
            yield from _uses_on(page, file.read_text(encoding="utf-8"), terms)


def _uses_on(page: str, text: str, terms: list[Term]) -> Iterator[Use]:
    masked = _blank(_NO_TEXT, _blank(_HEAD, mask_code(text)))
    links = [(found.start(), found.end()) for found in _LINK.finditer(masked)]
    for term in terms:
        found = term.pattern.search(masked)
        if found is None or term.page == page:
            continue
        if not any(start <= found.start() < end for start, end in links):
            yield Use(page, term, found.start(), found.end())


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def link_terms() -> int:
    """Add missing links; return their number."""
    uses = list(unlinked_uses())
    for use in sorted(uses, key=lambda use: (use.page, -use.start)):
        file = CONTENT / use.page
        text = file.read_text(encoding="utf-8")
        href = posixpath.relpath(GLOSSARY, posixpath.dirname(use.page) or ".")
        link = f"[{text[use.start : use.end]}]({href}#{use.term.anchor})"
        file.write_text(text[: use.start] + link + text[use.end :], encoding="utf-8")
    return len(uses)

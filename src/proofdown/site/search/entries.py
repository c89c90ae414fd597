"""Build the search entries of one page. They depend on that page alone."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from proofdown.markup.classes import DRAWING_FILES, EVIDENCE, FOOTNOTE_BACKREF, LEGEND, PERMALINK
from proofdown.markup.html.text import element, find_headings, text_on_one_line
from proofdown.site.search.terms import count_terms

KEY_LENGTH = 3
"""Number of first characters by which terms are grouped."""

LONGEST_TEXT = 6000
"""Characters of a section that results can show; the rest can be found but not shown."""

CARD_SIZE = 10_000
"""Approximate number of characters of texts in one file; about 3 KiB compressed."""

# Elements that are not indexed.
_UNREAD = re.compile(
    element("svg", "script", "style")
    + "|"
    + element("a", attribute=rf"class=\"(?:{PERMALINK}|{FOOTNOTE_BACKREF})\"")
    + rf'|<p class="(?:{EVIDENCE}|{DRAWING_FILES})">.*?</p>|<ul class="{LEGEND}">.*?</ul>',
    re.DOTALL,
)


class PageEntries(Struct, frozen=True, kw_only=True):
    """The search entries of a page: plain strings, to be cached and merged."""

    address: str
    sections: int
    """How many sections it has: its beginning, and one for each heading."""
    cards: tuple[tuple[int, str], ...]
    """Texts for results, in pieces that a browser can fetch: the number of the piece's first
    section, and JSON with address, title, and sections as lists of anchor, heading, text."""
    labels: tuple[tuple[str, str], ...]
    """Anchor and text of each heading."""
    terms: tuple[tuple[str, str], ...]
    """First characters, and all terms that begin with them, as
    `term=section:weight,section:weight term=…`."""


class Section(Struct, frozen=True):
    """A part of a page that has an address of its own."""

    anchor: str
    heading: str
    text: str


def search_entries(address: str, title: str, html: str, own: Iterable[str]) -> PageEntries:
    """Return the search entries of a page.

    Args:
        address: the page's address.
        title: its title.
        html: its text as HTML, without the layout.
        own: what else readers see: its description, and texts that its layout shows.
    """
    sections = list(sections_of(title, html, own))
    weights: dict[str, str] = {}
    titled, length = count_terms(title)
    for number, section in enumerate(sections):
        for term, weight in _weigh(section, number, titled, length).items():
            if term in weights:
                weights[term] += f",{number}:{weight}"
            else:
                weights[term] = f"{number}:{weight}"
    keyed: dict[str, list[str]] = {}
    # Sorted, so that the files of the index have the same bytes in every build.
    for term in sorted(weights):
        keyed.setdefault(term[:KEY_LENGTH], []).append(f"{term}={weights[term]}")
    terms = tuple((key, " ".join(found)) for key, found in keyed.items())
    labels = tuple((s.anchor, s.heading) for s in sections[1:])
    return PageEntries(
        address=address,
        sections=len(sections),
        cards=_cards(address, title, sections),
        labels=labels,
        terms=terms,
    )


def _cards(address: str, title: str, sections: list[Section]) -> tuple[tuple[int, str], ...]:
    """Return the texts of a page in pieces of about `CARD_SIZE` characters."""
    # Two consecutive pieces together exceed `CARD_SIZE`, so they never share a file of the index.
    # The browser's script relies on that: it counts one page for each piece in a file.
    pieces: list[tuple[int, list[list[str]]]] = []
    size = 0
    for number, section in enumerate(sections):
        text = section.text[:LONGEST_TEXT]
        if not pieces or size + len(text) > CARD_SIZE:
            pieces.append((number, []))
            size = 0
        pieces[-1][1].append([section.anchor, section.heading, text])
        size += len(section.heading) + len(text)
    return tuple(
        (first, json.dumps([address, title, shown], ensure_ascii=False)) for first, shown in pieces
    )


def sections_of(title: str, html: str, own: Iterable[str] = ()) -> Iterator[Section]:
    """Yield the sections of a page: the text before its first heading, then each heading's."""
    html = _UNREAD.sub(" ", html)
    headings = list(find_headings(html))
    ends = [*(heading.start for heading in headings), len(html)]
    start = html[: ends[0]]
    # If the first heading is the page's title, its text belongs to the beginning.
    if headings and text_on_one_line(headings[0].html) == title:
        start += " " + html[headings[0].end : ends[1]]
        del headings[0], ends[0]
    above = (text_on_one_line(start), *own)
    yield Section("", title, " · ".join(text for text in above if text))
    for heading, end in zip(headings, ends[1:], strict=True):
        text = text_on_one_line(html[heading.end : end])
        yield Section(heading.anchor, text_on_one_line(heading.html), text)


def texts_in(value: Any) -> Iterator[str]:
    """Yield the strings in the page's `extra` keys, which layouts show."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def _weigh(
    section: Section, number: int, title: dict[str, int], title_length: int
) -> dict[str, int]:
    """Return the weight of each term of a section, as whole numbers.

    Each repetition of a word counts less than the one before, and less in a long text. Words in a
    short heading count most; words of the page's title count a little in all of its sections.
    """
    counts, length = count_terms(section.text)
    by_count = {c: max(1, 24 * c // (c + 2 + length // 200)) for c in {*counts.values()}}
    weights = {term: by_count[count] for term, count in counts.items()}
    heading, heading_length = (title, title_length) if not number else count_terms(section.heading)
    of_title = 36 // (2 + title_length)
    of_heading = max(14, (96 if number else 120) // (2 + heading_length))
    for term in title:
        weights[term] = weights.get(term, 0) + of_title
    for term in heading:
        weights[term] = weights.get(term, 0) + of_heading
    return weights

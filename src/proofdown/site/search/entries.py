"""One page → what search knows of it. Depends on that page alone."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from proofdown.markup.classes import DRAWING_FILES, EVIDENCE, FOOTNOTE_BACKREF, LEGEND, PERMALINK
from proofdown.markup.html.text import element, find_headings, text_on_one_line
from proofdown.site.search.terms import count_terms

KEY_LENGTH = 3
"""Terms with the same first characters are kept together."""

LONGEST_TEXT = 6000
"""Characters of a section that readers can be shown; all of it can be found."""

CARD_SIZE = 10_000
"""Characters of texts that are fetched at once, about; some 3 KiB on the wire."""

_UNREAD = re.compile(
    element("svg", "script", "style")
    + "|"
    + element("a", attribute=rf"class=\"(?:{PERMALINK}|{FOOTNOTE_BACKREF})\"")
    + rf'|<p class="(?:{EVIDENCE}|{DRAWING_FILES})">.*?</p>|<ul class="{LEGEND}">.*?</ul>',
    re.DOTALL,
)


class PageEntries(Struct, frozen=True):
    """What search knows of a page: all plain texts, made to be kept and put together."""

    address: str
    sections: int
    """How many parts of the page can be found: its beginning, and one for each heading."""
    cards: tuple[tuple[int, str], ...]
    """What is shown of it, in pieces that a browser can fetch: the number of a piece's first
    section, and JSON with address, title, and sections as lists of anchor, heading, text."""
    labels: tuple[tuple[str, str], ...]
    """Anchor and text of each heading."""
    terms: tuple[tuple[str, str], ...]
    """Where its terms are: first characters, and all terms that begin with them, as
    `term=section:weight,section:weight term=…`."""


class Section(Struct, frozen=True):
    """A part of a page that has an address of its own."""

    anchor: str
    heading: str
    text: str


def search_entries(address: str, title: str, html: str, own: Iterable[str]) -> PageEntries:
    """Return what search knows of a page.

    Args:
        address: the page's address.
        title: its title.
        html: its text as built, without the layout around it.
        own: what else readers see of it: its description, and texts that its layout shows.
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
    for term in sorted(weights):
        keyed.setdefault(term[:KEY_LENGTH], []).append(f"{term}={weights[term]}")
    terms = tuple((key, " ".join(found)) for key, found in keyed.items())
    labels = tuple((s.anchor, s.heading) for s in sections[1:])
    return PageEntries(address, len(sections), _cards(address, title, sections), labels, terms)


def _cards(address: str, title: str, sections: list[Section]) -> tuple[tuple[int, str], ...]:
    """Return what is shown of a page in pieces; two in a row are longer than `CARD_SIZE`.

    So no part of the index holds two pieces of a page, which the browser's script relies on.
    """
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
    """Yield the sections of a page: what stands before its first heading, then each heading's."""
    html = _UNREAD.sub(" ", html)
    headings = list(find_headings(html))
    ends = [*(heading.start for heading in headings), len(html)]
    start = html[: ends[0]]
    if headings and text_on_one_line(headings[0].html) == title:
        start += " " + html[headings[0].end : ends[1]]
        del headings[0], ends[0]
    above = (text_on_one_line(start), *own)
    yield Section("", title, " · ".join(text for text in above if text))
    for heading, end in zip(headings, ends[1:], strict=True):
        text = text_on_one_line(html[heading.end : end])
        yield Section(heading.anchor, text_on_one_line(heading.html), text)


def texts_in(value: Any) -> Iterator[str]:
    """Yield the texts that an author's own keys hold, which layouts show."""
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
    """Return how much a section is about each of its terms, as whole numbers.

    A word said again counts less each time, and less in a long text; a word in a short heading
    counts most. Words of the page's title count a little in all its sections.
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

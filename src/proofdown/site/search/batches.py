"""Entries of some pages in a row put together, so that a change of one page leaves the rest be."""

from collections.abc import Iterable

from msgspec import Struct

from proofdown.site.search.entries import PageEntries

BATCH_SIZE = 8
"""Pages of a batch: few, for they are put together again when one of them changes. Between 8 and 64
it makes no difference that can be felt to a thousand pages (0.13 to 0.15 s for all of search)."""


class Batch(Struct, frozen=True):
    """What search knows of some pages that follow one another: all plain texts, to be kept."""

    sections: int
    """How many of their parts can be found."""
    cards: tuple[tuple[int, int, str], ...]
    """What is shown of them, in pieces: number of the page, number of the piece's first section,
    and the piece as `PageEntries` has it."""
    terms: dict[str, str]
    """Where their terms are: first characters, and for each page that has such terms a line with
    its number and those terms as `PageEntries` has them."""


def make_batch(first: int, pages: Iterable[PageEntries]) -> Batch:
    """Return a batch of pages, of which the first has this number in the site."""
    sections = 0
    cards: list[tuple[int, int, str]] = []
    lines: dict[str, list[str]] = {}
    for number, page in enumerate(pages, first):
        sections += page.sections
        cards += ((number, section, card) for section, card in page.cards)
        for key, found in page.terms:
            lines.setdefault(key, []).append(f"{number} {found}\n")
    return Batch(sections, tuple(cards), {key: "".join(found) for key, found in lines.items()})

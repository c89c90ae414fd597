"""Merge the entries of consecutive pages, so that a changed page invalidates only one batch."""

from collections.abc import Iterable

from msgspec import Struct

from proofdown.site.search.entries import PageEntries

BATCH_SIZE = 8
"""Pages in a batch: few, because all are merged again when one of them changes. From 8 to 64, the
size makes little difference: search takes 0.13 to 0.15 s for a thousand pages."""


class Batch(Struct, frozen=True):
    """The merged search entries of consecutive pages: plain strings, to be cached."""

    sections: int
    """How many sections they have."""
    cards: tuple[tuple[int, int, str], ...]
    """Texts for results, in pieces: number of the page, number of the piece's first section, and
    the piece as in `PageEntries`."""
    terms: dict[str, str]
    """First characters of terms → for each page with such terms, a line with the page's number and
    the terms as in `PageEntries`."""


def make_batch(first: int, pages: Iterable[PageEntries]) -> Batch:
    """Return a batch of pages; `first` is the number of its first page in the site."""
    sections = 0
    cards: list[tuple[int, int, str]] = []
    lines: dict[str, list[str]] = {}
    for number, page in enumerate(pages, first):
        sections += page.sections
        cards += ((number, section, card) for section, card in page.cards)
        for key, found in page.terms:
            lines.setdefault(key, []).append(f"{number} {found}\n")
    return Batch(sections, tuple(cards), {key: "".join(found) for key, found in lines.items()})

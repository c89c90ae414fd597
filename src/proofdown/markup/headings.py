"""The headings of a converted page."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from proofdown.markup.fast.toc import ALL_LEVELS
from proofdown.markup.html.text import plain_text


class Heading(Struct, frozen=True):
    """A heading of a page."""

    level: int
    anchor: str
    text: str
    html: str
    """The heading's inner HTML, without links and the permalink."""
    is_listed: bool = True
    """Whether its level is one that tables of contents list."""


def headings_of(tokens: list[dict[str, Any]], listed: range = ALL_LEVELS) -> Iterator[Heading]:
    """Yield the headings in Python-Markdown's table of contents, in order.

    Args:
        tokens: the table, as Python-Markdown's nested `toc_tokens`.
        listed: the levels that tables of contents in pages list.
    """
    for token in tokens:
        level, html = token["level"], token["html"]
        yield Heading(level, token["id"], plain_text(html), html, level in listed)
        yield from headings_of(token["children"], listed)

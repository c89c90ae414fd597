"""Start tags in HTML that is already built, with their attributes and where each value stands.

The text of built HTML has no bare `<` before a letter, so a scan finds what a parser would, and
keeps offsets, which parsers lose. Comments, scripts and styles are passed over.
"""

import re
from collections.abc import Iterator
from html import unescape

from msgspec import Struct

_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<raw>script|style|textarea)\b(?P<raw_attributes>(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>"
    r".*?(?:</(?P=raw)\s*>|\Z)"
    r"|<(?P<name>[a-zA-Z][^\s/>]*+)(?!\sclass=\"[^\"]*\">)"
    r"(?P<attributes>\s(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>",
    re.DOTALL | re.IGNORECASE,
)
"""Tags that carry nothing but a class are not looked at: most of a page, and never of interest."""

_ATTRIBUTE = re.compile(
    r"([^\s\"'>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?", re.DOTALL
)


class Attribute(Struct, frozen=True):
    """One attribute of a tag."""

    value: str
    """The value with character references resolved; empty where none is given."""
    start: int
    """Offset of the value in the HTML, without its quotes."""
    end: int


class Tag(Struct, frozen=True):
    """A start tag with at least one attribute other than a lone class."""

    name: str
    attributes: dict[str, Attribute]
    start: int
    end: int

    def get(self, name: str) -> str | None:
        """Return an attribute's value, or None where the tag does not have it."""
        attribute = self.attributes.get(name)
        return attribute.value if attribute else None


def tag_texts(html: str) -> Iterator[str]:
    """Yield the start tags that `find_tags` yields as they are written, a few empty ones more."""
    for match in _TAG.finditer(html):
        if match["name"]:
            yield match[0]
        elif match["raw"]:
            yield html[match.start() : match.end("raw_attributes") + 1]


def find_tags(html: str) -> Iterator[Tag]:
    """Yield the start tags of a text of HTML in order, those of no interest left out."""
    for match in _TAG.finditer(html):
        name = match["name"] or match["raw"]
        if name is None:
            continue
        group = "attributes" if match["name"] else "raw_attributes"
        start, end = match.span(group)
        attributes: dict[str, Attribute] = {}
        for found in _ATTRIBUTE.finditer(html, start, end):
            index = found.lastindex or 1
            value_start, value_end = found.span(index) if index > 1 else (found.end(),) * 2
            attributes.setdefault(
                found[1].lower(),
                Attribute(unescape(html[value_start:value_end]), value_start, value_end),
            )
        if attributes:
            yield Tag(name.lower(), attributes, match.start(), end + 1)

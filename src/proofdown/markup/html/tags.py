"""Start tags in HTML that is already built, with their attributes and where each value stands.

The scan reads tags as the tokenizer of the HTML standard does, and keeps offsets, which parsers
lose. Comments, and what is text in spite of its `<`, as in scripts and styles, are passed over.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape

from msgspec import Struct

_WS = r"\t\n\f\r "
_NAME = rf"(?:=[^{_WS}/>=]*+|[^{_WS}/>=]++)"
_ATTRIBUTES = (
    rf"(?:[{_WS}/]++|{_NAME}"
    rf"(?:[{_WS}]*+=[{_WS}]*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^{_WS}>\"'][^{_WS}>]*+)?+)?+)*+"
)
_TAG = (
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<[!?][^>]*+"
    rf"|<(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[{_WS}/>])"
    rf"(?P<raw_attributes>{_ATTRIBUTES})(?:>|\Z)"
    rf"(?P<content>.*?)(?:</(?P=raw)(?=[{_WS}/>])|\Z)"
    rf"|<(?P<name>[a-zA-Z][^{_WS}/>]*+)(?!\sclass=\"[^\"]*\">)"
    rf"(?P<attributes>[{_WS}/]{_ATTRIBUTES})(?:>|\Z)"
)
"""Tags that carry nothing but a class are not looked at: most of a page, and never of interest."""
_START_TAG = re.compile(_TAG, re.DOTALL | re.IGNORECASE)
_ANY_TAG = re.compile(rf"{_TAG}|</(?P<end>[a-z][^{_WS}/>]*+)[^>]*+>?", re.DOTALL | re.IGNORECASE)

_ATTRIBUTE = re.compile(
    rf"({_NAME})"
    rf"(?:[{_WS}]*+=[{_WS}]*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^{_WS}>\"'][^{_WS}>]*+))?+)?+",
)


class Attribute(Struct, frozen=True):
    """One attribute of a tag."""

    value: str
    """The value with character references resolved; empty where none is given."""
    start: int
    """Offset of the value in the HTML, without its quotes."""
    end: int


class Tag(Struct, frozen=True):
    """A start tag."""

    name: str
    attributes: dict[str, Attribute]
    start: int
    end: int
    content: tuple[int, int] = (0, 0)
    """Where the text in it stands, for an element such as `style` that holds no other."""

    def get(self, name: str) -> str | None:
        """Return an attribute's value, or None where the tag does not have it."""
        attribute = self.attributes.get(name)
        return attribute.value if attribute else None


class EndTag(Struct, frozen=True):
    """An end tag."""

    name: str
    start: int
    end: int


def tag_texts(html: str) -> Iterator[str]:
    """Yield the start tags of a text of HTML as they are written, with the text of raw ones."""
    for match in _START_TAG.finditer(html):
        if match["name"] or match["raw"]:
            yield match[0]


def find_tags(html: str) -> Iterator[Tag]:
    """Yield the start tags that have at least one attribute other than a lone class, in order."""
    return (tag for match in _START_TAG.finditer(html) if (tag := _read(match)) and tag.attributes)


def find_tags_and_ends(html: str) -> Iterator[Tag | EndTag]:
    """Yield what `find_tags` does with all end tags but those of scripts and the like, in order."""
    for match in _ANY_TAG.finditer(html):
        if name := match["end"]:
            yield EndTag(name.lower(), *match.span())
        elif (tag := _read(match)) and tag.attributes:
            yield tag


def find_tags_that(html: str, wanted: Callable[[str, int, int], bool]) -> Iterator[Tag]:
    """Yield scripts, styles and the like, and the other start tags that are wanted, in order.

    Args:
        html: the text.
        wanted: tells it of a tag, from the text, where the tag starts, and where it ends.
    """
    for match in _START_TAG.finditer(html):
        if match["raw"] or (match["name"] and wanted(html, *match.span())):
            tag = _read(match)
            if tag:
                yield tag


def _read(match: re.Match[str]) -> Tag | None:
    name, group = match["name"], "attributes"
    if name is None:
        name, group = match["raw"], "raw_attributes"
        if name is None:
            return None
    start, end = match.span(group)
    attributes: dict[str, Attribute] = {}
    for found in _ATTRIBUTE.finditer(match.string, start, end):
        index = found.lastindex or 1
        value_start, value_end = found.span(index) if index > 1 else (found.end(),) * 2
        attributes.setdefault(
            found[1].lower(),
            Attribute(unescape(match.string[value_start:value_end]), value_start, value_end),
        )
    content = match.span("content") if group == "raw_attributes" else (0, 0)
    return Tag(name.lower(), attributes, match.start(), end + 1, content)

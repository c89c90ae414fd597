"""Find the start tags in built HTML, with the offsets of each attribute's value.

The scan reads tags as the tokenizer of the HTML standard does, and keeps offsets, which parsers
lose. It skips comments, and text that contains `<` without markup, as in scripts and styles.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape

from msgspec import Struct

_WS = r"\t\n\f\r "
# A name may begin with `=`, as the HTML standard's tokenizer accepts it.
_NAME = rf"(?:=[^{_WS}/>=]*+|[^{_WS}/>=]++)"
_ATTRIBUTES = (
    rf"(?:[{_WS}/]++|{_NAME}"
    rf"(?:[{_WS}]*+=[{_WS}]*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^{_WS}>\"'][^{_WS}>]*+)?+)?+)*+"
)
_TAG = (
    # A comment may also be closed at once (`<!-->`), or by `--!>`.
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<[!?][^>]*+"
    rf"|<(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[{_WS}/>])"
    rf"(?P<raw_attributes>{_ATTRIBUTES})(?:>|\Z)"
    rf"(?P<content>.*?)(?:</(?P=raw)(?=[{_WS}/>])|\Z)"
    rf"|<(?P<name>[a-zA-Z][^{_WS}/>]*+)(?!\sclass=\"[^\"]*\">)"
    rf"(?P<attributes>[{_WS}/]{_ATTRIBUTES})(?:>|\Z)"
)
"""Tags with only a class do not match: they are most of a page, and no caller needs them."""
_START_TAG = re.compile(_TAG, re.DOTALL | re.IGNORECASE)
_ANY_TAG = re.compile(rf"{_TAG}|</(?P<end>[a-z][^{_WS}/>]*+)[^>]*+>?", re.DOTALL | re.IGNORECASE)

_ATTRIBUTE = re.compile(
    rf"({_NAME})"
    rf"(?:[{_WS}]*+=[{_WS}]*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^{_WS}>\"'][^{_WS}>]*+))?+)?+",
)


class Attribute(Struct, frozen=True):
    """One attribute of a tag."""

    value: str
    """The value with character references resolved; empty if there is none."""
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
    """Start and end of its text, for an element such as `style` that cannot contain others."""

    def get(self, name: str) -> str | None:
        """Return an attribute's value, or None if the tag does not have it."""
        attribute = self.attributes.get(name)
        return attribute.value if attribute else None


class EndTag(Struct, frozen=True):
    """An end tag."""

    name: str
    start: int
    end: int


def tag_texts(html: str) -> Iterator[str]:
    """Yield the source of each start tag; for raw text elements, with their content."""
    for match in _START_TAG.finditer(html):
        if match["name"] or match["raw"]:
            yield match[0]


def find_tags(html: str) -> Iterator[Tag]:
    """Yield the start tags with attributes, except those with only a class, in order."""
    return (tag for match in _START_TAG.finditer(html) if (tag := _read(match)) and tag.attributes)


def find_tags_and_ends(html: str) -> Iterator[Tag | EndTag]:
    """Yield the tags of `find_tags`, and all end tags except those of raw text."""
    for match in _ANY_TAG.finditer(html):
        if name := match["end"]:
            yield EndTag(name.lower(), *match.span())
        elif (tag := _read(match)) and tag.attributes:
            yield tag


def find_tags_that(html: str, predicate: Callable[[str, int, int], bool]) -> Iterator[Tag]:
    """Yield raw text elements, and other start tags that satisfy a predicate.

    Args:
        html: the text.
        predicate: takes the text and the start and end of a tag.
    """
    for match in _START_TAG.finditer(html):
        if match["raw"] or (match["name"] and predicate(html, *match.span())):
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
        # The first attribute of a name counts, as the HTML standard says.
        attributes.setdefault(
            found[1].lower(),
            Attribute(unescape(match.string[value_start:value_end]), value_start, value_end),
        )
    content = match.span("content") if group == "raw_attributes" else (0, 0)
    # The tag ends after the `>` that follows its attributes.
    return Tag(name.lower(), attributes, match.start(), end + 1, content)

"""Extract plain text and headings from built HTML.

Every page goes through here in every cold build, so nothing scans tag by tag as `tags` does, which
takes three times as long. The patterns end a tag at the next `>`, which is right for the output of
Python-Markdown because it writes `&gt;` in the value of an attribute.
"""

import re
from collections.abc import Iterator
from html import unescape

from msgspec import Struct

_REST_OF_TAG = r"[^>]*>"
_TAG = re.compile(rf"<{_REST_OF_TAG}")
_INLINE = re.compile(
    r"</?(?:span|code|em|strong|a|b|i|u|s|kbd|abbr|mark|sup|sub|small|samp|var|cite|del|ins|wbr)"
    rf"\b{_REST_OF_TAG}"
)
# Between two cells of a row; the lookahead leaves the next start tag to `_TAG`.
_CELL = re.compile(r"</t[dh]>\s*(?=<t[dh]\b)")
_HEADING = re.compile(rf"<h[1-6]\b[^>]*?\bid=\"([^\"]*)\"{_REST_OF_TAG}(.*?)</h[1-6]>", re.DOTALL)


def element(*names: str, attribute: str = "") -> str:
    """Return a DOTALL pattern for elements that do not nest in their own kind.

    Args:
        names: the names of the elements.
        attribute: a pattern for an attribute that they must have.
    """
    start = rf"[^>]*\b{attribute}{_REST_OF_TAG}" if attribute else ""
    return "|".join(rf"<{name}\b{start}.*?</{name}>" for name in names)


_CODE = re.compile(element("pre", "code"), re.DOTALL)


def plain_text(html: str) -> str:
    """Return the text of a piece of HTML."""
    return unescape(_TAG.sub("", html)).strip()


def text_without_code(html: str) -> str:
    """Return the text of a page's HTML without its code."""
    return unescape(_TAG.sub("", _CODE.sub("", html)))


def text_on_one_line(html: str) -> str:
    """Return the visible text of HTML on one line, with dots between table cells."""
    # Inline tags are removed without a space, so that `<b>a</b>b` remains one word.
    text = _TAG.sub(" ", _CELL.sub(" · ", _INLINE.sub("", html)))
    return " ".join(unescape(text).split())


class HeadingElement(Struct, frozen=True):
    """A heading in a page's HTML that has an anchor."""

    anchor: str
    html: str
    """Its inner HTML."""
    start: int
    """Offset of its start tag."""
    end: int
    """Offset after its end tag."""


def find_headings(html: str) -> Iterator[HeadingElement]:
    """Yield the headings of a page's HTML that have an anchor, in order."""
    for found in _HEADING.finditer(html):
        yield HeadingElement(unescape(found[1]), found[2], *found.span())

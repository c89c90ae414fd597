"""Find the URLs in HTML that browsers use without a reader who follows a link.

They are in attributes, styles, a few kinds of scripts, and documents inside attributes. What a
script requests when it runs is out of scope.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from json import loads
from urllib.parse import unquote_to_bytes

from msgspec import Struct
from msgspec.structs import replace

from proofdown.config.origins import clean_url
from proofdown.markup.html.css_urls import find_css_urls
from proofdown.markup.html.tags import Attribute, Tag, find_tags_that
from proofdown.markup.html.url_attributes import Use, css_urls, has_urls, may_have_urls, urls_of

_DEEPEST = 4
"""How many nested documents are searched: `srcdoc=`, `data:`, `<noscript>`."""


class Request(Struct, frozen=True):
    """A URL that a browser requests or uses by itself."""

    use: Use
    url: str
    """The URL as the browser sees it, with escapes and character references resolved."""
    text: str
    """The URL as the HTML spells it."""
    start: int
    """Offset of that text in the HTML."""


_DOCUMENTS = frozenset("embed fencedframe frame iframe object portal".split())
_SCRIPT_STRINGS = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"")
_IMPORT = re.compile(r"\b(?:from|import)\s*+(?:\(\s*+)?(?:\"([^\"\n]*)\"|'([^'\n]*)')")
_FOREIGN = re.compile(r"<(?:svg|math)(?=[\s/>])", re.IGNORECASE)
_PLAIN_SVG = re.compile(
    r"<svg(?=[\s/>])(?:[^<]|<(?!/?svg|math|desc|title|foreignobject|style|script|textarea|xmp"
    r"|iframe|no|!)"
    r"(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>)*+</svg(?=[\s/>])",
    re.IGNORECASE,
)
"""An `<svg>` that certainly ends at the end tag that matches it in the text."""
_NOSCRIPT = re.compile(
    r"<noscript(?=[\s/>]).*?(?:</noscript(?=[\s/>])|\Z)", re.IGNORECASE | re.DOTALL
)
_DATA = re.compile(
    r"data:(?P<type>text/html|text/css|image/svg\+xml|application/xhtml\+xml)[^,]*?"
    r"(?P<base64>;\s*base64\s*)?,(?P<data>.*)",
    re.IGNORECASE | re.DOTALL,
)


def find_requests(html: str) -> list[Request]:
    """Return the URLs in HTML that browsers use by themselves, in order."""
    if not has_urls(html):
        return []
    # Parsed in two ways, with and without scripting, a document may yield a request twice.
    found = dict.fromkeys(_of_document(html, _DEEPEST))
    return sorted(found, key=lambda request: request.start)


def _of_document(html: str, depth: int) -> Iterator[Request]:
    if depth == 0:
        return
    yield from _of_tags(html, depth)
    if "noscript" in html.lower():
        # With scripting on, the content of <noscript> is text, so that its end tag counts even in
        # what looks like an attribute.
        for found in _of_tags(_NOSCRIPT.sub(lambda match: " " * len(match[0]), html), depth):
            # Blanking kept the length, so that the offset is that in the original.
            yield replace(found, text=html[found.start : found.start + len(found.text)])


def _of_tags(html: str, depth: int) -> Iterator[Request]:
    foreign: int | None = None
    for tag in find_tags_that(html, may_have_urls):
        yield from _of_tag(tag, html, depth)
        start, end = tag.content
        yield from _of_content(tag, html)
        if ("<" in html[start:end] or "&" in html[start:end]) and foreign is None:
            foreign = _start_of_foreign(html)
        if foreign is not None and foreign < start:
            # In SVG and MathML, the content of such an element may be parsed as markup.
            yield from _shifted(_of_document(html[start:end], depth - 1), html, start, end)
            if tag.name == "style":
                for url, text in css_urls(unescape(html[start:end])):
                    yield _request(Use.LOAD, url, text, html, start, end)


def _start_of_foreign(html: str) -> int:
    """Return where the first SVG or MathML with an uncertain end starts, or the end."""
    found = _FOREIGN.search(_PLAIN_SVG.sub(lambda plain: " " * len(plain[0]), html))
    return found.start() if found else len(html)


def _of_tag(tag: Tag, html: str, depth: int) -> Iterator[Request]:
    for name, attribute in tag.attributes.items():
        start, end = attribute.start, attribute.end
        for use, (url, text) in urls_of(tag, name):
            request = _request(use, url, text, html, start, end)
            start = request.start
            yield request
            yield from _inside(_in_data(tag, url, depth), html, attribute)
        if name == "srcdoc" and tag.name == "iframe":
            yield from _inside(_of_document(attribute.value, depth - 1), html, attribute)


def _of_content(tag: Tag, html: str) -> Iterator[Request]:
    """Yield what the content of a style or a script element loads."""
    start, end = tag.content
    text = html[start:end]
    kind = (tag.get("type") or "").strip().lower()
    if tag.name == "style" and kind in ("", "text/css"):
        for found in find_css_urls(text):
            raw = text[found.start : found.end]
            yield Request(Use.LOAD, found.url, raw, start + found.start)
    elif tag.name == "script" and kind in ("importmap", "speculationrules"):
        for string in _SCRIPT_STRINGS.finditer(text):
            with suppress(ValueError):
                text_in_quotes = string[0][1:-1]
                url = loads(string[0]).encode("utf-8", "replace").decode()  # no lone surrogate
                yield Request(Use.LOAD, url, text_in_quotes, start + string.start() + 1)
    elif tag.name == "script" and kind == "module":
        for imported in _IMPORT.finditer(text):
            group = imported.lastindex or 1
            at = start + imported.start(group)
            yield Request(Use.LOAD, imported[group], imported[group], at)


def _in_data(tag: Tag, url: str, depth: int) -> Iterator[Request]:
    """Yield what the document or the stylesheet in a `data:` URL loads."""
    found = _DATA.match(clean_url(url))
    if found is None:
        return
    data = unquote_to_bytes(found["data"].partition("#")[0])
    with suppress(NotBase64Error):
        text = (b64decode(data) if found["base64"] else data).decode("utf-8", "replace")
        if found["type"].lower() == "text/css" and depth > 0:
            for css_url, raw in css_urls(text):
                yield Request(Use.LOAD, css_url, raw, 0)
                yield from _in_data(tag, css_url, depth - 1)
        elif tag.name in _DOCUMENTS:
            yield from _of_document(text, depth - 1)


def _request(use: Use, url: str, text: str, html: str, start: int, end: int) -> Request:
    """Return a request located at its text in a range, or at the whole range."""
    position = html.find(text, start, end)
    if position < 0:  # it is escaped or encoded there
        return Request(use, url, html[start:end], start)
    return Request(use, url, text, position)


def _inside(found: Iterator[Request], html: str, attribute: Attribute) -> Iterator[Request]:
    return _shifted(found, html, attribute.start, attribute.end)


def _shifted(found: Iterator[Request], html: str, start: int, end: int) -> Iterator[Request]:
    """Yield the requests of a document embedded, perhaps encoded, between two offsets."""
    for request in found:
        yield _request(request.use, request.url, request.text, html, start, end)

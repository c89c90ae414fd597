"""The URLs of HTML that browsers use by themselves: without a reader who follows a link.

One table says which attribute of which element holds such a URL, and how it is written there. It
follows the HTML and SVG standards, with what browsers keep of older ones. Nothing is said of what
a script asks for.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache
from html import unescape
from itertools import groupby
from json import loads
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from proofdown.cssurls import find_css_urls
from proofdown.htmltags import Attribute, Tag, find_tags_that
from proofdown.origins import clean_url

_DEEPEST = 4
"""How many documents inside one another are looked into: `srcdoc=`, `data:`, `<noscript>`."""


class Use(StrEnum):
    """What a browser does with a URL."""

    LOAD = "load"
    """Load it, or get ready to."""
    SEND = "send"
    """Send to it what a reader enters."""
    REPORT = "report"
    """Report to it what a reader does."""
    GO = "go"
    """Go to it in place of the page."""
    BASE = "base"
    """Take the page's relative URLs to start from it."""


class Request(Struct, frozen=True):
    """A URL that a browser uses by itself."""

    use: Use
    url: str
    """As the browser sees it, with escapes and character references resolved."""
    text: str
    """As it is written in the HTML."""
    start: int
    """Offset of that text in the HTML."""


_Found = tuple[str, str]
"""A URL, and what of a text it was taken from."""


def _one(value: str) -> Iterator[_Found]:
    yield value, value


def _several(value: str) -> Iterator[_Found]:
    yield from ((url, url) for url in re.split(r"[\s,]+", value))


_SRCSET_PART = re.compile(r"[\s,]*(\S+)")
_DESCRIPTORS = re.compile(r"(?:[^,(]|\([^)]*\)?)*")


def _srcset(value: str) -> Iterator[_Found]:
    position = 0
    while found := _SRCSET_PART.match(value, position):
        url, position = found[1].rstrip(","), found.end()
        if url == found[1]:
            descriptors = _DESCRIPTORS.match(value, position)
            position = descriptors.end() if descriptors else position
        yield url, url


def _css(value: str) -> Iterator[_Found]:
    yield from ((found.url, value[found.start : found.end]) for found in find_css_urls(value))


_REFRESH = re.compile(
    r"\s*+[\d.]*+(?=[;,\s])\s*+[;,]?\s*+(?:url\s*+=\s*+)?(?:\"([^\"]*)|'([^']*)|(.*))",
    re.IGNORECASE | re.DOTALL,
)


def _refresh(value: str) -> Iterator[_Found]:
    if found := _REFRESH.match(value):
        url = found[found.lastindex or 3] or ""
        yield url, url


def _animated(value: str) -> Iterator[_Found]:
    """Yield the values that an attribute takes over time; that may be one of any kind."""
    yield from ((url, url) for url in value.split(";"))
    yield from _css(value)


_Reader = Callable[[str], Iterator[_Found]]
_SVG_LINKS: dict[str, _Reader] = {"href": _one, "xlink:href": _one}
_ANIMATION: dict[str, _Reader] = dict.fromkeys(("from", "to", "by", "values"), _animated)
_READERS: dict[str, dict[str, _Reader]] = {
    "animate": _ANIMATION,
    "applet": dict.fromkeys(("archive", "code", "codebase", "object"), _several),
    "audio": {"src": _one},
    "base": {"href": _one},
    "bgsound": {"src": _one},
    "button": {"formaction": _one},
    "embed": {"src": _one, "code": _one},
    "fencedframe": {"src": _one},
    "form": {"action": _one},
    "frame": {"src": _one},
    "html": {"manifest": _one},
    "iframe": {"src": _one},
    "img": {"src": _one, "srcset": _srcset, "lowsrc": _one, "dynsrc": _one},
    "image": {"src": _one, "srcset": _srcset, **_SVG_LINKS},
    "input": {"src": _one, "formaction": _one, "dynsrc": _one, "lowsrc": _one},
    "isindex": {"action": _one},
    "link": {"href": _one, "imagesrcset": _srcset},
    "meta": {"content": _refresh},
    "model": {"src": _one},
    "object": {"data": _one, "archive": _several, "classid": _one, "codebase": _one},
    "param": {"value": _one},
    "portal": {"src": _one},
    "script": {"src": _one, **_SVG_LINKS},
    "set": _ANIMATION,
    "source": {"src": _one, "srcset": _srcset},
    "track": {"src": _one},
    "video": {"src": _one, "poster": _one},
}
"""For each element, the attributes whose URLs browsers use, and how to read them."""
_READERS |= dict.fromkeys(
    "altglyph color-profile cursor feimage filter font-face-uri glyphref lineargradient mpath "
    "pattern radialgradient textpath tref use".split(),
    _SVG_LINKS,
)
_CSS_ATTRIBUTES = (
    *("style", "clip-path", "cursor", "fill", "filter", "mask", "stroke"),
    *("marker", "marker-start", "marker-mid", "marker-end"),
)
_ON_ANY: dict[str, _Reader] = {
    "attributionsrc": _several,
    "background": _one,
    "ping": _several,
    **dict.fromkeys(_CSS_ATTRIBUTES, _css),
}
_USES = {
    "action": Use.SEND,
    "formaction": Use.SEND,
    "ping": Use.REPORT,
    "attributionsrc": Use.REPORT,
    "content": Use.GO,
}
"""By attribute, where browsers do something other than load."""
_LOADING_RELATIONS = frozenset(
    "apple-touch-icon apple-touch-icon-precomposed apple-touch-startup-image "
    "compression-dictionary dns-prefetch fluid-icon icon import manifest mask-icon modulepreload "
    "next preconnect prefetch preload prerender search serviceworker stylesheet".split()
)
_OBJECT_PARAMETERS = ("code", "data", "movie", "src", "url")
_DOCUMENTS = frozenset("embed fencedframe frame iframe object portal".split())

_NAMES = sorted({*_READERS, "noscript", "style"})
_BY_LETTER = "|".join(
    f"{letter}(?:{'|'.join(name[1:] for name in names)})"
    for letter, names in groupby(_NAMES, key=lambda name: name[0])
)
_ELEMENT = re.compile(
    rf"<(?=[{''.join({name[0] for name in _NAMES})}])(?:{_BY_LETTER})(?=[\s/>])", re.IGNORECASE
)
_CALLS = r"=\s*+(?:\"[^\"(&]*+[(&]|'[^'(&]*+[(&])"
"""A quoted value that may call a function, as CSS must to load something."""
_CALLING_VALUE = re.compile(_CALLS)
_BARE_VALUE = r"\s*+=\s*+[^\s\"'>]"
_URL_ATTRIBUTES = ("attributionsrc", "background", "ping")
_PLAINLY_THERE = tuple(
    re.compile(name)
    for name in (
        *(f"{name}{_BARE_VALUE}" for name in _CSS_ATTRIBUTES),
        *(rf"{name}\s*+=" for name in _URL_ATTRIBUTES),
    )
)
"""One pattern for each, as a search for a fixed beginning is much faster than one for several."""
_ATTRIBUTE = re.compile(
    rf"(?:{'|'.join(_URL_ATTRIBUTES)})\s*+="
    rf"|(?:{'|'.join(_CSS_ATTRIBUTES)})(?:\s*+{_CALLS}|{_BARE_VALUE})",
    re.IGNORECASE,
)
_SCRIPT_STRINGS = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"")
_IMPORT = re.compile(r"\b(?:from|import)\s*+(?:\(\s*+)?(?:\"([^\"\n]*)\"|'([^'\n]*)')")
_FOREIGN = re.compile(r"<(?:svg|math)(?=[\s/>])", re.IGNORECASE)
_PLAIN_SVG = re.compile(
    r"<svg(?=[\s/>])(?:[^<]|<(?!/?svg|math|desc|title|foreignobject|style|script|textarea|xmp|iframe|no|!)"
    r"(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>)*+</svg(?=[\s/>])",
    re.IGNORECASE,
)
"""A drawing that is certain to end where it seems to."""
_NOSCRIPT = re.compile(
    r"<noscript(?=[\s/>]).*?(?:</noscript(?=[\s/>])|\Z)", re.IGNORECASE | re.DOTALL
)
_DATA = re.compile(
    r"data:(?P<type>text/html|text/css|image/svg\+xml|application/xhtml\+xml)[^,]*?"
    r"(?P<base64>;\s*base64\s*)?,(?P<data>.*)",
    re.IGNORECASE | re.DOTALL,
)


def find_requests(html: str) -> list[Request]:
    """Return the URLs of a text of HTML that browsers use by themselves, in order."""
    if not _has_any(html):
        return []
    found = dict.fromkeys(_of_document(html, _DEEPEST))
    return sorted(found, key=lambda request: request.start)


def _has_any(html: str) -> bool:
    """Return whether anything in a text may be such a URL; in most pages, nothing is."""
    if _ELEMENT.search(html):
        return True
    lower = html.lower()
    return any(pattern.search(lower) for pattern in _PLAINLY_THERE) or any(
        _name_before(lower, found.start()).endswith(_CSS_ATTRIBUTES)
        for found in _CALLING_VALUE.finditer(lower)
    )


def _name_before(text: str, sign: int) -> str:
    """Return the end of the name that stands before an equals sign."""
    while sign and text[sign - 1].isspace():
        sign -= 1
    return text[max(0, sign - 12) : sign]


@lru_cache(maxsize=1)
def kept_requests(html: str) -> list[Request]:
    """Return what `find_requests` does, kept for the page at hand."""
    return find_requests(html)


def _of_document(html: str, depth: int) -> Iterator[Request]:
    if depth == 0:
        return
    yield from _of_tags(html, depth)
    if "noscript" in html.lower():
        # Where scripts run, it is text, of which no attribute hides the end.
        yield from _of_tags(_NOSCRIPT.sub(lambda found: " " * len(found[0]), html), depth)


def _of_tags(html: str, depth: int) -> Iterator[Request]:
    foreign: int | None = None
    for tag in find_tags_that(html, _may_ask):
        yield from _of_tag(tag, html, depth)
        start, end = tag.content
        yield from _of_content(tag, html)
        if ("<" in html[start:end] or "&" in html[start:end]) and foreign is None:
            foreign = _start_of_foreign(html)
        if foreign is not None and foreign < start:
            # In SVG and MathML, it may be markup after all.
            yield from _shifted(_of_document(html[start:end], depth - 1), html, start, end)
            if tag.name == "style":
                for url, text in _css(unescape(html[start:end])):
                    yield _request(Use.LOAD, url, text, html, start, end)


def _start_of_foreign(html: str) -> int:
    """Return where the first SVG or MathML begins that may not end where it seems to."""
    found = _FOREIGN.search(_PLAIN_SVG.sub(lambda plain: " " * len(plain[0]), html))
    return found.start() if found else len(html)


def _may_ask(html: str, start: int, end: int) -> bool:
    """Return whether a tag between two offsets may have something that browsers use."""
    return bool(_ELEMENT.match(html, start) or _ATTRIBUTE.search(html, start, end))


def _of_tag(tag: Tag, html: str, depth: int) -> Iterator[Request]:
    readers = _READERS.get(tag.name, {})
    for name, attribute in tag.attributes.items():
        reader = readers.get(name) or _ON_ANY.get(name)
        start, end = attribute.start, attribute.end
        if reader and _is_used(tag, name):
            use = Use.BASE if tag.name == "base" else _USES.get(name, Use.LOAD)
            for url, text in reader(attribute.value):
                if url:
                    request = _request(use, url, text, html, start, end)
                    start = request.start
                    yield request
                    yield from _inside(_in_data(tag, reader, url, depth), html, attribute)
        elif name == "srcdoc" and tag.name == "iframe":
            yield from _inside(_of_document(attribute.value, depth - 1), html, attribute)


def _is_used(tag: Tag, name: str) -> bool:
    """Return whether browsers use an attribute, which may depend on another one."""
    if tag.name == "link":
        return not _LOADING_RELATIONS.isdisjoint((tag.get("rel") or "").lower().split())
    if tag.name == "meta":
        return (tag.get("http-equiv") or "").strip().lower() == "refresh"
    if tag.name == "param":
        return (tag.get("name") or "").strip().lower() in _OBJECT_PARAMETERS
    return name != "ping" or tag.name in ("a", "area")


def _of_content(tag: Tag, html: str) -> Iterator[Request]:
    """Yield what the text in a style or a script loads."""
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
                written = string[0][1:-1]
                yield Request(Use.LOAD, loads(string[0]), written, start + string.start() + 1)
    elif tag.name == "script" and kind == "module":
        for imported in _IMPORT.finditer(text):
            group = imported.lastindex or 1
            at = start + imported.start(group)
            yield Request(Use.LOAD, imported[group], imported[group], at)


def _in_data(tag: Tag, reader: _Reader, url: str, depth: int) -> Iterator[Request]:
    """Yield what a document or a style sheet loads that a `data:` URL holds."""
    found = _DATA.match(clean_url(url))
    if found is None:
        return
    data = unquote_to_bytes(found["data"].partition("#")[0])
    with suppress(NotBase64Error):
        text = (b64decode(data) if found["base64"] else data).decode("utf-8", "replace")
        if found["type"].lower() == "text/css" and depth > 0:
            for css_url, raw in _css(text):
                yield Request(Use.LOAD, css_url, raw, 0)
                yield from _in_data(tag, reader, css_url, depth - 1)
        elif tag.name in _DOCUMENTS and reader is _one:
            yield from _of_document(text, depth - 1)


def _request(use: Use, url: str, text: str, html: str, start: int, end: int) -> Request:
    """Return a request whose text is found between two offsets; all of that where it is not."""
    position = html.find(text, start, end)
    if position < 0:
        return Request(use, url, html[start:end], start)
    return Request(use, url, text, position)


def _inside(found: Iterator[Request], html: str, attribute: Attribute) -> Iterator[Request]:
    return _shifted(found, html, attribute.start, attribute.end)


def _shifted(found: Iterator[Request], html: str, start: int, end: int) -> Iterator[Request]:
    """Yield requests of a document that stands, in whatever writing, between two offsets."""
    for request in found:
        yield _request(request.use, request.url, request.text, html, start, end)

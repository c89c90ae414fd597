"""The HTML attributes with URLs that browsers use, and how to parse their values.

`_READERS` maps each element to its attributes with such URLs. It follows the HTML and SVG
standards, and includes attributes of older ones that browsers still support.
"""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import groupby

from proofdown.markup.html.css_urls import find_css_urls
from proofdown.markup.html.tags import Tag


class Use(StrEnum):
    """What a browser does with a URL."""

    LOAD = "load"
    """Load it, or prepare to load it."""
    SEND = "send"
    """Send to it what a reader enters in a form."""
    REPORT = "report"
    """Report to it what a reader does."""
    GO = "go"
    """Navigate to it, away from the page."""
    BASE = "base"
    """Resolve the page's relative URLs against it."""


FoundUrl = tuple[str, str]
"""A URL, and the part of the text that it was read from."""


def _one(value: str) -> Iterator[FoundUrl]:
    yield value, value


def _several(value: str) -> Iterator[FoundUrl]:
    yield from ((url, url) for url in re.split(r"[\s,]+", value))


_SRCSET_PART = re.compile(r"[\s,]*(\S+)")
_DESCRIPTORS = re.compile(r"(?:[^,(]|\([^)]*\)?)*")


def _srcset(value: str) -> Iterator[FoundUrl]:
    position = 0
    while found := _SRCSET_PART.match(value, position):
        url, position = found[1].rstrip(","), found.end()
        if url == found[1]:  # a comma right after the URL means that it has no descriptors
            descriptors = _DESCRIPTORS.match(value, position)
            position = descriptors.end() if descriptors else position
        yield url, url


def css_urls(value: str) -> Iterator[FoundUrl]:
    """Yield the URLs that CSS loads, with their source text."""
    yield from ((found.url, value[found.start : found.end]) for found in find_css_urls(value))


# Such as `5; url=next.html`; browsers also accept a comma, and a URL without `url=`.
_REFRESH = re.compile(
    r"\s*+[\d.]*+(?=[;,\s])\s*+[;,]?\s*+(?:url\s*+=\s*+)?(?:\"([^\"]*)|'([^']*)|(.*))",
    re.IGNORECASE | re.DOTALL,
)


def _refresh(value: str) -> Iterator[FoundUrl]:
    if found := _REFRESH.match(value):
        url = found[found.lastindex or 3] or ""
        yield url, url


def _animated(value: str) -> Iterator[FoundUrl]:
    """Yield the values of an animated attribute, and the URLs of CSS in them.

    The animation may change any attribute, so that each value may be a URL or CSS.
    """
    yield from ((url, url) for url in value.split(";"))
    yield from css_urls(value)


_Reader = Callable[[str], Iterator[FoundUrl]]
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
"""Element → attribute whose URLs browsers use → how to read its value."""
_READERS |= dict.fromkeys(
    "altglyph color-profile cursor feimage filter font-face-uri glyphref lineargradient mpath "
    "pattern radialgradient textpath tref use".split(),
    _SVG_LINKS,
)
_CSS_ATTRIBUTES = (
    *("style", "clip-path", "cursor", "fill", "filter", "mask", "stroke"),
    *("marker", "marker-start", "marker-mid", "marker-end"),
)
_GLOBAL_READERS: dict[str, _Reader] = {
    "attributionsrc": _several,
    "background": _one,
    "ping": _several,
    **dict.fromkeys(_CSS_ATTRIBUTES, css_urls),
}
"""Attributes of any element."""
_USES = {
    "action": Use.SEND,
    "formaction": Use.SEND,
    "ping": Use.REPORT,
    "attributionsrc": Use.REPORT,
    "content": Use.GO,
}
"""Attribute → use, if it is not `Use.LOAD`."""
_LOADING_RELATIONS = frozenset(
    "apple-touch-icon apple-touch-icon-precomposed apple-touch-startup-image "
    "compression-dictionary dns-prefetch fluid-icon icon import manifest mask-icon modulepreload "
    "next preconnect prefetch preload prerender search serviceworker stylesheet".split()
)
_OBJECT_PARAMETERS = ("code", "data", "movie", "src", "url")

_NAMES = sorted({*_READERS, "noscript", "style"})
_BY_LETTER = "|".join(
    f"{letter}(?:{'|'.join(name[1:] for name in names)})"
    for letter, names in groupby(_NAMES, key=lambda name: name[0])
)
_ELEMENT = re.compile(
    rf"<(?=[{''.join({name[0] for name in _NAMES})}])(?:{_BY_LETTER})(?=[\s/>])", re.IGNORECASE
)
_QUOTED_CALL = r"=\s*+(?:\"[^\"(&]*+[(&]|'[^'(&]*+[(&])"
"""A quoted value that may call a function; CSS in an attribute loads nothing without one."""
_CALLING_VALUE = re.compile(_QUOTED_CALL)
_BARE_VALUE = r"\s*+=\s*+[^\s\"'>]"
_URL_ATTRIBUTES = ("attributionsrc", "background", "ping")
_ATTRIBUTE_PATTERNS = tuple(
    re.compile(name)
    for name in (
        *(f"{name}{_BARE_VALUE}" for name in _CSS_ATTRIBUTES),
        *(rf"{name}\s*+=" for name in _URL_ATTRIBUTES),
    )
)
"""One pattern for each name: `re` searches for a literal prefix much faster than for several."""
_ATTRIBUTE = re.compile(
    rf"(?:{'|'.join(_URL_ATTRIBUTES)})\s*+="
    rf"|(?:{'|'.join(_CSS_ATTRIBUTES)})(?:\s*+{_QUOTED_CALL}|{_BARE_VALUE})",
    re.IGNORECASE,
)


def urls_of(tag: Tag, name: str) -> Iterator[tuple[Use, FoundUrl]]:
    """Yield the URLs in an attribute that browsers use, each with its use."""
    reader = _READERS.get(tag.name, {}).get(name) or _GLOBAL_READERS.get(name)
    if reader and _is_used(tag, name):
        use = Use.BASE if tag.name == "base" else _USES.get(name, Use.LOAD)
        yield from ((use, found) for found in reader(tag.attributes[name].value) if found[0])


def _is_used(tag: Tag, name: str) -> bool:
    """Return whether browsers use an attribute, which can depend on another attribute."""
    if tag.name == "link":
        return not _LOADING_RELATIONS.isdisjoint((tag.get("rel") or "").lower().split())
    if tag.name == "meta":
        return (tag.get("http-equiv") or "").strip().lower() == "refresh"
    if tag.name == "param":
        return (tag.get("name") or "").strip().lower() in _OBJECT_PARAMETERS
    return name != "ping" or tag.name in ("a", "area")


def has_urls(html: str) -> bool:
    """Return whether HTML may contain such a URL; a prefilter, as most pages do not."""
    if _ELEMENT.search(html):
        return True
    lower = html.lower()
    return any(pattern.search(lower) for pattern in _ATTRIBUTE_PATTERNS) or any(
        _name_before(lower, found.start()).endswith(_CSS_ATTRIBUTES)
        for found in _CALLING_VALUE.finditer(lower)
    )


def _name_before(text: str, sign: int) -> str:
    """Return the end of the attribute name before an equals sign."""
    while sign and text[sign - 1].isspace():
        sign -= 1
    return text[max(0, sign - 12) : sign]  # the longest of `_CSS_ATTRIBUTES` has 12 characters


def may_have_urls(html: str, start: int, end: int) -> bool:
    """Return whether the tag between two offsets may have such a URL: a prefilter."""
    return bool(_ELEMENT.match(html, start) or _ATTRIBUTE.search(html, start, end))

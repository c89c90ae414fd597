"""Finds the links of a page and rewrites them to addresses; puts drawings in for their images."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from html import escape

from msgspec import Struct

from proofdown.addresses import encode_path
from proofdown.content.discovery import Page
from proofdown.markup.html.requests import Request, find_requests
from proofdown.markup.html.tags import Attribute, Tag, find_tags
from proofdown.site.links.resolve import Kind, Resolved, Targets
from proofdown.source import Edit, apply_edits

_LINK_ATTRIBUTES = {
    "a": ("href",),
    "area": ("href",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "script": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "object": ("data",),
    "use": ("href",),
}

_SHOWN = frozenset(["img", "source", "script", "embed", "video", "audio", "track", "object"])
_SRCSET_PART = re.compile(r"\s*([^\s,]\S*[^\s,]|[^\s,])(\s+[^,]*)?\s*(?:,|$)")
_OWN_ID = re.compile(r"(?:id=\"|aria-labelledby=\"|aria-describedby=\"|url\(#)drawing-[a-z0-9-]+-")
_LONE_IMAGE = re.compile(r"<p>\s*\Z")


class Link(Struct, frozen=True):
    """A link, image or other reference on a page, as written and as resolved."""

    tag: str
    written: str
    nth: int
    """Which of the page's references with the same text this is, from 0."""
    resolved: Resolved
    drawing: str = ""
    """Name of the diagram that the link stands in; empty for one in the page itself."""

    @property
    def is_shown(self) -> bool:
        """Whether the target is shown or run as part of the page, not gone to."""
        return self.tag in _SHOWN


class Image(Struct, frozen=True):
    """An image on a page."""

    written: str
    nth: int
    alt: str | None


class ShownRecording(Struct, frozen=True):
    """A recording as an image in a page shows it."""

    name: str
    caption: str
    first: str
    """Text of the first line shown; empty to begin at the top."""
    last: str
    """Text of the last line shown; empty to go to the end."""
    written: str
    nth: int


class LinkedBody(Struct, frozen=True, dict=True):
    """A page's body with its links rewritten to addresses and its drawings put in."""

    html: str
    links: tuple[Link, ...]
    anchors: Counter[str]
    images: tuple[Image, ...]
    drawings: tuple[str, ...]
    """Names of the diagrams shown, in order."""
    recordings: tuple[ShownRecording, ...]

    @cached_property
    def requests(self) -> list[Request]:
        """What it makes browsers ask for."""
        return find_requests(self.html)


class Shown(Struct, frozen=True):
    """A drawing as an image in a page shows it."""

    name: str
    alt: str
    caption: str
    """The image's title; empty where it has none."""
    nth: int
    """How often the page has shown the same drawing before."""
    is_alone: bool
    """Whether it stands in a paragraph of its own."""


Figure = Callable[[Shown | ShownRecording], str]
"""Makes the HTML of a drawing or a recording from how it is shown."""


def link_body(page: Page, html: str, targets: Targets, figure: Figure) -> LinkedBody:
    """Return a page's HTML with each reference rewritten from a source path to an address."""
    return _Linker(page, html, targets, figure).run()


class _Linker:
    def __init__(self, page: Page, html: str, targets: Targets, figure: Figure) -> None:
        self.page, self.html, self.targets, self.figure = page, html, targets, figure
        self.links: list[Link] = []
        self.images: list[Image] = []
        self.drawings: list[str] = []
        self.recordings: list[ShownRecording] = []
        self.anchors: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.edits: list[Edit] = []

    def run(self) -> LinkedBody:
        for tag in find_tags(self.html):
            self.anchors.update(anchors_of(tag))
            for name, attribute in link_attributes(tag):
                if name == "srcset":
                    self.rewrite_srcset(tag, attribute)
                else:
                    self.rewrite(tag, attribute)
        return LinkedBody(
            apply_edits(self.html, self.edits),
            tuple(self.links),
            self.anchors,
            tuple(self.images),
            tuple(self.drawings),
            tuple(self.recordings),
        )

    def resolve(self, tag: Tag, written: str) -> Link:
        resolved = self.targets.resolve(written, self.page.folder, self.page.address)
        link = Link(tag.name, written, self.seen[written], resolved)
        self.seen[written] += 1
        self.links.append(link)
        return link

    def rewrite(self, tag: Tag, attribute: Attribute) -> None:
        link = self.resolve(tag, attribute.value)
        if tag.name == "img":
            self.images.append(Image(link.written, link.nth, tag.get("alt")))
            if link.resolved.kind is Kind.DRAWING:
                self.put_drawing(tag, link.resolved.address)
                return
            if link.resolved.kind is Kind.RECORDING:
                self.put_recording(tag, link)
                return
        new = self.href(link.resolved)
        if new is not None and new != attribute.value:
            value = escape(new)
            is_bare = attribute.start == attribute.end or self.html[attribute.start - 1] == "="
            self.edits.append((attribute.start, attribute.end, f'"{value}"' if is_bare else value))

    def rewrite_srcset(self, tag: Tag, attribute: Attribute) -> None:
        parts = []
        for found in _SRCSET_PART.finditer(attribute.value):
            new = self.href(self.resolve(tag, found[1]).resolved)
            parts.append(f"{found[1] if new is None else new}{(found[2] or '').rstrip()}")
        self.edits.append((attribute.start, attribute.end, escape(", ".join(parts))))

    def href(self, resolved: Resolved) -> str | None:
        """Return how the page writes a link to what was found; None to leave it as it is."""
        return href_of(resolved, self.page.address, self.targets)

    def put_drawing(self, tag: Tag, name: str) -> None:
        """Replace an image by the drawing; one alone in its paragraph replaces the paragraph."""
        start, end, is_alone = self.extent(tag)
        nth = self.drawings.count(name)
        self.drawings.append(name)
        shown = Shown(name, tag.get("alt") or "", tag.get("title") or "", nth, is_alone)
        html = _with_own_ids(self.figure(shown), nth)
        self.edits.append((start, end, self.link_drawing(name, html)))

    def put_recording(self, tag: Tag, link: Link) -> None:
        """Replace an image by the recording it refers to, or the part of it between two lines."""
        start, end, _ = self.extent(tag)
        marks = (tag.get("from") or "", tag.get("to") or "")
        name, caption = link.resolved.address, tag.get("alt") or ""
        shown = ShownRecording(name, caption, *marks, link.written, link.nth)
        self.recordings.append(shown)
        self.edits.append((start, end, self.figure(shown)))

    def extent(self, tag: Tag) -> tuple[int, int, bool]:
        """Return what to replace for an image: its paragraph where it stands alone in it."""
        before = _LONE_IMAGE.search(self.html, max(0, tag.start - 8), tag.start)
        after = self.html[tag.end : tag.end + 8].lstrip()
        if before is None or not after.startswith("</p>"):
            return tag.start, tag.end, False
        return before.start(), self.html.index("</p>", tag.end) + len("</p>"), True

    def link_drawing(self, name: str, html: str) -> str:
        """Return a drawing with its links rewritten, which start from the diagram's folder."""
        for tag in find_tags(html):
            self.anchors.update(anchors_of(tag))
        linked, links = link_picture(name, html, self.page.address, self.targets)
        self.links += links
        return linked


def link_picture(name: str, html: str, address: str, targets: Targets) -> tuple[str, list[Link]]:
    """Return HTML with the links in its picture of a diagram rewritten, and these links.

    Args:
        name: the diagram.
        html: HTML that holds one `<svg>`.
        address: address of what the picture stands in.
        targets: what its links can lead to.
    """
    diagram = next(path for path, known in targets.diagrams.items() if known == name)
    picture = range(html.find("<svg"), html.find("</svg>"))
    links: list[Link] = []
    edits: list[Edit] = []
    for tag in find_tags(html):
        attribute = tag.attributes.get("href")
        if attribute is None or tag.start not in picture:
            continue
        resolved = targets.resolve_in_diagram(attribute.value, diagram)
        links.append(Link("a", attribute.value, 0, resolved, name))
        new = href_of(resolved, address, targets)
        shown = escape(attribute.value if new is None else new)
        edits.append((attribute.start, attribute.end, shown))
    return apply_edits(html, edits), links


def href_of(resolved: Resolved, address: str, targets: Targets) -> str | None:
    """Return how the page at an address links to what was found; None to leave it as it is."""
    if resolved.kind in (Kind.OUTSIDE, Kind.MISSING, Kind.DRAFT, Kind.LOST):
        return None
    if not resolved.path:
        return None
    target = resolved.address
    if resolved.kind is Kind.DRAWING:
        target = drawing_address(target, "svg")
    if resolved.kind is Kind.RECORDING:
        target = recording_address(target)
    query = f"?{resolved.query}" if resolved.query else ""
    anchor = f"#{encode_path(resolved.anchor)}" if resolved.anchor else ""
    return targets.href(address, target) + query + anchor


def _with_own_ids(html: str, nth: int) -> str:
    """Return a drawing that the page has shown before with ids of its own."""
    return html if nth == 0 else _OWN_ID.sub(rf"\g<0>-{nth + 1}-", html)


def link_attributes(tag: Tag) -> Iterator[tuple[str, Attribute]]:
    """Yield the attributes of a tag that refer to something, canonical links left out."""
    if tag.name == "link" and (tag.get("rel") or "").lower() in ("canonical", "alternate"):
        return
    for name in _LINK_ATTRIBUTES.get(tag.name, ()):
        attribute = tag.attributes.get(name)
        if attribute is not None:
            yield name, attribute


def anchors_of(tag: Tag) -> tuple[str, ...]:
    """Return the anchors that a tag makes: its id, and an old-style `<a name>`."""
    id_ = tag.get("id")
    name = tag.get("name") if tag.name == "a" else None
    return tuple(dict.fromkeys(anchor for anchor in (id_, name) if anchor))


def recording_address(name: str) -> str:
    """Return the address of a recording's text."""
    return f"recordings/{name}.txt"


def drawing_address(name: str, extension: str) -> str:
    """Return the address of a drawing's picture."""
    return f"drawings/{name}.{extension}"

"""Rewrite the links of a page to addresses, and replace images by drawings and recordings."""

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

# Tags whose target browsers load as part of the page.
_SHOWN = frozenset(["img", "source", "script", "embed", "video", "audio", "track", "object"])
# A URL with its descriptor, as in `rack.png 2x`; a comma inside a URL is part of it.
_SRCSET_PART = re.compile(r"\s*([^\s,]\S*[^\s,]|[^\s,])(\s+[^,]*)?\s*(?:,|$)")
# Definitions of ids and references to them, also in `url(#…)`, as gradients and clips use.
_OWN_ID = re.compile(r"(?:id=\"|aria-labelledby=\"|aria-describedby=\"|url\(#)drawing-[a-z0-9-]+-")
_LONE_IMAGE = re.compile(r"<p>\s*\Z")


class Link(Struct, frozen=True, kw_only=True):
    """A link, image or other reference on a page: its text and its target."""

    tag: str
    written: str
    nth: int
    """Which of the page's references with the same text this is, from 0."""
    resolved: Resolved
    drawing: str = ""
    """Name of the diagram that contains the link; empty for one in the page itself."""

    @property
    def is_shown(self) -> bool:
        """Whether browsers load the target as part of the page, rather than following a link."""
        return self.tag in _SHOWN


class Image(Struct, frozen=True):
    """An image on a page."""

    written: str
    nth: int
    alt: str | None


class ShownRecording(Struct, frozen=True, kw_only=True):
    """A recording as an image on a page shows it."""

    name: str
    caption: str
    first: str
    """Text in the first line shown; empty to begin at the top."""
    last: str
    """Text in the last line shown; empty to go to the end."""
    written: str
    nth: int


class LinkedBody(Struct, frozen=True, dict=True, kw_only=True):
    """A page's body with links rewritten to addresses and with its drawings inlined."""

    html: str
    links: tuple[Link, ...]
    anchors: Counter[str]
    images: tuple[Image, ...]
    drawings: tuple[str, ...]
    """Names of the diagrams shown, in order."""
    recordings: tuple[ShownRecording, ...]

    @cached_property
    def requests(self) -> list[Request]:
        """The requests that it makes browsers send."""
        return find_requests(self.html)


class Shown(Struct, frozen=True, kw_only=True):
    """A drawing as an image on a page shows it."""

    name: str
    alt: str
    caption: str
    """The image's title; empty if it has none."""
    nth: int
    """How often the page has shown the same drawing before."""
    is_alone: bool
    """Whether it is alone in its paragraph."""


Figure = Callable[[Shown | ShownRecording], str]
"""Renders a drawing or a recording as HTML."""


def link_body(page: Page, html: str, targets: Targets, figure: Figure) -> LinkedBody:
    """Return a page's HTML with references rewritten from source paths to addresses."""
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
            html=apply_edits(self.html, self.edits),
            links=tuple(self.links),
            anchors=self.anchors,
            images=tuple(self.images),
            drawings=tuple(self.drawings),
            recordings=tuple(self.recordings),
        )

    def resolve(self, tag: Tag, written: str) -> Link:
        resolved = self.targets.resolve(written, self.page.folder, self.page.address)
        link = Link(tag=tag.name, written=written, nth=self.seen[written], resolved=resolved)
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
            # An unquoted value (`href=a.md`) needs quotes for characters of the new one.
            is_bare = attribute.start == attribute.end or self.html[attribute.start - 1] == "="
            self.edits.append((attribute.start, attribute.end, f'"{value}"' if is_bare else value))

    def rewrite_srcset(self, tag: Tag, attribute: Attribute) -> None:
        parts = []
        for found in _SRCSET_PART.finditer(attribute.value):
            new = self.href(self.resolve(tag, found[1]).resolved)
            parts.append(f"{found[1] if new is None else new}{(found[2] or '').rstrip()}")
        self.edits.append((attribute.start, attribute.end, escape(", ".join(parts))))

    def href(self, resolved: Resolved) -> str | None:
        """Return the page's link to a target; None to leave the link as it is."""
        return href_of(resolved, self.page.address, self.targets)

    def put_drawing(self, tag: Tag, name: str) -> None:
        """Replace an image by the drawing, with its paragraph if it is alone there."""
        start, end, is_alone = self.extent(tag)
        nth = self.drawings.count(name)
        self.drawings.append(name)
        shown = Shown(
            name=name,
            alt=tag.get("alt") or "",
            caption=tag.get("title") or "",
            nth=nth,
            is_alone=is_alone,
        )
        html = _with_own_ids(self.figure(shown), nth)
        self.edits.append((start, end, self.link_drawing(name, html)))

    def put_recording(self, tag: Tag, link: Link) -> None:
        """Replace an image by the recording it refers to, or by the part it selects."""
        start, end, _ = self.extent(tag)
        shown = ShownRecording(
            name=link.resolved.address,
            caption=tag.get("alt") or "",
            first=tag.get("from") or "",
            last=tag.get("to") or "",
            written=link.written,
            nth=link.nth,
        )
        self.recordings.append(shown)
        self.edits.append((start, end, self.figure(shown)))

    def extent(self, tag: Tag) -> tuple[int, int, bool]:
        """Return start and end of what an image's replacement replaces, and whether it is alone.

        An image alone in its paragraph is replaced with the paragraph.
        """
        # A `<figure>` or a code block inside `<p>` would be invalid HTML.
        before = _LONE_IMAGE.search(self.html, max(0, tag.start - 8), tag.start)
        after = self.html[tag.end : tag.end + 8].lstrip()
        if before is None or not after.startswith("</p>"):
            return tag.start, tag.end, False
        return before.start(), self.html.index("</p>", tag.end) + len("</p>"), True

    def link_drawing(self, name: str, html: str) -> str:
        """Return a drawing with its links, relative to the diagram's folder, rewritten."""
        for tag in find_tags(html):
            self.anchors.update(anchors_of(tag))
        linked, links = link_picture(name, html, self.page.address, self.targets)
        self.links += links
        return linked


def link_picture(name: str, html: str, address: str, targets: Targets) -> tuple[str, list[Link]]:
    """Return HTML with the links of its drawing rewritten, and these links.

    Args:
        name: the diagram.
        html: HTML with one `<svg>`.
        address: address of the page or file that contains the drawing.
        targets: the targets of links.
    """
    diagram = next(path for path, known in targets.diagrams.items() if known == name)
    # The links of the figure around the drawing are resolved already.
    picture = range(html.find("<svg"), html.find("</svg>"))
    links: list[Link] = []
    edits: list[Edit] = []
    for tag in find_tags(html):
        attribute = tag.attributes.get("href")
        if attribute is None or tag.start not in picture:
            continue
        resolved = targets.resolve_in_diagram(attribute.value, diagram)
        link = Link(tag="a", written=attribute.value, nth=0, resolved=resolved, drawing=name)
        links.append(link)
        new = href_of(resolved, address, targets)
        shown = escape(attribute.value if new is None else new)
        edits.append((attribute.start, attribute.end, shown))
    return apply_edits(html, edits), links


def href_of(resolved: Resolved, address: str, targets: Targets) -> str | None:
    """Return the link from the page at an address to a target; None to leave it as it is."""
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
    """Return a drawing with unique ids, even if the page has shown it before."""
    return html if nth == 0 else _OWN_ID.sub(rf"\g<0>-{nth + 1}-", html)


def link_attributes(tag: Tag) -> Iterator[tuple[str, Attribute]]:
    """Yield the attributes of a tag that refer to something."""
    # A canonical or alternate link holds the URL of a published page, not a path.
    if tag.name == "link" and (tag.get("rel") or "").lower() in ("canonical", "alternate"):
        return
    for name in _LINK_ATTRIBUTES.get(tag.name, ()):
        attribute = tag.attributes.get(name)
        if attribute is not None:
            yield name, attribute


def anchors_of(tag: Tag) -> tuple[str, ...]:
    """Return the anchors that a tag defines: its id, and the old `<a name>`."""
    id_ = tag.get("id")
    name = tag.get("name") if tag.name == "a" else None
    return tuple(dict.fromkeys(anchor for anchor in (id_, name) if anchor))


def recording_address(name: str) -> str:
    """Return the address of a recording's text."""
    return f"recordings/{name}.txt"


def drawing_address(name: str, extension: str) -> str:
    """Return the address of a drawing's picture."""
    return f"drawings/{name}.{extension}"

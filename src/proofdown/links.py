"""Resolves what a link says to what the site has, and rewrites a page's HTML accordingly."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from urllib.parse import unquote, urlsplit

from proofdown.addresses import INDEX_NAMES, encode_path, folder_of, join_path, relative_href
from proofdown.config import Config
from proofdown.content import Content, Page
from proofdown.diagnostics import did_you_mean
from proofdown.htmltags import Attribute, Tag, find_tags

NOT_FOUND_ADDRESS = "404.html"
"""The page that hosts serve for every address they do not have."""

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
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SRCSET_PART = re.compile(r"\s*([^\s,]\S*[^\s,]|[^\s,])(\s+[^,]*)?\s*(?:,|$)")
_LONE_IMAGE = re.compile(r"<p>\s*\Z")


class Kind(StrEnum):
    """What a link leads to."""

    OUTSIDE = "outside"
    PAGE = "page"
    ASSET = "asset"
    DRAWING = "drawing"
    OTHER = "other"
    """A file of the site that is none of these, such as `sitemap.xml`."""
    MISSING = "missing"
    DRAFT = "draft"
    LOST = "lost"
    """A page that is there and could not be read, which is reported where it is."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where a link leads."""

    kind: Kind
    address: str = ""
    query: str = ""
    anchor: str = ""
    path: str = ""
    """The path looked for, without query and fragment, percent-decoded."""

    @property
    def is_found(self) -> bool:
        """Whether it leads to something in the site."""
        return self.kind in (Kind.PAGE, Kind.ASSET, Kind.DRAWING, Kind.OTHER)


@dataclass(frozen=True, slots=True)
class Link:
    """A link, image or other reference on a page, as written and as resolved."""

    tag: str
    written: str
    nth: int
    """Which of the page's references with the same text this is, from 0."""
    resolution: Resolution
    drawing: str = ""
    """Name of the diagram that the link stands in; empty for one in the page itself."""

    @property
    def is_shown(self) -> bool:
        """Whether the target is shown or run as part of the page, not gone to."""
        return self.tag in _SHOWN


@dataclass(frozen=True, slots=True)
class Image:
    """An image on a page."""

    written: str
    nth: int
    alt: str | None


@dataclass(frozen=True, slots=True)
class LinkedBody:
    """A page's body with its links rewritten to addresses and its drawings put in."""

    html: str
    links: tuple[Link, ...]
    anchors: Counter[str]
    images: tuple[Image, ...]
    drawings: tuple[str, ...]
    """Names of the diagrams shown, in order."""


@dataclass(frozen=True)
class Targets:
    """Everything in a site that a link can lead to."""

    pages: dict[str, str]
    """Path of each page in the content folder → its address."""
    assets: frozenset[str]
    """Paths of the assets in the content folder, which are their addresses."""
    diagrams: dict[str, str]
    """Path of each DOT source relative to the site's root → its diagram's name."""
    content_folder: str
    """Path of the content folder relative to the site's root."""
    drafts: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    """Paths of pages, and of DOT sources from the root, that could not be read or drawn."""
    others: frozenset[str] = frozenset()
    """Addresses of files that come with the theme or are made by the build."""
    addresses: frozenset[str] = frozenset()
    """Addresses of all pages."""
    base: str = "/"
    """Path of the site on its host, for the one page that is served at any depth."""

    def href(self, start: str, target: str) -> str:
        """Return how the page at one address links to another address."""
        if start == NOT_FOUND_ADDRESS:
            return self.base + encode_path(target).removeprefix("./")
        return relative_href(start, target)

    def resolve(self, written: str, folder: str, address: str) -> Resolution:
        """Return where a reference on a page leads.

        Args:
            written: the reference as the author wrote it, character references resolved.
            folder: the page's folder in the content folder, which paths start from.
            address: the page's address, which addresses start from.
        """
        if _SCHEME.match(written) or written.startswith("//"):
            return Resolution(Kind.OUTSIDE)
        try:
            parts = urlsplit(written)
        except ValueError:
            return Resolution(Kind.MISSING, path=written)
        path, anchor = unquote(parts.path), unquote(parts.fragment)
        if not path:
            return Resolution(Kind.PAGE, address, parts.query, anchor)
        kind, found = self._look_up(path, folder, address)
        return Resolution(kind, found, parts.query, anchor, path)

    def _look_up(self, path: str, folder: str, address: str) -> tuple[Kind, str]:
        source = join_path("", path.lstrip("/")) if path[0] == "/" else join_path(folder, path)
        if source is not None:
            found = self._by_path(source)
            if found:
                return found
        from_root = f"{self.content_folder}/{folder}" if folder else self.content_folder
        from_root = join_path(from_root, path) or ""
        if from_root in self.diagrams:
            return Kind.DRAWING, self.diagrams[from_root]
        if from_root in self.lost:
            return Kind.LOST, ""
        base = "" if path[0] == "/" else folder_of(address)
        return self._by_address(join_path(base, path.lstrip("/")))

    def _by_path(self, path: str) -> tuple[Kind, str] | None:
        if path in self.pages:
            return Kind.PAGE, self.pages[path]
        if path in self.assets:
            return Kind.ASSET, path
        if path in self.drafts:
            return Kind.DRAFT, ""
        if path in self.lost:
            return Kind.LOST, ""
        folder = path.rstrip("/")
        for name in INDEX_NAMES:
            index = f"{folder}/{name}" if folder else name
            if index in self.pages:
                return Kind.PAGE, self.pages[index]
        return None

    def _by_address(self, address: str | None) -> tuple[Kind, str]:
        if address is None:
            return Kind.MISSING, ""
        plain = address.removesuffix("index.html") if address.endswith("index.html") else address
        for candidate in (plain, plain + "/"):
            if candidate in self.addresses:
                return Kind.PAGE, candidate
        if address in self.others:
            return Kind.OTHER, address
        return (Kind.ASSET, address) if address in self.assets else (Kind.MISSING, "")

    def resolve_in_diagram(self, written: str, diagram: str) -> Resolution:
        """Return where a link in a drawing leads: a path from the DOT file, or from the content."""
        path = join_path(diagram.rpartition("/")[0], urlsplit(written).path)
        inside = f"{self.content_folder}/"
        if path is not None and path.startswith(inside) and not _SCHEME.match(written):
            tail = written[len(urlsplit(written).path) :]
            return self.resolve(f"/{path.removeprefix(inside)}{tail}", "", "")
        return self.resolve(written, "", "")

    def suggest(self, path: str, folder: str) -> str:
        """Return a guess at what a missing path meant, as `did you mean …?`, or an empty text."""
        known = {relative_href(folder + "/" if folder else "", p): p for p in self.pages}
        known |= {relative_href(folder + "/" if folder else "", p): p for p in self.assets}
        wanted = encode_path(path)
        if path.lower().endswith((".html", "/")):
            stem = wanted.removesuffix("index.html").removesuffix(".html").rstrip("/")
            if f"{stem}.md" in known:
                return f"did you mean `{stem}.md`?"
        name = wanted.rsplit("/", 1)[-1]
        moved = [k for k in known if k.rsplit("/", 1)[-1] == name]
        if len(moved) == 1:
            return f"did you mean `{moved[0]}`?"
        return did_you_mean(wanted, known, cutoff=0.7)


def make_targets(
    config: Config,
    content: Content,
    diagrams: dict[str, str],
    lost: frozenset[str],
    others: frozenset[str],
) -> Targets:
    """Return what links can lead to.

    Args:
        config: the site's settings.
        content: its pages and assets.
        diagrams: the path of each DOT source relative to the root, with its diagram's name.
        lost: paths of DOT sources that could not be drawn.
        others: addresses of the files that the build itself makes.
    """
    pages = {page.path: page.address for page in content.pages}
    return Targets(
        pages,
        frozenset(asset.path for asset in content.assets),
        diagrams,
        config.content.as_posix(),
        frozenset(page.path for page in content.drafts),
        content.lost | lost,
        others,
        frozenset(pages.values()),
        urlsplit(config.url).path or "/",
    )


Figure = Callable[["Shown"], str]
"""Makes the HTML of a drawing from how it is shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A drawing as an image in a page shows it."""

    name: str
    alt: str
    caption: str
    """The image's title; empty where it has none."""
    nth: int
    """How often the page has shown the same drawing before."""
    is_alone: bool
    """Whether it stands in a paragraph of its own."""


def link_body(page: Page, html: str, targets: Targets, figure: Figure) -> LinkedBody:
    """Return a page's HTML with each reference rewritten from a source path to an address."""
    return _Linker(page, html, targets, figure).run()


class _Linker:
    def __init__(self, page: Page, html: str, targets: Targets, figure: Figure) -> None:
        self.page, self.html, self.targets, self.figure = page, html, targets, figure
        self.links: list[Link] = []
        self.images: list[Image] = []
        self.drawings: list[str] = []
        self.anchors: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.edits: list[tuple[int, int, str]] = []

    def run(self) -> LinkedBody:
        for tag in find_tags(self.html):
            self.anchors.update(anchors_of(tag))
            for name, attribute in link_attributes(tag):
                if name == "srcset":
                    self.rewrite_srcset(tag, attribute)
                else:
                    self.rewrite(tag, attribute)
        pieces, position = [], 0
        for start, end, text in self.edits:
            pieces += [self.html[position:start], text]
            position = end
        html = "".join([*pieces, self.html[position:]])
        return LinkedBody(
            html, tuple(self.links), self.anchors, tuple(self.images), tuple(self.drawings)
        )

    def resolve(self, tag: Tag, written: str) -> Link:
        resolution = self.targets.resolve(written, self.page.folder, self.page.address)
        link = Link(tag.name, written, self.seen[written], resolution)
        self.seen[written] += 1
        self.links.append(link)
        return link

    def rewrite(self, tag: Tag, attribute: Attribute) -> None:
        link = self.resolve(tag, attribute.value)
        if tag.name == "img":
            self.images.append(Image(link.written, link.nth, tag.get("alt")))
            if link.resolution.kind is Kind.DRAWING:
                self.put_drawing(tag, link.resolution.address)
                return
        new = self.href(link.resolution)
        if new is not None and new != attribute.value:
            value = escape(new)
            is_bare = attribute.start == attribute.end or self.html[attribute.start - 1] == "="
            self.edits.append((attribute.start, attribute.end, f'"{value}"' if is_bare else value))

    def rewrite_srcset(self, tag: Tag, attribute: Attribute) -> None:
        parts = []
        for found in _SRCSET_PART.finditer(attribute.value):
            new = self.href(self.resolve(tag, found[1]).resolution)
            parts.append(f"{found[1] if new is None else new}{(found[2] or '').rstrip()}")
        self.edits.append((attribute.start, attribute.end, escape(", ".join(parts))))

    def href(self, resolution: Resolution) -> str | None:
        """Return how the page writes a link to what was found; None to leave it as it is."""
        if resolution.kind in (Kind.OUTSIDE, Kind.MISSING, Kind.DRAFT, Kind.LOST):
            return None
        if not resolution.path:
            return None
        address = resolution.address
        if resolution.kind is Kind.DRAWING:
            address = drawing_address(address, "svg")
        query = f"?{resolution.query}" if resolution.query else ""
        anchor = f"#{encode_path(resolution.anchor)}" if resolution.anchor else ""
        return self.targets.href(self.page.address, address) + query + anchor

    def put_drawing(self, tag: Tag, name: str) -> None:
        """Replace an image by the drawing; one alone in its paragraph replaces the paragraph."""
        before = _LONE_IMAGE.search(self.html, max(0, tag.start - 8), tag.start)
        after = self.html[tag.end : tag.end + 8].lstrip()
        is_alone = before is not None and after.startswith("</p>")
        start, end = tag.start, tag.end
        if before and is_alone:
            start, end = before.start(), self.html.index("</p>", tag.end) + len("</p>")
        nth = self.drawings.count(name)
        self.drawings.append(name)
        shown = Shown(name, tag.get("alt") or "", tag.get("title") or "", nth, is_alone)
        html = _with_own_ids(self.figure(shown), nth)
        self.edits.append((start, end, self.link_drawing(name, html)))

    def link_drawing(self, name: str, html: str) -> str:
        """Return a drawing with its links rewritten, which start from the diagram's folder."""
        diagram = next(path for path, known in self.targets.diagrams.items() if known == name)
        pieces, position = [], 0
        picture = range(html.find("<svg"), html.find("</svg>"))
        for tag in find_tags(html):
            self.anchors.update(anchors_of(tag))
            attribute = tag.attributes.get("href")
            if attribute is None or tag.start not in picture:
                continue
            resolution = self.targets.resolve_in_diagram(attribute.value, diagram)
            self.links.append(Link("a", attribute.value, 0, resolution, name))
            new = self.href(resolution)
            pieces += [html[position : attribute.start], attribute.value if new is None else new]
            position = attribute.end
        return "".join([*pieces, html[position:]])


def _with_own_ids(html: str, nth: int) -> str:
    """Return a drawing that the page has shown before with ids of its own."""
    return html if nth == 0 else re.sub(r"(drawing-[a-z0-9-]+-)", rf"\g<1>{nth + 1}-", html)


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


def drawing_address(name: str, extension: str) -> str:
    """Return the address of a drawing's picture."""
    return f"drawings/{name}.{extension}"

"""A built page as a tree of blocks: paragraphs, lists, tables, code and drawings, made comparable.

Ids, classes and the way links are written are left behind; where a link leads is kept, as an
address in the site, so that a page that only moved reads as before.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from urllib.parse import urljoin

from lxml import etree, html
from lxml.html import HtmlElement
from msgspec import Struct

from proofdown.addresses import split_url
from proofdown.diagrams.drawing import Drawing, drawing_id
from proofdown.markup.classes import EVIDENCE, HIGHLIGHT, MOVED_ANCHOR, PERMALINK
from proofdown.review.diff.clean_html import clean_html
from proofdown.review.diff.graphs import says
from proofdown.site.model import BuiltPage, Site

_GROUPS = frozenset(
    "div section article aside main blockquote ul ol li dl dd details figure".split()
)
_LEAVES = frozenset("p h1 h2 h3 h4 h5 h6 dt summary figcaption hr pre table address".split())
_ACTIVE = frozenset("script iframe object embed form base meta link style template".split())
_TURNS_ROUND = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that make text read in another order than it is written."""
_VALUE = r"(?:\"[^\"]*\"|'[^']*')"
_CLASS = re.compile(rf"(<[a-z0-9]+(?: [a-z-]+={_VALUE})*?) class={_VALUE}")
"""The class in a start tag as lxml writes it; a text may well read `class="…"`."""
_DEEPEST = 40
"""Blocks nested deeper than this are taken as one text."""
HELD = "/held/"
"""Where the source of an image begins that stands for something put back in later."""


class Picture(Struct, frozen=True):
    """An image of a page, taken out of its HTML and known by what readers see of it."""

    address: str
    """Address of the file in the site; empty for one that stands in the page itself."""
    alt: str
    data: bytes
    """The file; empty where it is not in the site."""


@dataclass(frozen=True)
class Block:
    """A part of a page that is compared as one, or a group of such parts."""

    kind: str
    """`text`, `code`, `table`, `drawing` or `group`."""
    tag: str
    html: str
    """The whole of it, drawings and pictures held out."""
    element: HtmlElement = field(compare=False, repr=False)
    children: tuple["Block", ...] = ()
    drawing: Drawing | None = field(default=None, compare=False, repr=False)

    @cached_property
    def text(self) -> str:
        """What readers read, its white space folded."""
        return " ".join(str(self.element.text_content()).split())

    @cached_property
    def key(self) -> str:
        """What makes two blocks the same for readers."""
        if self.drawing is not None:
            return f"drawing {says(self.drawing)}"
        if self.kind == "code":
            return f"code {self.element.text_content()}"
        if self.kind == "group":
            opening = self.html.partition(">")[0]
            return f"{opening} {[child.key for child in self.children]}"
        return _CLASS.sub(r"\1", self.html)


class PageTree(Struct, frozen=True):
    """A page taken apart."""

    blocks: tuple[Block, ...]
    pictures: Mapping[str, Picture]
    """The images by the key that stands for each."""
    drawings: Mapping[str, Drawing]
    """The drawings by the key that stands for each."""
    active: Counter[str]
    """What in it can run, load something or turn a text round, by how it is written."""

    @property
    def text(self) -> str:
        """What readers read."""
        return " ".join(block.text for block in self.blocks)

    def leaves(self, kind: str) -> Iterator[Block]:
        """Yield the blocks of a kind, in order."""
        yield from _leaves(self.blocks, kind)


def take_apart(built: BuiltPage, site: Site, moved: Mapping[str, str]) -> PageTree:
    """Return a page as a tree.

    Args:
        built: the page.
        site: the site that it is of.
        moved: new addresses of pages by their old ones, for links to count as the same.
    """
    return _Reader(built, site, moved).read()


def parse_html(text: str) -> HtmlElement:
    """Return HTML as the content of a `<div>`."""
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    # A body that is empty, or begins with a processing instruction, has no element to find.
    found = html.document_fromstring(f"<div>{text}</div>".encode(), parser=parser)
    return found.body[0] if found.body is not None and len(found.body) else html.Element("div")


class _Reader:
    def __init__(self, built: BuiltPage, site: Site, moved: Mapping[str, str]) -> None:
        self.built, self.site, self.moved = built, site, moved
        self.files = {asset.path: asset.file for asset in site.content.assets}
        self.by_id = {drawing_id(name): drawing for name, drawing in site.drawings.items()}
        self.pictures: dict[str, Picture] = {}
        self.drawings: dict[str, Drawing] = {}

    def read(self) -> PageTree:
        root = parse_html(self.built.html)
        active = Counter(_active(root))
        for element in list(root.iter()):
            if not isinstance(element.tag, str):
                continue
            if element.tag == "svg":
                self.hold_svg(element)
            elif element.tag == "img":
                self.hold_image(element)
            elif element.tag == "a":
                self.rewrite(element)
        for left_behind in [p for p in root.iter("p") if _is_left_behind(p)]:
            left_behind.drop_tree()
        clean = parse_html(clean_html(_inner(root)))
        return PageTree(tuple(self.blocks(clean)), self.pictures, self.drawings, active)

    def hold_svg(self, svg: HtmlElement) -> None:
        """Put an image in the place of a drawing, whose figure keeps its caption only."""
        label = svg.get("aria-labelledby") or ""
        drawing = self.by_id.get(label.removesuffix("title"))
        if drawing is None:
            data = etree.tostring(svg, with_tail=False)
            self.replace(svg, self.picture("", "a picture in the page itself", data))
            return
        key = sha256(f"{drawing.name} {drawing.svg.inner}".encode()).hexdigest()[:16]
        self.drawings[key] = drawing
        figure = next((e for e in svg.iterancestors("figure")), None)
        for extra in list(figure.iter("details", "ul", "p")) if figure is not None else ():
            if EVIDENCE not in (extra.get("class") or "") and extra.getparent() is not None:
                extra.drop_tree()
        self.replace(svg, key)

    def hold_image(self, image: HtmlElement) -> None:
        written = image.get("src") or ""
        address = self.address(written)
        file = self.files.get(address.partition("?")[0])
        try:
            data = file.read_bytes() if file else b""
        except OSError:
            data = b""
        self.replace(image, self.picture(address, image.get("alt") or "", data))

    def picture(self, address: str, alt: str, data: bytes) -> str:
        """Return the key of a picture, which is that of its looks and its words."""
        key = sha256(repr((address if not data else "", alt, data)).encode()).hexdigest()[:16]
        self.pictures[key] = Picture(address, alt, data)
        return key

    def replace(self, element: HtmlElement, key: str) -> None:
        held = html.Element("img", src=HELD + key)
        parent = element.getparent()
        if parent is None:
            return
        held.tail = element.tail
        parent.replace(element, held)

    def rewrite(self, link: HtmlElement) -> None:
        """Write a link as an address in the site; a heading's link to itself is dropped."""
        if PERMALINK in (link.get("class") or ""):
            link.drop_tree()
            return
        if link.get("href") is not None:
            link.set("href", self.address(link.get("href") or ""))

    def address(self, written: str) -> str:
        """Return where a reference leads, from the top of the site; outside ones as they are."""
        parts = split_url(written)
        is_outside = parts is None or parts.scheme or parts.netloc
        if parts is None or is_outside or not (parts.path or parts.fragment):
            return written
        found = urljoin(f"/{self.built.page.address}", written).removeprefix("/")
        path, mark, rest = found.partition("#")
        path = self.moved.get(path, path)
        return f"{path or '/'}{mark}{rest}"

    def blocks(self, parent: HtmlElement, depth: int = 0) -> Iterator[Block]:
        """Yield the blocks that an element consists of; text between them is one of its own."""
        run = html.Element("div")
        run.text = parent.text
        for child in list(parent):
            if child.tag not in _GROUPS and child.tag not in _LEAVES:
                run.append(child)  # takes the text behind it along
                continue
            tail, child.tail = child.tail, None
            yield from self.run(run)
            yield self.block(child, depth)
            run = html.Element("div")
            run.text = tail
        yield from self.run(run)

    def run(self, run: HtmlElement) -> Iterator[Block]:
        """Yield a run of text and inline elements, if there is anything in it."""
        images = run.findall(".//img")
        if len(images) == 1 and len(run) == 1 and not str(run.text_content()).strip():
            drawing = self.drawings.get((images[0].get("src") or "").removeprefix(HELD))
            if drawing:
                yield Block("drawing", "div", _inner(run), run, drawing=drawing)
                return
        if images or str(run.text_content()).strip():
            yield Block("text", "div", html.tostring(run, encoding="unicode"), run)

    def block(self, element: HtmlElement, depth: int) -> Block:
        tag = str(element.tag)
        is_code = tag == "pre" or HIGHLIGHT in (element.get("class") or "").split()
        written = html.tostring(element, encoding="unicode")
        if tag == "table":
            return Block("table", tag, written, element)
        if is_code:
            return Block("code", tag, written, element)
        if tag in _LEAVES or depth > _DEEPEST:
            return Block("text", tag, written, element)
        # Taking it apart empties it, and its own text is still to be read.
        children = tuple(self.blocks(deepcopy(element), depth + 1))
        if len(children) == 1 and children[0].kind == "text" and children[0].tag == "div":
            return Block("text", tag, written, element)
        return Block("group", tag, written, element, children)


def _inner(element: HtmlElement) -> str:
    """Return what is written inside an element."""
    parts = [html_escape(element.text or "")]
    parts += [html.tostring(child, encoding="unicode") for child in element]
    return "".join(parts)


def inner_html(block: Block) -> str:
    """Return what is written inside a block's own element."""
    return block.html[block.html.index(">") + 1 : block.html.rindex("<")]


def html_escape(text: str) -> str:
    """Return a text as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_left_behind(paragraph: HtmlElement) -> bool:
    """Whether it is the line that the build leaves where an anchor has moved away.

    It is there for who comes by an old link, and told with the anchors. The class alone is no
    proof: an author could hide anything by it.
    """
    links = list(paragraph)
    is_line = [link.tag for link in links] == ["a"] and len(str(paragraph.text_content())) < 120
    return is_line and paragraph.get("class") == MOVED_ANCHOR and paragraph.get("id") is not None


def _active(root: HtmlElement) -> Iterator[str]:
    """Yield what can run or load something by itself or turn a text round, as it is written."""
    for mark in _TURNS_ROUND.findall(str(root.text_content())):
        yield f"U+{ord(mark):04X}"
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in _ACTIVE:
            yield f"<{element.tag}>"
        for name, value in element.attrib.items():
            plain = re.sub(r"[\x00-\x20]", "", str(value)).lower()
            if str(name).startswith("on") or name == "srcdoc":
                yield f"{name}="
            elif plain.startswith(("javascript:", "vbscript:", "data:text/html")):
                yield f"{name}={plain.partition(':')[0]}:"


def _leaves(blocks: tuple[Block, ...], kind: str) -> Iterator[Block]:
    for block in blocks:
        if block.kind == kind:
            yield block
        yield from _leaves(block.children, kind)

"""Parse a built page into a tree of comparable blocks: text, lists, tables, code and drawings.

Ids and classes are dropped. Links become addresses in the site, so that a page that only moved
compares as unchanged.
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
from proofdown.review.diff.graphs import content_key
from proofdown.site.model import ComposedPage, Site

_GROUPS = frozenset(
    "div section article aside main blockquote ul ol li dl dd details figure".split()
)
_LEAVES = frozenset("p h1 h2 h3 h4 h5 h6 dt summary figcaption hr pre table address".split())
_ACTIVE = frozenset("script iframe object embed form base meta link style template".split())
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Matches bidirectional controls, which can make text display in another order than it runs."""
_VALUE = r"(?:\"[^\"]*\"|'[^']*')"
_CLASS = re.compile(rf"(<[a-z0-9]+(?: [a-z-]+={_VALUE})*?) class={_VALUE}")
"""Matches the class attribute in a start tag as lxml writes it, and not in text."""
_DEEPEST = 40
"""Blocks nested deeper than this are compared as one text."""
PLACEHOLDER = "/held/"
"""Prefix of the `src` of a placeholder: an image that stands for a drawing or a picture, which the
report puts back."""


class Picture(Struct, frozen=True):
    """An image of a page, extracted from its HTML."""

    address: str
    """Address of the file in the site; empty for an inline SVG."""
    alt: str
    data: bytes
    """The file's content; empty if it is not in the site."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of a page that is compared as a whole, or a group of such parts."""

    kind: str
    """`text`, `code`, `table`, `drawing` or `group`."""
    tag: str
    html: str
    """Its HTML, with placeholders for drawings and pictures."""
    element: HtmlElement = field(compare=False, repr=False)
    children: tuple["Block", ...] = ()
    drawing: Drawing | None = field(default=None, compare=False, repr=False)

    @cached_property
    def text(self) -> str:
        """Its text, with white space collapsed."""
        return " ".join(str(self.element.text_content()).split())

    @cached_property
    def key(self) -> str:
        """Its key: blocks with equal keys are the same to readers."""
        if self.drawing is not None:
            return f"drawing {content_key(self.drawing)}"
        if self.kind == "code":
            return f"code {self.element.text_content()}"
        if self.kind == "group":
            opening = self.html.partition(">")[0]
            return f"{opening} {[child.key for child in self.children]}"
        return _CLASS.sub(r"\1", self.html)


class PageTree(Struct, frozen=True, kw_only=True):
    """A page as a tree of blocks."""

    blocks: tuple[Block, ...]
    pictures: Mapping[str, Picture]
    """The images, by the keys of their placeholders."""
    drawings: Mapping[str, Drawing]
    """The drawings, by the keys of their placeholders."""
    active: Counter[str]
    """Content that can run, load something or reorder text, such as `<script>` or `onclick=`."""

    @property
    def text(self) -> str:
        """The text of the page."""
        return " ".join(block.text for block in self.blocks)

    def leaves(self, kind: str) -> Iterator[Block]:
        """Yield the blocks of a kind, in order."""
        yield from _leaves(self.blocks, kind)


def make_page_tree(built: ComposedPage, site: Site, moved: Mapping[str, str]) -> PageTree:
    """Return a page as a tree.

    Args:
        built: the page.
        site: its site.
        moved: new addresses of moved pages by their old ones, so that links to them stay equal.
    """
    return _Reader(built, site, moved).read()


def parse_html(text: str) -> HtmlElement:
    """Return HTML as the content of a `<div>`."""
    # By default, libxml2 refuses trees deeper than 256 elements and texts of more than 10 MB.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    # lxml finds no element in a body that is empty or begins with a processing instruction.
    found = html.document_fromstring(f"<div>{text}</div>".encode(), parser=parser)
    return found.body[0] if found.body is not None and len(found.body) else html.Element("div")


class _Reader:
    def __init__(self, built: ComposedPage, site: Site, moved: Mapping[str, str]) -> None:
        self.built, self.site, self.moved = built, site, moved
        self.files = {asset.path: asset.file for asset in site.content.assets}
        self.by_id = {drawing_id(name): drawing for name, drawing in site.drawings.items()}
        self.pictures: dict[str, Picture] = {}
        self.drawings: dict[str, Drawing] = {}

    def read(self) -> PageTree:
        root = parse_html(self.built.html)
        active = Counter(_active(root))
        # A list, because lxml's iterators do not survive changes to the tree.
        for element in list(root.iter()):
            if not isinstance(element.tag, str):
                continue
            if element.tag == "svg":
                self.extract_svg(element)
            elif element.tag == "img":
                self.extract_image(element)
            elif element.tag == "a":
                self.rewrite(element)
        for alias_line in [p for p in root.iter("p") if _is_alias_line(p)]:
            alias_line.drop_tree()
        # Sanitized only now, because placeholders survive and inline SVG would not.
        clean = parse_html(clean_html(_inner(root)))
        return PageTree(
            blocks=tuple(self.blocks(clean)),
            pictures=self.pictures,
            drawings=self.drawings,
            active=active,
        )

    def extract_svg(self, svg: HtmlElement) -> None:
        """Replace an inline SVG by a placeholder; of a drawing's figure, keep only the caption."""
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

    def extract_image(self, image: HtmlElement) -> None:
        written = image.get("src") or ""
        address = self.address(written)
        file = self.files.get(address.partition("?")[0])
        try:
            data = file.read_bytes() if file else b""
        except OSError:
            data = b""
        self.replace(image, self.picture(address, image.get("alt") or "", data))

    def picture(self, address: str, alt: str, data: bytes) -> str:
        """Store a picture and return its key, a digest of its content and its alt text."""
        # Without the address, so that a picture that was only renamed is the same to readers.
        key = sha256(repr((address if not data else "", alt, data)).encode()).hexdigest()[:16]
        self.pictures[key] = Picture(address, alt, data)
        return key

    def replace(self, element: HtmlElement, key: str) -> None:
        placeholder = html.Element("img", src=PLACEHOLDER + key)
        parent = element.getparent()
        if parent is None:
            return
        placeholder.tail = element.tail  # lxml keeps the text after an element in the element
        parent.replace(element, placeholder)

    def rewrite(self, link: HtmlElement) -> None:
        """Rewrite a link to an address in the site; drop the permalinks of headings."""
        if PERMALINK in (link.get("class") or ""):
            link.drop_tree()
            return
        if link.get("href") is not None:
            link.set("href", self.address(link.get("href") or ""))

    def address(self, written: str) -> str:
        """Return a reference as an address in the site; external ones are returned unchanged."""
        parts = split_url(written)
        is_outside = parts is None or parts.scheme or parts.netloc
        if parts is None or is_outside or not (parts.path or parts.fragment):
            return written
        found = urljoin(f"/{self.built.page.address}", written).removeprefix("/")
        path, mark, rest = found.partition("#")
        path = self.moved.get(path, path)
        return f"{path or '/'}{mark}{rest}"

    def blocks(self, parent: HtmlElement, depth: int = 0) -> Iterator[Block]:
        """Yield the blocks of an element; text between block elements is a block as well."""
        run = html.Element("div")
        run.text = parent.text
        for child in list(parent):
            if child.tag not in _GROUPS and child.tag not in _LEAVES:
                run.append(child)  # together with its tail, the text after it
                continue
            tail, child.tail = child.tail, None
            yield from self.run(run)
            yield self.block(child, depth)
            run = html.Element("div")
            run.text = tail
        yield from self.run(run)

    def run(self, run: HtmlElement) -> Iterator[Block]:
        """Yield a run of text and inline elements as a block, unless it is blank."""
        images = run.findall(".//img")
        if len(images) == 1 and len(run) == 1 and not str(run.text_content()).strip():
            drawing = self.drawings.get((images[0].get("src") or "").removeprefix(PLACEHOLDER))
            if drawing:
                yield Block(
                    kind="drawing", tag="div", html=_inner(run), element=run, drawing=drawing
                )
                return
        if images or str(run.text_content()).strip():
            written = html.tostring(run, encoding="unicode")
            yield Block(kind="text", tag="div", html=written, element=run)

    def block(self, element: HtmlElement, depth: int) -> Block:
        tag = str(element.tag)
        is_code = tag == "pre" or HIGHLIGHT in (element.get("class") or "").split()
        written = html.tostring(element, encoding="unicode")
        if tag == "table":
            return Block(kind="table", tag=tag, html=written, element=element)
        if is_code:
            return Block(kind="code", tag=tag, html=written, element=element)
        if tag in _LEAVES or depth > _DEEPEST:
            return Block(kind="text", tag=tag, html=written, element=element)
        # A copy, because `blocks` moves the children out of the element, whose text is used later.
        children = tuple(self.blocks(deepcopy(element), depth + 1))
        if len(children) == 1 and children[0].kind == "text" and children[0].tag == "div":
            return Block(kind="text", tag=tag, html=written, element=element)
        return Block(kind="group", tag=tag, html=written, element=element, children=children)


def _inner(element: HtmlElement) -> str:
    """Return the inner HTML of an element."""
    parts = [html_escape(element.text or "")]
    parts += [html.tostring(child, encoding="unicode") for child in element]
    return "".join(parts)


def inner_html(block: Block) -> str:
    """Return the inner HTML of a block's element."""
    return block.html[block.html.index(">") + 1 : block.html.rindex("<")]


def html_escape(text: str) -> str:
    """Escape a text for use in HTML, outside of attributes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_alias_line(paragraph: HtmlElement) -> bool:
    """Return whether a paragraph is the line that the build adds where an anchor has moved away.

    It serves readers who follow an old link, and is reported with the anchors.
    """
    # The class alone proves nothing: with it, an author could hide any paragraph from the review.
    links = list(paragraph)
    is_line = [link.tag for link in links] == ["a"] and len(str(paragraph.text_content())) < 120
    return is_line and paragraph.get("class") == MOVED_ANCHOR and paragraph.get("id") is not None


def _active(root: HtmlElement) -> Iterator[str]:
    """Yield what can run, load something or reorder text: elements, attributes and characters."""
    for mark in _BIDI_CONTROLS.findall(str(root.text_content())):
        yield f"U+{ord(mark):04X}"
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in _ACTIVE:
            yield f"<{element.tag}>"
        for name, value in element.attrib.items():
            # Browsers ignore such characters within `javascript:`.
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

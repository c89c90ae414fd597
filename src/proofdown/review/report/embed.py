"""Prepare a page's HTML for the report: embed drawings and pictures, and disable all links.

The input was sanitized by `clean_html`, and is sanitized again here, because it was split and put
together in between.
"""

import base64
import mimetypes
import re
from collections.abc import Iterator
from html import escape

from lxml import etree
from lxml.html import HtmlElement

from proofdown.config.model import Config
from proofdown.diagrams.drawing import Drawing
from proofdown.diagrams.sanitize import SafeSvg
from proofdown.markup.classes import DRAWING_SCROLL, DRAWING_SVG, TABLE
from proofdown.review.compare import PageReview, Review
from proofdown.review.diff.clean_html import ATTRIBUTES, TAGS, clean_html
from proofdown.review.diff.graphs import GraphChange, marked_drawing
from proofdown.review.diff.page_tree import PLACEHOLDER, Picture, html_escape, parse_html

_KEY = re.compile(r"[\w-]+")
_HEADING = re.compile("h([1-6])")
# The `tabindex` makes a wide table scrollable by keyboard.
_TABLE = f'<div class="{TABLE}" tabindex="0" role="group" aria-label="Table">'
_VOID = frozenset("br col hr img wbr".split())
_SVG_LINK = re.compile(r"(<a\b[^<>]*?)\shref=\"[^\"]*\"")
LARGEST_PICTURE = 400_000
"""The most bytes of one picture that is embedded in the report."""
MOST_PICTURES = 12_000_000
"""The most bytes of all pictures in a report."""


class Filler:
    """Replaces placeholders in pages' HTML by their drawings and pictures."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.drawn = 0
        self.bytes_left = MOST_PICTURES

    def fill(self, html: str, page: PageReview) -> str:
        """Return a piece of a page's HTML, ready for the report."""
        return "".join(self.serialize(parse_html(clean_html(html)), page))

    def serialize(self, root: HtmlElement, page: PageReview) -> Iterator[str]:
        """Yield the inner HTML of an element, tag by tag."""
        # Written from the tree, and not by replacing in the text, because something that looks like
        # a placeholder may be in the value of an attribute.
        for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            # An element that is not allowed loses its tags and keeps its text.
            tag = element.tag if element.tag in TAGS else ""
            if event == "start":
                if element is not root and tag:
                    yield self.image(element, page) if tag == "img" else _opening(element)
                yield html_escape(element.text or "")
            elif element is not root:
                yield _closing(element) if event == "end" and tag else ""
                yield html_escape(element.tail or "")

    def image(self, image: HtmlElement, page: PageReview) -> str:
        """Return the HTML for a placeholder, or nothing for any other image."""
        key = (image.get("src") or "").partition(PLACEHOLDER)[2]
        return self.resolve(key, page) if _KEY.fullmatch(key) else ""

    def resolve(self, key: str, page: PageReview) -> str:
        """Return the HTML of the drawing, picture or comparison with a key."""
        changes = {f"change-{n}": change for n, change in enumerate(page.changes.drawings)}
        if key in changes:
            return self.side_by_side(changes[key])
        # The new page first: what both sides have is embedded from there.
        for tree in reversed(page.trees):
            if key in tree.drawings:
                drawing = tree.drawings[key]
                return self.svg(drawing.svg, drawing)
            if key in tree.pictures:
                return self.picture(tree.pictures[key])
        return ""

    def side_by_side(self, change: GraphChange) -> str:
        """Return two drawings side by side, with the changes marked."""
        parts = ['<div class="rv-drawings">']
        sides = ((self.review.before, change.before), (self.review.after, change.after))
        for kind, name, (side, drawing) in zip(
            ("was", "now"), ("Before", "After"), sides, strict=True
        ):
            if drawing and side.build:
                config: Config = side.build.site.config
                self.drawn += 1  # ids in a drawing must not collide with those of another one
                svg = marked_drawing(drawing, config, change, f"rv-{self.drawn}-")
                shown = self.svg(svg, drawing)
                parts.append(f'<div class="{kind}"><p class="rv-side">{name}</p>{shown}</div>')
        return "".join([*parts, "</div>"])

    def svg(self, svg: SafeSvg, drawing: Drawing) -> str:
        """Return a drawing as an inline SVG element."""
        label = escape(f"{drawing.name}: {' '.join(drawing.graph.sentences())}")
        # A relative link in a drawing would be resolved against the report's own address.
        inner = _SVG_LINK.sub(r"\1", svg.inner)
        return (
            f'<div class="{DRAWING_SCROLL}" tabindex="0" role="group" aria-label="Drawing"><svg '
            f'class="{DRAWING_SVG}" role="img" aria-label="{label}" viewBox="{svg.view_box}" '
            f'width="{svg.width:g}" height="{svg.height:g}">{inner}</svg></div>'
        )

    def picture(self, picture: Picture) -> str:
        """Return a picture as a data URI; one that is too large is only named."""
        alt, name = escape(picture.alt), escape(picture.address or "picture")
        # An image without an address was an inline SVG.
        kind = mimetypes.guess_type(picture.address)[0] if picture.address else "image/svg+xml"
        size = len(picture.data)
        is_shown = size and size <= min(LARGEST_PICTURE, self.bytes_left)
        if not is_shown or not (kind or "").startswith("image/"):
            why = f"{size // 1000} kB, not shown" if size else "not in the site, not shown"
            return f'<span class="rv-picture">{name}: {alt} ({why})</span>'
        self.bytes_left -= size
        data = base64.b64encode(picture.data).decode()
        return f'<img src="data:{kind};base64,{data}" alt="{alt}" title="{name}">'


def _opening(element: HtmlElement) -> str:
    """Return an element's start tag for the report, after any wrapper that it needs."""
    tag, attributes = _name(element), dict(_attributes(element))
    if heading := _HEADING.fullmatch(str(element.tag)):
        attributes["data-level"] = heading[1]
    elif tag == "pre":
        attributes["tabindex"] = "0"
    shown = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f"{_TABLE if tag == 'table' else ''}<{tag}{shown}>"


def _closing(element: HtmlElement) -> str:
    tag = _name(element)
    if tag in _VOID:
        return ""
    return f"</{tag}>{'</div>' if tag == 'table' else ''}"


def _name(element: HtmlElement) -> str:
    """Return an element's tag name in the report."""
    tag = str(element.tag)
    if tag == "th" and not len(element) and not (element.text or "").strip():
        return "td"  # an empty corner cell, which is the header of nothing
    # A page's headings would disturb the report's own outline.
    return "div" if _HEADING.fullmatch(tag) else tag


def _attributes(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yield the attributes that the report keeps; a link's target becomes its title."""
    allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(_name(element), set())
    href = element.get("href")
    for name, value in element.attrib.items():
        if name == "href" or (name == "title" and href is not None):
            yield "title", str(href)
        elif name in allowed:
            yield str(name), str(value)

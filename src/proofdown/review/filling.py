"""A page's HTML as the report shows it: drawings and pictures put back, and nothing that leads out.

What comes in has been through `clean_html`, and goes through it once more here, since it was taken
apart and put together in between.
"""

import base64
import mimetypes
import re
from html import escape

from proofdown.config import Config
from proofdown.drawings import Drawing
from proofdown.review.cleaning import clean_html
from proofdown.review.compare import PageReview, Review
from proofdown.review.graphdiff import GraphChange, marked_drawing
from proofdown.review.pagetree import HELD, Picture
from proofdown.svg import SafeSvg

_HELD = re.compile(rf"<img\b[^>]*?\bsrc=\"{HELD}([\w-]+)\"[^>]*>")
_HEADING = re.compile(r"<(/?)h([1-6])\b")
_EMPTY_HEADER = re.compile(r"<th\b[^>]*>\s*</th>")
"""The corner of a table, which heads nothing."""
_LINK = re.compile(r"<a\b([^>]*?)\shref=\"([^\"]*)\"")
_SVG_LINK = re.compile(r"\shref=\"[^\"]*\"")
LARGEST_PICTURE = 400_000
"""Bytes of a picture that is still put into the report."""
MOST_PICTURES = 12_000_000
"""Bytes of all pictures in a report."""


class Filler:
    """Puts back what was held out of the HTML of pages; each drawing gets ids of its own."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.drawn = 0
        self.bytes_left = MOST_PICTURES

    def fill(self, html: str, page: PageReview) -> str:
        """Return a piece of a page's HTML, ready to stand in the report."""
        html = clean_html(html)
        html = _HEADING.sub(lambda h: "</div" if h[1] else f'<div data-level="{h[2]}"', html)
        html = _EMPTY_HEADER.sub("<td></td>", html)
        html = _LINK.sub(r'<a\1 title="\2"', html)
        html = html.replace("<pre", '<pre tabindex="0"')
        box = '<div class="table" tabindex="0" role="group" aria-label="Table">'
        html = html.replace("<table", f"{box}<table").replace("</table>", "</table></div>")
        return _HELD.sub(lambda held: self.put(held[1], page), html)

    def put(self, key: str, page: PageReview) -> str:
        """Return what a key stands for."""
        if key.startswith("change-"):
            return self.both(page.changes.drawings[int(key.removeprefix("change-"))])
        for tree in reversed(page.trees):
            if key in tree.drawings:
                drawing = tree.drawings[key]
                return self.svg(drawing.svg, drawing)
            if key in tree.pictures:
                return self.picture(tree.pictures[key])
        return ""

    def both(self, change: GraphChange) -> str:
        """Return two drawings beside each other, what changed in them marked."""
        parts = ['<div class="rv-drawings">']
        sides = ((self.review.before, change.before), (self.review.after, change.after))
        for kind, name, (side, drawing) in zip(
            ("was", "now"), ("Before", "After"), sides, strict=True
        ):
            if drawing and side.build:
                config: Config = side.build.site.config
                self.drawn += 1
                svg = marked_drawing(drawing, config, change, f"rv-{self.drawn}-")
                shown = self.svg(svg, drawing)
                parts.append(f'<div class="{kind}"><p class="rv-side">{name}</p>{shown}</div>')
        return "".join([*parts, "</div>"])

    def svg(self, svg: SafeSvg, drawing: Drawing) -> str:
        """Return a drawing as an element of its own."""
        label = escape(f"{drawing.name}: {' '.join(drawing.graph.sentences())}")
        inner = _SVG_LINK.sub("", svg.inner)
        return (
            f'<div class="drawing-scroll" tabindex="0" role="group" aria-label="Drawing"><svg '
            f'class="drawing-svg" role="img" aria-label="{label}" viewBox="{svg.view_box}" '
            f'width="{svg.width:g}" height="{svg.height:g}">{inner}</svg></div>'
        )

    def picture(self, picture: Picture) -> str:
        """Return a picture with its file in it; one that is too large is named instead."""
        alt, name = escape(picture.alt), escape(picture.address or "picture")
        kind = mimetypes.guess_type(picture.address)[0] if picture.address else "image/svg+xml"
        size = len(picture.data)
        is_shown = size and size <= min(LARGEST_PICTURE, self.bytes_left)
        if not is_shown or not (kind or "").startswith("image/"):
            why = f"{size // 1000} kB, not shown" if size else "not in the site, not shown"
            return f'<span class="rv-picture">{name}: {alt} ({why})</span>'
        self.bytes_left -= size
        data = base64.b64encode(picture.data).decode()
        return f'<img src="data:{kind};base64,{data}" alt="{alt}" title="{name}">'

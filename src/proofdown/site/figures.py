"""Render drawings: as figures in pages, and as SVG and PNG files."""

from html import escape

from markupsafe import Markup
from msgspec import Struct

from proofdown.diagrams.drawing import Drawing, drawing_id
from proofdown.markup.classes import DRAWING_SVG
from proofdown.site.links.resolve import Targets
from proofdown.site.links.rewrite import Shown, drawing_address, link_picture
from proofdown.site.model import Output
from proofdown.site.templating.environment import Templates


class FigureView(Struct, frozen=True, kw_only=True):
    """A drawing, as the template `figure.html` gets it."""

    name: str
    """Path in the diagrams folder, without `.dot`."""
    svg: Markup
    """The drawing, sanitised."""
    caption: str
    """The alternative text of the image, or its title."""
    label: str
    """An accessible name, unique on the page."""
    evidence: Markup
    """A line that says when it was measured; empty if no recording is cited."""
    sentences: tuple[str, ...]
    """A description in words, one sentence for each connection."""
    kinds: list[str]
    """Classes of its connections, such as `control`."""
    svg_href: str
    """Link to the drawing as an SVG file."""
    png_href: str
    """Link to it as a PNG file."""


def render_figure(
    templates: Templates, drawing: Drawing, shown: Shown, hrefs: tuple[str, str], evidence: str
) -> str:
    """Return a drawing as a figure, or as a bare `<svg>` if its image is within a sentence.

    Args:
        templates: renders `figure.html`.
        drawing: the drawing.
        shown: how the page shows it; without a caption, the alternative text is used.
        hrefs: links to the drawing's SVG and PNG.
        evidence: HTML that says when the drawing was measured; may be empty.
    """
    if not shown.is_alone:
        return inline_svg(drawing, shown.alt)
    caption = shown.caption or shown.alt
    svg_href, png_href = hrefs
    view = FigureView(
        name=drawing.name,
        svg=Markup(inline_svg(drawing, shown.alt)),
        caption=caption,
        # The number keeps the name unique if a page shows the drawing twice.
        label=f"Drawing: {caption}" + (f" ({shown.nth + 1})" if shown.nth else ""),
        evidence=Markup(evidence),
        sentences=drawing.graph.sentences(),
        kinds=sorted({kind for edge in drawing.graph.edges for kind in edge.classes}),
        svg_href=svg_href,
        png_href=png_href,
    )
    return (templates.render("figure.html", drawing=view) or "").strip()


def inline_svg(drawing: Drawing, title: str, *, is_alone: bool = False) -> str:
    """Return a drawing as an `<svg>` element, or as a whole SVG file if `is_alone`."""
    svg, prefix = drawing.svg, drawing_id(drawing.name)
    words = " ".join(drawing.graph.sentences())
    # Screen readers do not reach links inside an element with the role `img`.
    role = "group" if svg.has_links else "img"
    namespace = ' xmlns="http://www.w3.org/2000/svg"' if is_alone else ""
    return (
        f'<svg{namespace} class="{DRAWING_SVG}" role="{role}" aria-labelledby="{prefix}title"'
        f' aria-describedby="{prefix}desc" viewBox="{svg.view_box}"'
        f' width="{svg.width:g}" height="{svg.height:g}">'
        f'<title id="{prefix}title">{escape(title)}</title>'
        f'<desc id="{prefix}desc">{escape(words)}</desc>{svg.inner}</svg>'
    )


def drawing_outputs(drawing: Drawing, targets: Targets) -> list[Output]:
    """Return a drawing's picture files."""
    name = drawing.name.rpartition("/")[2].replace("-", " ")
    address = drawing_address(drawing.name, "svg")
    plain = inline_svg(drawing, name, is_alone=True) + "\n"
    # Links are relative to the file's own address, not to a page's.
    svg, _ = link_picture(drawing.name, plain, address, targets)
    return [
        Output(address, svg.encode(), drawing.location),
        Output(drawing_address(drawing.name, "png"), drawing.png, drawing.location),
    ]

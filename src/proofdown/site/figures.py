"""Drawings as HTML: figures in pages, and picture files of their own."""

from html import escape

from markupsafe import Markup
from msgspec import Struct

from proofdown.diagrams.drawing import Drawing, drawing_id
from proofdown.markup.classes import DRAWING_SVG
from proofdown.site.links.resolve import Targets
from proofdown.site.links.rewrite import Shown, drawing_address, link_picture
from proofdown.site.model import Output
from proofdown.site.templating.environment import Templates


class FigureView(Struct, frozen=True):
    """What the template `figure.html` knows of a drawing."""

    name: str
    """Path in the diagrams folder, without `.dot`."""
    svg: Markup
    """The drawing, sanitised."""
    caption: str
    """The alternative text of the image, or its title."""
    label: str
    """A name that no other region of the page has."""
    evidence: Markup
    """A line that says what the drawing rests on; empty where no recording is cited."""
    sentences: tuple[str, ...]
    """What it shows, a sentence for each connection."""
    kinds: list[str]
    """Classes of its connections, as in `control`."""
    svg_href: str
    """Link to the drawing as an SVG file."""
    png_href: str
    """Link to it as a PNG file."""


def render_figure(
    templates: Templates, drawing: Drawing, shown: Shown, hrefs: tuple[str, str], evidence: str
) -> str:
    """Return a drawing as a figure, or as a bare picture where it stands within a sentence.

    Args:
        templates: where `figure.html` comes from.
        drawing: the drawing.
        shown: how the page shows it; the alternative text is the caption where there is none.
        hrefs: links to the drawing's SVG and PNG.
        evidence: HTML that says what the drawing rests on; may be empty.
    """
    if not shown.is_alone:
        return inline_svg(drawing, shown.alt)
    caption = shown.caption or shown.alt
    view = FigureView(
        drawing.name,
        Markup(inline_svg(drawing, shown.alt)),
        caption,
        f"Drawing: {caption}" + (f" ({shown.nth + 1})" if shown.nth else ""),
        Markup(evidence),
        drawing.graph.sentences(),
        sorted({kind for edge in drawing.graph.edges for kind in edge.classes}),
        *hrefs,
    )
    return (templates.render("figure.html", drawing=view) or "").strip()


def inline_svg(drawing: Drawing, title: str, *, is_alone: bool = False) -> str:
    """Return a drawing as an `<svg>` element, or as the text of a file of its own."""
    svg, prefix = drawing.svg, drawing_id(drawing.name)
    words = " ".join(drawing.graph.sentences())
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
    svg, _ = link_picture(drawing.name, plain, address, targets)
    return [
        Output(address, svg.encode(), drawing.location),
        Output(drawing_address(drawing.name, "png"), drawing.png, drawing.location),
    ]

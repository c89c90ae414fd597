"""The HTML classes in a page's text, each with what generates it and what relies on it.

Python code refers to a class by its constant: the search index skips some elements by class, and a
review finds drawings and links by it. The stylesheet and the templates cannot use the constants,
so a test compares them with `CLASSES`.
"""

from enum import StrEnum

from msgspec import Struct

ADMONITION = "admonition"
ADMONITION_TITLE = "admonition-title"
HIGHLIGHT = "highlight"
"""The box around a code block."""
FILENAME = "filename"
"""The title of a code block."""
LANGUAGE = "language-"
"""Prefix of the class that names the language of a code block."""
LINE = "hll"
"""A highlighted line of code."""
TABLE = "table"
"""The box that a table scrolls in."""
LEFT, CENTER, RIGHT = "left", "center", "right"
PERMALINK = "permalink"
FOOTNOTE_BACKREF = "footnote-backref"
DRAWING = "drawing"
"""The figure around a drawing."""
DRAWING_SCROLL = "drawing-scroll"
DRAWING_SVG = "drawing-svg"
DRAWING_FILES = "drawing-files"
"""Links to the drawing as files."""
LEGEND = "legend"
EVIDENCE = "evidence"
"""The line that names the evidence for a drawing, a table or a recording."""
MOVED_ANCHOR = "moved-anchor"
"""The line that replaces a heading that has moved to another page."""


class Maker(StrEnum):
    """What gives an element its class."""

    CONVERTER = "converter"
    """The Markdown extensions and the house style."""
    SITE = "site"
    """The templates of drawings and recordings, and the step that resolves a page's links."""
    AUTHOR = "author"
    """Authors, as in `{.lead}`, because the theme has a style for it."""


class HtmlClass(Struct, frozen=True):
    """An HTML class, where it comes from and what relies on it."""

    name: str
    maker: Maker
    is_styled: bool = True
    """Whether `theme.css` has a rule for it."""
    is_reported: bool = False
    """Whether a review's report keeps it. Such a class must not hide text."""


def _admonitions(names: str, *, is_styled: bool) -> tuple[HtmlClass, ...]:
    return tuple(
        HtmlClass(name, Maker.CONVERTER, is_styled=is_styled, is_reported=True)
        for name in names.split()
    )


CLASSES = (
    HtmlClass(ADMONITION, Maker.CONVERTER, is_reported=True),
    HtmlClass(ADMONITION_TITLE, Maker.CONVERTER, is_reported=True),
    *_admonitions("attention hint info note success tip", is_styled=False),
    *_admonitions(
        "abstract bug caution danger error example failure important question quote warning",
        is_styled=True,
    ),
    HtmlClass(HIGHLIGHT, Maker.CONVERTER, is_reported=True),
    HtmlClass(FILENAME, Maker.CONVERTER, is_reported=True),
    HtmlClass(LINE, Maker.CONVERTER, is_reported=True),
    HtmlClass(TABLE, Maker.CONVERTER, is_reported=True),
    HtmlClass(LEFT, Maker.CONVERTER, is_styled=False, is_reported=True),
    HtmlClass(CENTER, Maker.CONVERTER, is_reported=True),
    HtmlClass(RIGHT, Maker.CONVERTER, is_reported=True),
    HtmlClass(PERMALINK, Maker.CONVERTER),
    HtmlClass("footnote", Maker.CONVERTER),
    HtmlClass("footnote-ref", Maker.CONVERTER),
    HtmlClass(FOOTNOTE_BACKREF, Maker.CONVERTER),
    HtmlClass("task-list", Maker.CONVERTER, is_styled=False),
    HtmlClass("task-list-item", Maker.CONVERTER),
    HtmlClass("task-list-control", Maker.CONVERTER),
    HtmlClass("task-list-indicator", Maker.CONVERTER),
    HtmlClass("tabbed-set", Maker.CONVERTER),
    HtmlClass("tabbed-alternate", Maker.CONVERTER, is_styled=False),
    HtmlClass("tabbed-labels", Maker.CONVERTER),
    HtmlClass("tabbed-content", Maker.CONVERTER),
    HtmlClass("tabbed-block", Maker.CONVERTER),
    HtmlClass(DRAWING, Maker.SITE, is_reported=True),
    HtmlClass(DRAWING_SCROLL, Maker.SITE),
    HtmlClass(DRAWING_SVG, Maker.SITE),
    HtmlClass("drawing-foot", Maker.SITE),
    HtmlClass(DRAWING_FILES, Maker.SITE),
    HtmlClass(LEGEND, Maker.SITE),
    HtmlClass("recording", Maker.SITE, is_styled=False),
    HtmlClass(EVIDENCE, Maker.SITE, is_reported=True),
    HtmlClass(MOVED_ANCHOR, Maker.SITE),
    HtmlClass("lead", Maker.AUTHOR, is_reported=True),
    HtmlClass("facts", Maker.AUTHOR, is_reported=True),
)
REPORTED = frozenset(one.name for one in CLASSES if one.is_reported)

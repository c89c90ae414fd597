"""Patch tables of contents: collect headings of all levels, and render lazily.

Both patches wrap `build_toc_div`, so that their order matters: the table that is rendered lazily
must be the one with the levels that the author chose.
"""

from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.toc import TocTreeprocessor, nest_toc_tokens

from proofdown.markup.fast.signatures import takes

ALL_LEVELS = range(1, 7)
_KNOWN = ("markdown", "pymdownx", "proofdown")
"""Packages whose extensions do not use the HTML of the table of contents."""


def listed_levels(markdown: Markdown) -> range:
    """Return the heading levels of a converter's `toc_depth`, before any patch."""
    toc = _toc_of(markdown)
    return range(toc.toc_top, toc.toc_bottom + 1) if toc else ALL_LEVELS


def tell_all_headings(markdown: Markdown) -> None:
    """Make a converter collect headings of all levels.

    A table of contents in the page still has only the levels of `toc_depth`; titles, search and
    links do not depend on it.
    """
    toc = _toc_of(markdown)
    if toc is None:
        return
    listed, build = listed_levels(markdown), toc.build_toc_div
    toc.toc_top, toc.toc_bottom = ALL_LEVELS[0], ALL_LEVELS[-1]
    toc.build_toc_div = lambda toc_list: build(_of_levels(toc_list, listed))  # type: ignore[method-assign]


def _toc_of(markdown: Markdown) -> TocTreeprocessor | None:
    return next((p for p in markdown.treeprocessors if type(p) is TocTreeprocessor), None)


def _of_levels(tokens: list[Any], levels: range) -> list[Any]:
    """Return the tokens of these levels, nested again without the levels between them."""
    if levels == ALL_LEVELS:
        return tokens
    # A stack in document order, because headings can be nested at any depth.
    flat, pending = list[Any](), list(reversed(tokens))
    while pending:
        token = pending.pop()
        pending += reversed(token["children"])
        if token["level"] in levels:
            flat.append({key: value for key, value in token.items() if key != "children"})
    nested: list[Any] = nest_toc_tokens(flat)
    return nested


def defer_toc(markdown: Markdown) -> None:
    """Render the table of contents as HTML only if the page shows it.

    A third-party extension might use it as well, so with one loaded nothing is patched.
    """
    registries: tuple[Any, ...] = (
        markdown.registeredExtensions,
        markdown.preprocessors,
        markdown.parser.blockprocessors,
        markdown.inlinePatterns,
        markdown.treeprocessors,
        markdown.postprocessors,
    )
    parts = [part for registry in registries for part in registry]
    toc = next((part for part in parts if type(part) is TocTreeprocessor), None)
    is_known = (
        all(type(part).__module__.partition(".")[0] in _KNOWN for part in parts)
        and takes(getattr(TocTreeprocessor, "build_toc_div", None), ["self", "toc_list"])
        and takes(getattr(TocTreeprocessor, "replace_marker", None), ["self", "root", "elem"])
    )
    if toc and is_known:
        lazy = _LazyToc(toc)
        toc.build_toc_div = lazy.defer  # type: ignore[method-assign]
        toc.replace_marker = lazy.replace  # type: ignore[method-assign]


class _LazyToc:
    """Renders a page's table of contents only if the page contains the marker for it."""

    def __init__(self, toc: TocTreeprocessor) -> None:
        self.marker, self.build, self.replace_marker = (
            toc.marker,
            toc.build_toc_div,
            toc.replace_marker,
        )
        self.tokens: list[Any] = []

    def defer(self, toc_list: list[Any]) -> Element:
        """Store the tokens of the table, and return an empty one."""
        self.tokens = toc_list
        # `build_toc_div` must return an element; nothing looks into this one.
        return Element("div")

    def replace(self, root: Element, elem: Element) -> None:
        """Replace the marker with the table, if there is one; `elem` is the empty table."""
        del elem
        if any(part.text and part.text.strip() == self.marker for part in root.iter()):
            self.replace_marker(root, self.build(self.tokens))

"""Texts derived from one page's Markdown, and the source locations of its elements.

Python-Markdown keeps no positions. The built HTML says *what* is a link, an image or a heading;
a scan of the source with its code blanked out says *where*: the n-th of them with the same text.
"""

from functools import cached_property

from proofdown.content.discovery import Page
from proofdown.markup.headings import Heading
from proofdown.markup.syntax.code_blocks import Block, find_spans, make_blocks
from proofdown.markup.syntax.fences import Fence, find_fences
from proofdown.markup.syntax.masking import (
    mask_code_outside_fences,
    mask_code_spans,
    mask_fences,
    mask_raw_blocks,
)
from proofdown.markup.syntax.tables import Table, find_table_lines, make_tables
from proofdown.markup.syntax.targets import (
    Definition,
    Target,
    find_definitions,
    find_heading_lines,
    find_targets,
)
from proofdown.source import Location


class PageText:
    """The Markdown of one page and everything derived from it, computed lazily.

    Only this object caches the derived texts, so that they are freed with it: those of a long page
    are many times its size.

    Args:
        page: the page. Offsets below are those of its body.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def body(self) -> str:
        """The Markdown, without the front matter."""
        return self.page.body

    @cached_property
    def _fences(self) -> tuple[Fence, ...]:
        return tuple(find_fences(self.body))

    @cached_property
    def without_fences(self) -> str:
        """The body with fenced code blanked out."""
        return mask_fences(self.body, self._fences)

    @cached_property
    def without_code(self) -> str:
        """The body with comments and all code blanked out; see `mask_code`."""
        return mask_code_outside_fences(self.without_fences)

    @property
    def without_markdown_code(self) -> str:
        """The body with fenced code and code spans blanked out; raw HTML stays."""
        return mask_code_spans(self.without_fences)

    @cached_property
    def code_blocks(self) -> tuple[Block, ...]:
        """The fenced code blocks."""
        return tuple(make_blocks(self.body, self._fences))

    @cached_property
    def code_spans(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each code span, without its backticks."""
        return find_spans(self.without_fences)

    def tables(self, headings: tuple[Heading, ...]) -> tuple[Table, ...]:
        """Return the tables in order, each named after the heading above it."""
        # A cheap test first: most pages have no table, and masking a page is slow.
        if "|" not in self.body:
            return ()
        lines = tuple(find_table_lines(mask_raw_blocks(self.without_fences)))
        return make_tables(self.page, lines, self.heading_starts(headings)) if lines else ()

    def location(self, start: int, end: int) -> Location:
        """Return the source location of a part of the body."""
        before = self.page.body_start
        return self.page.source.location(before + start, before + end)

    def location_of_text(self, text: str) -> Location:
        """Return where a text first occurs outside code, or the page if it does not."""
        start = self.without_code.find(text)
        if start < 0:
            return Location(self.page.source.path)
        return self.location(start, start + len(text))

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """The definitions of links and footnotes."""
        return tuple(find_definitions(self.without_code))

    @cached_property
    def _targets(self) -> tuple[Target, ...]:
        return find_targets(self.without_code, self.definitions)

    @cached_property
    def _targets_by_text(self) -> dict[str, list[Target]]:
        found: dict[str, list[Target]] = {}
        for target in self._targets:
            found.setdefault(target.text, []).append(target)
        return found

    def find_target(self, text: str, nth: int = 0) -> Target | None:
        """Return the n-th target (from 0) with a text, or the last, or None."""
        found = self._targets_by_text.get(text, [])
        if not found and text:
            found = [target for target in self._targets if text in target.text]
        return found[min(nth, len(found) - 1)] if found else None

    def location_of_target(self, text: str, nth: int = 0) -> Location:
        """Return the location of a link's target, or the page if it is not found."""
        target = self.find_target(text, nth)
        if target is None:
            return Location(self.page.source.path)
        # An empty target, as in `[text]()`, still gets one character to point at.
        return self.location(target.start, max(target.end, target.start + 1))

    @cached_property
    def _heading_lines(self) -> tuple[tuple[int, int], ...]:
        return tuple(find_heading_lines(self.without_code))

    def heading_starts(self, headings: tuple[Heading, ...]) -> list[tuple[str, int]]:
        """Return the anchor and the offset of each heading that is found in the source."""
        lines = self._heading_lines
        # Equal numbers: the n-th line is the n-th heading, even if two have the same text.
        if len(lines) == len(headings):
            return [(h.anchor, start) for h, (start, _) in zip(headings, lines, strict=True)]
        found = ((heading.anchor, self.without_code.find(heading.text)) for heading in headings)
        return [(anchor, start) for anchor, start in found if start >= 0]

    def location_of_heading(self, nth: int, count: int, text: str) -> Location:
        """Return the location of the n-th heading (from 0) of `count`.

        If the source has a different number of heading lines than the built page has headings
        (raw HTML, a heading in a list), search for the heading's text instead.
        """
        if len(self._heading_lines) == count:
            return self.location(*self._heading_lines[nth])
        return self.location_of_text(text)

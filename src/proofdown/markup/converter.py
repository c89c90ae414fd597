"""Convert Markdown to a `Body`: the HTML of Python-Markdown, and the page's headings.

A body depends only on its page and the Markdown settings; its links are not resolved yet.
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import InlineProcessor
from msgspec import Struct

from proofdown.config.model import Config
from proofdown.content.discovery import Page
from proofdown.diagnostics import Diagnostic, Report
from proofdown.markup.extensions import CarefulMarkdown, good_ones, with_options
from proofdown.markup.fast.highlight_limit import slow_blocks
from proofdown.markup.fast.patches import Moment, apply_patches
from proofdown.markup.fast.toc import listed_levels
from proofdown.markup.headings import Heading, headings_of
from proofdown.markup.highlighting import slow_block
from proofdown.markup.house_style import HouseStyle, name_parts

# One of each kind of emphasis, whose patterns PyMdown compiles on first use.
_WARM_UP_TEXT = "*a* **b** _c_ __d__ ~~e~~ ~f~ ==g== ^^h^^ ^i^\n"
_HERE = Path()


class Body(Struct, frozen=True):
    """A page converted from Markdown."""

    html: str
    headings: tuple[Heading, ...]

    @property
    def title(self) -> str:
        """Text of the first heading of level 1; empty if there is none."""
        return next((h.text for h in self.headings if h.level == 1), "")


class MarkdownConverter:
    """Converts pages, one at a time, with one set of extensions.

    Args:
        extensions: their names, each with its options.
        root: the site's root; no extension may read files outside it.
    """

    def __init__(self, extensions: dict[str, dict[str, Any]], root: Path = _HERE) -> None:
        self._markdown = CarefulMarkdown(
            extensions=[*extensions, HouseStyle()],
            extension_configs=extensions,
            output_format="html",
        )
        self._listed = listed_levels(self._markdown)
        apply_patches(Moment.READY, self._markdown, root)

    def warm_up(self) -> None:
        """Convert a short text, to initialize what is lazy before pages are converted."""
        with suppress(Exception):  # wrong options are reported when they fail on a page
            self.convert_text(_WARM_UP_TEXT)

    def convert(self, page: Page, report: Report) -> Body:
        """Return a page's body; if Python-Markdown fails, report it and return an empty one.

        Raises:
            MemoryError: the conversion needs more memory than there is.
        """
        # The list is global, and the converter is used for many pages.
        slow_blocks.clear()
        try:
            body = self.convert_text(page.body)
        except MemoryError:  # not caused by a fault in the page
            raise
        except Exception as fault:
            report.add(self._failure(page, fault))
            return Body("", ())
        report.extend(slow_block(page, code) for code in slow_blocks)
        return body

    def convert_text(self, text: str) -> Body:
        """Return the body converted from a Markdown text.

        Raises:
            Exception: whatever Python-Markdown or one of the extensions raises, such as
                `RecursionError` on deep nesting.
        """
        markdown = self._markdown
        # Without it, footnotes and ids of the page before would appear on this one.
        markdown.reset()
        html = markdown.convert(text)
        _release_text(markdown)
        # Set by the extension `toc`, so that Python-Markdown's types do not declare it.
        tokens: list[dict[str, Any]] = getattr(markdown, "toc_tokens", [])
        return Body(name_parts(html), tuple(headings_of(tokens, self._listed)))

    def _failure(self, page: Page, fault: Exception) -> Diagnostic:
        if isinstance(fault, RecursionError):
            message, help_ = "too deeply nested for Markdown", "nest less: at most about 90 levels"
        else:
            reason = " ".join(str(fault).split()) or type(fault).__name__
            message, help_ = f"Markdown failed on this: {reason[:200]}", ""
        start = page.body_start + self._first_failing_block(page.body)
        location = page.source.location_of_line(page.source.line_of(start))
        return Diagnostic("markdown-error", message, location, help_)

    def _first_failing_block(self, text: str) -> int:
        """Return the offset of the first block that fails when converted alone, or 0."""
        # A block is a run of lines without an empty one.
        for block in re.finditer(r"\S(?:.|\n(?!\s*\n))*", text):
            try:
                self.convert_text(block[0])
            except Exception:
                return block.start()
        return 0


def make_converter(
    config: Config, report: Report, *, are_known_good: bool = False
) -> MarkdownConverter:
    """Return a converter with the default extensions, then the author's in order.

    An extension that is unknown, not installed or has a wrong option is reported by name and left
    out. They are tried one by one only if they do not load together, and never if `are_known_good`.
    """
    if are_known_good:
        return MarkdownConverter(with_options(config.extensions, config.root), config.root)
    try:
        return make_converter(config, report, are_known_good=True)
    except Exception as fault:
        good, problems = good_ones(config.extensions, fault)
    report.extend(problems)
    return MarkdownConverter(with_options(good, config.root), config.root)


def _release_text(markdown: Markdown) -> None:
    """Release the converted text, which Python-Markdown keeps until the next one."""
    vars(markdown)["lines"] = []
    markdown.parser.root = Element("div")
    for processor in markdown.treeprocessors:
        if isinstance(processor, InlineProcessor):
            processor.stashed_nodes, processor.parent_map = {}, {}

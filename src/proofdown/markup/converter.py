"""Markdown → `Body`: HTML as Python-Markdown makes it, with the page's headings.

A body depends on its page and the Markdown settings only; links in it are still as written.
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

_SOME_OF_ALL = "*a* **b** _c_ __d__ ~~e~~ ~f~ ==g== ^^h^^ ^i^\n"
_HERE = Path()


class Body(Struct, frozen=True):
    """A page converted from Markdown."""

    html: str
    headings: tuple[Heading, ...]

    @property
    def title(self) -> str:
        """Text of the first heading of level 1; empty where there is none."""
        return next((h.text for h in self.headings if h.level == 1), "")


class MarkdownConverter:
    """Converts pages one after the other with one set of extensions.

    Args:
        extensions: their names, each with its options.
        root: the site's root, out of which no extension may read.
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
        """Make what is made when it is needed first, for many pages will need it."""
        with suppress(Exception):  # what an author's options lead to is told of a page
            self.convert_text(_SOME_OF_ALL)

    def convert(self, page: Page, report: Report) -> Body:
        """Return a page's body; one that Python-Markdown fails on is reported and left empty.

        Raises:
            MemoryError: it takes more than there is.
        """
        slow_blocks.clear()
        try:
            body = self.convert_text(page.body)
        except MemoryError:
            raise
        except Exception as fault:
            report.add(self._failure(page, fault))
            return Body("", ())
        report.extend(slow_block(page, code) for code in slow_blocks)
        return body

    def convert_text(self, text: str) -> Body:
        """Return the body made from a text of Markdown.

        Raises:
            Exception: whatever Python-Markdown or one of the extensions raises, such as
                `RecursionError` on deep nesting.
        """
        markdown = self._markdown
        markdown.reset()
        html = markdown.convert(text)
        _forget(markdown)
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
        """Return the offset of the block of lines on which conversion fails by itself."""
        for block in re.finditer(r"\S(?:.|\n(?!\s*\n))*", text):
            try:
                self.convert_text(block[0])
            except Exception:
                return block.start()
        return 0


def make_converter(
    config: Config, report: Report, *, are_known_good: bool = False
) -> MarkdownConverter:
    """Return a converter with the site's extensions: the default ones, then the author's in order.

    An extension that is unknown, not installed or has a wrong option is reported by name and left
    out; where all are known to be good, and where they load together, that is not tried.
    """
    if are_known_good:
        return MarkdownConverter(with_options(config.extensions, config.root), config.root)
    try:
        return make_converter(config, report, are_known_good=True)
    except Exception as fault:
        good, problems = good_ones(config.extensions, fault)
    report.extend(problems)
    return MarkdownConverter(with_options(good, config.root), config.root)


def _forget(markdown: Markdown) -> None:
    """Let go of a text that was converted, which a converter has in pieces until the next one."""
    vars(markdown)["lines"] = []
    markdown.parser.root = Element("div")
    for processor in markdown.treeprocessors:
        if isinstance(processor, InlineProcessor):
            processor.stashed_nodes, processor.parent_map = {}, {}

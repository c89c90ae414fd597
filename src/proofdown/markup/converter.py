"""Markdown → `Body`: HTML as Python-Markdown makes it, with the page's headings.

A body depends on its page and the Markdown settings only; links in it are still as written.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from html import escape, unescape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.toc import TocTreeprocessor, nest_toc_tokens
from markdown.treeprocessors import InlineProcessor, Treeprocessor
from msgspec import Struct

from proofdown.config.model import Config
from proofdown.content.discovery import Page
from proofdown.diagnostics import Diagnostic, Report
from proofdown.markup.extensions import CarefulMarkdown, good_ones, with_options
from proofdown.markup.fast.patches import speed_up
from proofdown.markup.highlighting import limit_highlighting, slow_block, slow_blocks
from proofdown.markup.includes import guard_includes

_SOME_OF_ALL = "*a* **b** _c_ __d__ ~~e~~ ~f~ ==g== ^^h^^ ^i^\n"
_ALL_LEVELS = range(1, 7)
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_ALIGNMENT = re.compile(r"\s*text-align:\s*(left|right|center);?\s*")
_MARKUP = re.compile(r"<[^>]*>")
_HERE = Path()


class Heading(Struct, frozen=True):
    """A heading of a page."""

    level: int
    anchor: str
    text: str
    html: str
    """The heading's inner HTML, without links and the permalink."""
    is_listed: bool = True
    """Whether it is so deep, and no deeper, as tables of contents go."""


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
            extensions=[*extensions, _HouseStyle()],
            extension_configs=extensions,
            output_format="html",
        )
        self._listed = _see_all_headings(self._markdown)
        guard_includes(self._markdown, root)
        speed_up(self._markdown)
        limit_highlighting()

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
        return Body(_name_parts(html), tuple(_headings(tokens, self._listed)))

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


def plain_text(html: str) -> str:
    """Return the text of a piece of HTML."""
    return unescape(_MARKUP.sub("", html)).strip()


_CODE_BLOCK = re.compile(
    r'(<div class="(?:language-(?P<language>[\w+.#-]+) )?highlight">'
    r'(?:<span class="filename">(?P<title>.*?)</span>)?)<pre>'
)
_CHECKBOX = re.compile(r'<input type="checkbox" disabled( checked)?\s*/?>')
_PARAGRAPH = re.compile(r"<p>((?:(?!</p>).)*?<div class=\"[^\"]*\bhighlight\">.*?)</p>", re.DOTALL)
_ENDS_OF_PARAGRAPHS_AND_CODE = re.compile(r"</?p>|<div class=\"[^\"]*\bhighlight\">")
_BLOCK_OF_CODE = re.compile(r"(<div class=\"[^\"]*\bhighlight\">.*?</div>)", re.DOTALL)


def _name_parts(html: str) -> str:
    """Return HTML in which code that scrolls, and boxes that are ticked or not, have names."""
    if "<pre>" in html:
        if _has_code_in_paragraph(html):
            html = _PARAGRAPH.sub(_without_code, html)
        html = _CODE_BLOCK.sub(_named_code, html).replace("<pre>", '<pre tabindex="0">')
    if "checkbox" in html:
        html = _CHECKBOX.sub(_named_checkbox, html)
    return html


def _has_code_in_paragraph(html: str) -> bool:
    before = ""
    for found in _ENDS_OF_PARAGRAPHS_AND_CODE.findall(html):
        if before == "<p>" and found[1] == "d":
            return True
        before = found if found[1] != "d" else before
    return False


def _named_code(block: re.Match[str]) -> str:
    name = "Code"
    if block["title"] or block["language"]:
        name = f"Code: {escape(plain_text(block['title'] or block['language']))}"
    return f'{block[1]}<pre tabindex="0" role="group" aria-label="{name}">'


def _named_checkbox(box: re.Match[str]) -> str:
    mark, name = (box[1], "done") if box[1] else ("", "to do")
    return f'<input type="checkbox" disabled{mark} aria-label="{name}">'


def _without_code(paragraph: re.Match[str]) -> str:
    """Return a paragraph cut where code stands in it: no paragraph can hold a block."""
    pieces = [piece.strip() for piece in _BLOCK_OF_CODE.split(paragraph[1])]
    cut = (piece if n % 2 else f"<p>{piece}</p>" for n, piece in enumerate(pieces) if piece)
    return "\n".join(cut)


def _headings(tokens: list[dict[str, Any]], listed: range = _ALL_LEVELS) -> Iterator[Heading]:
    for token in tokens:
        level, html = token["level"], token["html"]
        yield Heading(level, token["id"], plain_text(html), html, level in listed)
        yield from _headings(token["children"], listed)


def _see_all_headings(markdown: Markdown) -> range:
    """Let a converter tell of headings of all levels; return those that `toc_depth` asks for.

    A table of contents in the page still goes as deep as that; titles, search and links do not
    hang on it.
    """
    toc = next((p for p in markdown.treeprocessors if type(p) is TocTreeprocessor), None)
    if toc is None:
        return _ALL_LEVELS
    listed, build = range(toc.toc_top, toc.toc_bottom + 1), toc.build_toc_div
    toc.toc_top, toc.toc_bottom = _ALL_LEVELS[0], _ALL_LEVELS[-1]
    toc.build_toc_div = lambda toc_list: build(_of_levels(toc_list, listed))  # type: ignore[method-assign]
    return listed


def _of_levels(tokens: list[Any], levels: range) -> list[Any]:
    """Return the tokens of these levels, nested anew where others stood between them."""
    if levels == _ALL_LEVELS:
        return tokens
    flat, pending = list[Any](), list(reversed(tokens))
    while pending:
        token = pending.pop()
        pending += reversed(token["children"])
        if token["level"] in levels:
            flat.append({key: value for key, value in token.items() if key != "children"})
    nested: list[Any] = nest_toc_tokens(flat)
    return nested


class _HouseStyle(Extension):
    """What the theme and its content security policy ask of the tree."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        md.treeprocessors.register(_Tables(md), "proofdown-tables", 3)
        md.treeprocessors.register(_Permalinks(md), "proofdown-permalinks", 2)


class _Permalinks(Treeprocessor):
    """Gives permalinks a name that says where they lead."""

    def run(self, root: Element) -> None:
        for link in root.iter("a"):
            if link.get("class") == "permalink":
                link.attrib.pop("title", None)
                link.set("aria-label", "Link to this section")


class _Tables(Treeprocessor):
    """Puts each table in a named box that scrolls, and alignment in classes instead of styles."""

    def run(self, root: Element) -> None:
        if next(root.iter("table"), None) is None:
            return
        for cell in root.iter():
            if cell.tag in ("td", "th"):
                _align_by_class(cell)
        tokens: list[dict[str, Any]] = getattr(self.md, "toc_tokens", [])
        self.names_by_anchor = {h.anchor: h.text for h in _headings(tokens)}
        self.heading = ""
        self.names: Counter[str] = Counter()
        self._wrap(root)

    def _wrap(self, parent: Element) -> None:
        for index, child in enumerate(list(parent)):
            if child.tag == "table":
                parent[index] = self._box(child)
            elif child.tag in _HEADINGS:
                self.heading = self.names_by_anchor.get(child.get("id", ""), "")
            else:
                self._wrap(child)

    def _box(self, table: Element) -> Element:
        name = f"Table: {self.heading}" if self.heading else "Table"
        self.names[name] += 1
        if self.names[name] > 1:
            name = f"{name} ({self.names[name]})"
        box = Element("div", {"class": "table", "role": "region", "tabindex": "0"})
        box.set("aria-label", name)
        box.tail, table.tail = table.tail, None
        box.append(table)
        return box


def _align_by_class(cell: Element) -> None:
    alignment = _ALIGNMENT.fullmatch(cell.get("style", ""))
    if alignment:
        del cell.attrib["style"]
        cell.set("class", f"{cell.get('class', '')} {alignment[1]}".strip())

"""Adapt the HTML of a page's text to the theme, its content security policy and accessibility.

Each table scrolls in its own box, alignment uses classes instead of inline styles, and everything
that can be focused or ticked has an accessible name. The classes are in `markup/classes.py`.
"""

import re
from collections import Counter
from html import escape
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from proofdown.markup.classes import (
    CENTER,
    FILENAME,
    HIGHLIGHT,
    LANGUAGE,
    LEFT,
    PERMALINK,
    RIGHT,
    TABLE,
)
from proofdown.markup.fast.toc import ALL_LEVELS
from proofdown.markup.headings import headings_of
from proofdown.markup.html.text import plain_text

_HEADINGS = frozenset(f"h{level}" for level in ALL_LEVELS)
# Python-Markdown writes `style="text-align: right;"`, which the policy blocks.
_ALIGNMENT = re.compile(rf"\s*text-align:\s*({LEFT}|{RIGHT}|{CENTER});?\s*")
_CODE_BLOCK = re.compile(
    rf'(<div class="(?:{LANGUAGE}(?P<language>[\w+.#-]+) )?{HIGHLIGHT}">'
    rf'(?:<span class="{FILENAME}">(?P<title>.*?)</span>)?)<pre>'
)
_CHECKBOX = re.compile(r'<input type="checkbox" disabled( checked)?\s*/?>')
_BOX = rf'<div class="[^"]*\b{HIGHLIGHT}">'
_PARAGRAPH = re.compile(rf"<p>((?:(?!</p>).)*?{_BOX}.*?)</p>", re.DOTALL)
_PARAGRAPH_TAG_OR_CODE = re.compile(rf"</?p>|{_BOX}")
_BLOCK_OF_CODE = re.compile(rf"({_BOX}.*?</div>)", re.DOTALL)


def name_parts(html: str) -> str:
    """Return HTML with accessible names for scrolling code blocks and for checkboxes."""
    if "<pre>" in html:
        if _has_code_in_paragraph(html):
            html = _PARAGRAPH.sub(_without_code, html)
        html = _CODE_BLOCK.sub(_named_code, html).replace("<pre>", '<pre tabindex="0">')
    if "checkbox" in html:  # a substring test is cheaper than the pattern, and few pages match
        html = _CHECKBOX.sub(_named_checkbox, html)
    return html


def _has_code_in_paragraph(html: str) -> bool:
    # A prefilter: `_PARAGRAPH` is slower, as it tests at each character for the paragraph's end.
    before = ""
    for found in _PARAGRAPH_TAG_OR_CODE.findall(html):
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
    """Return a paragraph split around its code blocks: `<p>` cannot contain them."""
    pieces = [piece.strip() for piece in _BLOCK_OF_CODE.split(paragraph[1])]
    # Splitting by a group puts the code blocks at odd indexes.
    cut = (piece if n % 2 else f"<p>{piece}</p>" for n, piece in enumerate(pieces) if piece)
    return "\n".join(cut)


class HouseStyle(Extension):
    """The Markdown extension that adapts the element tree to the theme and its policy."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        """Register the tree processors with a converter."""
        # A low priority runs late: after `toc`, whose anchors name the tables.
        md.treeprocessors.register(_Tables(md), "proofdown-tables", 3)
        md.treeprocessors.register(_Permalinks(md), "proofdown-permalinks", 2)


class _Permalinks(Treeprocessor):
    """Gives permalinks an accessible name."""

    def run(self, root: Element) -> None:
        for link in root.iter("a"):
            if link.get("class") == PERMALINK:
                link.attrib.pop("title", None)
                link.set("aria-label", "Link to this section")


class _Tables(Treeprocessor):
    """Wraps each table in a named box that scrolls, and aligns cells by class, not by style."""

    def run(self, root: Element) -> None:
        if next(root.iter("table"), None) is None:
            return
        for cell in root.iter():
            if cell.tag in ("td", "th"):
                _align_by_class(cell)
        tokens: list[dict[str, Any]] = getattr(self.md, "toc_tokens", [])
        self.names_by_anchor = {h.anchor: h.text for h in headings_of(tokens)}
        self.heading = ""
        self.names: Counter[str] = Counter()
        self._wrap(root)

    def _wrap(self, parent: Element) -> None:
        # A copy, because the loop replaces children.
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
        box = Element("div", {"class": TABLE, "role": "region", "tabindex": "0"})
        box.set("aria-label", name)
        # The text after the table now follows the box.
        box.tail, table.tail = table.tail, None
        box.append(table)
        return box


def _align_by_class(cell: Element) -> None:
    alignment = _ALIGNMENT.fullmatch(cell.get("style", ""))
    if alignment:
        del cell.attrib["style"]
        cell.set("class", f"{cell.get('class', '')} {alignment[1]}".strip())

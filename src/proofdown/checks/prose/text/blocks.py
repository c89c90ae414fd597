"""Extract the prose of a page as blocks of visible text with source offsets.

Blocks are found line by line from the structure of Markdown, before inline markup is parsed, so
that an unpaired backtick hides nothing beyond its own paragraph.
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from proofdown.checks.prose.text.inline import Inline, ReadText, label_of, read_inline, squeeze
from proofdown.markup.syntax.grammar import BOX, FOOTNOTE, HASHES, LABEL, MARKER, QUOTE, UNDERLINE
from proofdown.markup.syntax.masking import mask_fences
from proofdown.markup.syntax.tables import cell_ends, is_delimiters, starts_table

_MAY_SPAN_BLOCKS = re.compile(
    r"[`<](?:(?<=(?<![`\\])`)(?P<more>`*)(?!`)(?:(?!\n[ \t]*\n)[\s\S])+?(?<!`)`(?P=more)(?!`)"
    r"|(?<=<)!--[\s\S]*?-->"
    r"|(?<=<)(?P<tag>pre|script|style|svg|math|template)\b[^>]*>[\s\S]*?</(?P=tag)\s*>)",
    re.IGNORECASE,
)
"""A code span, or a comment or raw HTML that may contain blank lines."""
_DEFINITION = re.compile(rf"^[ \t]{{0,3}}(?!\[\^){LABEL}[ \t]*\S", re.MULTILINE)
_QUOTE = re.compile(rf"(?![ \t]{{4}}){QUOTE}[ \t]?")
_HEADING = re.compile(rf"{HASHES}[ \t]+(?=\S)")
# One `=` or at least two `-`: a lone `-` begins an empty list item.
_UNDERLINE = re.compile(rf"(?!-(?!-)){UNDERLINE}[ \t]*")
# A horizontal rule: `---`, `* * *`, `___`.
_RULE = re.compile(r"(?:[-*_][ \t]*){3,}")
# A number of five digits or more begins no item, nor does a marker without a text.
_ITEM = re.compile(rf"(?!\d{{5}}){MARKER}[ \t]+(?=\S)")
_TITLE = re.compile(rf"(?:{BOX}|///)[ \t]+[^\"\n]*\"(?P<title>[^\"\n]*)\"[ \t]*")
_DIRECTIVE = re.compile(r":{3,}[ \t]*(?:\{\w+\}|[a-z]+\b)?(?P<title>[ \t]+\S.*)?")
"""`::: warning Title`, the syntax of other generators for an admonition."""
_CONTAINER = re.compile(rf"{BOX}[ \t]+\S")
_DESCRIPTION = re.compile(r":[ \t]+(?=\S)")
_FOOTNOTE = re.compile(rf"{FOOTNOTE}:[ \t]*")
_NO_PROSE = re.compile(
    r"[ \t]{0,3}(?:\[(?!\^)[^\]\n]+\]:[ \t]|\*\[[^\]\n]+\]:|:::|///|-+8<-+|\[TOC\]"
    r"|\{[%:][^{}]*\}\s*$|%%|import [^\"'\n]* from [\"']|import [\"']|export )"
)
_NEXT_LINE = re.compile(r"[^\n]*\n(?:[ \t>]*\n)*([ \t>]*)(?=\S)")
_FRONT_MATTER_VALUE = re.compile(
    r"^(?:title|description):[ \t]*(?:[>|][-+]?[ \t]*\n[ \t]+)?"
    r"(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>(?:[^']|'')*)'"
    r"|(?P<plain>[^\s\"'](?:(?! #).)*(?:\n[ \t]+\S.*)*))",
    re.MULTILINE,
)

_EMPTY = ReadText("", ((0, 0),))


class Block(Struct, frozen=True):
    """A piece of prose, such as a paragraph, a list item, a heading or a table cell."""

    kind: str
    """paragraph, item, heading, cell, title, term, definition, footnote, alt or head."""
    read: ReadText
    group: int = 0
    """Number of the list that an item belongs to; 0 for other blocks."""
    raw: ReadText = _EMPTY
    """The Markdown source of the block, for rules about markup."""
    is_continued: bool = False
    """Whether code, a list or a table that belongs to it follows."""

    @property
    def text(self) -> str:
        """The visible text."""
        return self.read.text


class _Level(Struct):
    """An open list item or titled box, to which indented lines belong."""

    indent: int
    group: int = 0
    marker: str = ""
    """The marker of its items; `1` for any number."""


class _Scan(Struct):
    """The state of a scan of a page's lines."""

    labels: frozenset[str]
    stack: list[_Level] = []
    found: list[Block] = []
    lines: list[tuple[int, str]] = []
    """Lines of the current block, each with its offset in the source."""
    kind: str = "paragraph"
    group: int = 0
    groups: int = 0
    """How many lists have been found."""
    code_indent: int = -1
    """Indent from which lines are code; -1 outside indented code."""
    is_after_blank: bool = True

    def flush(self) -> None:
        """End the current block; add it, and the alternative texts in it, to `found`."""
        if self.lines:
            self.found += make_blocks(self.kind, self.lines, self.labels, self.group)
        self.lines, self.kind, self.group = [], "paragraph", 0

    def begin(self, kind: str, offset: int, text: str, group: int = 0) -> None:
        """End the current block and begin another one."""
        self.flush()
        self.kind, self.group = kind, group
        if text.strip():
            self.lines.append((offset, text))


def find_blocks(text: str, body_start: int = 0) -> tuple[Block, ...]:
    """Return the blocks of prose in order, with offsets in the whole source."""
    body = _without_spanning_html(mask_fences(text[body_start:]))
    labels = frozenset(label_of(found["label"]) for found in _DEFINITION.finditer(body))
    found = [*_head_blocks(text[:body_start]), *_scan(body, body_start, labels)]
    return tuple(
        replace(block, is_continued=True)
        if block.kind == "item" and _goes_on(text, block)
        else block
        for block in found
    )


def _goes_on(text: str, item: Block) -> bool:
    """Return whether a nested list, code or another paragraph of an item follows."""
    last = item.raw.span(0, len(item.raw.text))[1]
    after = _NEXT_LINE.match(text, last)
    start = text.rfind("\n", 0, item.raw.runs[0][1]) + 1
    line = text[start : item.raw.runs[0][1]]
    indent = len(line) - len(line.lstrip(" \t>"))
    return after is not None and len(after[1]) > indent


def make_blocks(
    kind: str, lines: list[tuple[int, str]], labels: frozenset[str], group: int = 0
) -> list[Block]:
    """Return the block of some lines, and a block for each alternative text in it."""
    raw = "\n".join([line for _, line in lines])
    starts, length = [], 0
    for offset, line in lines:
        starts.append((length, offset))
        length += len(line) + 1
    runs = tuple(starts)
    inline = read_inline(raw, labels)
    read = squeeze(inline.seen, runs)
    found = [Block(kind, read, group, ReadText(raw, runs))] if read.text.strip() else []
    if inline.images:
        found += _alts(inline, raw, starts)
    return found


def _alts(inline: Inline, raw: str, starts: list[tuple[int, int]]) -> Iterator[Block]:
    for start, end in inline.images:
        in_block, in_source = next(p for p in reversed(starts) if p[0] <= start)
        runs = ((0, in_source + start - in_block),)
        alt = squeeze(read_inline(raw[start:end]).seen, runs)
        if alt.text.strip():
            yield Block("alt", alt, 0, ReadText(raw[start:end], runs))


def _head_blocks(head: str) -> Iterator[Block]:
    for found in _FRONT_MATTER_VALUE.finditer(head):
        name = found.lastgroup or "plain"
        text, offset = found[name], found.start(name)
        lines = []
        for line in text.split("\n"):
            indent = len(line) - len(line.lstrip())
            lines.append((offset + indent, line[indent:]))
            offset += len(line) + 1
        yield from make_blocks("head", lines, frozenset())


def _without_spanning_html(body: str) -> str:
    """Return a text without comments and raw HTML, which can contain blank lines."""

    # Code spans match too, because what looks like HTML inside them is none; they stay.
    def blank(found: re.Match[str]) -> str:
        return found[0] if found[0][0] == "`" else re.sub(r"[^\n]", " ", found[0])

    return _MAY_SPAN_BLOCKS.sub(blank, body) if "<" in body else body


def _scan(body: str, offset: int, labels: frozenset[str]) -> list[Block]:
    scan = _Scan(labels)
    lines = body.split("\n")
    table = False
    for number, line in enumerate(lines):
        quoted = 0
        while ">" in line and (found := _QUOTE.match(line, quoted)):
            quoted = found.end()
        content = line[quoted:]
        if "|" in content:
            after = lines[number + 1][quoted:] if number + 1 < len(lines) else ""
            if not table and starts_table(content, after):
                scan.flush()
                table = True
        else:
            table = False
        if table:
            if not is_delimiters(content):
                scan.found += _cells(content, offset + quoted, labels)
        else:
            _line(scan, content, offset + quoted)
        offset += len(line) + 1
    scan.flush()
    return scan.found


def _line(scan: _Scan, line: str, offset: int) -> None:
    text = line.lstrip()
    if not text:
        scan.flush()
        scan.is_after_blank = True
        return
    lead = len(line) - len(text)
    # Python-Markdown expands tabs to four columns.
    indent = len(line[:lead].expandtabs(4)) if lead else 0
    offset += lead
    if _is_code(scan, indent):
        scan.flush()
        return
    if scan.is_after_blank:
        while scan.stack and indent <= scan.stack[-1].indent and not _ITEM.match(text):
            scan.stack.pop()
    _block_line(scan, text.rstrip(), offset, indent)
    scan.is_after_blank = False


def _is_code(scan: _Scan, indent: int) -> bool:
    """Return whether a line is indented code, or indented under a directive."""
    if scan.code_indent >= 0:
        if indent >= scan.code_indent:
            return True
        scan.code_indent = -1
    if not scan.is_after_blank or indent < 4:
        return False
    # Text in a list item or a box is indented by four columns, and code in it by eight. Elsewhere,
    # code is indented by four.
    base = next((o.indent for o in reversed(scan.stack) if o.indent < indent), -4)
    if indent >= base + 8:
        scan.code_indent = base + 8
        return True
    return False


def _block_line(scan: _Scan, text: str, offset: int, indent: int) -> None:
    if text[0].isalpha() and not text.startswith(("import ", "export ")):
        scan.lines.append((offset, text))  # most lines: plain text, so the patterns are skipped
    elif scan.lines and _UNDERLINE.fullmatch(text) and len(scan.lines) == 1:
        scan.kind = "heading"
        scan.flush()
    elif _NO_PROSE.match(text) or (_RULE.fullmatch(text)):
        scan.flush()
        if found := _DIRECTIVE.fullmatch(text):
            title = found["title"] or ""
            scan.begin("title", offset + found.end() - len(title.lstrip()), title.strip())
            scan.flush()
        if text.startswith(":::"):
            scan.code_indent = indent + 4
    elif found := _HEADING.match(text):
        shown = text[found.end() :].rstrip("# \t") or text[found.end() :]
        scan.begin("heading", offset + found.end(), shown)
        scan.flush()
    elif _CONTAINER.match(text):
        _container(scan, text, offset, indent)
    elif found := _ITEM.match(text):
        group = _list_group(scan, indent, text[0])
        scan.begin("item", offset + found.end(), text[found.end() :], group)
    elif found := _FOOTNOTE.match(text):
        scan.begin("footnote", offset + found.end(), text[found.end() :])
    elif (found := _DESCRIPTION.match(text)) and not scan.stack:
        if scan.lines and scan.kind == "paragraph":
            scan.kind = "term"
        scan.begin("definition", offset + found.end(), text[found.end() :])
    else:
        scan.lines.append((offset, text))


def _container(scan: _Scan, text: str, offset: int, indent: int) -> None:
    scan.flush()
    while scan.stack and indent <= scan.stack[-1].indent:
        scan.stack.pop()
    scan.stack.append(_Level(indent))
    if found := _TITLE.match(text):
        scan.begin("title", offset + found.start("title"), found["title"])
        scan.flush()


def _list_group(scan: _Scan, indent: int, first: str) -> int:
    """Return the number of the list that an item with this indent belongs to."""
    while scan.stack and indent < scan.stack[-1].indent:
        scan.stack.pop()
    marker = "1" if first.isdigit() else first
    if scan.stack and scan.stack[-1].group and indent == scan.stack[-1].indent:
        if scan.stack[-1].marker == marker:
            return scan.stack[-1].group
        # Another marker begins another list, as in CommonMark.
        scan.stack.pop()
    scan.groups += 1
    scan.stack.append(_Level(indent, scan.groups, marker))
    return scan.groups


def _cells(line: str, offset: int, labels: frozenset[str]) -> Iterator[Block]:
    start = 0
    for end in [*cell_ends(line), len(line)]:
        cell = line[start:end]
        lead = len(cell) - len(cell.lstrip())
        if cell.strip():
            yield from make_blocks("cell", [(offset + start + lead, cell.strip())], labels)
        start = end + 1

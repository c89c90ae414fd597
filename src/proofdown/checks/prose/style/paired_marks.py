"""Find unmatched brackets and quotation marks, and pages with two kinds of quotation marks."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from proofdown.checks.prose.text.blocks import Block
from proofdown.checks.prose.text.inline import OBJECT
from proofdown.diagnostics import Finding

_KINDS = frozenset(("paragraph", "item", "footnote", "definition", "heading", "head"))
# `1)`, `a)` or `iv)`, which opens no bracket.
_ENUMERATOR = re.compile(r"(?:(?<=\s)|\A)(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})\)\Z")
# `:-)`, `;)`, `:(`.
_FACE = re.compile(r"(?<!\S)[:;]['-]?[()](?!\S)")
_OPENING = re.compile(r"(?<![\w\u201d\"])\"(?=[\w\ufffc(])")
_INCHES = re.compile(r'\d"')
_STRAIGHT, _CURLY = "\"'", "\u201c\u201d\u2018\u2019"
_HELP = "add the other one, or remove this one"


def find_unpaired(block: Block) -> Iterator[Finding]:
    """Yield unmatched brackets and quotation marks."""
    if block.kind not in _KINDS:
        return
    text = _FACE.sub(lambda face: " " * len(face[0]), block.text)
    if ("(" in text or ")" in text) and text.count("[") == text.count("]"):
        yield from _brackets(block, text)
    marks = [found.start() for found in re.finditer('"', text)]
    # The other mark may be inside an object, such as inline code.
    if len(marks) % 2 and not _INCHES.search(text) and OBJECT not in text:
        yield _unmatched(block, _likely_unmatched(text, marks), '`"`')
    opening, closing = text.count("\u201c"), text.count("\u201d")
    if opening - closing == 1:
        yield _unmatched(block, text.rindex("\u201c"), "quotation mark")
    elif closing - opening == 1:
        yield _unmatched(block, text.index("\u201d"), "quotation mark")


def _brackets(block: Block, text: str) -> Iterator[Finding]:
    opened: list[int] = []
    for found in re.finditer(r"[()]", text):
        if found[0] == "(":
            opened.append(found.start())
        elif opened:
            opened.pop()
        elif not _ENUMERATOR.search(text[: found.end()]):
            yield _unmatched(block, found.start(), "`)`")
            return
    if opened and text.rstrip()[-1:] not in ":(" and not block.is_continued:
        yield _unmatched(block, opened[-1], "`(`")


def _unmatched(block: Block, at: int, shown: str) -> Finding:
    start, end = block.read.span(at, at + 1)
    return Finding("unbalanced-pair", f"unmatched {shown}", start, end, _HELP)


def _likely_unmatched(text: str, marks: list[int]) -> int:
    """Return the mark that is probably unmatched: an opening one before another opening one."""
    opens = [mark for mark in marks if _OPENING.match(text, mark)]
    return next((a for a, b in pairwise(marks) if a in opens and b in opens), marks[-1])


def find_mixed_quotes(blocks: Sequence[Block]) -> Iterator[Finding]:
    """Yield the first quotation mark of the rarer kind, if a page has both kinds."""
    straight = sum(block.text.count(mark) for block in blocks for mark in _STRAIGHT)
    curly = sum(block.text.count(mark) for block in blocks for mark in _CURLY)
    if not straight or not curly:
        return
    rare, name, other = (_CURLY, "curly", "straight")
    if straight < curly:
        rare, name, other = (_STRAIGHT, "straight", "curly")
    for block in blocks:
        at = next((i for i, c in enumerate(block.text) if c in rare), -1)
        if at >= 0:
            message = f"a {name} quotation mark on a page of {other} ones"
            help_ = f"the page has {straight} straight and {curly} curly ones"
            yield Finding("mixed-quotes", message, *block.read.span(at, at + 1), help_)
            return

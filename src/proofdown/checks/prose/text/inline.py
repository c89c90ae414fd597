"""Extract the visible text of a block's Markdown, without markup, code and URLs.

Replacements keep the length at first, so that each character keeps its offset: `HIDDEN` replaces an
invisible character, `OBJECT` something visible that is not prose (code, an image, a URL).
"""

import re
from bisect import bisect_right
from typing import NamedTuple

HIDDEN = "\0"
OBJECT = "\ufffc"
PART = "\u2029"
"""Separates the parts of a block of raw HTML, such as list items."""

_MARKUP = (
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)[\s\S]+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<raw><(?P<tag>code|kbd|samp|var|tt|svg|math|script|style|pre)\b[^>]*>[\s\S]*?</(?P=tag)\s*>)"
    r"|(?P<comment><!--[\s\S]*?-->)"
    r"|(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<template>\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\$\$[\s\S]+?\$\$|(?<![\w$])\$[^\s$][^$\n]*\$(?!\w))"
    r"|(?P<auto><(?:[a-z][a-z0-9+.-]*:[^\s<>]+|[^\s<>@]+@[^\s<>@]+)>)"
    r"|(?P<break><br\s*/?>)"
    r"|(?P<part></?(?:p|div|d[ldt]|[ou]l|li|t[dhr]|h[1-6]|table|summary|details|figure)\b[^<>]*>)"
    r"|(?P<html></?[A-Za-z][^<>]*>)"
    r"|(?P<entity>&(?:#\d+|#x[0-9a-f]+|[A-Za-z]\w*);)"
    r"|(?P<note>\[\^[^\]\s]+\])"
    r"|(?P<task>\A\[[ xX]\](?=\s))"
    r"|(?P<callout>\A\[!\w+\][-+]?)"
    r"|(?P<attributes>\{(?::[ \t]*|(?=[ \t]*[#.]))[^{}\n]*\})"
    r"|(?P<emoji>(?<![\w:]):[a-z][\w+-]*:(?![\w:]))"
)
_ADDRESS = (
    r"(?P<url>\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.|mailto:)(?:[^\s<>\"'`|()]|\([^\s<>()]*\))*"
    r"(?<![.,;:!?\]*_]))"
)
_WITHOUT_ADDRESS = re.compile(rf"(?=[`<\\{{$&\[:])(?:{_MARKUP})", re.IGNORECASE)
_OPAQUE = re.compile(rf"{_WITHOUT_ADDRESS.pattern}|{_ADDRESS}", re.IGNORECASE)
"""Markup, and what is not prose. URLs can begin with any letter, so that including them is slow;
everything else begins with one of a few characters."""
_HAS_ADDRESS = re.compile(r"://|www\.|mailto:", re.IGNORECASE)
_MARKUP_CHARS = re.compile(r"[`<\\{$&\[:]")
"""Characters of which all of the above contain one, except `www.`; most blocks contain none."""
_SHOWN_ENTITIES = {
    "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": " ", "&mdash;": "\u2014",
    "&ndash;": "\u2013", "&rsquo;": "\u2019", "&lsquo;": "\u2018", "&ldquo;": "\u201c",
    "&rdquo;": "\u201d", "&hellip;": "\u2026", "&#39;": "'",
}  # fmt: skip
_INVISIBLE = ("comment", "html", "note", "task", "callout", "attributes")
_LINK_END = re.compile(
    r"\](?:\((?:[^()\\\n]|\n(?!\n)|\\.|\((?:[^()\\\n]|\\.)*\))*\)|\[(?P<label>[^\[\]\n]*)\])"
    r"(?:\{[^{}\n]*\})?"
)
_SHORTCUT = re.compile(r"\[([^\[\]]+)\]")
_EMPHASIS = re.compile(
    r"(?=[*_~=])(?:\*{1,3}(?=[^\s*])|(?<=[^\s*])\*{1,3}|(?<![^\W_])_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?![^\W_])"
    r"|~~|==(?=\S)|(?<=\S)==)"
)
_ESCAPED = 0xE000
"""Offset into the private use area. Characters escaped by a backslash are moved there while markup
is searched for, so that they do not match."""
_UNESCAPE = {_ESCAPED + code: chr(code) for code in range(33, 127)}
_VISIBLE = re.compile(rf"[^{HIDDEN}]+")


class Inline(NamedTuple):
    """The visible text of a block, each character still at its offset."""

    seen: str
    """The text at equal length with `HIDDEN` and `OBJECT` in it."""
    images: tuple[tuple[int, int], ...]
    """Start and end of every image's alternative text."""


def read_inline(raw: str, labels: frozenset[str] = frozenset()) -> Inline:
    """Return the visible text of a block; `labels` are the page's link definitions."""
    text = raw
    if _MARKUP_CHARS.search(raw) or "www." in raw.lower():
        text = (_OPAQUE if _HAS_ADDRESS.search(raw) else _WITHOUT_ADDRESS).sub(_masked, raw)
    chars = list(text) if "[" in text else []
    images: list[tuple[int, int]] = []
    if chars and "]" in text:
        for found in _LINK_END.finditer(text):
            _take_link(chars, found, labels, images)
    if labels and "[" in text:
        # After the full links, whose brackets are hidden by now.
        for found in _SHORTCUT.finditer("".join(chars)):
            if label_of(found[1]) in labels:
                chars[found.start()] = chars[found.end() - 1] = HIDDEN
    seen = "".join(chars) if chars else text
    if "*" in seen or "_" in seen or "~~" in seen or "==" in seen:
        seen = _EMPHASIS.sub(lambda m: HIDDEN * len(m[0]), seen)
    if "\\" in raw:
        seen = seen.translate(_UNESCAPE)
    return Inline(seen, tuple(images))


def label_of(text: str) -> str:
    """Return a link definition's label, normalized for comparison."""
    return " ".join(text.lower().split())


def _masked(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    text = found[0]
    # `lastgroup` is the last group that closed: the inner `tag` may be that of `raw`.
    if kind == "tag":
        kind = "raw"
    if kind == "escape":
        return HIDDEN + chr(_ESCAPED + ord(text[1]))
    if kind in _INVISIBLE:
        return HIDDEN * len(text)
    if kind == "part":
        return PART + HIDDEN * (len(text) - 1)
    if kind == "break":
        return " " + HIDDEN * (len(text) - 1)
    if kind == "entity":
        return _SHOWN_ENTITIES.get(text, OBJECT) + HIDDEN * (len(text) - 1)
    return OBJECT + HIDDEN * (len(text) - 1)


def _take_link(
    chars: list[str],
    found: re.Match[str],
    labels: frozenset[str],
    images: list[tuple[int, int]],
) -> None:
    """Hide a link's brackets and target; replace an image by one `OBJECT`."""
    # Search backwards for the matching bracket, because the text of a link may contain brackets.
    depth, start, close = 1, found.start(), found.start()
    while depth and start > 0:
        start -= 1
        depth += (chars[start] == "]") - (chars[start] == "[")
    label = found["label"]
    if depth or (label is not None and not _is_label(label, chars[start + 1 : close], labels)):
        return
    is_image = start > 0 and chars[start - 1] == "!"
    for position in (start, *range(close, found.end())):
        chars[position] = HIDDEN
    if is_image:
        images.append((start + 1, close))
        chars[start - 1 : close] = [OBJECT, *(HIDDEN * (close - start))]


def _is_label(label: str, text: list[str], labels: frozenset[str]) -> bool:
    return label_of(label or "".join(text).replace(HIDDEN, "")) in labels


class ReadText(NamedTuple):
    """Visible text with a map to offsets in the source."""

    text: str
    runs: tuple[tuple[int, int], ...]
    """The start of each run of characters, as its offsets in the text and in the source."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the source offsets of the text between two offsets."""
        # The end is that of the last character: the next one may be in another run.
        return self._at(start), self._at(max(start, end - 1)) + 1

    def _at(self, offset: int) -> int:
        # `1 << 60` is beyond any source offset, so that a run that starts here is found.
        position = bisect_right(self.runs, (offset, 1 << 60)) - 1
        in_text, in_source = self.runs[max(position, 0)]
        return in_source + offset - in_text


def squeeze(seen: str, line_starts: tuple[tuple[int, int], ...]) -> ReadText:
    """Return a text without its hidden characters.

    `line_starts` contains the offsets of each line of the block, in the block and in the source.
    """
    if HIDDEN not in seen:
        return ReadText(seen, line_starts)
    parts: list[str] = []
    runs: list[tuple[int, int]] = []
    length = 0
    for number, (start, source) in enumerate(line_starts):
        end = line_starts[number + 1][0] if number + 1 < len(line_starts) else len(seen)
        for found in _VISIBLE.finditer(seen, start, end):
            runs.append((length, source + found.start() - start))
            parts.append(found[0])
            length += len(found[0])
    return ReadText("".join(parts), tuple(runs) or ((0, line_starts[0][1]),))

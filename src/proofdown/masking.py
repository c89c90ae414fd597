"""Markdown with code and comments blanked out at equal length, so that offsets stay true."""

import re
from collections.abc import Callable
from functools import lru_cache

_FENCE = re.compile(r"[ \t>]*(?:[-*+]\s+|\d+[.)]\s+)?(?P<fence>`{3,}|~{3,})[^`\n]*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
CODE_SPAN = re.compile(
    r"(?P<ticks>`(?<![`\\]`)`*)(?!`)(?P<text>(?:(?!\n[ \t]*\n)[\s\S])+?)(?<!`)(?P=ticks)(?!`)"
)
"""A code span, outside fenced code. What begins with a character is found without trying."""

_RAW_CODE = re.compile(
    r"(?P<tag><(?P<name>pre|code|script|style)\b[^>]*>).*?</(?P=name)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_NOT_LINE_END = re.compile(r"[^\n]")


@lru_cache(maxsize=4)
def mask_fences(text: str) -> str:
    """Return a text with fenced code blanked out, its fences included.

    What is kept is for the page at hand, which several rules look at one after the other.
    """
    if "```" not in text and "~~~" not in text:
        return text
    lines = text.split("\n")
    fence = ""
    for number, line in enumerate(lines):
        if fence:
            lines[number] = " " * len(line)
            stripped = line.strip(" \t>")
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
        elif ("```" in line or "~~~" in line) and (found := _FENCE.match(line)):
            fence = found["fence"]
            lines[number] = " " * len(line)
    return "\n".join(lines)


def mask_blocks(text: str) -> str:
    """Return a text with comments, fenced code and raw HTML code blanked out, and no code spans."""
    return _mask_blocks(text, lambda found: _blank(found[0]))


def mask_code(text: str) -> str:
    """Return a text with comments, fenced code, code spans and raw HTML code blanked out.

    The result has the same length and the same line breaks. The start tags of raw HTML code stay:
    `<script src="…">` refers to a file.
    """
    masked = _mask_blocks(text, lambda m: m["tag"] + _blank(m[0][len(m["tag"]) :]))
    return CODE_SPAN.sub(lambda found: _blank(found[0]), masked)


def _mask_blocks(text: str, mask_raw_code: Callable[[re.Match[str]], str]) -> str:
    masked = _COMMENT.sub(lambda found: _blank(found[0]), mask_fences(text))
    return _RAW_CODE.sub(mask_raw_code, masked) if "<" in masked else masked


def _blank(text: str) -> str:
    return _NOT_LINE_END.sub(" ", text)

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
_RAW_BLOCK = re.compile(
    r"<(?P<name>pre|script|style)\b[^>]*>.*?</(?P=name)\s*>", re.DOTALL | re.IGNORECASE
)
_NOT_LINE_END = re.compile(r"[^\n]")


def mask_fences(text: str) -> str:
    """Return a text with fenced code blanked out, its fences included."""
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


def mask_code(text: str) -> str:
    """Return a text with comments, fenced code, code spans and raw HTML code blanked out.

    The result has the same length and the same line breaks. The start tags of raw HTML code stay:
    `<script src="…">` refers to a file.
    """
    return _mask_code(mask_fences(text))


def mask_markdown_code(body: str) -> str:
    """Return a page's body with fenced code and code spans blanked out, and no raw HTML."""
    return CODE_SPAN.sub(lambda found: _blank(found[0]), cached_mask_fences(body))


# The body of the page at hand is looked at by one rule after the other. What is kept is for it
# alone: of a long page it takes much memory.


@lru_cache(maxsize=1)
def cached_mask_fences(body: str) -> str:
    """Return a page's body with fenced code blanked out."""
    return mask_fences(body)


@lru_cache(maxsize=1)
def cached_mask_code(body: str) -> str:
    """Return a page's body with all blanked out that `mask_code` does."""
    return _mask_code(cached_mask_fences(body))


def clear_masks() -> None:
    """Let go of what is kept of the page at hand."""
    cached_mask_fences.cache_clear()
    cached_mask_code.cache_clear()


def cached_mask_blocks(body: str) -> str:
    """Return a page's body with comments and blocks of code blanked out, not code in a line."""
    return _mask_blocks(cached_mask_fences(body), _RAW_BLOCK, lambda found: _blank(found[0]))


def _mask_code(masked: str) -> str:
    masked = _mask_blocks(masked, _RAW_CODE, lambda m: m["tag"] + _blank(m[0][len(m["tag"]) :]))
    return CODE_SPAN.sub(lambda found: _blank(found[0]), masked)


def _mask_blocks(
    masked: str, raw_code: re.Pattern[str], mask_raw_code: Callable[[re.Match[str]], str]
) -> str:
    """Blank out comments and raw HTML code in a text whose fences are blanked out already."""
    if "<" not in masked:
        return masked
    return raw_code.sub(mask_raw_code, _COMMENT.sub(lambda found: _blank(found[0]), masked))


def _blank(text: str) -> str:
    return _NOT_LINE_END.sub(" ", text)

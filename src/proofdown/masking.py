"""Markdown with code and comments blanked out at equal length, so that offsets stay true."""

import re

_FENCE = re.compile(r"[ \t>]*(?:[-*+]\s+|\d+[.)]\s+)?(?P<fence>`{3,}|~{3,})[^`\n]*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)((?:(?!\n[ \t]*\n)[\s\S])+?)(?<!`)\1(?!`)")
_RAW_CODE = re.compile(
    r"(?P<tag><(?P<name>pre|code|script|style)\b[^>]*>).*?</(?P=name)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_NOT_LINE_END = re.compile(r"[^\n]")


def mask_fences(text: str) -> str:
    """Return a text with fenced code blanked out, its fences included."""
    lines = text.split("\n")
    fence = ""
    for number, line in enumerate(lines):
        if fence:
            lines[number] = " " * len(line)
            stripped = line.strip(" \t>")
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
        elif found := _FENCE.match(line):
            fence = found["fence"]
            lines[number] = " " * len(line)
    return "\n".join(lines)


def mask_blocks(text: str) -> str:
    """Return a text with comments, fenced code and raw HTML code blanked out, and no code spans."""
    masked = _COMMENT.sub(lambda found: _blank(found[0]), mask_fences(text))
    return _RAW_CODE.sub(lambda found: _blank(found[0]), masked) if "<" in masked else masked


def mask_code(text: str) -> str:
    """Return a text with comments, fenced code, code spans and raw HTML code blanked out.

    The result has the same length and the same line breaks. The start tags of raw HTML code stay:
    `<script src="…">` refers to a file.
    """
    masked = mask_fences(text)
    masked = _COMMENT.sub(lambda found: _blank(found[0]), masked)
    masked = _RAW_CODE.sub(
        lambda found: found["tag"] + _blank(found[0][len(found["tag"]) :]), masked
    )
    return _CODE_SPAN.sub(lambda found: _blank(found[0]), masked)


def _blank(text: str) -> str:
    return _NOT_LINE_END.sub(" ", text)

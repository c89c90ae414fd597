"""Blank out code and comments in Markdown at equal length, to keep offsets valid."""

import re
from collections.abc import Callable, Iterable

from proofdown.markup.syntax.fences import Fence, find_fences
from proofdown.markup.syntax.grammar import COMMENT

_COMMENT = re.compile(COMMENT, re.DOTALL)
# As many backticks at both ends, and no empty line in between; `\`` begins none.
CODE_SPAN = re.compile(
    r"(?P<ticks>`(?<![`\\]`)`*)(?!`)(?P<text>(?:(?!\n[ \t]*\n)[\s\S])+?)(?<!`)(?P=ticks)(?!`)"
)
"""A code span, outside fenced code.

It begins with a literal backtick and looks back from there, because `re` searches for a literal
prefix without trying the pattern at every character.
"""

_RAW_CODE = re.compile(
    r"(?P<tag><(?P<name>pre|code|script|style)\b[^>]*>).*?</(?P=name)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_RAW_BLOCK = re.compile(
    r"<(?P<name>pre|script|style)\b[^>]*>.*?</(?P=name)\s*>", re.DOTALL | re.IGNORECASE
)


def mask_fences(text: str, fences: Iterable[Fence] | None = None) -> str:
    """Return a text with its fenced code blanked out, including the fences.

    Args:
        text: the text.
        fences: its fenced blocks, if they are already known.
    """
    pieces, end = list[str](), 0
    for fence in find_fences(text) if fences is None else fences:
        pieces += text[end : fence.start], _blank(text[fence.start : fence.end])
        end = fence.end
    return "".join([*pieces, text[end:]]) if pieces else text


def mask_code(text: str) -> str:
    """Return a text with comments, fences, code spans and raw HTML code blanked out.

    The result has the same length and the same line breaks. The start tags of raw HTML code are
    kept, because `<script src="…">` refers to a file.
    """
    return mask_code_outside_fences(mask_fences(text))


def mask_code_outside_fences(text: str) -> str:
    """Return a text as `mask_code` does, if its fences are already blanked out."""
    return mask_code_spans(_mask_raw(text, _RAW_CODE, _mask_content))


def mask_raw_blocks(text: str) -> str:
    """Return a text with comments and raw HTML blocks of code blanked out."""
    return _mask_raw(text, _RAW_BLOCK, _blank_match)


def mask_code_spans(text: str) -> str:
    """Return a text, whose fences are blanked out, without its code spans."""
    return CODE_SPAN.sub(_blank_match, text)


def _mask_raw(
    text: str, raw_code: re.Pattern[str], mask_raw_code: Callable[[re.Match[str]], str]
) -> str:
    if "<" not in text:
        return text
    return raw_code.sub(mask_raw_code, _COMMENT.sub(_blank_match, text))


def _mask_content(element: re.Match[str]) -> str:
    return element["tag"] + _blank(element[0][len(element["tag"]) :])


def _blank_match(found: re.Match[str]) -> str:
    return _blank(found[0])


def _blank(text: str) -> str:
    # Line breaks stay, because line numbers and the ends of paragraphs depend on them.
    return "\n".join([" " * len(line) for line in text.split("\n")])

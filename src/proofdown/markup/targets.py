"""The targets of links and the lines of headings, as a page's Markdown has them."""

import re
from collections.abc import Iterator
from html import unescape

from msgspec import Struct

_INLINE = re.compile(
    r"\]\(\s*(?:<(?P<angled>[^>\n]*)>|(?P<plain>(?:[^\s()\\<]|\\.|\((?:[^\s()\\]|\\.)*\))*))"
)
_DEFINITION = re.compile(r"^ {0,3}\[(?P<label>[^\]\n]+)\]:[ \t]*<?(?P<plain>[^\s>]+)", re.MULTILINE)
_USE = re.compile(r"\[(?P<label>[^\[\]\n]+)\](?!\(|:|\[(?!\]))")
_SRCSET_PART = re.compile(r"(?:^|,)\s*([^\s,]+)")
_ATTRIBUTE = re.compile(
    r"\s(?P<name>href|src|srcset|poster|data|id|name)\s*=\s*"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<plain>[^\s\"'<>=`]+))",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^ {0,3}#{1,6}[ \t]*(?P<atx>[^#\n].*?)[ \t]*#*[ \t]*$"
    r"|^(?P<setext>[^\s>#|+*-].*)\n(?:=+|-+)[ \t]*$",
    re.MULTILINE,
)
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")


class Target(Struct, frozen=True):
    """A link's target as it stands in the source."""

    text: str
    start: int
    """Offset in the page's body."""
    end: int
    is_raw_html: bool


def find_targets(masked: str) -> tuple[Target, ...]:
    """Return the targets in a text without code, in the order in which they are used."""
    found = sorted(_find_uses(masked), key=lambda pair: pair[0])
    return tuple(target for _, target in found)


def _find_uses(masked: str) -> Iterator[tuple[int, Target]]:
    """Yield targets, each with where it is used: a definition's is used by its references."""
    for found in _INLINE.finditer(masked):
        yield found.start(), _target(found)
    for found in _ATTRIBUTE.finditer(masked):
        if (found["name"] or "").lower() != "srcset":
            yield found.start(), _target(found, is_raw_html=True)
            continue
        start, end = found.span(found.lastgroup or "plain")
        for part in _SRCSET_PART.finditer(masked[start:end]):
            first, last = part.span(1)
            yield start + first, Target(unescape(part[1]), start + first, start + last, True)
    definitions = {_label(found): _target(found) for found in _DEFINITION.finditer(masked)}
    for use in _USE.finditer(masked) if definitions else ():
        if _label(use) in definitions:
            yield use.start(), definitions[_label(use)]


def _target(found: re.Match[str], *, is_raw_html: bool = False) -> Target:
    group = found.lastgroup or "plain"
    if group in ("name", "label"):
        group = "plain"
    text = unescape(_BACKSLASH.sub(r"\1", found[group] or ""))
    return Target(text, *found.span(group), is_raw_html)


def _label(found: re.Match[str]) -> str:
    return " ".join(found["label"].lower().split())


def find_heading_lines(masked: str) -> Iterator[tuple[int, int]]:
    """Yield where the text of each heading in a text without code begins and ends."""
    for found in _HEADING.finditer(masked):
        yield found.span("atx" if found["atx"] else "setext")

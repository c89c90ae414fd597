"""Find link targets, link definitions and heading lines in a page's Markdown."""

import re
from collections.abc import Iterable, Iterator
from html import unescape

from msgspec import Struct

from proofdown.markup.syntax.grammar import HASHES, LABEL, UNDERLINE

# `](<my file.md>)`, `](flows.md)`, or with one level of parentheses: `](a_(b).md)`.
_INLINE = re.compile(
    r"\]\(\s*(?:<(?P<angled>[^>\n]*)>|(?P<plain>(?:[^\s()\\<]|\\.|\((?:[^\s()\\]|\\.)*\))*))"
)
# `[label]: target`, or `[^1]: text`; four spaces before it would make it code.
_DEFINITION = re.compile(
    rf"^ {{0,3}}{LABEL}[ \t]*(?P<content>(?:<?(?P<target>[^\s>]+)|\S)?)", re.MULTILINE
)
# `[label]` or the second part of `[text][label]`, but not `[text](…)` or a definition.
_USE = re.compile(r"\[(?P<label>[^\[\]\n]+)\](?!\(|:|\[(?!\]))")
_SRCSET_PART = re.compile(r"(?:^|,)\s*([^\s,]+)")
_ATTRIBUTE = re.compile(
    r"\s(?P<name>href|src|srcset|poster|data|id|name)\s*=\s*"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<plain>[^\s\"'<>=`]+))",
    re.IGNORECASE,
)
_HEADING = re.compile(
    rf"^ {{0,3}}{HASHES}[ \t]*(?P<atx>[^#\n].*?)[ \t]*#*[ \t]*$"
    rf"|^(?P<setext>[^\s>#|+*-].*)\n{UNDERLINE}[ \t]*$",
    re.MULTILINE,
)
# By CommonMark, a backslash escapes ASCII punctuation only.
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")


class Target(Struct, frozen=True):
    """The target of a link in the source."""

    text: str
    start: int
    """Offset in the page's body."""
    end: int
    is_raw_html: bool


class Definition(Struct, frozen=True):
    """The definition of a link or a footnote, as offsets in the page's body."""

    label: str
    """The label that references use; a footnote's begins with `^`."""
    start: int
    """Start of its line."""
    label_start: int
    label_end: int
    content: int
    """Start of the text after the label."""
    end: int
    """End of the target, or of the first character if it is no target; `content` if empty."""
    target: Target | None
    """The target, or None if the text cannot be one."""


def find_definitions(masked: str) -> Iterator[Definition]:
    """Yield the definitions in a text without code."""
    for found in _DEFINITION.finditer(masked) if "]:" in masked else ():
        target = _target(found, "target") if found["target"] else None
        content, end = found.span("content")
        yield Definition(found["label"], found.start(), *found.span("label"), content, end, target)


def find_targets(masked: str, definitions: Iterable[Definition]) -> tuple[Target, ...]:
    """Return the targets in a text without code, in the order in which they are used.

    Args:
        masked: the text.
        definitions: the definitions in it; their targets are used where their labels are.
    """
    # Inline links, attributes and references are searched for in turn.
    found = sorted(_find_uses(masked, definitions), key=lambda pair: pair[0])
    return tuple(target for _, target in found)


def _find_uses(masked: str, definitions: Iterable[Definition]) -> Iterator[tuple[int, Target]]:
    """Yield the targets, each with the offset at which it is used."""
    for found in _INLINE.finditer(masked):
        yield found.start(), _target(found, found.lastgroup or "plain")
    for found in _ATTRIBUTE.finditer(masked):
        group = found.lastgroup or "plain"
        if found["name"].lower() != "srcset":
            yield found.start(), _target(found, group, is_raw_html=True)
            continue
        start, end = found.span(group)
        for part in _SRCSET_PART.finditer(masked[start:end]):
            first, last = part.span(1)
            yield start + first, Target(unescape(part[1]), start + first, start + last, True)
    defined = {_key(one.label): one.target for one in definitions if one.target}
    for use in _USE.finditer(masked) if defined else ():
        if target := defined.get(_key(use["label"])):
            yield use.start(), target


def _target(found: re.Match[str], group: str, *, is_raw_html: bool = False) -> Target:
    text = unescape(_BACKSLASH.sub(r"\1", found[group]))
    return Target(text, *found.span(group), is_raw_html)


def _key(label: str) -> str:
    return " ".join(label.lower().split())


def find_heading_lines(masked: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each heading's text, in a text without code."""
    for found in _HEADING.finditer(masked):
        yield found.span("atx" if found["atx"] else "setext")

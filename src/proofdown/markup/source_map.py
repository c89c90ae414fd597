"""Where in a page's source something stands that was found in the built page.

Python-Markdown keeps no positions. The built HTML says *what* is a link, an image or a heading;
a scan of the source with its code blanked out says *where*: the n-th of them with the same text.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

from msgspec import Struct

from proofdown.content.discovery import Page
from proofdown.markup.headings import Heading
from proofdown.markup.masking import cached_mask_code, clear_masks
from proofdown.source import Location

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
    r"^(?P<hashes> {0,3}#{1,6})[ \t]*(?P<atx>[^#\n].*?)[ \t]*#*[ \t]*$"
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


# What is kept is for the page at hand, and not for any other.


@lru_cache(maxsize=1)
def _targets(body: str) -> tuple[Target, ...]:
    """Return the targets in the order in which they are used."""
    found = sorted(_find_targets(cached_mask_code(body)), key=lambda pair: pair[0])
    return tuple(target for _, target in found)


@lru_cache(maxsize=1)
def _by_text(body: str) -> dict[str, list[Target]]:
    found: dict[str, list[Target]] = {}
    for target in _targets(body):
        found.setdefault(target.text, []).append(target)
    return found


def _find_targets(masked: str) -> Iterator[tuple[int, Target]]:
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


def find_target(page: Page, text: str, nth: int = 0) -> Target | None:
    """Return the n-th target (from 0) of a page with a text; the last if there are fewer."""
    found = _by_text(page.body).get(text, [])
    if not found and text:
        found = [target for target in _targets(page.body) if text in target.text]
    return found[min(nth, len(found) - 1)] if found else None


def location_of_target(page: Page, text: str, nth: int = 0) -> Location:
    """Return the place of a link's target; the page alone where it does not stand in the source."""
    target = find_target(page, text, nth)
    if target is None:
        return Location(page.source.path)
    start = page.body_start + target.start
    return page.source.location(start, max(page.body_start + target.end, start + 1))


def location_of_text(page: Page, text: str) -> Location:
    """Return the place where a text first stands outside code; the page alone where it does not."""
    start = cached_mask_code(page.body).find(text)
    if start < 0:
        return Location(page.source.path)
    start += page.body_start
    return page.source.location(start, start + len(text))


@lru_cache(maxsize=1)
def _headings(body: str) -> tuple[tuple[int, int, int], ...]:
    found = []
    for match in _HEADING.finditer(cached_mask_code(body)):
        group = "atx" if match["atx"] else "setext"
        level = len(match["hashes"].strip()) if match["atx"] else 0
        found.append((level, *match.span(group)))
    return tuple(found)


def heading_starts(page: Page, headings: tuple[Heading, ...]) -> list[tuple[str, int]]:
    """Return each heading's anchor and its offset in the body, for those that can be placed."""
    lines = _headings(page.body)
    if len(lines) == len(headings):
        return [(h.anchor, start) for h, (_, start, _) in zip(headings, lines, strict=True)]
    masked = cached_mask_code(page.body)
    found = ((heading.anchor, masked.find(heading.text)) for heading in headings)
    return [(anchor, start) for anchor, start in found if start >= 0]


def location_of_heading(page: Page, nth: int, count: int, text: str) -> Location:
    """Return the place of a page's n-th heading (from 0) of a number of headings.

    Where the source has another number of heading lines than the built page has headings (raw
    HTML, a heading in a list), the heading's text is looked for instead.
    """
    lines = _headings(page.body)
    if len(lines) == count:
        _, start, end = lines[nth]
        return page.source.location(page.body_start + start, page.body_start + end)
    return location_of_text(page, text)


def clear_source_map() -> None:
    """Let go of what is kept of the page at hand, which of a long one is much."""
    clear_masks()
    for kept in (_targets, _by_text, _headings):
        kept.cache_clear()

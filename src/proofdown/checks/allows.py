"""Diagnostics that the author allows, on a page by its front matter or on a block by a comment."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate

from proofdown.diagnostics import Diagnostic, did_you_mean
from proofdown.markup.page_text import PageText
from proofdown.site.model import Site
from proofdown.site.page import Allowed

Kind = tuple[str, str]
"""A code, and the path of a page."""
_COMMENT = re.compile(r"<!--\s*allow\s+(?P<codes>[a-z0-9-]+(?:[,\s]+[a-z0-9-]+)*)\s*-->")
_WORD = re.compile(r"[a-z0-9-]+")
_NEXT_BLOCK = re.compile(r"\s*(?:\S.*(?:\n(?!\s*\n).*)*)?")


def _unused_allows(diagnostics: list[Diagnostic], allows: list[Allowed]) -> Iterator[Diagnostic]:
    """Yield the allowances for which there is nothing to allow."""
    found: dict[Kind, list[int]] = {}
    unlisted: set[Kind] = set()
    for diagnostic in diagnostics:
        kind = (diagnostic.code, diagnostic.location.path)
        found.setdefault(kind, []).append(diagnostic.location.line)
        if diagnostic.count > 1:  # where they are is not known, so nobody can say what they need
            unlisted.add(kind)
    for lines in found.values():
        lines.sort()
    for allow in allows:
        kind = (allow.code, allow.location.path)
        if kind not in unlisted and not _is_needed(allow, found.get(kind, [])):
            message = f"nothing here needs `{allow.code}` allowed"
            yield Diagnostic("unused-allow", message, allow.location, "take it out")


def _is_needed(allow: Allowed, lines: list[int]) -> bool:
    """Return whether one of the lines with problems, which are in order, is allowed."""
    if not allow.last_line:
        return bool(lines)
    at = bisect_left(lines, allow.first_line)
    return at < len(lines) and lines[at] <= allow.last_line


class _Lines:
    """The lines of a page on which something is allowed."""

    def __init__(self, allows: Iterable[Allowed]) -> None:
        spans = sorted((allow.first_line, allow.last_line) for allow in allows)
        self._is_everywhere = any(not last for _, last in spans)
        self._starts = [start for start, _ in spans]
        self._reach = list(accumulate((last for _, last in spans), max))

    def cover(self, diagnostic: Diagnostic) -> bool:
        """Return whether a problem is allowed; of many that are not listed no line is known."""
        if self._is_everywhere:
            return True
        before = bisect_right(self._starts, diagnostic.location.line)
        is_listed = diagnostic.count == 1
        return is_listed and before > 0 and diagnostic.location.line <= self._reach[before - 1]


def apply_allows(
    site: Site, diagnostics: list[Diagnostic], codes: Collection[str]
) -> list[Diagnostic]:
    """Return the diagnostics that nobody allowed, with those about the allowances themselves."""
    allows: list[Allowed] = []
    by_kind: dict[Kind, list[Allowed]] = {}
    faults: list[Diagnostic] = []
    for built in site.pages:
        for allow in built.summary.allowed:
            if allow.code in codes:
                allows.append(allow)
                by_kind.setdefault((allow.code, allow.location.path), []).append(allow)
            else:
                help_ = did_you_mean(allow.code, codes) or "`proofdown explain` lists them"
                message = f"there is no rule `{allow.code}`"
                faults.append(Diagnostic("unknown-rule", message, allow.location, help_))
    lines = {kind: _Lines(of_kind) for kind, of_kind in by_kind.items()}
    kept = []
    for diagnostic in diagnostics:
        of_kind = lines.get((diagnostic.code, diagnostic.location.path))
        if of_kind is None or not of_kind.cover(diagnostic):
            kept.append(diagnostic)
    return [*kept, *faults, *_unused_allows(diagnostics, allows)]


def find_allowed(text: PageText, html: str, codes: Collection[str]) -> Iterator[Allowed]:
    """Yield what the author of a page lets pass, given the page's text as HTML and all codes."""
    page = text.page
    for code in page.front.allow:
        yield Allowed(code.text, 0, 0, code.location)
    if "<!--" not in text.body:
        return
    masked = text.without_fences
    for comment in _COMMENT.finditer(masked):
        if comment[0] not in html:  # it stands in code
            continue
        if not _names_rules(comment["codes"], codes):
            continue  # `<!-- allow me to explain -->` is a remark
        block = _NEXT_BLOCK.match(masked, comment.end())
        end = block.end() if block else comment.end()
        first = page.source.line_of(page.body_start + comment.start())
        last = page.source.line_of(page.body_start + max(comment.start(), end - 1))
        start = comment.start("codes")
        for word in _WORD.finditer(comment["codes"]):
            location = text.location(start + word.start(), start + word.end())
            yield Allowed(word[0], first, last, location)


def _names_rules(text: str, codes: Collection[str]) -> bool:
    """Return whether what somebody allows are rules, be they misspelt, and not something else."""
    words = _WORD.findall(text)
    if text.count(",") == len(words) - 1 and any(word in codes for word in words):
        return True
    return all(
        "-" in word or word in codes or did_you_mean(word, codes, cutoff=0.8) for word in words
    )

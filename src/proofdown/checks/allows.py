"""Remove the diagnostics that authors allow, in front matter or in a comment before a block."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate

from proofdown.diagnostics import Diagnostic, did_you_mean
from proofdown.markup.page_text import PageText
from proofdown.site.model import Site
from proofdown.site.page import Allowed

CodeOnPage = tuple[str, str]
"""A code, and the path of the page's source."""
_COMMENT = re.compile(r"<!--\s*allow\s+(?P<codes>[a-z0-9-]+(?:[,\s]+[a-z0-9-]+)*)\s*-->")
_WORD = re.compile(r"[a-z0-9-]+")
# The lines from the next non-blank one up to a blank line.
_NEXT_BLOCK = re.compile(r"\s*(?:\S.*(?:\n(?!\s*\n).*)*)?")


def _unused_allows(diagnostics: list[Diagnostic], allows: list[Allowed]) -> Iterator[Diagnostic]:
    """Yield a warning for each allowance that silences nothing."""
    lines: dict[CodeOnPage, list[int]] = {}
    capped: set[CodeOnPage] = set()
    for diagnostic in diagnostics:
        key = (diagnostic.code, diagnostic.location.path)
        lines.setdefault(key, []).append(diagnostic.location.line)
        # A capped diagnostic stands for several whose lines are unknown, so that any allowance
        # of its code may be needed.
        if diagnostic.count > 1:
            capped.add(key)
    for of_key in lines.values():
        of_key.sort()
    for allow in allows:
        key = (allow.code, allow.location.path)
        if key not in capped and not _is_needed(allow, lines.get(key, [])):
            message = f"nothing here needs `{allow.code}` allowed"
            yield Diagnostic("unused-allow", message, allow.location, "remove it")


def _is_needed(allow: Allowed, lines: list[int]) -> bool:
    """Return whether an allowance covers one of the lines with problems, given in order."""
    if not allow.last_line:
        return bool(lines)
    # By bisection: a page may have many problems and many allowances.
    at = bisect_left(lines, allow.first_line)
    return at < len(lines) and lines[at] <= allow.last_line


class _AllowedLines:
    """The lines of a page on which a code is allowed."""

    def __init__(self, allows: Iterable[Allowed]) -> None:
        spans = sorted((allow.first_line, allow.last_line) for allow in allows)
        self._is_everywhere = any(not last for _, last in spans)
        self._starts = [start for start, _ in spans]
        # Spans may overlap, so a line is allowed if any span that starts before it reaches it.
        self._reach = list(accumulate((last for _, last in spans), max))

    def cover(self, diagnostic: Diagnostic) -> bool:
        """Return whether a diagnostic is allowed."""
        if self._is_everywhere:
            return True
        before = bisect_right(self._starts, diagnostic.location.line)
        has_line = diagnostic.count == 1  # a capped one stands for several, on unknown lines
        return has_line and before > 0 and diagnostic.location.line <= self._reach[before - 1]


def apply_allows(
    site: Site, diagnostics: list[Diagnostic], codes: Collection[str]
) -> list[Diagnostic]:
    """Return the diagnostics that are not allowed, and those about the allowances themselves."""
    allows: list[Allowed] = []
    by_key: dict[CodeOnPage, list[Allowed]] = {}
    unknown: list[Diagnostic] = []
    for built in site.pages:
        for allow in built.summary.allowed:
            if allow.code in codes:
                allows.append(allow)
                by_key.setdefault((allow.code, allow.location.path), []).append(allow)
            else:
                help_ = did_you_mean(allow.code, codes) or "`proofdown explain` lists them"
                message = f"there is no rule `{allow.code}`"
                unknown.append(Diagnostic("unknown-rule", message, allow.location, help_))
    allowed = {key: _AllowedLines(of_key) for key, of_key in by_key.items()}
    kept = []
    for diagnostic in diagnostics:
        lines = allowed.get((diagnostic.code, diagnostic.location.path))
        if lines is None or not lines.cover(diagnostic):
            kept.append(diagnostic)
    return [*kept, *unknown, *_unused_allows(diagnostics, allows)]


def find_allowed(text: PageText, html: str, codes: Collection[str]) -> Iterator[Allowed]:
    """Yield the codes that a page allows.

    Args:
        text: the page's text.
        html: its text as HTML.
        codes: the codes of all rules.
    """
    page = text.page
    for code in page.front.allow:
        yield Allowed(code=code.text, first_line=0, last_line=0, location=code.location)
    if "<!--" not in text.body:
        return
    masked = text.without_fences
    for comment in _COMMENT.finditer(masked):
        if comment[0] not in html:  # it is in code, where its `<` is escaped
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
            yield Allowed(code=word[0], first_line=first, last_line=last, location=location)


def _names_rules(text: str, codes: Collection[str]) -> bool:
    """Return whether an `allow` comment names rules, perhaps misspelt, rather than being prose."""
    words = _WORD.findall(text)
    if text.count(",") == len(words) - 1 and any(word in codes for word in words):
        return True
    return all(
        "-" in word or word in codes or did_you_mean(word, codes, cutoff=0.8) for word in words
    )

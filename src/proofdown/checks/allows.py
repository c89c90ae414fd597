"""Diagnostics that the author allows, on a page by its front matter or on a block by a comment."""

import re
from collections.abc import Collection, Iterator

from proofdown.content import Page
from proofdown.diagnostics import Diagnostic, did_you_mean
from proofdown.masking import kept_mask_fences
from proofdown.site import Allowed, Site

_COMMENT = re.compile(r"<!--\s*allow\s+(?P<codes>[a-z0-9-]+(?:[,\s]+[a-z0-9-]+)*)\s*-->")
_WORD = re.compile(r"[a-z0-9-]+")
_NEXT_BLOCK = re.compile(r"\s*(?:\S.*(?:\n(?!\s*\n).*)*)?")


def unused_allow(diagnostics: list[Diagnostic], allows: list[Allowed]) -> Iterator[Diagnostic]:
    """An allowance that allows nothing.

    ## What it does
    Finds a code under `allow:` in front matter, or in an `<!-- allow CODE -->` comment, for which
    there is nothing to allow.

    ## Why it matters
    The next fault of that kind would pass in silence.

    ## Example
    ```markdown
    <!-- allow broken-link -->
    A paragraph whose links are all fine.
    ```

    ## Instead
    Take the allowance out.
    """
    found: dict[tuple[str, str], list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        found.setdefault((diagnostic.code, diagnostic.place.path), []).append(diagnostic)
    for allow in allows:
        candidates = found.get((allow.code, allow.place.path), ())
        # What is not listed may stand anywhere, so nobody can say that it is not allowed here.
        if not any(_covers(allow, d) or d.count > 1 for d in candidates):
            message = f"nothing here needs `{allow.code}` allowed"
            yield Diagnostic("unused-allow", message, allow.place, "take it out")


def apply_allows(
    site: Site, diagnostics: list[Diagnostic], codes: Collection[str]
) -> list[Diagnostic]:
    """Return the diagnostics that nobody allowed, with those about the allowances themselves."""
    allows: list[Allowed] = []
    by_kind: dict[tuple[str, str], list[Allowed]] = {}
    faults: list[Diagnostic] = []
    for built in site.pages:
        for allow in built.ties.allowed:
            if allow.code in codes:
                allows.append(allow)
                by_kind.setdefault((allow.code, allow.place.path), []).append(allow)
            else:
                help_ = did_you_mean(allow.code, codes) or "`proofdown explain` lists them"
                message = f"there is no rule `{allow.code}`"
                faults.append(Diagnostic("unknown-rule", message, allow.place, help_))
    kept = [
        d
        for d in diagnostics
        if not any(_covers(allow, d) for allow in by_kind.get((d.code, d.place.path), ()))
    ]
    return [*kept, *faults, *unused_allow(diagnostics, allows)]


def _covers(allow: Allowed, diagnostic: Diagnostic) -> bool:
    """Return whether an allowance of the same code and page is about the place of a problem."""
    if not allow.last_line:
        return True
    is_listed = diagnostic.count == 1
    return is_listed and allow.first_line <= diagnostic.place.line <= allow.last_line


def find_allowed(page: Page, html: str, codes: Collection[str]) -> Iterator[Allowed]:
    """Yield what the author of a page lets pass, given the page's text as HTML and all codes."""
    for code in page.front.allow:
        yield Allowed(code.text, 0, 0, code.place)
    if "<!--" not in page.body:
        return
    masked = kept_mask_fences(page.body)
    for comment in _COMMENT.finditer(masked):
        if comment[0] not in html:  # it stands in code
            continue
        if not _names_rules(comment["codes"], codes):
            continue  # `<!-- allow me to explain -->` is a remark
        block = _NEXT_BLOCK.match(masked, comment.end())
        end = block.end() if block else comment.end()
        first = page.source.line_of(page.body_start + comment.start())
        last = page.source.line_of(page.body_start + max(comment.start(), end - 1))
        start = page.body_start + comment.start("codes")
        for word in _WORD.finditer(comment["codes"]):
            place = page.source.place(start + word.start(), start + word.end())
            yield Allowed(word[0], first, last, place)


def _names_rules(text: str, codes: Collection[str]) -> bool:
    """Return whether what somebody allows are rules, be they misspelt, and not something else."""
    words = _WORD.findall(text)
    if text.count(",") == len(words) - 1 and any(word in codes for word in words):
        return True
    return all(
        "-" in word or word in codes or did_you_mean(word, codes, cutoff=0.8) for word in words
    )

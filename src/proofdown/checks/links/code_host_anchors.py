"""Anchors as code hosts make them from headings, where that differs from the site."""

import re
from collections.abc import Iterator

from proofdown.content.discovery import Page
from proofdown.diagnostics import Diagnostic
from proofdown.markup.headings import Heading
from proofdown.site.links.resolve import Kind
from proofdown.site.model import BuiltPage, Site

_NUMBERED = re.compile(r"_\d+\Z")
_PINNED = re.compile(r"\{:?[^{}#\n]*#([^\s}]+)")
_DROPPED = re.compile(r"[^\w\- ]")


def code_host_anchor(built: BuiltPage, site: Site) -> Iterator[Diagnostic]:
    """A link to a heading that works on the site and not on a code host.

    ## What it does
    Makes of every heading the anchor that GitHub, GitLab and Codeberg make of it, and finds links
    to headings for which the two differ. Anchors pinned with `{#name}` are left alone: that is a
    decision. The reverse, an anchor that works on a code host only, is a `broken-anchor` that
    says so.

    ## Why it matters
    Pages are read and reviewed on the code host too.

    ## Example
    ```markdown
    See [the ports](flows.md#tls-tcp).
    ## TLS / TCP
    ```
    where a code host makes `tls--tcp` of the heading.

    ## Instead
    Reword the heading without signs, or pin its anchor.
    """
    for link in built.links:
        found = link.resolved
        target = site.by_address.get(found.address) if found.kind is Kind.PAGE else None
        if not (found.anchor and target) or link.written.startswith("#fn"):
            continue
        theirs = target.details.host_anchors.get(found.anchor)
        if theirs and built.text.find_target(link.written, link.nth):
            message = f"on a code host this heading's anchor is `{theirs}`"
            help_ = "reword the heading without signs, or pin its anchor: `{#name}`"
            location = built.text.location_of_target(link.written, link.nth)
            yield Diagnostic("code-host-anchor", message, location, help_)


def host_anchors(page: Page, headings: tuple[Heading, ...]) -> dict[str, str]:
    """Return the anchors that a code host makes of a page's headings, by the site's own.

    Only those are meant that differ, and whose own anchor is not pinned.
    """
    pinned = set(_PINNED.findall(page.body))
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for heading in headings:
        slug = _DROPPED.sub("", heading.text.strip().lower()).replace(" ", "-")
        counts[slug] = counts.get(slug, -1) + 1
        if counts[slug]:
            slug = f"{slug}-{counts[slug]}"
        is_renumbered = _NUMBERED.sub("", heading.anchor) in found  # told by `duplicate-anchor`
        if heading.anchor not in pinned and not is_renumbered:
            found[heading.anchor] = slug
    return {own: theirs for own, theirs in found.items() if own != theirs}

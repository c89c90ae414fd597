"""Find links to headings whose anchor differs on code hosts such as GitHub."""

import re
from collections.abc import Iterator

from proofdown.content.discovery import Page
from proofdown.diagnostics import Diagnostic
from proofdown.markup.headings import Heading
from proofdown.site.links.resolve import Kind
from proofdown.site.model import ComposedPage, Site

_NUMBERED = re.compile(r"_\d+\Z")
# `{#ports}`, `{: #ports }` or `{.wide #ports}` after a heading.
_PINNED = re.compile(r"\{:?[^{}#\n]*#([^\s}]+)")
_DROPPED = re.compile(r"[^\w\- ]")


def code_host_anchor(built: ComposedPage, site: Site) -> Iterator[Diagnostic]:
    """A link to a heading that works on the site, but not on a code host.

    ## What it does
    Generates each heading's anchor as GitHub, GitLab and Codeberg do, and finds links to headings
    for which it differs from the site's. Anchors pinned with `{#name}` are ignored, because they
    are deliberate. For the reverse, an anchor that works only on a code host, see
    `broken-anchor`.

    ## Why it matters
    Authors and reviewers also read the pages on the code host.

    ## Example
    ```markdown
    See [the ports](flows.md#tls-tcp).
    ## TLS / TCP
    ```
    where the heading's anchor on a code host is `tls--tcp`.

    ## Instead
    Reword the heading without punctuation, or pin its anchor.
    """
    for link in built.links:
        found = link.resolved
        target = site.by_address.get(found.address) if found.kind is Kind.PAGE else None
        if not (found.anchor and target) or link.written.startswith("#fn"):
            continue
        theirs = target.details.host_anchors.get(found.anchor)
        if theirs and built.text.find_target(link.written, link.nth):
            message = f"on a code host this heading's anchor is `{theirs}`"
            help_ = "reword the heading without punctuation, or pin its anchor: `{#name}`"
            location = built.text.location_of_target(link.written, link.nth)
            yield Diagnostic("code-host-anchor", message, location, help_)


def host_anchors(page: Page, headings: tuple[Heading, ...]) -> dict[str, str]:
    """Return the anchors of a page's headings on code hosts, by the site's anchors.

    Leaves out those that are equal or pinned.
    """
    pinned = set(_PINNED.findall(page.body))
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for heading in headings:
        # As on GitHub: lower case, no punctuation, hyphens for spaces, numbered if taken.
        slug = _DROPPED.sub("", heading.text.strip().lower()).replace(" ", "-")
        counts[slug] = counts.get(slug, -1) + 1
        if counts[slug]:
            slug = f"{slug}-{counts[slug]}"
        # `duplicate-anchor` reports these.
        is_renumbered = _NUMBERED.sub("", heading.anchor) in found
        if heading.anchor not in pinned and not is_renumbered:
            found[heading.anchor] = slug
    return {own: theirs for own, theirs in found.items() if own != theirs}

"""Rewrite links of the Markdown that is published beside a page, so that they work there.

Most links work as they are, because the Markdown of pages and assets keep their own paths. The
other ones (to a diagram's source, to a recording, to an address, from the top of the site) are
replaced by the path of the target in the published site.
"""

from collections.abc import Iterable
from html import escape

from proofdown.addresses import encode_path, join_path, relative_href
from proofdown.content.discovery import Page
from proofdown.markup.page_text import PageText
from proofdown.site.links.resolve import Kind, Resolved, Targets
from proofdown.site.links.rewrite import Link, drawing_address, recording_address
from proofdown.source import Edit, apply_edits


class MarkdownLinks:
    """Finds the links to replace in the Markdown of a site's pages.

    Args:
        targets: what links can lead to.
    """

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self._paths = {address: path for path, address in targets.pages.items()}

    def edits(self, text: PageText, links: Iterable[Link]) -> tuple[Edit, ...]:
        """Return the replacements in the body of a page with these links, in their order."""
        # A set, because several links may have one target in the source, such as a definition.
        found = set[Edit]()
        for link in links:
            href = self._href(text.page, link.resolved) if not link.drawing else None
            target = text.find_target(link.written, link.nth) if href else None
            # `find_target` falls back to a target that merely contains the text: leave that alone.
            if href and target and target.text == link.written:
                href = escape(href) if target.is_raw_html else _without_parentheses(href)
                found.add((target.start, target.end, href))
        return tuple(sorted(found))

    def _href(self, page: Page, resolved: Resolved) -> str | None:
        """Return the link to write into the Markdown; None if the present one works."""
        if not (resolved.is_found and resolved.path):
            return None
        target = self._published(resolved)
        plain = join_path(page.folder, resolved.path)
        if plain in (target, resolved.address) and resolved.kind is not Kind.DRAWING:
            return None
        query = f"?{resolved.query}" if resolved.query else ""
        anchor = f"#{encode_path(resolved.anchor)}" if resolved.anchor else ""
        return relative_href(page.path, target) + query + anchor

    def _published(self, resolved: Resolved) -> str:
        if resolved.kind is Kind.DRAWING:
            return drawing_address(resolved.address, "svg")
        if resolved.kind is Kind.RECORDING:
            return recording_address(resolved.address)
        if resolved.kind is Kind.PAGE:
            return self._paths[resolved.address]
        return resolved.address


def _without_parentheses(href: str) -> str:
    """Return a link that Markdown accepts between parentheses."""
    return href.replace("(", "%28").replace(")", "%29")


def published_markdown(page: Page, edits: Iterable[Edit]) -> str:
    """Return a page's Markdown with these edits applied to its body."""
    head = page.source.text[: page.body_start]
    return head + apply_edits(page.body, edits)

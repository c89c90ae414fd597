"""Keep old anchors working whose heading was renamed or moved to another page.

`aliases: ["flows/#ports": "#which-ports"]` on the page `flows/` itself puts the old anchor beside
the new one. On another page, it adds a line to `flows/` that links to the new location; CSS shows
it only to readers who followed a link to the old anchor. Neither needs a script.
"""

from collections.abc import Iterable
from html import escape

from msgspec import Struct

from proofdown.addresses import encode_path
from proofdown.content.discovery import Page
from proofdown.markup.classes import MOVED_ANCHOR
from proofdown.markup.html.tags import find_tags


class AnchorAlias(Struct, frozen=True):
    """An old anchor of a page, and its new location."""

    old: str
    page: Page
    """The page that names it as its alias."""
    new: str
    """The anchor on that page; empty for its top."""


def anchor_aliases(pages: Iterable[Page]) -> dict[str, list[AnchorAlias]]:
    """Return the moved anchors by the address of the page that they were on."""
    # A list, because an iterator could be read only once.
    pages = list(pages)
    addresses = {page.address for page in pages}
    found: dict[str, list[AnchorAlias]] = {}
    for page in pages:
        for alias in page.front.aliases:
            address = alias.old_address
            if alias.old_anchor and address is not None and address in addresses:
                moved = AnchorAlias(alias.old_anchor, page, alias.anchor)
                found.setdefault(address, []).append(moved)
    return found


def put_anchor_aliases(html: str, page: Page, moved: list[AnchorAlias]) -> str:
    """Return a page's HTML with its old anchors added."""
    left_behind = []
    for one in moved:
        mark = f'<span id="{escape(one.old)}"></span>'
        if one.page is not page:
            anchor = f"#{encode_path(one.new)}" if one.new else ""
            href = escape(f"/{one.page.path}{anchor}")
            left_behind.append(
                f'<p class="{MOVED_ANCHOR}" id="{escape(one.old)}">'
                f'This part has moved: <a href="{href}">read it there</a>.</p>'
            )
            continue
        # If the new anchor does not exist (which is reported), the old one leads to the top.
        tags = find_tags(html) if one.new else ()
        start = next((tag.start for tag in tags if tag.get("id") == one.new), 0)
        html = html[:start] + mark + html[start:]
    return "\n".join([html, *left_behind]) if left_behind else html

"""Anchors that moved away from a heading or a page which is still there.

`aliases: ["flows/#ports": "#which-ports"]` on the page `flows/` itself puts the old anchor beside
the new one. On another page it leaves a line behind at the old place, shown only to who arrives
there, that leads on. Neither needs a script.
"""

import re
from collections.abc import Iterable
from html import escape

from msgspec import Struct

from proofdown.addresses import encode_path
from proofdown.content.discovery import Page


class MovedAnchor(Struct, frozen=True):
    """An old anchor of a page, and where it leads."""

    old: str
    page: Page
    """The page that names it as its alias."""
    new: str
    """Anchor on that page; empty for its top."""


def moved_anchors(pages: Iterable[Page]) -> dict[str, list[MovedAnchor]]:
    """Return the anchors that moved, by the address of the page that they were on."""
    pages = list(pages)
    addresses = {page.address for page in pages}
    found: dict[str, list[MovedAnchor]] = {}
    for page in pages:
        for alias in page.front.aliases:
            address = alias.old_address
            if alias.old_anchor and address is not None and address in addresses:
                moved = MovedAnchor(alias.old_anchor, page, alias.anchor)
                found.setdefault(address, []).append(moved)
    return found


def put_moved_anchors(html: str, page: Page, moved: list[MovedAnchor]) -> str:
    """Return a page's HTML with its old anchors put in."""
    left_behind = []
    for one in moved:
        mark = f'<span id="{escape(one.old)}"></span>'
        if one.page is not page:
            anchor = f"#{encode_path(one.new)}" if one.new else ""
            href = escape(f"/{one.page.path}{anchor}")
            left_behind.append(
                f'<p class="moved-anchor" id="{escape(one.old)}">'
                f'This part has moved: <a href="{href}">read it there</a>.</p>'
            )
            continue
        place = re.search(rf'<[a-z][^<>]*\sid="{re.escape(one.new)}"', html) if one.new else None
        start = place.start() if place else 0
        html = html[:start] + mark + html[start:]
    return "\n".join([html, *left_behind]) if left_behind else html

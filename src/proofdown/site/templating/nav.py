"""The nav as HTML: rendered once for all pages that share it, then filled in for each page."""

import re

from markupsafe import Markup
from msgspec import Struct

from proofdown.addresses import encode_path
from proofdown.content.discovery import Page
from proofdown.content.nav import Nav, NavItem
from proofdown.site.links.resolve import NOT_FOUND_ADDRESS, Targets
from proofdown.site.templating.environment import Templates

LARGEST_WHOLE_NAV = 300
"""Entries up to which every page has the whole nav; of a larger one, it has its own sections."""


def is_shown_whole(nav: Nav) -> bool:
    """Return whether every page contains the whole nav."""
    return sum(1 for _ in nav.items_in_order()) <= LARGEST_WHOLE_NAV


_MARK = re.compile("\x00([^\x00]*)\x00")


class NavEntry(Struct, frozen=True, kw_only=True):
    """An entry of the nav, as the template `nav.html` gets it."""

    title: str
    """Text of the entry."""
    href: Markup | str | None
    """Target of the entry; None for a section without a page of its own."""
    children: list["NavEntry"]
    """The entries of a section."""
    current_mark: Markup
    """Attribute that marks the page’s own entry; empty for the others."""
    open_mark: Markup
    """Attribute that opens the sections around the page; empty for the others."""
    is_external: bool
    """Whether its target is outside of the site."""


class NavHtml:
    """Renders the nav of each page of a site."""

    def __init__(self, templates: Templates, nav: Nav, targets: Targets) -> None:
        self.templates, self.nav, self.targets = templates, nav, targets
        self.is_whole = is_shown_whole(nav)
        self._rendered: dict[tuple[int, ...], list[str]] = {}

    def for_page(self, page: Page | None, address: str) -> str:
        """Return the nav for the page at an address, with the page's own entry marked."""
        trail = self.nav.trail(page) if page else ()
        own = self.nav.item(page) if page else None
        unfolded = [id(item) for item in (*trail, *([own] if own and own.children else []))]
        key = () if self.is_whole else tuple(unfolded)
        # Pages that share a nav differ only in the marks between NUL characters, which `re.split`
        # puts at the odd positions.
        pieces = self._rendered.get(key)
        if pieces is None:
            entries = [self._entry(item, unfolded) for item in self.nav.items]
            html = self.templates.render("nav.html", entries=entries)
            if html is None:
                return ""
            pieces = self._rendered[key] = _MARK.split(html)
        base = self._base(address)
        marks = {"base": base, "home": base or "./"}
        marks |= {f"open {number}": " open" for number in unfolded}
        marks |= {f"here {id(own)}": ' aria-current="page"'} if own else {}
        marked = list(pieces)
        marked[1::2] = [marks.get(mark, "") for mark in pieces[1::2]]
        return "".join(marked)

    def _base(self, address: str) -> str:
        return self.targets.base if address == NOT_FOUND_ADDRESS else "../" * address.count("/")

    def _entry(self, item: NavItem, unfolded: list[int]) -> NavEntry:
        is_folded = not self.is_whole and id(item) not in unfolded
        page = item.page
        # A closed section has no entries, so it links to its first page instead.
        if is_folded and item.children and page is None:
            page = item.first_page
        href: Markup | str | None = item.url or None
        if page is not None:
            path = encode_path(page.address)
            href = Markup("\x00base\x00{}").format(path) if path else Markup("\x00home\x00")
        return NavEntry(
            title=item.title,
            href=href,
            children=(
                [] if is_folded else [self._entry(child, unfolded) for child in item.children]
            ),
            current_mark=Markup(f"\x00here {id(item)}\x00"),
            open_mark=Markup(f"\x00open {id(item)}\x00"),
            is_external=bool(item.url),
        )

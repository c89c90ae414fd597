"""Addresses and anchors compared: what readers' links lead to, and what they led to before."""

import re
from collections.abc import Iterator

from msgspec import Struct

from proofdown.markup.html.tags import find_tags
from proofdown.review.diff.match_pages import PagePair
from proofdown.site.links.rewrite import anchors_of
from proofdown.site.model import BuiltPage, Site

_MADE = re.compile(r"drawing-|fn:|fnref\d*:|__tabbed_|__code_")
"""Ids that the build makes and that nobody links to from outside."""


class AddressChange(Struct, frozen=True):
    """An address, or an anchor of one, that came, went or leads on now."""

    kind: str
    """`gained`, `lost` or `redirected`."""
    address: str
    """As readers' links have it, as in `flows/#ports`; `/` for the home page."""
    target: str = ""
    """Where it leads now; empty where it does not lead on."""

    @property
    def is_anchor(self) -> bool:
        """Whether it is an anchor of a page, and not a page."""
        return "#" in self.address


def compare_addresses(
    pairs: tuple[PagePair, ...], before: Site | None, after: Site | None
) -> tuple[AddressChange, ...]:
    """Return what happened to the addresses and anchors of two sites, pages before anchors."""
    if before is None or after is None:
        return ()
    differ = _Differ(pairs, before, after)
    found = [*differ.addresses(), *differ.anchors()]
    return tuple(sorted(found, key=lambda c: (c.is_anchor, c.address, c.kind)))


class _Differ:
    def __init__(self, pairs: tuple[PagePair, ...], before: Site, after: Site) -> None:
        self.pairs, self.before, self.after = pairs, before, after
        self.aliases, self.old_aliases = _aliases(after), _aliases(before)

    def addresses(self) -> Iterator[AddressChange]:
        old, new = set(_published(self.before)), set(_published(self.after))
        for address in old - new:
            yield AddressChange("lost", address or "/")
        pages = set(self.before.by_address)
        for address in new - old:
            yield AddressChange("gained", address or "/")
        for address in old & new & pages - set(self.after.by_address):
            target = self.aliases.get((address, ""), "")
            yield AddressChange("redirected", address or "/", target)

    def anchors(self) -> Iterator[AddressChange]:
        """Yield anchors of pages that are there before and after; a lost page loses all anyway."""
        for pair in self.pairs:
            if pair.before is None or pair.after is None:
                continue
            old, new = _anchors(pair.before), _anchors(pair.after)
            address = pair.before.page.address
            is_reached = address == pair.after.page.address or (address, "") in self.aliases
            for anchor in old:
                target = self.aliases.get((address, anchor), "")
                if target:
                    if (address, anchor) not in self.old_aliases:
                        yield AddressChange("redirected", _address(pair.before, anchor), target)
                elif is_reached and anchor not in new and anchor not in pair.after.anchors:
                    yield AddressChange("lost", _address(pair.before, anchor))
            for anchor in new:
                is_alias = (pair.after.page.address, anchor) in self.aliases
                if anchor not in old and not is_alias:
                    yield AddressChange("gained", _address(pair.after, anchor))


def _aliases(site: Site) -> dict[tuple[str, str], str]:
    """Return where old addresses, each with an anchor or an empty one, lead on to."""
    return {
        (alias.old_address, alias.old_anchor): _address(built, alias.anchor)
        for built in site.pages
        for alias in built.page.front.aliases
        if alias.old_address is not None
    }


def _published(site: Site) -> Iterator[str]:
    """Yield the addresses of pages, and the old ones that lead on to one."""
    for built in site.pages:
        yield built.page.address
        for alias in built.page.front.aliases:
            if alias.old_address is not None and not alias.old_anchor:
                yield alias.old_address


def _address(built: BuiltPage, anchor: str) -> str:
    return (built.page.address or "/") + (f"#{anchor}" if anchor else "")


def _anchors(built: BuiltPage) -> dict[str, None]:
    """Return the anchors in a page's text, in order, without those that the build makes."""
    found = (anchor for tag in find_tags(built.html) for anchor in anchors_of(tag))
    headings = (heading.anchor for heading in built.headings)
    return dict.fromkeys(a for a in (*headings, *found) if not _MADE.match(a))

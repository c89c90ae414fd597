"""Compare addresses and anchors: which links of readers still work."""

import re
from collections.abc import Iterator

from msgspec import Struct

from proofdown.markup.html.tags import find_tags
from proofdown.review.diff.match_pages import PagePair
from proofdown.site.links.rewrite import anchors_of
from proofdown.site.model import ComposedPage, Site

_MADE = re.compile(r"drawing-|fn:|fnref\d*:|__tabbed_|__code_")
"""Matches ids that the build generates, which are not meant to be linked to."""


class AddressChange(Struct, frozen=True):
    """An address or anchor that was added, removed or redirected."""

    kind: str
    """`gained`, `lost` or `redirected`."""
    address: str
    """Relative to the site, such as `flows/#ports`; `/` for the home page."""
    target: str = ""
    """The address that it redirects to; empty if it does not redirect."""

    @property
    def is_anchor(self) -> bool:
        """Whether it is an anchor rather than a page."""
        return "#" in self.address


def compare_addresses(
    pairs: tuple[PagePair, ...], before: Site | None, after: Site | None
) -> tuple[AddressChange, ...]:
    """Return the changes of addresses and anchors, pages before anchors."""
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
        """Yield the changed anchors of pages that both sites have."""
        for pair in self.pairs:
            if pair.before is None or pair.after is None:
                continue  # with a page, all of its anchors are lost anyway
            old, new = _anchors(pair.before), _anchors(pair.after)
            address = pair.before.page.address
            # If the old address is lost, its anchors are not reported one by one.
            is_reached = address == pair.after.page.address or (address, "") in self.aliases
            for anchor in old:
                target = self.aliases.get((address, anchor), "")
                if target:
                    if (address, anchor) not in self.old_aliases:
                        yield AddressChange("redirected", _address(pair.before, anchor), target)
                # An anchor that the layout provides now still works.
                elif is_reached and anchor not in new and anchor not in pair.after.anchors:
                    yield AddressChange("lost", _address(pair.before, anchor))
            for anchor in new:
                is_alias = (pair.after.page.address, anchor) in self.aliases
                if anchor not in old and not is_alias:
                    yield AddressChange("gained", _address(pair.after, anchor))


def _aliases(site: Site) -> dict[tuple[str, str], str]:
    """Return redirects: targets by old address and old anchor, which may be empty."""
    return {
        (alias.old_address, alias.old_anchor): _address(built, alias.anchor)
        for built in site.pages
        for alias in built.page.front.aliases
        if alias.old_address is not None
    }


def _published(site: Site) -> Iterator[str]:
    """Yield the addresses of pages, and the old addresses that redirect to a page."""
    for built in site.pages:
        yield built.page.address
        for alias in built.page.front.aliases:
            if alias.old_address is not None and not alias.old_anchor:
                yield alias.old_address


def _address(built: ComposedPage, anchor: str) -> str:
    return (built.page.address or "/") + (f"#{anchor}" if anchor else "")


def _anchors(built: ComposedPage) -> dict[str, None]:
    """Return the anchors in a page's text, in order, without generated ones."""
    found = (anchor for tag in find_tags(built.html) for anchor in anchors_of(tag))
    headings = (heading.anchor for heading in built.headings)
    return dict.fromkeys(a for a in (*headings, *found) if not _MADE.match(a))

"""Compare the site with the addresses and anchors that were published before.

Other sites, bookmarks and search engines may link to them.
"""

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cached_property

from proofdown.addresses import output_path
from proofdown.content.lockfile import Published
from proofdown.content.near_paths import Guesser
from proofdown.diagnostics import MOST_OF_A_KIND, Diagnostic
from proofdown.site.model import ComposedPage, Site


def lost_address(site: Site) -> Iterator[Diagnostic]:
    """A published address that no longer exists.

    ## What it does
    Compares the site with `.proofdown.lock`, which lists every address and anchor that was ever
    published. `proofdown check --write-lock` adds the current ones.

    ## Why it matters
    Other people's links, bookmarks and search results lead there.

    ## Example
    `content/setup.md` was renamed to `content/install.md`.

    ## Instead
    Add the old address to the new page's front matter: `aliases: [setup/]`. If the page is gone
    for good, add `gone` at the end of its line in the lock file.
    """
    outputs = {output.path for output in site.outputs}
    lost = (
        published
        for published in _expected(site)
        if not published.anchor and output_path(published.address) not in outputs
    )
    successors = _Successors(site)
    for number, published in enumerate(lost):
        message = f"`{published.address or '/'}` was published, but no longer exists"
        # Guessing is slow, and no more than these are listed.
        page = successors.of_address(published.address) if number < MOST_OF_A_KIND else ""
        alias = published.address
        help_ = f"add `aliases: [{alias}]` to the front matter of `{page}`" if page else ""
        yield Diagnostic("lost-address", message, published.location, help_)


def lost_anchor(site: Site) -> Iterator[Diagnostic]:
    """A published anchor that no longer exists.

    ## What it does
    Compares the headings and other ids of every page with `.proofdown.lock`. If the page itself
    is gone, only `lost-address` reports it.

    ## Why it matters
    A link to the anchor opens the page at the top, and the reader has to search for the section.

    ## Example
    `## Ports` was reworded to `## Which ports to open`.

    ## Instead
    Pin the old anchor, `## Which ports to open {#ports}`, or redirect it with an alias:
    `aliases: ["flows/#ports": "#which-ports-to-open"]`.
    """
    successors, count = _Successors(site), 0
    for published in _expected(site):
        built = site.by_address.get(published.address)
        if published.anchor and built and published.anchor not in built.anchors:
            message = f"`{published.text}` was published, but no longer exists"
            page, anchor = "", ""
            if count < MOST_OF_A_KIND:
                page, anchor = successors.of_anchor(published.anchor, built)
            count += 1
            alias = f'{{"{published.text}": "#{anchor}"}}'
            help_ = f"add `aliases: [{alias}]` to the front matter of `{page}`" if anchor else ""
            yield Diagnostic("lost-anchor", message, published.location, help_)


def _expected(site: Site) -> Iterator[Published]:
    return (published for published in site.published if not published.is_gone)


_FEW = 64
"""Most pages that are compared with a lost address by the slow `SequenceMatcher`."""


class _Successors:
    """Guesses what lost addresses and anchors became. Its tables are computed lazily."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @cached_property
    def anchors(self) -> dict[str, set[str]]:
        """The published anchors, by address."""
        found: dict[str, set[str]] = {}
        for published in self.site.published:
            found.setdefault(published.address, set()).update({published.anchor} - {""})
        return found

    @cached_property
    def fresh(self) -> dict[str, ComposedPage]:
        """The pages that were not published yet, by address; all pages if there are none."""
        # A page that was published already is no successor, unless every page was.
        fresh = {b.page.address: b for b in self.site.pages if b.page.address not in self.anchors}
        return fresh or {b.page.address: b for b in self.site.pages}

    @cached_property
    def fresh_by_anchor(self) -> dict[str, list[str]]:
        """The addresses of the fresh pages that have an anchor, by published anchor."""
        published = set[str]().union(*self.anchors.values())
        found: dict[str, list[str]] = {}
        for address, built in self.fresh.items():
            for anchor in published & built.anchors.keys():
                found.setdefault(anchor, []).append(address)
        return found

    @cached_property
    def with_heading(self) -> dict[str, list[ComposedPage]]:
        """The first two pages that have a heading with an anchor, by anchor."""
        found: dict[str, list[ComposedPage]] = {}
        for built in self.site.pages:
            for anchor in {heading.anchor for heading in built.headings}:
                pages = found.setdefault(anchor, [])
                # Two suffice to find one that is not the page itself.
                pages += [built] if len(pages) < 2 else []
        return found

    @cached_property
    def by_address(self) -> Guesser:
        return Guesser(self.fresh)

    @cached_property
    def fresh_anchors(self) -> dict[str, Guesser]:
        """Guessers for the fresh anchors of a page, by its address. Filled by `of_anchor`."""
        return {}

    def of_address(self, lost: str) -> str:
        """Return the source path of the page that an address most likely became, or "".

        That is the page that has most of its anchors; among several, the one with the most
        similar address.
        """
        shared = Counter(
            address
            for anchor in self.anchors.get(lost, ())
            for address in self.fresh_by_anchor.get(anchor, ())
        )
        most = max(shared.values(), default=0)
        # If no page has any of its anchors, `most` is 0 and all pages are likely.
        likely = [a for a in self.fresh if shared[a] == most]
        # Comparing letters is slow, so with many candidates a cheaper guess comes first.
        if len(likely) > _FEW:
            near = {*self.by_address.likely(lost)}
            likely = [a for a in likely if a in near] or likely[:_FEW]
        best = max(likely, key=lambda a: SequenceMatcher(None, lost, a).ratio(), default=None)
        return "" if best is None else self.fresh[best].page.source.path

    def of_anchor(self, lost: str, built: ComposedPage) -> tuple[str, str]:
        """Return the page and heading that an anchor most likely became.

        That is a heading with the same anchor on another page, or else the most similar new one
        on the same page.
        """
        for other in self.with_heading.get(lost, ()):
            if other is not built:
                return other.page.source.path, lost
        address = built.page.address
        if address not in self.fresh_anchors:
            known = self.anchors.get(address, set())
            fresh = [h.anchor for h in built.headings if h.anchor not in known]
            self.fresh_anchors[address] = Guesser(fresh)
        likely = self.fresh_anchors[address].likely(lost)
        ranked = sorted(likely, key=lambda a: SequenceMatcher(None, lost, a).ratio())
        return built.page.source.path, ranked[-1] if ranked else ""


def published_now(site: Site) -> Iterator[tuple[str, str]]:
    """Yield every address of a page or alias, and every anchor of a heading with its address."""
    for built in site.pages:
        yield built.page.address, ""
        yield from ((built.page.address, heading.anchor) for heading in built.headings)
        for alias in built.page.front.aliases:
            if alias.old_address and not alias.old_anchor:
                yield alias.old_address, ""

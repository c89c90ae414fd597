"""Compute the cache key of a composed page: a digest of all its inputs except its own text.

Equal keys mean equal bytes and equal diagnostics. Everything that composing reads must therefore be
part of the key, or come from the parsed page itself; what is missing here goes stale silently.
"""

from collections.abc import Iterator, Mapping

from proofdown.content.discovery import Page
from proofdown.content.evidence.recordings import Recording
from proofdown.content.nav import Nav, NavItem
from proofdown.digests import digest
from proofdown.runtime.cache.fingerprint import toolchain_digest
from proofdown.site.links.anchor_aliases import anchor_aliases
from proofdown.site.links.resolve import Targets
from proofdown.site.model import SiteContext
from proofdown.site.templating.nav import is_shown_whole


class CacheKeys:
    """The cache keys of the pages of one site.

    Args:
        context: the site's context.
        shows_diagrams: for each page's path, whether its text may show or link to a diagram.
    """

    def __init__(self, context: SiteContext, shows_diagrams: Mapping[str, bool]) -> None:
        self.context, self.shows_diagrams = context, shows_diagrams
        self._nav = _NavKeys(context.nav)
        self._moved = anchor_aliases(context.content.pages)
        self._drawings = digest_of_drawings(context)
        self._for_all = digest(
            toolchain_digest(),
            context.config.digest,
            context.config.url,
            context.proof_address or "",
            digest_of_targets(context.targets),
            context.templates.digest,
            digest_of_recordings(context.recordings),
        )

    def of_page(self, page: Page, title: str) -> str:
        """Return the digest of a page's inputs apart from its text."""
        claims = self.context.claims_by_page.get(page.path)
        # Without this distinction, one changed drawing would recompose every page.
        needs_drawings = claims is not None or self.shows_diagrams[page.path]
        moved = [
            part
            for one in self._moved.get(page.address, ())
            for part in (one.old, one.page.path, one.new)
        ]
        return digest(
            self._for_all,
            page.path,
            title,
            self.context.dates.get(page.path, ""),
            claims.source.text if claims else "",
            self._drawings if needs_drawings else "",
            self._nav.of_page(page),
            *moved,
        )


class _NavKeys:
    """Digests of the part of the nav that each page shows: the top level, and its own branch."""

    def __init__(self, nav: Nav) -> None:
        self.nav = nav
        self.is_whole = is_shown_whole(nav)
        self._lists: dict[int, str] = {}
        self._top = self._of_tree(nav.items) if self.is_whole else self._of_list(nav.items)

    def of_page(self, page: Page) -> str:
        own = self.nav.item(page)
        shown = [self._top]
        if not self.is_whole:
            branch = (*self.nav.trail(page), *([own] if own and own.children else []))
            shown += [self._of_section(item) for item in branch]
        before, after = self.nav.neighbours(page)
        # The empty part tells a page with only a previous one from a page with only a next one.
        return digest(*shown, *self._neighbour(before), "", *self._neighbour(after))

    def _neighbour(self, page: Page | None) -> tuple[str, ...]:
        return (self.nav.titles[page.path], page.path) if page else ()

    def _of_section(self, item: NavItem) -> str:
        found = self._lists.get(id(item))
        if found is None:
            found = self._lists[id(item)] = self._of_list((item, *item.children))
        return found

    def _of_list(self, items: tuple[NavItem, ...]) -> str:
        return digest(*(part for item in items for part in _parts(item)))

    def _of_tree(self, items: tuple[NavItem, ...]) -> str:
        return digest(*(p for i in items for p in (*_parts(i), self._of_tree(i.children))))


def _parts(item: NavItem) -> Iterator[str]:
    """Yield what an entry shows while folded; a folded section links to its first page."""
    page = item.first_page
    yield from (item.title, item.url, page.path if page else "", str(bool(item.children)))


def digest_of_targets(targets: Targets) -> str:
    """Return a digest of everything that a link can lead to."""
    # Each group is sorted below: the order of sets of strings differs from run to run.
    groups = (
        (f"{path} {address}" for path, address in targets.pages.items()),
        targets.assets,
        (f"{path} {name}" for path, name in targets.diagrams.items()),
        targets.drafts,
        targets.lost,
        targets.others,
        targets.addresses,
        targets.recordings,
    )
    return digest(
        targets.content_folder, targets.base, *("\n".join(sorted(group)) for group in groups)
    )


def digest_of_recordings(recordings: Mapping[str, Recording]) -> str:
    """Return a digest of all recordings."""
    return digest(*(p for name, r in recordings.items() for p in (name, r.source.text)))


def digest_of_drawings(context: SiteContext) -> str:
    """Return a digest of all drawings and their sources, including those that failed."""
    drawn = (
        part
        for name, drawing in context.drawings.items()
        for part in (name, drawing.source.text, drawing.svg.inner, drawing.svg.view_box)
    )
    return digest(*drawn, "", *(p for s in context.diagrams for p in (s.path, s.text)))

"""Render pages: put the layout around a page's body."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from typing import Any, NamedTuple

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from proofdown import __version__
from proofdown.addresses import encode_path, split_url
from proofdown.config.origins import origin_of
from proofdown.content.discovery import Page
from proofdown.diagnostics import Report
from proofdown.diagrams.social_card import CARD_ADDRESS
from proofdown.markup.headings import Heading
from proofdown.markup.html.requests import Request, find_requests
from proofdown.markup.html.tags import Tag, find_tags, tag_texts
from proofdown.markup.html.url_attributes import Use
from proofdown.site.links.resolve import NOT_FOUND_ADDRESS, Kind, Resolved
from proofdown.site.links.rewrite import LinkedBody, anchors_of, link_attributes
from proofdown.site.model import SiteContext
from proofdown.site.page import LayoutLink
from proofdown.site.templating.context import (
    Everywhere,
    LanguageLink,
    NavLink,
    PageView,
    SiteView,
    make_toc,
)
from proofdown.site.templating.csp import content_policy, outside_origin
from proofdown.site.templating.environment import THEME_FOLDER
from proofdown.site.templating.nav import NavHtml
from proofdown.source import Location
from proofdown.yamltree import Scalar

GENERATOR = f"Proofdown {__version__}"


_NAV_PLACEHOLDER = "\x00nav\x00"
"""Stands in for the nav while a layout is rendered, so that the scan does not see the nav."""


class RenderedPage(Struct, frozen=True, kw_only=True):
    """A page with its layout around it."""

    html: str
    layout: str
    """Name of the layout; empty if that does not exist."""
    anchors: Counter[str]
    """Each id of the whole page → how often it occurs."""
    links: tuple[LayoutLink, ...]
    requests: tuple[Request, ...]
    """Requests to other hosts that the layout makes browsers send."""
    sheets: tuple[str, ...]
    """Addresses of the site's style sheets that the page loads."""


class Renderer:
    """Renders the pages of one site.

    Args:
        context: what the pages are rendered against.
    """

    def __init__(self, context: SiteContext) -> None:
        self.context = context
        self.config, self.templates = context.config, context.templates
        self.nav, self.targets = context.nav, context.targets
        templates, nav, targets = self.templates, self.nav, self.targets
        config = context.config
        self._policy = content_policy(config)
        self._nav_html = NavHtml(templates, nav, targets)

    def page(
        self,
        page: Page,
        title: str,
        headings: tuple[Heading, ...],
        body: LinkedBody,
        report: Report,
    ) -> RenderedPage:
        """Return a page in its layout; empty HTML if the layout is missing or fails."""
        layout = self._layout(page, report)
        html = self._render(page, title, headings, body, layout) if layout else None
        if html is None or not layout:
            return RenderedPage(
                html="", layout=layout or "", anchors=body.anchors, links=(), requests=(), sheets=()
            )
        anchors, links, requests, sheets = self._scan_layout(html, body, page, layout)
        # The nav comes in after the scan: its links are known to lead to pages of the site.
        html = html.replace(_NAV_PLACEHOLDER, self._nav_html.for_page(page, page.address))
        return RenderedPage(
            html=html,
            layout=layout,
            anchors=anchors,
            links=links,
            requests=requests,
            sheets=sheets,
        )

    def _layout(self, page: Page, report: Report) -> str | None:
        if page.front.layout is None:
            return "404.html" if page.address == NOT_FOUND_ADDRESS else "page.html"
        name = page.front.layout.text.removesuffix(".html")
        if not self.templates.has(f"{name}.html"):
            report.add(self.templates.missing_layout(name, page.front.layout.location))
            return None
        return f"{name}.html"

    def _render(
        self,
        page: Page,
        title: str,
        headings: tuple[Heading, ...],
        body: LinkedBody,
        layout: str,
    ) -> str | None:
        address = page.address
        is_findable = bool(self.config.url) and address != NOT_FOUND_ADDRESS
        before, after = self.nav.neighbours(page)
        view = PageView.of(page, title)
        view = replace(
            view,
            description=view.description or self.config.description,
            # `404.html` is served at any address, so it has no canonical one.
            canonical=self.config.url + encode_path(address) if is_findable else None,
            content=Markup(body.html),
            toc=make_toc(headings),
            has_heading=any(h.level == 1 for h in headings),
            previous=self._neighbour(before, address),
            next=self._neighbour(after, address),
            breadcrumbs=self._breadcrumbs(page),
            edit_url=self.config.edit.replace("{path}", encode_path(page.path)) or None,
            markdown=self.targets.href(address, page.path),
            changed=self.context.dates.get(page.path, ""),
            claims=self._count_claims(page),
        )
        location = Location(page.source.path)
        return self.templates.render(layout, location, page=view, **self.variables(address))

    def _count_claims(self, page: Page) -> int:
        claims = self.context.claims_by_page.get(page.path)
        return len(claims.diagrams) + len(claims.tables) if claims else 0

    def not_found(self) -> str | None:
        """Return the default `404.html`; None if rendering fails."""
        return self.plain_page("404.html", "Not found", NOT_FOUND_ADDRESS)

    def plain_page(self, layout: str, title: str, address: str, **variables: Any) -> str | None:
        """Return a page that has no Markdown, only a template; None if rendering fails."""
        view = PageView(title=title, address=address)
        html = self.templates.render(layout, page=view, **self.variables(address), **variables)
        return html and html.replace(_NAV_PLACEHOLDER, self._nav_html.for_page(None, address))

    def variables(self, address: str) -> dict[str, Any]:
        """Return the variables that every template gets, for the page at an address."""
        return Everywhere(
            site=self.site_view(address),
            nav=Markup(_NAV_PLACEHOLDER),
            url=partial(self._href, address),
            asset=partial(self.asset, address),
            generator=GENERATOR,
            words=self.templates.words,
            policy=self._policy,
        ).variables()

    def site_view(self, address: str) -> SiteView:
        """Return the `site` variable; its links are relative to the page at an address."""
        config = self.config
        return SiteView(
            title=config.title,
            description=config.description,
            url=config.url,
            language=config.language,
            direction=config.direction,
            repository=config.repository or None,
            repository_name=config.repository_name,
            home=self._href(address, ""),
            proof=self._href(address, proof) if (proof := self.context.proof_address) else None,
            announcement=self._announcement(address),
            languages=[
                LanguageLink(
                    tag=language.tag,
                    name=language.name,
                    href=language.url + encode_path(address).removeprefix("./"),
                    is_own=language.tag == config.language,
                )
                for language in config.languages
            ],
            has_versions=config.has_versions,
            has_feed=bool(config.url and self.context.dates),
            card=config.url + CARD_ADDRESS if config.url else None,
            styles=list(self._own_files(address, config.styles)),
            scripts=list(self._own_files(address, config.scripts)),
        )

    def _announcement(self, address: str) -> NavLink | None:
        found = self.config.announcement
        if found is None:
            return None
        link = self.targets.resolve(found.link, "", "")
        if not found.link or link.kind is Kind.OUTSIDE:
            return NavLink(found.text, found.link or None)
        return NavLink(found.text, self._href_of(address, link))

    def asset(self, address: str, name: str) -> str:
        """Return the link from a page to a file of the theme.

        Raises:
            ValueError: the theme has no such file.
        """
        if name not in self.templates.versions:
            raise ValueError(f"the theme has no file `{name}`")
        # The query makes browsers that have cached an older version fetch this one.
        return f"{self._href(address, THEME_FOLDER + name)}?v={self.templates.versions[name]}"

    def _own_files(self, start: str, named: Iterable[Scalar]) -> Iterator[str]:
        """Yield the links from a page to those files named in the settings that exist."""
        for written in named:
            href = self._href_of(start, self.targets.resolve(written.text, "", ""))
            if href:
                yield href

    def _href_of(self, start: str, found: Resolved) -> str | None:
        """Return the link from a page to a page or file; None if that does not exist.

        A missing target is reported elsewhere.
        """
        if found.kind not in (Kind.PAGE, Kind.ASSET, Kind.OTHER):
            return None
        query = f"?{found.query}" if found.query else ""
        anchor = f"#{found.anchor}" if found.anchor else ""
        # A bare `#anchor` does not reload the page.
        is_here = anchor and found.address == start
        return ("" if is_here else self.targets.href(start, found.address)) + query + anchor

    def _href(self, start: str, target: str = "") -> str:
        path, mark, anchor = target.partition("#")
        return self.targets.href(start, path) + mark + anchor

    def _neighbour(self, page: Page | None, address: str) -> NavLink | None:
        if page is None:
            return None
        return NavLink(self.nav.titles[page.path], self.targets.href(address, page.address))

    def _breadcrumbs(self, page: Page) -> list[NavLink]:
        return [
            NavLink(
                item.title,
                self.targets.href(page.address, item.page.address) if item.page else None,
            )
            for item in self.nav.trail(page)
        ]

    def _scan_layout(
        self, html: str, body: LinkedBody, page: Page, layout: str
    ) -> tuple[Counter[str], tuple[LayoutLink, ...], tuple[Request, ...], tuple[str, ...]]:
        """Return all anchors, the layout's links and outside requests, and the style sheets."""
        # The body has been scanned before, so scan only what is around it. If the layout took the
        # body apart, it cannot be found; then scan the whole page and skip the body's own links.
        start = html.find(body.html) if body.html else -1
        is_whole = start >= 0
        around = html[:start] + html[start + len(body.html) :] if is_whole else html
        known = (
            set() if is_whole else {href for link in find_tags(body.html) for href in _hrefs(link)}
        )
        anchors: Counter[str] = Counter(body.anchors) if is_whole else Counter()
        in_text = body.requests
        loaded = set() if is_whole else {request.url for request in in_text}
        sheets = [request for request in in_text if _is_sheet(request)]
        links, requests = [], []
        for tag in map(_scan_tag, tag_texts(around)):
            anchors.update(tag.anchors)
            sheets += tag.sheets
            requests += [
                request
                for request in tag.requests
                if request.url not in loaded and outside_origin(request.url, self.config)
            ]
            for written in tag.hrefs:
                link = None if written in known else self._layout_link(written, page, layout)
                if link:
                    links.append(link)
        addresses = (self.targets.asset_at(sheet.url, page.address) for sheet in sheets)
        found = tuple(dict.fromkeys(address for address in addresses if address))
        return anchors, tuple(links), tuple(dict.fromkeys(requests)), found

    def _layout_link(self, written: str, page: Page, layout: str) -> LayoutLink | None:
        parts = split_url(written)
        if parts is None:
            return LayoutLink(written=written, address=None, anchor="", layout=layout)
        # Other hosts are not the build's to check.
        if parts.scheme or parts.netloc:
            return None
        # Links of `404.html` start with the site's base path, because it is served at any depth.
        if page.address == NOT_FOUND_ADDRESS and parts.path.startswith(self.targets.base):
            written = "/" + written.removeprefix(self.targets.base)
        found = self.targets.resolve(written, "", page.address)
        return LayoutLink(
            written=written,
            address=found.address if found.is_found else None,
            anchor=found.anchor,
            layout=layout,
        )


class _ScannedTag(NamedTuple):
    """Anchors, requests and links of a tag of a layout."""

    anchors: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()
    """The requests that name a host."""
    sheets: tuple[Request, ...] = ()
    hrefs: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 12)
def _scan_tag(text: str) -> _ScannedTag:
    """Parse a tag of the layout. Cached: pages share nearly all of them."""
    tag = next(find_tags(text), None)
    requests = find_requests(text)
    return _ScannedTag(
        anchors_of(tag) if tag else (),
        # Without the offset, the same request at two offsets is reported once.
        tuple(replace(request, start=0) for request in requests if origin_of(request.url)),
        tuple(request for request in requests if _is_sheet(request)),
        _hrefs(tag) if tag else (),
    )


def layout_requests(html: str) -> Iterator[Request]:
    """Yield the requests that HTML from templates makes browsers send to hosts that it names."""
    for text in tag_texts(html):
        yield from _scan_tag(text).requests


def _is_sheet(request: Request) -> bool:
    return request.use is Use.LOAD and ".css" in request.url.lower()


def _hrefs(tag: Tag) -> tuple[str, ...]:
    return tuple(attribute.value for _, attribute in link_attributes(tag))

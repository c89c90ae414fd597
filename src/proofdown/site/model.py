"""The model of a site: the context of its pages, the composed pages, and the output files."""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from proofdown.config.model import Config
from proofdown.content.discovery import Content, Page
from proofdown.content.evidence.claims import Judgement, PageClaims
from proofdown.content.evidence.recordings import Recording
from proofdown.content.lockfile import Lock, Published
from proofdown.content.nav import Nav
from proofdown.content.near_paths import Guesser
from proofdown.diagnostics import Diagnostic, Finding
from proofdown.diagrams.drawing import Drawing
from proofdown.diagrams.languages import diagram_name
from proofdown.digests import Stamp
from proofdown.markup.headings import Heading
from proofdown.markup.html.requests import Request
from proofdown.markup.page_text import PageText
from proofdown.markup.syntax.tables import Table
from proofdown.site.links.resolve import NOT_FOUND_ADDRESS, Targets
from proofdown.site.links.rewrite import Image, Link, ShownRecording
from proofdown.site.page import PageDetails, PageSummary
from proofdown.site.search.entries import PageEntries
from proofdown.site.templating.environment import Templates
from proofdown.source import Location, Source


class Output(Struct, frozen=True):
    """One file of the built site."""

    path: str
    """Path in the output folder."""
    data: bytes | Path
    """The file's bytes, or the file to copy them from."""
    location: Location
    """The source that it is generated from."""
    checksum: str = ""
    """SHA-256 of the bytes; empty if it was not computed."""
    stamp: Stamp | None = None
    """Stamp that the author's file, which is copied, had when it was discovered."""


class PageParts(Protocol):
    """Loads the large parts of a composed page, from memory or from the cache."""

    def details(self) -> PageDetails:
        """Return the page's details."""

    def text(self) -> PageText:
        """Return its Markdown, parsed."""

    def html(self, details: PageDetails) -> str:
        """Return its text as HTML with links rewritten, without the layout."""

    def requests(self, html: str) -> list[Request]:
        """Return the requests that this HTML makes browsers send."""

    def judgements(self, built: "ComposedPage") -> tuple[Judgement, ...]:
        """Return a verdict on every claim about it; what is unclaimed is *not judged*."""

    def entries(self) -> PageEntries:
        """Return its search entries."""


class ComposedPage(Struct, frozen=True, dict=True, eq=False, kw_only=True):
    """A page with links resolved and its layout rendered, and the summary that others need."""

    page: Page
    title: str
    summary: PageSummary
    parts: PageParts
    """Loads everything else on first use."""
    key: str
    """Digest of all of its inputs."""
    file: Path
    """The cached file with the whole page, which is copied into the site."""
    markdown: Path
    """The cached file with its Markdown as it was read, which is copied as well."""

    @cached_property
    def details(self) -> PageDetails:
        """Headings, links, anchors and the rest; see `PageDetails`."""
        return self.parts.details()

    @cached_property
    def html(self) -> str:
        """The page's text as HTML with links rewritten, without the layout."""
        return self.parts.html(self.details)

    @property
    def requests(self) -> list[Request]:
        """The requests that the page's text makes browsers send."""
        return self.parts.requests(self.html)

    @cached_property
    def text(self) -> PageText:
        """The page's Markdown, parsed."""
        return self.parts.text()

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """A verdict on every claim about the page; what is unclaimed is *not judged*."""
        return self.parts.judgements(self)

    @property
    def entries(self) -> PageEntries:
        """The page's search entries."""
        return self.parts.entries()

    def release(self) -> None:
        """Drop what can be loaded again, so that not all pages are in memory at once."""
        # `cached_property` stores its value in `__dict__`, which frozen structs do not protect.
        for name in ("details", "html", "text", "tables", "titles"):
            self.__dict__.pop(name, None)
        self.page.release()

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The headings of the page's text."""
        return self.details.headings

    @property
    def links(self) -> tuple[Link, ...]:
        """The links of the page's text."""
        return self.details.links

    @property
    def anchors(self) -> Mapping[str, int]:
        """Each id of the whole page, layout included → how often it occurs."""
        return self.details.anchors

    @property
    def images(self) -> tuple[Image, ...]:
        """The images of the page's text."""
        return self.details.images

    @property
    def drawings(self) -> tuple[str, ...]:
        """Names of the diagrams shown, in order, with repetitions."""
        return self.details.drawings

    @property
    def recordings(self) -> tuple[ShownRecording, ...]:
        """The recordings that it shows."""
        return self.details.recordings

    @property
    def layout(self) -> str:
        """Name of the page's layout; empty if that does not exist."""
        return self.summary.layout

    @cached_property
    def titles(self) -> dict[str, str]:
        """The text of each heading by its anchor."""
        return {heading.anchor: heading.text for heading in self.headings}

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables of the page's Markdown, in order."""
        return self.text.tables(self.headings)


class SiteContext(Struct, frozen=True, dict=True):
    """What every page of a site is rendered against."""

    config: Config
    content: Content
    nav: Nav
    diagrams: tuple[Source, ...]
    """The sources of all diagrams, including those that could not be drawn."""
    drawings: Mapping[str, Drawing]
    claims: tuple[PageClaims, ...]
    recordings: Mapping[str, Recording]
    targets: Targets
    templates: Templates
    lock: Lock
    dates: Mapping[str, str]
    """Each page's path → day of its last change; empty without a history."""
    proof_address: str | None
    """Address of the page that lists every claim; None for a site without claims."""

    @property
    def published(self) -> tuple[Published, ...]:
        """What was ever published, according to the lock file."""
        return self.lock.published

    @cached_property
    def claims_by_page(self) -> dict[str, PageClaims]:
        """Path of a page in the content folder → the claims about it."""
        return {claims.page: claims for claims in self.claims}

    @cached_property
    def draft_addresses(self) -> frozenset[str]:
        """Addresses at which a preview has only a draft."""
        pages = self.content.pages
        drafts = {page.address for page in pages if page.front.is_draft}
        # A link to an address that a published page has as well is fine.
        return frozenset(drafts - {page.address for page in pages if not page.front.is_draft})

    @cached_property
    def contested_addresses(self) -> frozenset[str]:
        """Addresses that several pages share, which has a diagnostic of its own."""
        counts = Counter(page.address for page in self.content.pages)
        return frozenset(address for address, count in counts.items() if count > 1)

    @cached_property
    def diagram_names(self) -> dict[str, Source]:
        """Name of each diagram → its source."""
        return {diagram_name(self.config, source): source for source in self.diagrams}


class Site(SiteContext, frozen=True, dict=True):
    """A whole site, built but not written yet."""

    pages: tuple[ComposedPage, ...] = ()
    prose: Mapping[str, list[Finding]] = {}
    """Path of each page → the problems of its prose."""
    prose_diagnostics: tuple[Diagnostic, ...] = ()
    """The same problems as diagnostics."""
    outputs: tuple[Output, ...] = ()
    """In no order. A check finds two outputs with one path before anything is written."""

    def location_in_templates(self, layout: str, text: str) -> Location:
        """Return the location of a text in a layout of the site; else that of the layout."""
        return self.templates.location_of_text(layout, text)

    @property
    def searchable(self) -> tuple[ComposedPage, ...]:
        """The pages that search covers, in the order of their paths."""
        return tuple(b for b in self.pages if b.page.address != NOT_FOUND_ADDRESS)

    @cached_property
    def by_address(self) -> dict[str, ComposedPage]:
        """Address → page."""
        return {built.page.address: built for built in self.pages}

    def anchor_guesser(self, built: ComposedPage) -> Guesser:
        """Return a page's guesser, which suggests anchors for misspelt ones."""
        address = built.page.address
        if address not in self._anchor_guessers:
            # Ids that are generated for footnotes, tabs and drawings are no targets for authors.
            usable = [a for a in built.anchors if not a.startswith(("fn", "__", "drawing-"))]
            self._anchor_guessers[address] = Guesser(usable)
        return self._anchor_guessers[address]

    @cached_property
    def _anchor_guessers(self) -> dict[str, Guesser]:
        return {}

    @cached_property
    def by_path(self) -> dict[str, ComposedPage]:
        """Path in the content folder → page."""
        return {built.page.path: built for built in self.pages}

"""What a site is: the ground its pages are made on, the pages, and what is written of them."""

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
    """The source it is made from."""
    checksum: str = ""
    """SHA-256 of the bytes; empty where nobody had a reason to find out."""
    stamp: Stamp | None = None
    """How the author's file, which is to be copied, looked when it was found."""


class PageParts(Protocol):
    """Where the large parts of a composed page come from: memory, or the cache."""

    def details(self) -> PageDetails:
        """Return what is known of it."""

    def text(self) -> PageText:
        """Return its Markdown, with what is found in it."""

    def html(self, details: PageDetails) -> str:
        """Return its text as HTML, links rewritten, without the layout around it."""

    def requests(self, html: str) -> list[Request]:
        """Return what that HTML makes browsers ask for."""

    def judgements(self, built: "ComposedPage") -> tuple[Judgement, ...]:
        """Return a verdict on every claim about it, and *not judged* for what has none."""

    def entries(self) -> PageEntries:
        """Return what search knows of it."""


class ComposedPage(Struct, frozen=True, dict=True, eq=False, kw_only=True):
    """A page put on its site: linked, in its layout, with a summary of what others need of it."""

    page: Page
    title: str
    summary: PageSummary
    parts: PageParts
    """Loads everything else, when somebody asks."""
    key: str
    """Digest of all that it was made from."""
    file: Path
    """Where the whole page is written, to be taken over into the site."""
    markdown: Path
    """Where its Markdown is kept as it was read, to be taken over likewise."""

    @cached_property
    def details(self) -> PageDetails:
        """What is known of the page."""
        return self.parts.details()

    @cached_property
    def html(self) -> str:
        """The page's text as HTML, links rewritten, without the layout around it."""
        return self.parts.html(self.details)

    @property
    def requests(self) -> list[Request]:
        """What the page's text makes browsers ask for."""
        return self.parts.requests(self.html)

    @cached_property
    def text(self) -> PageText:
        """The page's Markdown, with what is found in it."""
        return self.parts.text()

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """A verdict on every claim about the page, and *not judged* for what has none."""
        return self.parts.judgements(self)

    @property
    def entries(self) -> PageEntries:
        """What search knows of the page."""
        return self.parts.entries()

    def release(self) -> None:
        """Forget what can be looked up again, so that not all pages are in memory at once."""
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
        """Each id of the whole page, layout included, with how often it is there."""
        return self.details.anchors

    @property
    def images(self) -> tuple[Image, ...]:
        """The images of the page's text."""
        return self.details.images

    @property
    def drawings(self) -> tuple[str, ...]:
        """Names of the diagrams shown, in order, each as often as it is shown."""
        return self.details.drawings

    @property
    def recordings(self) -> tuple[ShownRecording, ...]:
        """The recordings that it shows."""
        return self.details.recordings

    @property
    def layout(self) -> str:
        """Name of the page's layout; empty where it is missing."""
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
    """What every page of a site is made on."""

    config: Config
    content: Content
    nav: Nav
    diagrams: tuple[Source, ...]
    """The sources of all diagrams, those that could not be drawn included."""
    drawings: Mapping[str, Drawing]
    claims: tuple[PageClaims, ...]
    recordings: Mapping[str, Recording]
    targets: Targets
    templates: Templates
    lock: Lock
    dates: Mapping[str, str]
    """Day of the last change by each page's path; empty where there is no history."""
    proof_address: str | None
    """Address of the page that lists every claim; None for a site without claims."""

    @property
    def published(self) -> tuple[Published, ...]:
        """What was published once, by the lock file."""
        return self.lock.published

    @cached_property
    def claims_by_page(self) -> dict[str, PageClaims]:
        """The claims by the path of their page in the content folder."""
        return {claims.page: claims for claims in self.claims}

    @cached_property
    def draft_addresses(self) -> frozenset[str]:
        """Addresses at which a preview has a draft and nothing else."""
        pages = self.content.pages
        drafts = {page.address for page in pages if page.front.is_draft}
        return frozenset(drafts - {page.address for page in pages if not page.front.is_draft})

    @cached_property
    def contested_addresses(self) -> frozenset[str]:
        """Addresses that several pages have, which is reported by itself."""
        counts = Counter(page.address for page in self.content.pages)
        return frozenset(address for address, count in counts.items() if count > 1)

    @cached_property
    def diagram_names(self) -> dict[str, Source]:
        """Every diagram's source by its name."""
        return {diagram_name(self.config, source): source for source in self.diagrams}


class Site(SiteContext, frozen=True, dict=True):
    """A whole site, built and not yet written."""

    pages: tuple[ComposedPage, ...] = ()
    prose: Mapping[str, list[Finding]] = {}
    """What is wrong with the prose of each page, by the page's path."""
    prose_diagnostics: tuple[Diagnostic, ...] = ()
    """The same as diagnostics."""
    outputs: tuple[Output, ...] = ()
    """In no order; two for one path are found by a check before anything is written."""

    def location_in_templates(self, layout: str, text: str) -> Location:
        """Return where a text stands in a layout of the site; else the layout."""
        return self.templates.location_of_text(layout, text)

    @property
    def searchable(self) -> tuple[ComposedPage, ...]:
        """The pages that readers search, in the order of their paths."""
        return tuple(b for b in self.pages if b.page.address != NOT_FOUND_ADDRESS)

    @cached_property
    def by_address(self) -> dict[str, ComposedPage]:
        """The pages by address."""
        return {built.page.address: built for built in self.pages}

    def anchor_guesser(self, built: ComposedPage) -> Guesser:
        """Return what guesses at anchors of a page."""
        address = built.page.address
        if address not in self._anchor_guessers:
            usable = [a for a in built.anchors if not a.startswith(("fn", "__", "drawing-"))]
            self._anchor_guessers[address] = Guesser(usable)
        return self._anchor_guessers[address]

    @cached_property
    def _anchor_guessers(self) -> dict[str, Guesser]:
        return {}

    @cached_property
    def by_path(self) -> dict[str, ComposedPage]:
        """The pages by path in the content folder."""
        return {built.page.path: built for built in self.pages}

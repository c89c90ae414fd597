"""What a site is once all its pages are made: what the checks look at and what is written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from proofdown.claims import PageClaims
from proofdown.config import Config
from proofdown.content import Content, Page
from proofdown.drawings import Drawing
from proofdown.links import Image, Link, ShownRecording
from proofdown.lock import Published
from proofdown.markup import Heading
from proofdown.nav import Nav
from proofdown.prose.findings import Finding
from proofdown.prose.proofreading import proofread
from proofdown.recordings import Recording
from proofdown.search import PageEntries, search_entries, texts_in
from proofdown.source import Place, Source
from proofdown.tables import Table, find_tables
from proofdown.targets import NOT_FOUND_ADDRESS, Targets
from proofdown.templates import Templates


@dataclass(frozen=True, slots=True)
class Output:
    """One file of the built site."""

    path: str
    """Path in the output folder."""
    data: bytes | Path
    """The file's bytes, or the file to copy them from."""
    place: Place
    """The source it is made from."""


@dataclass(frozen=True, slots=True)
class FrameLink:
    """A link that a template wrote around a page's text."""

    written: str
    address: str | None
    """The address it leads to in the site; None where there is nothing."""
    anchor: str
    layout: str
    """Name of the page's layout."""


@dataclass(frozen=True, eq=False)
class BuiltPage:
    """A page with everything that its HTML holds."""

    page: Page
    title: str
    headings: tuple[Heading, ...]
    html: str
    """The page's text as HTML, links rewritten, without the layout around it."""
    links: tuple[Link, ...]
    frame_links: tuple[FrameLink, ...]
    frame_requests: tuple[str, ...]
    """What the layout makes browsers fetch from other hosts."""
    layout: str
    """Name of the page's layout; empty where it is missing."""
    anchors: Counter[str]
    """Each id of the whole page, layout included, with how often it is there."""
    images: tuple[Image, ...]
    drawings: tuple[str, ...]
    """Names of the diagrams shown, in order, each as often as it is shown."""
    recordings: tuple[ShownRecording, ...]

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables of the page's Markdown, in order."""
        return find_tables(self.page, self.headings)

    @cached_property
    def entries(self) -> PageEntries:
        """What search knows of the page; made from this page alone."""
        own = (self.page.front.description, *texts_in(self.page.front.extra))
        return search_entries(self.page.address, self.title, self.html, own)


@dataclass(frozen=True)
class Site:
    """A whole site, built and not yet written."""

    config: Config
    content: Content
    pages: tuple[BuiltPage, ...]
    nav: Nav
    diagrams: tuple[Source, ...]
    """All DOT sources, those that could not be drawn included."""
    drawings: Mapping[str, Drawing]
    claims: tuple[PageClaims, ...]
    recordings: Mapping[str, Recording]
    targets: Targets
    templates: Templates
    published: tuple[Published, ...]
    """What was published once, by the lock file."""
    outputs: tuple[Output, ...] = ()
    """In no order; two for one path are found by a check before anything is written."""

    def place_in_templates(self, layout: str, text: str) -> Place:
        """Return where a text stands in a layout of the site; else the layout."""
        return self.templates.place_of_text(layout, text)

    @cached_property
    def prose(self) -> dict[str, list[Finding]]:
        """What is wrong with the prose of each page, by the page's path; found once."""
        known = [
            *(recording.source.text for recording in self.recordings.values()),
            *(source.text for source in (*self.diagrams, *self.content.claims)),
            *(page.path for page in self.content.pages),
            *(asset.path for asset in self.content.assets),
        ]
        return proofread(self.config, [built.page for built in self.pages], known)

    @property
    def searchable(self) -> tuple[BuiltPage, ...]:
        """The pages that readers search, in the order of their paths."""
        return tuple(b for b in self.pages if b.page.address != NOT_FOUND_ADDRESS)

    @cached_property
    def by_address(self) -> dict[str, BuiltPage]:
        """The pages by address."""
        return {built.page.address: built for built in self.pages}

    @cached_property
    def contested_addresses(self) -> frozenset[str]:
        """Addresses that several pages have, which is reported by itself."""
        counts = Counter(page.address for page in self.content.pages)
        return frozenset(address for address, count in counts.items() if count > 1)

    @cached_property
    def by_path(self) -> dict[str, BuiltPage]:
        """The pages by path in the content folder."""
        return {built.page.path: built for built in self.pages}

    @cached_property
    def diagram_names(self) -> dict[str, Source]:
        """Every diagram's source by its name."""
        folder = self.config.diagrams.as_posix() + "/"
        return {s.path.removeprefix(folder).removesuffix(".dot"): s for s in self.diagrams}

"""The data of one page at each stage of a build.

    PageFile        a discovered Markdown file (`content/discovery.py`)
    ParsedPage      what depends on its text alone: front matter, HTML, prose
                    (`markup/parsed_page.py`)
    ComposedPage    with links and layout; the summary in memory, the details loaded lazily
    Output          a file of the built site (`model.py`)

Each is complete when it is created.
"""

from msgspec import Struct

from proofdown.content.evidence.claims import Judgement, Verdict
from proofdown.diagnostics import Diagnostic
from proofdown.markup.headings import Heading
from proofdown.markup.html.requests import Request
from proofdown.site.links.rewrite import Image, Link, ShownRecording
from proofdown.source import Edit, Location


class LayoutLink(Struct, frozen=True, kw_only=True):
    """A link of a page's layout, outside the page's own text."""

    written: str
    address: str | None
    """Its target's address in the site; None if the target does not exist."""
    anchor: str
    layout: str
    """Name of the page's layout."""


class Allowed(Struct, frozen=True):
    """A rule that the author allows to be broken, on a whole page or on some lines."""

    code: str
    first_line: int
    last_line: int
    """Last line that it applies to; 0 for the whole page."""
    location: Location


class PageDetails(Struct, frozen=True, kw_only=True):
    """Everything about a composed page except its HTML. Large; loaded lazily."""

    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    anchors: dict[str, int]
    """Each id of the whole page, layout included → how often it occurs."""
    host_anchors: dict[str, str]
    """Anchors that a code host would generate differently (ours → theirs)."""
    images: tuple[Image, ...]
    drawings: tuple[str, ...]
    """Names of the diagrams shown, in order, with repetitions."""
    recordings: tuple[ShownRecording, ...]
    html: str | None
    """The page's text as HTML if the layout took it apart; else None: see `span`."""
    span: tuple[int, int]
    """Where the text is in the page's file, in characters."""


class PageSummary(Struct, frozen=True, kw_only=True):
    """Per-page summary for site-wide checks.

    Loaded for every page in every build, so keep it small.
    """

    anchors: str
    """Digest of the anchors that others can link to."""
    labels: str
    """Digest of the labels that other sites can link to by name."""
    linked_addresses: tuple[str, ...]
    """Addresses of the pages whose anchors it links to, including its own."""
    assets: tuple[str, ...]
    """Addresses of the assets that it refers to."""
    diagrams: tuple[str, ...]
    """Names of the diagrams that it shows or links to."""
    recordings: tuple[str, ...]
    """Names of the recordings that it shows."""
    layout_links: tuple[LayoutLink, ...]
    """Links of its layout to check: those with an anchor, and those without a target."""
    requests: tuple[Request, ...]
    """Requests to other hosts that its layout makes browsers send."""
    sheets: tuple[str, ...]
    """Addresses of the site's style sheets that it loads."""
    layout: str
    """Name of its layout; empty if that does not exist."""
    allowed: tuple[Allowed, ...]
    is_empty: bool
    """Whether its text, though not empty, was rendered to nothing."""
    shows_lost: bool
    """Whether something that it shows exists but could not be read or drawn."""
    checksum: str
    """SHA-256 of its file."""
    edits: tuple[Edit, ...]
    """Edits that turn its source into the published Markdown; see `markdown_copy`."""

    @property
    def is_whole(self) -> bool:
        """Whether it contains all that its author wrote; its links may be broken."""
        return bool(self.layout) and not (self.is_empty or self.shows_lost)


class VerdictCounts(Struct, frozen=True, kw_only=True):
    """How many claims about a page have each verdict."""

    held: int
    broken: int
    not_judged: int

    @classmethod
    def of(cls, judgements: tuple[Judgement, ...]) -> "VerdictCounts":
        """Return the counts of some judgements."""
        # In the order of `Verdict`, as `count` relies on.
        held, broken, not_judged = (sum(j.verdict is v for j in judgements) for v in Verdict)
        return cls(held=held, broken=broken, not_judged=not_judged)

    def count(self, verdict: Verdict) -> int:
        """Return how many claims have this verdict."""
        return (self.held, self.broken, self.not_judged)[list(Verdict).index(verdict)]


class PageFindings(Struct, frozen=True, kw_only=True):
    """What the checks of a single composed page found."""

    diagnostics: tuple[Diagnostic, ...]
    """Problems of the page that do not depend on other pages."""
    template_faults: tuple[Diagnostic, ...]
    """Errors of templates; other pages may have the same."""
    verdicts: VerdictCounts

    @property
    def is_over_budget(self) -> bool:
        """Whether the page exceeded its budget of time, so that a retry may succeed."""
        return any(diagnostic.code == "over-budget" for diagnostic in self.diagnostics)

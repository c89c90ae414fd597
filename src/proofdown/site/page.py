"""What a site knows of one page, on the page's way through a build.

    PageFile        a Markdown file that was found (`content/discovery.py`)
    ParsedPage      what its own text decides: front matter, HTML, prose (`markup/parsed_page.py`)
    ComposedPage    put on the site: links, layout; a summary at hand, details when asked for
    Output          a file of the built site (`model.py`)

Each is complete when it is made.
"""

from msgspec import Struct

from proofdown.content.evidence.claims import Judgement, Verdict
from proofdown.diagnostics import Diagnostic
from proofdown.markup.headings import Heading
from proofdown.markup.html.requests import Request
from proofdown.site.links.rewrite import Image, Link, ShownRecording
from proofdown.source import Edit, Location


class LayoutLink(Struct, frozen=True):
    """A link that a template wrote around a page's text."""

    written: str
    address: str | None
    """The address it leads to in the site; None where there is nothing."""
    anchor: str
    layout: str
    """Name of the page's layout."""


class Allowed(Struct, frozen=True):
    """A code that the author lets pass, on a page or on some lines of it."""

    code: str
    first_line: int
    last_line: int
    """Last line allowed for; 0 for the whole page."""
    location: Location


class PageDetails(Struct, frozen=True, kw_only=True):
    """Everything about a composed page except its HTML. Large; loaded when asked for."""

    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    anchors: dict[str, int]
    """Each id of the whole page, layout included, with how often it is there."""
    host_anchors: dict[str, str]
    """Anchors that a code host would generate differently (ours → theirs)."""
    images: tuple[Image, ...]
    drawings: tuple[str, ...]
    """Names of the diagrams shown, in order, each as often as it is shown."""
    recordings: tuple[ShownRecording, ...]
    html: str | None
    """The page's text as HTML where the layout took it apart; else it stands in the file."""
    span: tuple[int, int]
    """Where it stands in the file, in characters."""


class PageSummary(Struct, frozen=True, kw_only=True):
    """What of a composed page concerns the rest of the site.

    Loaded for every page in every build, so it is kept small.
    """

    anchors: str
    """Digest of the anchors that others can link to."""
    labels: str
    """Digest of what other sites can link to by name."""
    leads_to: tuple[str, ...]
    """Addresses of the pages whose anchors it links to, its own included."""
    assets: tuple[str, ...]
    """Addresses of the assets that it refers to."""
    diagrams: tuple[str, ...]
    """Names of the diagrams that it shows or links to."""
    recordings: tuple[str, ...]
    """Names of the recordings that it shows."""
    doubtful: tuple[LayoutLink, ...]
    """Links of its layout that lead nowhere, or to an anchor."""
    requests: tuple[Request, ...]
    """What its layout makes browsers ask of other hosts."""
    sheets: tuple[str, ...]
    """Addresses of the site's style sheets that it loads."""
    layout: str
    """Name of its layout; empty where that is missing."""
    allowed: tuple[Allowed, ...]
    is_empty: bool
    """Whether nothing came of its text, though there is some."""
    shows_lost: bool
    """Whether something that it shows is there and could not be read or drawn."""
    checksum: str
    """SHA-256 of its file."""
    edits: tuple[Edit, ...]
    """What its Markdown has other than its source where it is published; see `markdown_copy`."""

    @property
    def is_whole(self) -> bool:
        """Whether it holds all that its author wrote; its links need not lead anywhere."""
        return bool(self.layout) and not (self.is_empty or self.shows_lost)


class VerdictCounts(Struct, frozen=True, kw_only=True):
    """How many claims about a page have each verdict."""

    held: int
    broken: int
    not_judged: int

    @classmethod
    def of(cls, judgements: tuple[Judgement, ...]) -> "VerdictCounts":
        """Return the counts of some judgements."""
        held, broken, not_judged = (sum(j.verdict is v for j in judgements) for v in Verdict)
        return cls(held=held, broken=broken, not_judged=not_judged)

    def count(self, verdict: Verdict) -> int:
        """Return how many have a verdict."""
        return (self.held, self.broken, self.not_judged)[list(Verdict).index(verdict)]


class PageFindings(Struct, frozen=True, kw_only=True):
    """What the checks found of one composed page by itself."""

    diagnostics: tuple[Diagnostic, ...]
    """What is wrong with the page, except where other pages have a part in it."""
    template_faults: tuple[Diagnostic, ...]
    """What went wrong in templates; the same may have gone wrong for other pages too."""
    verdicts: VerdictCounts

    @property
    def is_over_budget(self) -> bool:
        """Whether the page was given up, which may go better another time."""
        return any(diagnostic.code == "over-budget" for diagnostic in self.diagnostics)

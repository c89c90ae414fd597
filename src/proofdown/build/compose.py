"""Compose one page: rewrite its links, put it in its layout, check it."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from proofdown.checks.allows import find_allowed
from proofdown.checks.claims.judge import judge_page
from proofdown.checks.commands.judge import CommandJudge
from proofdown.checks.links.code_host_anchors import host_anchors
from proofdown.checks.registry import COMMAND_CHECKS, RULES, check_page
from proofdown.content.discovery import Page
from proofdown.content.evidence.claims import Judgement
from proofdown.diagnostics import Diagnostic, Report
from proofdown.digests import checksum, digest
from proofdown.markup.converter import Body
from proofdown.markup.headings import Heading
from proofdown.markup.html.requests import Request
from proofdown.markup.page_text import PageText
from proofdown.site.links.markdown_copy import MarkdownLinks
from proofdown.site.links.resolve import Kind
from proofdown.site.links.rewrite import LinkedBody
from proofdown.site.model import ComposedPage, PageParts, SiteContext
from proofdown.site.page import (
    Allowed,
    LayoutLink,
    PageDetails,
    PageFindings,
    PageSummary,
    VerdictCounts,
)
from proofdown.site.page_body import BodyLinker
from proofdown.site.render import Renderer
from proofdown.site.search.entries import PageEntries, search_entries, texts_in
from proofdown.source import Edit


class PageRef(Struct, frozen=True, kw_only=True):
    """A page to compose, with its cache key and its files in the cache."""

    page: Page
    title: str
    key: str
    """Digest of all inputs of the composed page."""
    file: Path
    """The blob of the whole composed page."""
    markdown: Path
    """The blob of its Markdown as it was read."""

    def composed(self, summary: PageSummary, parts: PageParts) -> ComposedPage:
        """Return the composed page with its summary and the source of its large parts."""
        return ComposedPage(
            page=self.page,
            title=self.title,
            summary=summary,
            parts=parts,
            key=self.key,
            file=self.file,
            markdown=self.markdown,
        )


class LaidOutPage(Struct, frozen=True, kw_only=True):
    """A page with its links rewritten and put in its layout, not yet checked."""

    headings: tuple[Heading, ...]
    linked: LinkedBody
    file: bytes
    """The page to publish; as bytes, because a `str` takes up to four times as much memory."""
    text_start: int
    """Offset of the page's own HTML in that text; -1 if the layout changed or split it."""
    layout: str
    """Name of the layout; empty if it is missing."""
    anchors: Counter[str]
    """The number of occurrences of each id in the whole page."""
    links: tuple[LayoutLink, ...]
    """The links that the layout adds."""
    requests: tuple[Request, ...]
    sheets: tuple[str, ...]
    problems: tuple[Diagnostic, ...]
    """The diagnostics so far, except those of templates."""
    template_faults: tuple[Diagnostic, ...]

    def is_empty(self, page: Page) -> bool:
        """Return whether the page's HTML is empty though its Markdown is not."""
        return not self.linked.html and bool(page.body.strip())

    @property
    def shows_lost(self) -> bool:
        """Whether it shows a file that exists but could not be read or drawn."""
        links = self.linked.links
        return any(link.is_shown and link.resolved.kind is Kind.LOST for link in links)

    def is_whole(self, page: Page) -> bool:
        """Return whether it contains all that its author wrote; broken links do not matter."""
        return bool(self.layout) and not (self.is_empty(page) or self.shows_lost)


class NewPage(Struct, frozen=True, kw_only=True):
    """A newly composed page, with all of its parts in memory."""

    summary: PageSummary
    findings: PageFindings
    details: PageDetails
    judgements: tuple[Judgement, ...]
    entries: PageEntries
    file: bytes
    """The page to publish."""


class _PartsInMemory(Struct, frozen=True, kw_only=True):
    """The parts of a page that is being checked; see `PageParts`."""

    known_details: PageDetails
    page_text: PageText
    linked: LinkedBody
    known_entries: PageEntries
    judge: Callable[[ComposedPage], tuple[Judgement, ...]]

    def details(self) -> PageDetails:
        return self.known_details

    def text(self) -> PageText:
        return self.page_text

    def html(self, details: PageDetails) -> str:  # noqa: ARG002 (the text is at hand)
        return self.linked.html

    def requests(self, html: str) -> list[Request]:  # noqa: ARG002 (they are known)
        return self.linked.requests

    def judgements(self, built: ComposedPage) -> tuple[Judgement, ...]:
        return self.judge(built)

    def entries(self) -> PageEntries:
        return self.known_entries


class PageComposer:
    """Composes the pages of one site.

    Args:
        context: what composing needs to know of the whole site.
        renderer: renders pages into their layouts.
    """

    def __init__(self, context: SiteContext, renderer: Renderer) -> None:
        self.context, self.renderer = context, renderer
        self._linker = BodyLinker(context)
        self._commands = CommandJudge(context, COMMAND_CHECKS)
        self._markdown = MarkdownLinks(context.targets)

    def lay_out(self, page: Page, title: str, body: Body) -> LaidOutPage:
        """Rewrite the links of a page and put it in its layout."""
        report = Report()
        with self.context.templates.apart() as template_faults:
            linked = self._linker.link(page, body)
            rendered = self.renderer.page(page, title, body.headings, linked, report)
        return LaidOutPage(
            headings=body.headings,
            linked=linked,
            file=rendered.html.encode(),
            # The cache stores the page's own HTML as a span of the whole page, and so only once.
            text_start=rendered.html.find(linked.html),
            layout=rendered.layout,
            anchors=rendered.anchors,
            links=rendered.links,
            requests=rendered.requests,
            sheets=rendered.sheets,
            problems=tuple(report),
            template_faults=tuple(template_faults),
        )

    def compose(self, ref: PageRef, laid_out: LaidOutPage) -> NewPage:
        """Return a page with its summary and details, judged and checked."""
        page, linked = ref.page, laid_out.linked
        text = PageText(page)
        details = _details(page, laid_out)
        entries = _entries(page, ref.title, linked.html)
        summary = _summary(
            ref,
            laid_out,
            details,
            entries,
            allowed=tuple(find_allowed(text, linked.html, RULES)),
            edits=self._markdown.edits(text, linked.links),
        )
        parts = _PartsInMemory(
            known_details=details,
            page_text=text,
            linked=linked,
            known_entries=entries,
            judge=self._judge,
        )
        built = ref.composed(summary, parts)
        judgements = built.judgements
        findings = PageFindings(
            diagnostics=(
                *laid_out.problems,
                *(problem for judgement in judgements for problem in judgement.problems),
                *check_page(built, self.context),
            ),
            template_faults=laid_out.template_faults,
            verdicts=VerdictCounts.of(judgements),
        )
        page.release()  # a worker composes many pages, and needs the text of this one no more
        return NewPage(
            summary=summary,
            findings=findings,
            details=details,
            judgements=judgements,
            entries=entries,
            file=laid_out.file,
        )

    def _judge(self, built: ComposedPage) -> tuple[Judgement, ...]:
        return judge_page(self.context, built, self._commands)


def lost_page(ref: PageRef, finding: Diagnostic) -> NewPage:
    """Return an empty page with a diagnostic, for a page that could not be composed."""
    nothing = LaidOutPage(
        headings=(),
        linked=LinkedBody(
            html="", links=(), anchors=Counter(), images=(), drawings=(), recordings=()
        ),
        file=b"",
        text_start=0,
        layout="",
        anchors=Counter(),
        links=(),
        requests=(),
        sheets=(),
        problems=(finding,),
        template_faults=(),
    )
    details, entries = _details(ref.page, nothing), _entries(ref.page, "", "")
    summary = _summary(ref, nothing, details, entries, allowed=(), edits=())
    return NewPage(
        summary=replace(summary, is_empty=True),
        findings=PageFindings(
            diagnostics=(finding,), template_faults=(), verdicts=VerdictCounts.of(())
        ),
        details=details,
        judgements=(),
        entries=entries,
        file=b"",
    )


def _entries(page: Page, title: str, html: str) -> PageEntries:
    own = tuple(texts_in(page.front.shown()))
    return search_entries(page.address, title, html, own)


def _details(page: Page, laid_out: LaidOutPage) -> PageDetails:
    linked, start = laid_out.linked, laid_out.text_start
    return PageDetails(
        headings=laid_out.headings,
        links=linked.links,
        anchors=dict(laid_out.anchors),
        host_anchors=host_anchors(page, laid_out.headings),
        images=linked.images,
        drawings=linked.drawings,
        recordings=linked.recordings,
        # Stored in full only if it is not a part of the whole page.
        html=linked.html if start < 0 else None,
        span=(start, start + len(linked.html)),
    )


def _summary(
    ref: PageRef,
    laid_out: LaidOutPage,
    details: PageDetails,
    entries: PageEntries,
    *,
    allowed: tuple[Allowed, ...],
    edits: tuple[Edit, ...],
) -> PageSummary:
    page = ref.page
    found = [link.resolved for link in details.links]
    shown = {r.address for r in found if r.kind is Kind.DRAWING}
    assets = {r.address for r in found if r.kind is Kind.ASSET}
    assets |= {link.address for link in laid_out.links if link.address}
    # A link such as `#ports` has no path, and leads to the page itself.
    leads_to = {r.address if r.path else page.address for r in found if r.kind is Kind.PAGE}
    is_empty = laid_out.is_empty(page)
    return PageSummary(
        anchors=_digest_of_anchors(details, is_empty=is_empty),
        labels=digest(ref.title, *(part for label in entries.labels for part in label)),
        linked_addresses=tuple(sorted(leads_to)),
        assets=tuple(sorted(assets)),
        diagrams=tuple(sorted(shown | set(details.drawings))),
        recordings=tuple(dict.fromkeys(shown.name for shown in details.recordings)),
        # Not a set, whose order of strings differs from run to run.
        layout_links=tuple(dict.fromkeys(_doubtful(page, laid_out))),
        requests=laid_out.requests,
        sheets=laid_out.sheets,
        layout=laid_out.layout,
        allowed=allowed,
        is_empty=is_empty,
        shows_lost=laid_out.shows_lost,
        checksum=checksum(laid_out.file),
        edits=edits,
    )


def _doubtful(page: Page, laid_out: LaidOutPage) -> Iterator[LayoutLink]:
    """Yield the layout's links that lead nowhere, or that must be checked against other pages."""
    for link in laid_out.links:
        is_fine = link.address == page.address and link.anchor in laid_out.anchors
        if link.address is None or (link.anchor and not is_fine):
            yield link


def _digest_of_anchors(details: PageDetails, *, is_empty: bool) -> str:
    """Return a digest of everything that decides whether a link to the page's anchors works."""
    ours = sorted(details.anchors)
    theirs = (f"{own} {other}" for own, other in sorted(details.host_anchors.items()))
    # The empty part separates the two lists; no anchor is empty.
    return digest(str(is_empty), *ours, "", *theirs)

"""Makes one page on the ground of its site: linked, put in its layout, and checked."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from proofdown.checks.allows import find_allowed
from proofdown.checks.claims.judge import judge_page
from proofdown.checks.commands.judge import CommandJudge
from proofdown.checks.links.code_host_anchors import host_anchors
from proofdown.checks.registry import RULES, check_page
from proofdown.content.discovery import Page
from proofdown.content.evidence.claims import Judgement, Verdict
from proofdown.diagnostics import Diagnostic, Report
from proofdown.digests import checksum, digest
from proofdown.markup.converter import Body, Heading
from proofdown.markup.html.requests import cached_requests
from proofdown.markup.source_map import clear_source_map
from proofdown.site.links.markdown_copy import MarkdownLinks
from proofdown.site.links.resolve import Kind
from proofdown.site.links.rewrite import LinkedBody
from proofdown.site.model import BuiltPage, LayoutLink, PageDetails, PageSummary, SiteContext
from proofdown.site.page_body import BodyLinker
from proofdown.site.render import RenderedPage, Renderer
from proofdown.site.search.entries import PageEntries, search_entries, texts_in

NOWHERE = Path()


class MadePage(Struct, frozen=True):
    """A page that was made."""

    details: PageDetails
    summary: PageSummary
    entries: PageEntries
    file: bytes
    """The page as it is written."""


class PageComposer:
    """Makes the pages of one site.

    Args:
        context: what they are made on.
        renderer: puts pages in their layouts.
    """

    def __init__(self, context: SiteContext, renderer: Renderer) -> None:
        self.context, self.renderer = context, renderer
        self._linker = BodyLinker(context)
        self._commands = CommandJudge(context)
        self._markdown = MarkdownLinks(context.targets)

    def frame(
        self, page: Page, title: str, body: Body, report: Report
    ) -> tuple[LinkedBody, RenderedPage]:
        """Return a page with its links, in its layout, and not checked."""
        linked = self._linker.link(page, body)
        return linked, self.renderer.page(page, title, body.headings, linked, report)

    def make(self, page: Page, title: str, load_body: Callable[[], Body]) -> MadePage:
        """Return a page made from its manuscript's body.

        Args:
            page: the page.
            title: its title.
            load_body: returns the body, which is large; it is let go as soon as it has links.
        """
        report = Report()
        body = load_body()
        headings = body.headings
        with self.context.templates.apart() as template_faults:
            linked, rendered = self.frame(page, title, body, report)
        del body
        details = _details(page, headings, linked, rendered)
        file = rendered.html.encode()
        summary = _summary(page, details, linked, rendered, checksum(file))
        del rendered  # a text of it takes up to four times as much as the file
        entries = _entries(page, title, linked.html)
        built = BuiltPage(
            page,
            title,
            summary,
            lambda: details,
            file.decode,
            lambda: entries,
            "",
            NOWHERE,
            NOWHERE,
        )
        built.__dict__["html"] = linked.html
        judgements = judge_page(self.context, built, self._commands)
        problems = [problem for judgement in judgements for problem in judgement.problems]
        summary = replace(
            summary,
            findings=(*report, *problems, *check_page(built, self.context)),
            template_faults=tuple(template_faults),
            anchors=_digest_of_anchors(built),
            labels=digest(title, *(part for label in entries.labels for part in label)),
            allowed=tuple(find_allowed(page, linked.html, RULES)),
            verdicts=_count(judgements),
            edits=self._markdown.edits(page, linked.links),
        )
        details = replace(details, judgements=judgements)
        page.release()
        clear_source_map()
        cached_requests.cache_clear()
        return MadePage(details, summary, entries, file)


def _entries(page: Page, title: str, html: str) -> PageEntries:
    own = (page.front.description, *texts_in(page.front.extra))
    return search_entries(page.address, title, html, own)


def _details(
    page: Page, headings: tuple[Heading, ...], linked: LinkedBody, rendered: RenderedPage
) -> PageDetails:
    start = rendered.html.find(linked.html)
    return PageDetails(
        headings=headings,
        links=linked.links,
        anchors=dict(rendered.anchors),
        host_anchors=host_anchors(page, headings),
        images=linked.images,
        drawings=linked.drawings,
        recordings=linked.recordings,
        judgements=(),
        html=linked.html if start < 0 else None,
        span=(start, start + len(linked.html)),
    )


def _summary(
    page: Page,
    details: PageDetails,
    linked: LinkedBody,
    rendered: RenderedPage,
    checksum_of_file: str,
) -> PageSummary:
    found = [link.resolved for link in details.links]
    shown = {r.address for r in found if r.kind is Kind.DRAWING}
    assets = {r.address for r in found if r.kind is Kind.ASSET}
    assets |= {link.address for link in rendered.links if link.address}
    leads_to = {r.address if r.path else page.address for r in found if r.kind is Kind.PAGE}
    return PageSummary(
        findings=(),
        template_faults=(),
        anchors="",
        labels="",
        leads_to=tuple(sorted(leads_to)),
        assets=tuple(sorted(assets)),
        diagrams=tuple(sorted(shown | set(details.drawings))),
        recordings=tuple(dict.fromkeys(shown.name for shown in linked.recordings)),
        doubtful=tuple(dict.fromkeys(_doubtful(page, rendered))),
        requests=rendered.requests,
        sheets=rendered.sheets,
        layout=rendered.layout,
        allowed=(),
        is_empty=_is_empty(page, linked),
        shows_lost=_shows_lost(linked),
        checksum=checksum_of_file,
        verdicts=(0, 0, 0),
        edits=(),
    )


def is_whole(page: Page, linked: LinkedBody, rendered: RenderedPage) -> bool:
    """Return whether a page holds all that its author wrote; its links need not lead anywhere."""
    return bool(rendered.layout) and not (_is_empty(page, linked) or _shows_lost(linked))


def _is_empty(page: Page, linked: LinkedBody) -> bool:
    return not linked.html and bool(page.body.strip())


def _shows_lost(linked: LinkedBody) -> bool:
    return any(link.is_shown and link.resolved.kind is Kind.LOST for link in linked.links)


def _doubtful(page: Page, rendered: RenderedPage) -> Iterator[LayoutLink]:
    """Yield the links of a layout that only the whole site can judge, or that lead nowhere."""
    for link in rendered.links:
        is_fine = link.address == page.address and link.anchor in rendered.anchors
        if link.address is None or (link.anchor and not is_fine):
            yield link


def _digest_of_anchors(built: BuiltPage) -> str:
    """Return a digest of all that a link to a part of a page is judged by."""
    ours = sorted(built.anchors)
    theirs = (f"{own} {other}" for own, other in sorted(built.details.host_anchors.items()))
    return digest(str(built.summary.is_empty), *ours, "", *theirs)


def _count(judgements: tuple[Judgement, ...]) -> tuple[int, int, int]:
    held, broken, not_judged = (sum(j.verdict is v for j in judgements) for v in Verdict)
    return held, broken, not_judged


def lost_page(page: Page, finding: Diagnostic) -> MadePage:
    """Return what there is of a page that could not be made."""
    linked = LinkedBody("", (), Counter(), (), (), ())
    rendered = RenderedPage("", "", linked.anchors, (), (), ())
    details = _details(page, (), linked, rendered)
    summary = _summary(page, details, linked, rendered, checksum(b""))
    summary = replace(summary, findings=(finding,), is_empty=True)
    return MadePage(details, summary, _entries(page, "", ""), b"")

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
from proofdown.markup.html.requests import kept_requests
from proofdown.markup.source_map import forget_places
from proofdown.site.links.markdown_copy import MarkdownLinks
from proofdown.site.links.resolve import Kind
from proofdown.site.links.rewrite import LinkedBody
from proofdown.site.model import BuiltPage, Facts, FrameLink, Ground, Ties
from proofdown.site.page_body import BodyLinker
from proofdown.site.render import Framed, Renderer
from proofdown.site.search.entries import PageEntries, search_entries, texts_in

NOWHERE = Path()


class MadePage(Struct, frozen=True):
    """A page that was made."""

    facts: Facts
    ties: Ties
    entries: PageEntries
    file: bytes
    """The page as it is written."""


class PageMaker:
    """Makes the pages of one site.

    Args:
        ground: what they are made on.
        renderer: puts pages in their layouts.
    """

    def __init__(self, ground: Ground, renderer: Renderer) -> None:
        self.ground, self.renderer = ground, renderer
        self._linker = BodyLinker(ground)
        self._commands = CommandJudge(ground)
        self._markdown = MarkdownLinks(ground.targets)

    def frame(
        self, page: Page, title: str, body: Body, report: Report
    ) -> tuple[LinkedBody, Framed]:
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
        with self.ground.templates.apart() as template_faults:
            linked, framed = self.frame(page, title, body, report)
        del body
        facts = _facts(page, headings, linked, framed)
        file = framed.html.encode()
        ties = _ties(page, facts, linked, framed, checksum(file))
        del framed  # a text of it takes up to four times as much as the file
        entries = _entries(page, title, linked.html)
        built = BuiltPage(
            page, title, ties, lambda: facts, file.decode, lambda: entries, "", NOWHERE, NOWHERE
        )
        built.__dict__["html"] = linked.html
        judgements = judge_page(self.ground, built, self._commands)
        problems = [problem for judgement in judgements for problem in judgement.problems]
        ties = replace(
            ties,
            findings=(*report, *problems, *check_page(built, self.ground)),
            template_faults=tuple(template_faults),
            anchors=_digest_of_anchors(built),
            labels=digest(title, *(part for label in entries.labels for part in label)),
            allowed=tuple(find_allowed(page, linked.html, RULES)),
            verdicts=_count(judgements),
            edits=self._markdown.edits(page, linked.links),
        )
        facts = replace(facts, judgements=judgements)
        page.let_go()
        forget_places()
        kept_requests.cache_clear()
        return MadePage(facts, ties, entries, file)


def _entries(page: Page, title: str, html: str) -> PageEntries:
    own = (page.front.description, *texts_in(page.front.extra))
    return search_entries(page.address, title, html, own)


def _facts(page: Page, headings: tuple[Heading, ...], linked: LinkedBody, framed: Framed) -> Facts:
    start = framed.html.find(linked.html)
    return Facts(
        headings=headings,
        links=linked.links,
        anchors=dict(framed.anchors),
        host_anchors=host_anchors(page, headings),
        images=linked.images,
        drawings=linked.drawings,
        recordings=linked.recordings,
        judgements=(),
        html=linked.html if start < 0 else None,
        span=(start, start + len(linked.html)),
    )


def _ties(
    page: Page, facts: Facts, linked: LinkedBody, framed: Framed, checksum_of_file: str
) -> Ties:
    found = [link.resolution for link in facts.links]
    shown = {r.address for r in found if r.kind is Kind.DRAWING}
    assets = {r.address for r in found if r.kind is Kind.ASSET}
    assets |= {link.address for link in framed.links if link.address}
    leads_to = {r.address if r.path else page.address for r in found if r.kind is Kind.PAGE}
    return Ties(
        findings=(),
        template_faults=(),
        anchors="",
        labels="",
        leads_to=tuple(sorted(leads_to)),
        assets=tuple(sorted(assets)),
        diagrams=tuple(sorted(shown | set(facts.drawings))),
        recordings=tuple(dict.fromkeys(shown.name for shown in linked.recordings)),
        doubtful=tuple(dict.fromkeys(_doubtful(page, framed))),
        requests=framed.requests,
        sheets=framed.sheets,
        layout=framed.layout,
        allowed=(),
        is_empty=_is_empty(page, linked),
        shows_lost=_shows_lost(linked),
        checksum=checksum_of_file,
        verdicts=(0, 0, 0),
        edits=(),
    )


def is_whole(page: Page, linked: LinkedBody, framed: Framed) -> bool:
    """Return whether a page holds all that its author wrote; its links need not lead anywhere."""
    return bool(framed.layout) and not (_is_empty(page, linked) or _shows_lost(linked))


def _is_empty(page: Page, linked: LinkedBody) -> bool:
    return not linked.html and bool(page.body.strip())


def _shows_lost(linked: LinkedBody) -> bool:
    return any(link.is_shown and link.resolution.kind is Kind.LOST for link in linked.links)


def _doubtful(page: Page, framed: Framed) -> Iterator[FrameLink]:
    """Yield the links of a layout that only the whole site can judge, or that lead nowhere."""
    for link in framed.links:
        is_fine = link.address == page.address and link.anchor in framed.anchors
        if link.address is None or (link.anchor and not is_fine):
            yield link


def _digest_of_anchors(built: BuiltPage) -> str:
    """Return a digest of all that a link to a part of a page is judged by."""
    ours = sorted(built.anchors)
    theirs = (f"{own} {other}" for own, other in sorted(built.facts.host_anchors.items()))
    return digest(str(built.ties.is_empty), *ours, "", *theirs)


def _count(judgements: tuple[Judgement, ...]) -> tuple[int, int, int]:
    held, broken, not_judged = (sum(j.verdict is v for j in judgements) for v in Verdict)
    return held, broken, not_judged


def lost_page(page: Page, finding: Diagnostic) -> MadePage:
    """Return what there is of a page that could not be made."""
    linked = LinkedBody("", (), Counter(), (), (), ())
    framed = Framed("", "", linked.anchors, (), (), ())
    facts = _facts(page, (), linked, framed)
    ties = _ties(page, facts, linked, framed, checksum(b""))
    ties = replace(ties, findings=(finding,), is_empty=True)
    return MadePage(facts, ties, _entries(page, "", ""), b"")

"""The story of a build in one function; open this first.

settings → content → manuscripts → drawings → nav → pages → checks. Nothing of the site is written
here: `output/write.py` does that, and only for a build that refused nothing. What the cache knows
from earlier builds is not done again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from proofdown.build.begin import StartedBuild, begin_build
from proofdown.build.compose import PageComposer
from proofdown.build.compose_all import USUAL_TEMPLATES, ComposeStage, Composition
from proofdown.build.page_keys import CacheKeys
from proofdown.build.parse_all import Parsing
from proofdown.build.provenance import account_of
from proofdown.checks.prose.proofread import ProofreadJob, Terms, diagnostics_of
from proofdown.checks.registry import check_links, check_site
from proofdown.config.model import Config
from proofdown.content.discovery import Content, make_content
from proofdown.content.evidence.claims import Judgement, PageClaims, Verdict, load_claims
from proofdown.content.evidence.recordings import Recording, find_recordings
from proofdown.content.git_dates import load_dates
from proofdown.content.lockfile import load_lock
from proofdown.content.nav import make_nav
from proofdown.diagnostics import Diagnostic, Finding, Report, Severity, count_of
from proofdown.diagrams.cache import DrawingCache
from proofdown.diagrams.discovery import find_diagrams
from proofdown.diagrams.drawing import Drawing, draw_all
from proofdown.diagrams.social_card import CARD_ADDRESS
from proofdown.digests import digest
from proofdown.markup.parsed_page import ParsedPage
from proofdown.runtime.cache.build_cache import BuildCache, open_cache
from proofdown.runtime.progress import Progress, no_progress
from proofdown.site.figures import drawing_outputs
from proofdown.site.links.resolve import Targets, make_targets
from proofdown.site.links.rewrite import drawing_address, recording_address
from proofdown.site.model import BuiltPage, Output, Site, SiteContext
from proofdown.site.outputs.redirects import redirect_outputs
from proofdown.site.outputs.search_index import SearchIndexJob
from proofdown.site.outputs.site_files import site_outputs
from proofdown.site.page import VerdictCounts
from proofdown.site.proof import PROOF_ADDRESS, proof_outputs
from proofdown.site.render import Renderer
from proofdown.site.templating.environment import THEME_FOLDER, Templates
from proofdown.source import Location


class Build(Struct, frozen=True, dict=True, kw_only=True):
    """What came of a build: the site, everything wrong with it, and a verdict on every claim."""

    site: Site
    diagnostics: tuple[Diagnostic, ...]
    verdicts: tuple[VerdictCounts, ...]
    """How many claims about each page have each verdict."""
    composer: PageComposer
    """What composed its pages."""
    read: Mapping[str, str]
    """SHA-256 of each file that was read for it, as it was read, by its path in the site's folder;
    of assets, those that a check looked into."""
    is_provisional: bool
    """Whether something failed that may go better another time, without any change of the site."""

    def count(self, severity: Severity) -> int:
        """Return how many diagnostics have a severity."""
        return count_of(self.diagnostics, severity)

    def count_claims(self, verdict: Verdict) -> int:
        """Return how many claims have a verdict."""
        return sum(of_page.count(verdict) for of_page in self.verdicts)

    @cached_property
    def judgements(self) -> tuple[Judgement, ...]:
        """A verdict on every claim."""
        return tuple(j for built in self.site.pages for j in built.judgements)


Shown = Callable[[Config, Sequence[BuiltPage], Report], None]
"""Told of a site's pages, with what is wrong as far as it is known by then."""


def not_yet_shown(_config: Config, _pages: Sequence[BuiltPage], _report: Report) -> None:
    """Wait with the pages until the whole site is made."""


def build_site(
    root: Path,
    progress: Progress = no_progress,
    cache: BuildCache | None = None,
    *,
    shown: Shown = not_yet_shown,
    started: StartedBuild | None = None,
) -> Build:
    """Build and check the site in a folder, writing nothing but the cache.

    Args:
        root: the site's root.
        progress: told how far it is.
        cache: what earlier builds made; the one in the site's folder if none is given.
        shown: told of the pages when they are composed, while the rest of the site is not.
        started: how this build has begun, if it has; else one with no options is begun.

    Raises:
        SiteError: there is nothing to build from, or a program is missing.
    """
    if cache is None:
        with open_cache(root) as own:
            return build_site(root, progress, own)
    started = started or begin_build(root, cache)  # workers parse from here on
    config, report = started.config, started.report
    templates = _templates(started)  # compiled beside the workers
    dates = load_dates(config, cache)  # beside the workers too
    parsing = started.parsing.result(progress)
    content = _content_of(started, parsing)
    shown_paths = {page.path for page in content.pages}
    pages = tuple(parsed for parsed in parsing.pages if parsed.page.path in shown_paths)
    context = _make_context(started, content, pages, templates, dates, progress)
    renderer = Renderer(context)
    read = tuple(parsed for parsed in pages if parsed.head.reading)
    terms = Terms(parsed.head.compounds for parsed in read)
    composer = PageComposer(context, renderer)
    shows_diagrams = {p.page.path: p.head.shows_diagrams for p in pages}
    stage = ComposeStage(composer, CacheKeys(context, shows_diagrams), terms, cache)
    composition = stage.run(pages, progress)
    shown(config, composition.pages, report)
    progress("checking", 0, 0)
    site = _site_of(context, composition.pages)
    # Two workers begin here; this process goes on beside them until it asks for their results.
    search_index = SearchIndexJob(site, cache).start()
    proofreading = ProofreadJob(config, read, terms, _known_texts(site), cache).start()
    made = tuple(_outputs(site, renderer, DrawingCache(cache.drawings), report))
    found = tuple(_found_before(site, composition, cache, report))
    site = _proofread(site, read, proofreading.result(), cache)
    site = replace(site, outputs=(*made, *search_index.outputs()))
    diagnostics = check_site(site, found)
    _prune(parsing, composition, cache)
    account = account_of(site, found, is_dated=dates is not None)
    return Build(
        site=site,
        diagnostics=diagnostics,
        verdicts=tuple(findings.verdicts for findings in composition.findings),
        composer=composer,
        read=account.read,
        is_provisional=account.is_provisional,
    )


def _templates(started: StartedBuild) -> Templates:
    """Return the templates; if a page is parsed anew, the usual ones are compiled meanwhile."""
    templates = Templates(started.config, started.report)
    if started.parsing.is_going_on:
        templates.compile(USUAL_TEMPLATES)
    return templates


def _content_of(started: StartedBuild, parsing: Parsing) -> Content:
    """Return the content; what is wrong with pages by themselves is reported."""
    started.report.extend(parsing.faults)
    pages = tuple(parsed.page for parsed in parsing.pages)
    return make_content(started.config, started.found, pages, parsing.lost, started.report)


def _make_context(
    started: StartedBuild,
    content: Content,
    parsed: Sequence[ParsedPage],
    templates: Templates,
    dates: Mapping[str, str] | None,
    progress: Progress,
) -> SiteContext:
    """Return what all pages have in common."""
    config, report = started.config, started.report
    recordings = find_recordings(config, report)
    claims = _load_all_claims(config, content, report)
    diagrams, lost = find_diagrams(config, report)
    drawn = DrawingCache(started.cache.drawings)
    progress("drawing diagrams", 0, len(diagrams))
    drawings = {d.name: d for d in draw_all(config, diagrams, drawn, report)}
    lost |= {source.path for source in diagrams} - {d.source.path for d in drawings.values()}
    nav = make_nav(config, content, {p.page.path: p.title for p in parsed}, report)
    proof = PROOF_ADDRESS if claims or drawings else None
    made = frozenset(_made_addresses(config, drawings, recordings, templates, proof))
    made |= {page.path for page in content.pages}  # their Markdown
    targets = _make_targets(config, content, lost, drawings, frozenset(recordings), made)
    return SiteContext(
        config=config,
        content=content,
        nav=nav,
        diagrams=diagrams,
        drawings=drawings,
        claims=claims,
        recordings=recordings,
        targets=targets,
        templates=templates,
        lock=load_lock(config.root, report),
        dates=dates or {},
        proof_address=proof,
    )


def _site_of(context: SiteContext, built: Iterable[BuiltPage]) -> Site:
    """Return the site that pages are, nobody having looked at it yet."""
    parts = {name: getattr(context, name) for name in SiteContext.__struct_fields__}
    return Site(**parts, pages=tuple(built))


def _proofread(
    site: Site,
    read: Sequence[ParsedPage],
    prose: Mapping[str, list[Finding]],
    cache: BuildCache,
) -> Site:
    """Return a site with what is wrong with its prose."""
    found = (d for p in read for d in diagnostics_of(p, prose[p.page.path], cache))
    return replace(site, prose=prose, prose_diagnostics=tuple(found))


def _known_texts(site: Site) -> Iterator[str]:
    """Yield the texts whose words a site knows without being judged."""
    yield from (recording.source.text for recording in site.recordings.values())
    yield from (source.text for source in (*site.diagrams, *site.content.claims))
    yield from (page.path for page in site.content.pages)
    yield from (asset.path for asset in site.content.assets)


def _found_before(
    site: Site, composition: Composition, cache: BuildCache, report: Report
) -> Iterator[Diagnostic]:
    """Yield what the stages of the build found, and the rules about pages and their links."""
    anchors = {built.page.address: built.summary.anchors for built in site.pages}
    contested = digest(*sorted(site.contested_addresses))
    seen = set()
    for built, findings in zip(composition.pages, composition.findings, strict=True):
        yield from findings.diagnostics
        for fault in findings.template_faults:  # said once, with the first page that has it
            if (fault.message, fault.location) not in seen:
                seen.add((fault.message, fault.location))
                yield fault
        led_to = (anchors.get(address, "") for address in built.summary.leads_to)
        key = digest(built.key, contested, *led_to)
        found = cache.load("links", built.page.path, key, tuple[Diagnostic, ...])
        if found is None:
            found = check_links(built, site)
            built.release()
            cache.store("links", built.page.path, key, found)
        yield from found
    yield from (
        d for d in report if d.code != "template-error" or (d.message, d.location) not in seen
    )


def _prune(parsing: Parsing, composition: Composition, cache: BuildCache) -> None:
    """Drop what no page is made from any more, and what may come out better another time."""
    pairs = zip(composition.pages, composition.findings, strict=True)
    cache.invalidate(built.page.path for built, findings in pairs if findings.is_over_budget)
    cache.invalidate(parsing.provisional)
    cache.prune("bodies", set(parsing.keys))
    cache.prune("sources", set(parsing.checksums))
    for kind in ("details", "pages"):
        cache.prune(kind, {built.key for built in composition.pages})
    cache.save()


def _outputs(
    site: Site, renderer: Renderer, drawn: DrawingCache, report: Report
) -> Iterator[Output]:
    """Yield every file of the site but those that it is searched by."""
    for built in site.pages:
        location = Location(built.page.source.path)
        yield Output(built.page.output, built.file, location, built.summary.checksum)
    for asset in site.content.assets:
        yield Output(asset.path, asset.file, asset.location, stamp=asset.stamp)
    for drawing in site.drawings.values():
        yield from drawing_outputs(drawing, site.targets)
    yield from site_outputs(renderer, site, drawn)
    yield from redirect_outputs(renderer, site.pages, report)
    yield from proof_outputs(renderer, site)


def _load_all_claims(config: Config, content: Content, report: Report) -> tuple[PageClaims, ...]:
    folder = config.content.as_posix() + "/"
    return tuple(load_claims(s, s.path.removeprefix(folder), report) for s in content.claims)


def _made_addresses(
    config: Config,
    drawings: Mapping[str, Drawing],
    recordings: Mapping[str, Recording],
    templates: Templates,
    proof: str | None,
) -> Iterator[str]:
    """Yield the addresses of what the build makes beside pages and assets."""
    yield from ("404.html", "robots.txt")
    yield from (THEME_FOLDER + name for name in templates.static_files)
    yield from (drawing_address(name, kind) for name in drawings for kind in ("svg", "png"))
    yield from (recording_address(name) for name in recordings)
    yield from ("llms.txt", "objects.inv")
    if config.url:
        yield from ("sitemap.xml", "feed.xml", CARD_ADDRESS)
    if proof:
        yield proof


def _make_targets(
    config: Config,
    content: Content,
    lost: frozenset[str],
    drawings: Mapping[str, Drawing],
    recordings: frozenset[str],
    made: frozenset[str],
) -> Targets:
    paths = {drawing.source.path: name for name, drawing in drawings.items()}
    return make_targets(config, content, paths, lost, recordings, made)

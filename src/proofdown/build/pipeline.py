"""A whole build in one function, `build_site`. Start reading here.

A build has five steps:

1. Begin (`begin.py`): read the settings, find the files, and fork workers for the pages that
   changed since the last build.
2. Parse (`parse.py`, `parse_all.py`): convert each page's Markdown to HTML, and read its prose.
   This depends on the page's own text alone, so pages are parsed in parallel.
3. Compose (`compose.py`, `compose_all.py`): once all pages, drawings, recordings and the nav are
   known, put each page in its layout, rewrite its links, judge its claims and check it.
4. Check: apply the rules that need the whole site, such as those about links between pages, and
   proofread all prose. The search index is built at the same time.
5. Write (`output/write.py`): replace the output folder. `build_site` leaves that to its caller,
   which writes only if the build passed.

Each step looks up in the build cache what an earlier build computed from the same inputs, and
computes the rest. An incremental build therefore produces the same bytes as a clean one.
`run.py` wraps `build_site` with what the command line adds: a baseline, `--fix`, strictness.
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
from proofdown.build.provenance import provenance_of
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
from proofdown.site.model import ComposedPage, Output, Site, SiteContext
from proofdown.site.outputs.redirects import redirect_outputs
from proofdown.site.outputs.search_index import SearchIndexJob
from proofdown.site.outputs.site_files import site_outputs
from proofdown.site.page import VerdictCounts
from proofdown.site.proof import PROOF_ADDRESS, proof_outputs
from proofdown.site.render import Renderer
from proofdown.site.templating.environment import THEME_FOLDER, Templates
from proofdown.source import Location


class Build(Struct, frozen=True, dict=True, kw_only=True):
    """The result of a build: the site, its diagnostics, and a verdict on every claim."""

    site: Site
    diagnostics: tuple[Diagnostic, ...]
    verdicts: tuple[VerdictCounts, ...]
    """The number of claims with each verdict, page by page."""
    composer: PageComposer
    """The composer of its pages, which the preview reuses."""
    read: Mapping[str, str]
    """SHA-256 of each file that was read, by its path from the site's root; assets are included
    only if a check read them."""
    is_provisional: bool
    """Whether something failed that may succeed in another run, though the site did not change."""

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


PagesCallback = Callable[[Config, Sequence[ComposedPage], Report], None]
"""Called with the composed pages of a site and the diagnostics so far."""


def ignore_pages(_config: Config, _pages: Sequence[ComposedPage], _report: Report) -> None:
    """Do nothing when the pages are composed."""


def build_site(
    root: Path,
    progress: Progress = no_progress,
    cache: BuildCache | None = None,
    *,
    on_composed: PagesCallback = ignore_pages,
    started: StartedBuild | None = None,
) -> Build:
    """Build and check the site in a folder, writing nothing but the cache.

    Args:
        root: the site's root.
        progress: called to report progress.
        cache: the build cache; by default, the one in the site's folder.
        on_composed: called when the pages are composed, before the site is checked.
        started: this build, if it was started already; by default, one without options is started.

    Raises:
        SiteError: there is nothing to build from, or a program is missing.
    """
    if cache is None:
        with open_cache(root) as own:
            return build_site(root, progress, own)
    started = started or begin_build(root, cache)  # workers parse from here on
    config, report = started.config, started.report
    templates = _templates(started)  # this process compiles them while the workers parse,
    dates = load_dates(config, cache)  # and reads Git's history
    parsing = started.parsing.result(progress)
    content = _content_of(started, parsing)
    pages = _without_drafts(parsing, content)
    context = _make_context(started, content, pages, templates, dates, progress)
    renderer = Renderer(context)
    read = tuple(parsed for parsed in pages if parsed.head.reading)
    terms = Terms(parsed.head.compounds for parsed in read)
    composer = PageComposer(context, renderer)
    keys = CacheKeys(context, {p.page.path: p.head.shows_diagrams for p in pages})
    composition = ComposeStage(composer, keys, terms, cache).run(pages, progress)
    on_composed(config, composition.pages, report)
    progress("checking", 0, 0)
    site = _site_of(context, composition.pages)
    # Two workers start here; this process renders other outputs and checks links meanwhile.
    search_index = SearchIndexJob(site, cache).start()
    proofreading = ProofreadJob(config, read, terms, _known_texts(site), cache).start()
    outputs = tuple(_outputs(site, renderer, DrawingCache(cache.drawings), report))
    found = tuple(_page_diagnostics(site, composition, cache, report))
    site = _proofread(site, read, proofreading.result(), cache)
    site = replace(site, outputs=(*outputs, *search_index.outputs()))
    diagnostics = check_site(site, found)
    _prune(parsing, composition, cache)
    provenance = provenance_of(site, found, is_dated=dates is not None)
    return Build(
        site=site,
        diagnostics=diagnostics,
        verdicts=tuple(findings.verdicts for findings in composition.findings),
        composer=composer,
        read=provenance.read,
        is_provisional=provenance.is_provisional,
    )


def _templates(started: StartedBuild) -> Templates:
    """Return the templates; compile the usual ones now if any page is being parsed."""
    templates = Templates(started.config, started.report)
    if started.parsing.has_work:
        templates.compile(USUAL_TEMPLATES)
    return templates


def _content_of(started: StartedBuild, parsing: Parsing) -> Content:
    """Return the content, and report the faults that parsing found."""
    started.report.extend(parsing.faults)
    pages = tuple(parsed.page for parsed in parsing.pages)
    return make_content(started.config, started.found, pages, parsing.lost, started.report)


def _without_drafts(parsing: Parsing, content: Content) -> tuple[ParsedPage, ...]:
    """Return the parsed pages that the content consists of: drafts only if they are asked for."""
    paths = {page.path for page in content.pages}
    return tuple(parsed for parsed in parsing.pages if parsed.page.path in paths)


def _make_context(
    started: StartedBuild,
    content: Content,
    parsed: Sequence[ParsedPage],
    templates: Templates,
    dates: Mapping[str, str] | None,
    progress: Progress,
) -> SiteContext:
    """Return what composing needs to know of the whole site."""
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
    generated = frozenset(_generated_addresses(config, drawings, recordings, templates, proof))
    generated |= {page.path for page in content.pages}  # the pages' Markdown is published too
    targets = _make_targets(config, content, lost, drawings, frozenset(recordings), generated)
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


def _site_of(context: SiteContext, built: Iterable[ComposedPage]) -> Site:
    """Return the site with these pages, not yet checked."""
    parts = {name: getattr(context, name) for name in SiteContext.__struct_fields__}
    return Site(**parts, pages=tuple(built))


def _proofread(
    site: Site,
    read: Sequence[ParsedPage],
    prose: Mapping[str, list[Finding]],
    cache: BuildCache,
) -> Site:
    """Return the site with the diagnostics of its prose."""
    found = (d for p in read for d in diagnostics_of(p, prose[p.page.path], cache))
    return replace(site, prose=prose, prose_diagnostics=tuple(found))


def _known_texts(site: Site) -> Iterator[str]:
    """Yield the texts whose words count as correctly spelled in this site."""
    yield from (recording.source.text for recording in site.recordings.values())
    yield from (source.text for source in (*site.diagrams, *site.content.claims))
    yield from (page.path for page in site.content.pages)
    yield from (asset.path for asset in site.content.assets)


def _page_diagnostics(
    site: Site, composition: Composition, cache: BuildCache, report: Report
) -> Iterator[Diagnostic]:
    """Yield the diagnostics of all stages so far, of each page, and of links between pages."""
    anchors = {built.page.address: built.summary.anchors for built in site.pages}
    contested = digest(*sorted(site.contested_addresses))
    seen = set()
    for built, findings in zip(composition.pages, composition.findings, strict=True):
        yield from findings.diagnostics
        for fault in findings.template_faults:  # reported once, with the first page that has it
            if (fault.message, fault.location) not in seen:
                seen.add((fault.message, fault.location))
                yield fault
        # A page's links can break when pages that it links to change their anchors.
        linked = (anchors.get(address, "") for address in built.summary.linked_addresses)
        key = digest(built.key, contested, *linked)
        found = cache.load("links", built.page.path, key, tuple[Diagnostic, ...])
        if found is None:
            found = check_links(built, site)
            built.release()  # else the texts of all pages would be in memory at once
            cache.store("links", built.page.path, key, found)
        yield from found
    yield from (
        d for d in report if d.code != "template-error" or (d.message, d.location) not in seen
    )


def _prune(parsing: Parsing, composition: Composition, cache: BuildCache) -> None:
    """Drop results that no page uses any more, and results that may differ in another run."""
    pairs = zip(composition.pages, composition.findings, strict=True)
    # A page may be over budget only because the system was busy, so it is tried again next time.
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
    """Yield every file of the site except those of the search index."""
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


def _generated_addresses(
    config: Config,
    drawings: Mapping[str, Drawing],
    recordings: Mapping[str, Recording],
    templates: Templates,
    proof: str | None,
) -> Iterator[str]:
    """Yield the addresses of files that the build generates, besides pages and assets."""
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
    generated: frozenset[str],
) -> Targets:
    paths = {drawing.source.path: name for name, drawing in drawings.items()}
    return make_targets(config, content, paths, lost, recordings, generated)

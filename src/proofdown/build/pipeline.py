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
from proofdown.build.compose_all import USUAL_TEMPLATES, compose_all
from proofdown.build.page_keys import CacheKeys
from proofdown.build.parse import decode_reading
from proofdown.build.parse_all import Written, load_text, page_of
from proofdown.build.provenance import account_of
from proofdown.checks.prose.proofread import ProofreadJob, ReadPage, Terms, diagnostics_of
from proofdown.checks.registry import check_links, check_site
from proofdown.config.model import Config
from proofdown.content.discovery import Content, Page, find_diagrams, make_content
from proofdown.content.evidence.claims import Judgement, PageClaims, Verdict, load_claims
from proofdown.content.evidence.recordings import Recording, find_recordings
from proofdown.content.git_dates import load_dates
from proofdown.content.lockfile import load_lock
from proofdown.content.nav import make_nav, title_from_name
from proofdown.diagnostics import Diagnostic, Report, Severity, count_of
from proofdown.diagrams.cache import DrawingCache
from proofdown.diagrams.drawing import Drawing, draw_all
from proofdown.diagrams.social_card import CARD_ADDRESS
from proofdown.digests import digest
from proofdown.markup.source_map import clear_source_map
from proofdown.runtime.cache.build_cache import BuildCache, open_cache
from proofdown.runtime.progress import Progress, no_progress
from proofdown.site.figures import drawing_outputs
from proofdown.site.links.resolve import Targets, make_targets
from proofdown.site.links.rewrite import drawing_address, recording_address
from proofdown.site.model import BuiltPage, Output, Site, SiteContext
from proofdown.site.outputs.redirects import redirect_outputs
from proofdown.site.outputs.search_index import SearchIndexJob
from proofdown.site.outputs.site_files import site_outputs
from proofdown.site.proof import PROOF_ADDRESS, proof_outputs
from proofdown.site.render import Renderer
from proofdown.site.templating.environment import THEME_FOLDER, Templates
from proofdown.source import Location


class Build(Struct, frozen=True, dict=True):
    """What came of a build: the site, everything wrong with it, and a verdict on every claim."""

    site: Site
    diagnostics: tuple[Diagnostic, ...]
    maker: PageComposer | None = None
    """What made its pages."""
    read: Mapping[str, str] = {}
    """SHA-256 of each file that was read for it, as it was read, by its path in the site's folder;
    of assets, those that a check looked into."""
    is_provisional: bool = False
    """Whether something failed that may go better another time, without any change of the site."""

    def count(self, severity: Severity) -> int:
        """Return how many diagnostics have a severity."""
        return count_of(self.diagnostics, severity)

    def count_claims(self, verdict: Verdict) -> int:
        """Return how many claims have a verdict."""
        which = list(Verdict).index(verdict)
        return sum(built.summary.verdicts[which] for built in self.site.pages)

    @cached_property
    def judgements(self) -> tuple[Judgement, ...]:
        """A verdict on every claim."""
        return tuple(j for built in self.site.pages for j in built.details.judgements)


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
    """Return the site in a folder, built and checked, with nothing written but the cache.

    Args:
        root: the site's root.
        progress: told how far it is.
        cache: what earlier builds found out; the one in the site's cache where none is given.
        shown: told of the pages when they are made, while the rest of the site is not.
        started: how this build has begun, if it has; else it is one that nothing is asked of.

    Raises:
        SiteError: there is nothing to build from, or a program is missing.
    """
    if cache is None:
        with open_cache(root) as own:
            return build_site(root, progress, own)
    started = started or begin_build(root, cache)
    config, report = started.config, started.report
    templates = _templates(started)
    dates = load_dates(config, cache)
    content, written = _find_pages(started, progress)
    pages = {page.path: page for page in content.pages}
    manuscripts = [w for w in written if w.file.path in pages]
    context, proof = _make_context(started, content, manuscripts, templates, dates, progress)
    renderer = Renderer(context, proof)
    read = [r for w in manuscripts if (r := _read_page(pages[w.file.path], w, cache))]
    terms = Terms(r.compounds for r in read)
    maker = PageComposer(context, renderer)
    built = compose_all(
        maker,
        [(w, page := pages[w.file.path], _title(page, w)) for w in manuscripts],
        CacheKeys(context, proof, {w.file.path: w.manuscript.shows_diagrams for w in manuscripts}),
        terms,
        cache,
        progress,
    )
    shown(config, built, report)
    progress("checking", 0, 0)
    site = _site_of(context, built)
    search_job = SearchIndexJob(site, cache)
    proofread_job = ProofreadJob(config, read, terms, _known_texts(site), cache)
    made = tuple(_outputs(site, renderer, DrawingCache(cache.drawings), report))
    found = tuple(_found_before(site, cache, report))
    site = _proofread(site, read, proofread_job, cache)
    site = replace(site, outputs=(*made, *search_job.outputs()))
    diagnostics = check_site(site, found)
    _sweep(written, built, cache)
    return Build(site, diagnostics, maker, *account_of(site, found, is_dated=dates is not None))


def _templates(started: StartedBuild) -> Templates:
    """Return the templates; where a page is made, the usual ones are compiled before it is read."""
    templates = Templates(started.config, started.report)
    if started.writing.is_going_on:
        templates.compile(USUAL_TEMPLATES)
    return templates


def _find_pages(started: StartedBuild, progress: Progress) -> tuple[Content, list[Written]]:
    """Return the content, and the manuscript of every file, drafts and lost ones included."""
    written = started.writing.result(progress)
    cache = started.cache
    pages = {w.file.path: page_of(w, cache) for w in written if not w.manuscript.is_lost}
    lost = frozenset(w.file.path for w in written if w.manuscript.is_lost)
    started.report.extend(fault for w in written for fault in w.manuscript.faults)
    content = make_content(
        started.config, started.found, tuple(pages.values()), lost, started.report
    )
    return content, written


def _make_context(
    started: StartedBuild,
    content: Content,
    manuscripts: Sequence[Written],
    templates: Templates,
    dates: Mapping[str, str] | None,
    progress: Progress,
) -> tuple[SiteContext, str | None]:
    """Return what all pages are made on, and the address of the Proof page, if there is one."""
    config, report = started.config, started.report
    recordings = find_recordings(config, report)
    claims = _load_all_claims(config, content, report)
    diagrams, lost = find_diagrams(config, report)
    drawn = DrawingCache(started.cache.drawings)
    progress("drawing diagrams", 0, len(diagrams))
    drawings = {d.name: d for d in draw_all(config, diagrams, drawn, report)}
    lost |= {source.path for source in diagrams} - {d.source.path for d in drawings.values()}
    by_path = {written.file.path: written for written in manuscripts}
    titles = {page.path: _title(page, by_path[page.path]) for page in content.pages}
    nav = make_nav(config, content, titles, report)
    proof = PROOF_ADDRESS if claims or drawings else None
    made = frozenset(_made_addresses(config, drawings, recordings, templates, proof))
    made |= {page.path for page in content.pages}  # their Markdown
    targets = _make_targets(config, content, lost, drawings, frozenset(recordings), made)
    context = SiteContext(
        config,
        content,
        nav,
        diagrams,
        drawings,
        claims,
        recordings,
        targets,
        templates,
        load_lock(config.root, report),
        dates or {},
    )
    return context, proof


def _read_page(page: Page, written: Written, cache: BuildCache) -> ReadPage | None:
    """Return a page with what its prose says; None where nobody could read it."""
    reading, compounds = written.manuscript.reading, written.manuscript.compounds
    key = written.key
    if not reading:
        return None
    return ReadPage(
        page,
        key,
        compounds,
        lambda: decode_reading(reading),
        lambda: load_text(cache, key).prose,
    )


def _site_of(context: SiteContext, built: Iterable[BuiltPage]) -> Site:
    """Return the site that pages are, nobody having looked at it yet."""
    parts = {name: getattr(context, name) for name in SiteContext.__struct_fields__}
    return Site(**parts, pages=tuple(built))


def _proofread(
    site: Site, read: Sequence[ReadPage], proofread_job: ProofreadJob, cache: BuildCache
) -> Site:
    """Return a site with what is wrong with its prose."""
    prose = proofread_job.result()
    prose_diagnostics = tuple(d for r in read for d in diagnostics_of(r, prose[r.page.path], cache))
    return replace(site, prose=prose, prose_diagnostics=prose_diagnostics)


def _known_texts(site: Site) -> Iterator[str]:
    """Yield the texts whose words a site knows without being judged."""
    yield from (recording.source.text for recording in site.recordings.values())
    yield from (source.text for source in (*site.diagrams, *site.content.claims))
    yield from (page.path for page in site.content.pages)
    yield from (asset.path for asset in site.content.assets)


def _found_before(site: Site, cache: BuildCache, report: Report) -> Iterator[Diagnostic]:
    """Yield what the stages of the build found, and the rules about pages and their links."""
    anchors = {built.page.address: built.summary.anchors for built in site.pages}
    contested = digest(*sorted(site.contested_addresses))
    seen = set()
    for built in site.pages:
        summary = built.summary
        yield from summary.findings
        for fault in summary.template_faults:  # which is said once, with the first page that has it
            if (fault.message, fault.location) not in seen:
                seen.add((fault.message, fault.location))
                yield fault
        led_to = (anchors.get(address, "") for address in summary.leads_to)
        key = digest(built.key, contested, *led_to)
        found = cache.load("links", built.page.path, key, tuple[Diagnostic, ...])
        if found is None:
            found = check_links(built, site)
            built.release()
            clear_source_map()
            cache.store("links", built.page.path, key, found)
        yield from found
    yield from (
        d for d in report if d.code != "template-error" or (d.message, d.location) not in seen
    )


def _sweep(manuscripts: Sequence[Written], built: Sequence[BuiltPage], cache: BuildCache) -> None:
    """Drop what no page is made from any more, and what may come out better another time."""
    cache.invalidate(page.page.path for page in built if page.summary.is_over_budget)
    cache.invalidate(w.file.path for w in manuscripts if w.manuscript.is_provisional)
    cache.prune("bodies", {written.key for written in manuscripts})
    cache.prune("sources", {written.checksum for written in manuscripts})
    for kind in ("facts", "pages"):
        cache.prune(kind, {page.key for page in built})
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


def _title(page: Page, written: Written) -> str:
    """Return a page's title: from its front matter, else its first heading, else its name."""
    name = page.path.rpartition("/")[2]
    return page.front.title or written.manuscript.heading or title_from_name(name)


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

"""The story of a build in one function; open this first.

settings → content → drawings → bodies → nav → links → pages → checks. Nothing is written here:
`write.py` does that, and only for a build that refused nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from proofdown.bodies import BodyLinker
from proofdown.checks import judge, run_checks
from proofdown.claims import Judgement, PageClaims, Verdict, load_claims
from proofdown.config import Config
from proofdown.content import Content, Page, find_content, find_diagrams
from proofdown.diagnostics import Diagnostic, Report, Severity
from proofdown.drawings import Drawing, draw_all
from proofdown.evidence import PROOF_ADDRESS, proof_outputs
from proofdown.figures import drawing_outputs
from proofdown.links import drawing_address, recording_address
from proofdown.lock import load_lock
from proofdown.markup import Body, make_converter
from proofdown.nav import make_nav, title_from_name
from proofdown.recordings import Recording, find_recordings
from proofdown.redirects import redirect_outputs
from proofdown.render import Renderer
from proofdown.settings import load_config
from proofdown.site import Output, Site
from proofdown.sitefiles import site_outputs
from proofdown.source import Place
from proofdown.targets import Targets, make_targets
from proofdown.templates import THEME_FOLDER, Templates

Progress = Callable[[str, int, int], None]
"""Told what is done, how many of it are finished and how many there are."""


@dataclass(frozen=True)
class Build:
    """What came of a build: the site, everything wrong with it, and a verdict on every claim."""

    site: Site
    diagnostics: tuple[Diagnostic, ...]
    judgements: tuple[Judgement, ...]

    def count(self, severity: Severity) -> int:
        """Return how many diagnostics have a severity."""
        return sum(d.severity is severity for d in self.diagnostics)

    def count_claims(self, verdict: Verdict) -> int:
        """Return how many claims have a verdict."""
        return sum(j.verdict is verdict for j in self.judgements)


def no_progress(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


def build_site(root: Path, progress: Progress = no_progress, *, with_drafts: bool = False) -> Build:
    """Return the site in a folder, built and checked, with nothing written.

    Args:
        root: folder of the site.
        progress: told how far it is.
        with_drafts: build drafts like pages, as a preview does.

    Raises:
        SiteError: there is nothing to build from, or a program is missing.
    """
    report = Report()
    config = load_config(root, report)
    content = find_content(config, report, with_drafts=with_drafts)
    recordings = find_recordings(config, report)
    claims = _load_all_claims(config, content, report)
    diagrams, lost = find_diagrams(config, report)
    progress("drawing diagrams", 0, len(diagrams))
    drawings = {d.name: d for d in draw_all(config, diagrams, report)}
    lost |= {source.path for source in diagrams} - {d.source.path for d in drawings.values()}
    bodies = _convert_all(config, content, report, progress)
    titles = {page.path: _title(page, bodies[page.path]) for page in content.pages}
    nav = make_nav(config, content, titles, report)
    templates = Templates(config, report)
    proof = PROOF_ADDRESS if claims or drawings else None
    made = frozenset(_made_addresses(config, drawings, recordings, templates, proof))
    targets = _make_targets(config, content, lost, drawings, frozenset(recordings), made)
    renderer = Renderer(config, templates, nav, targets, proof)
    linker = BodyLinker(targets, drawings, recordings, claims, templates, content.pages)
    rendered = []
    for number, page in enumerate(content.pages):
        progress("rendering pages", number, len(content.pages))
        body, title = bodies[page.path], titles[page.path]
        linked = linker.link(page, body)
        rendered.append(renderer.page(page, title, body.headings, linked, report))
    progress("checking", 0, 0)
    site = Site(
        config,
        content,
        tuple(built for built, _ in rendered),
        nav,
        diagrams,
        drawings,
        claims,
        recordings,
        targets,
        templates,
        load_lock(root, report),
    )
    judgements = judge(site)
    pages = [Output(b.page.output, html, Place(b.page.source.path)) for b, html in rendered]
    others = _other_outputs(site, renderer, judgements, report)
    site = replace(site, outputs=(*pages, *others))
    return Build(site, run_checks(site, judgements, report), judgements)


def _other_outputs(
    site: Site, renderer: Renderer, judgements: tuple[Judgement, ...], report: Report
) -> list[Output]:
    """Return every output that is no page of the author's."""
    return [
        *(Output(asset.path, asset.file, asset.place) for asset in site.content.assets),
        *(
            output
            for drawing in site.drawings.values()
            for output in drawing_outputs(drawing, site.targets)
        ),
        *site_outputs(renderer, site.pages),
        *redirect_outputs(renderer, site.pages, report),
        *proof_outputs(renderer, site, judgements),
    ]


def _load_all_claims(config: Config, content: Content, report: Report) -> tuple[PageClaims, ...]:
    folder = config.content.as_posix() + "/"
    return tuple(load_claims(s, s.path.removeprefix(folder), report) for s in content.claims)


def _convert_all(
    config: Config, content: Content, report: Report, progress: Progress
) -> dict[str, Body]:
    converter = make_converter(config, report)
    bodies = {}
    for number, page in enumerate(content.pages):
        progress("converting pages", number, len(content.pages))
        bodies[page.path] = converter.convert(page, report)
    return bodies


def _title(page: Page, body: Body) -> str:
    """Return a page's title: from its front matter, else its first heading, else its name."""
    name = page.path.rpartition("/")[2]
    return page.front.title or body.title or title_from_name(name)


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
    if config.url:
        yield "sitemap.xml"
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

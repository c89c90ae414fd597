"""The story of a build in one function; open this first.

settings → content → drawings → bodies → nav → links → pages → checks. Nothing is written here:
`write.py` does that, and only for a build that refused nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from proofdown.checks import judge, run_checks
from proofdown.claims import Judgement, PageClaims, Verdict, load_claims
from proofdown.config import Config, load_config
from proofdown.content import Content, Page, find_content, find_diagrams
from proofdown.diagnostics import Diagnostic, Report, Severity
from proofdown.drawings import Drawing, draw_all
from proofdown.figures import drawing_outputs, render_figure
from proofdown.links import LinkedBody, Shown, drawing_address, link_body
from proofdown.markup import Body, make_converter
from proofdown.nav import make_nav, title_from_name
from proofdown.redirects import redirect_outputs
from proofdown.render import Renderer
from proofdown.site import BuiltPage, Output, Site
from proofdown.sitefiles import site_outputs
from proofdown.source import Source
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

    def is_refused(self, *, strict: bool) -> bool:
        """Whether an error stands; a warning counts as one in strict mode."""
        return bool(self.count(Severity.ERROR) or (strict and self.count(Severity.WARNING)))


def no_progress(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


def build_site(root: Path, progress: Progress = no_progress) -> Build:
    """Return the site in a folder, built and checked, with nothing written.

    Raises:
        SiteError: there is nothing to build from, or a program is missing.
    """
    report = Report()
    config = load_config(root, report)
    content = find_content(config, report)
    claims = _load_all_claims(config, content, report)
    diagrams = find_diagrams(config, report)
    progress("drawing diagrams", 0, len(diagrams))
    drawings = {d.name: d for d in draw_all(config, diagrams, report)}
    bodies = _convert_all(config, content, report, progress)
    titles = {page.path: _title(page, bodies[page.path]) for page in content.pages}
    nav = make_nav(config, content, titles, report)
    templates = Templates(config, report)
    targets = _make_targets(config, content, diagrams, drawings, templates)
    renderer = Renderer(config, templates, nav, targets)
    pages: list[BuiltPage] = []
    outputs: list[Output] = []
    for number, page in enumerate(content.pages):
        progress("rendering pages", number, len(content.pages))
        body = bodies[page.path]
        linked = _link(page, body, targets, drawings, templates)
        built, html = renderer.page(page, titles[page.path], body.headings, linked, report)
        pages.append(built)
        outputs.append(Output(page.output, html, page.source.place_of_line(1)))
    outputs += [Output(a.path, a.file, a.place) for a in content.assets]
    outputs += [output for drawing in drawings.values() for output in drawing_outputs(drawing)]
    outputs += site_outputs(renderer, tuple(pages))
    outputs += redirect_outputs(renderer, tuple(pages), report)
    progress("checking", 0, 0)
    site = Site(
        config,
        content,
        tuple(pages),
        nav,
        diagrams,
        drawings,
        claims,
        targets,
        tuple(outputs),
        templates,
    )
    return Build(site, run_checks(site, report), judge(site))


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


def _make_targets(
    config: Config,
    content: Content,
    diagrams: tuple[Source, ...],
    drawings: dict[str, Drawing],
    templates: Templates,
) -> Targets:
    made = {"404.html", "robots.txt", *(THEME_FOLDER + name for name in templates.static_files)}
    if config.url:
        made.add("sitemap.xml")
    for name in drawings:
        made |= {drawing_address(name, "svg"), drawing_address(name, "png")}
    paths = {drawing.source.path: name for name, drawing in drawings.items()}
    lost = frozenset(source.path for source in diagrams if source.path not in paths)
    return make_targets(config, content, paths, lost, frozenset(made))


def _link(
    page: Page,
    body: Body,
    targets: Targets,
    drawings: dict[str, Drawing],
    templates: Templates,
) -> LinkedBody:
    def figure(shown: Shown) -> str:
        hrefs = (
            targets.href(page.address, drawing_address(shown.name, "svg")),
            targets.href(page.address, drawing_address(shown.name, "png")),
        )
        return render_figure(templates, drawings[shown.name], shown, hrefs)

    return link_body(page, body.html, targets, figure)

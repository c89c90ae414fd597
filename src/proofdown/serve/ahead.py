"""The page that was saved just now, made on the ground of the last build, before the site is.

A text that says what it said but for its body changes its own page and nothing that other pages
show. So its page is made at once and shown; the build that follows makes it again with all else,
and comes to the same bytes, or puts right what has changed meanwhile.
"""

from pathlib import Path

from proofdown.build import Build
from proofdown.content import Page
from proofdown.diagnostics import Report
from proofdown.files import load_source
from proofdown.making import PageMaker
from proofdown.manuscript import front_of, write_manuscript
from proofdown.manuscripts import converter_at_hand
from proofdown.site import BuiltPage, Output
from proofdown.source import Place, Source
from proofdown.workers import run_all


def make_ahead(last: Build, changed: frozenset[str]) -> Output | None:
    """Return the page whose text alone has changed, made anew; None where that is not so.

    Args:
        last: the last build.
        changed: paths of the sources that changed since.
    """
    config = last.site.config
    folder = config.root / config.content
    paths = [Path(path) for path in changed]
    if len(paths) != 1 or not paths[0].is_relative_to(folder):
        return None
    built = last.site.by_path.get(paths[0].relative_to(folder).as_posix())
    converter = converter_at_hand(config)
    if built is None or last.maker is None or converter is None:
        return None
    maker: PageMaker = last.maker

    def work(old: BuiltPage) -> bytes:
        source = load_source(folder / old.page.path, config.root, Report())
        if source is None:
            return b""
        manuscript, text = write_manuscript(source, old.page.path, converter, config)
        front = front_of(manuscript)
        if front != old.page.front or (not front.title and manuscript.heading != old.title):
            return b""
        _renew(old.page, source, manuscript.body_start)
        made = maker.make(old.page, old.title, text)
        is_whole = made.ties.layout and not (made.ties.is_empty or made.ties.shows_lost)
        return made.file if is_whole else b""

    for _, html in run_all([built], work, config.budget, 1):
        if isinstance(html, bytes) and html:
            return Output(built.page.output, html, Place(built.page.source.path))
    return None


def _renew(page: Page, source: Source, body_start: int) -> None:
    """Give a page its new text, in a worker, whose copy of the page nobody else sees.

    The nav and all else know a page by itself, so that another one would have no place there.
    """
    page.__dict__.pop("body", None)
    object.__setattr__(page, "source", source)
    object.__setattr__(page, "body_start", body_start)

"""The page that was saved just now, made on the ground of the last build, before the site is.

A text that says what it said but for its body changes its own page and nothing that other pages
show. So its page is made at once and shown; the build that follows makes it again with all else,
and comes to the same bytes, or puts right what has changed meanwhile.
"""

from collections.abc import Callable
from pathlib import Path

from proofdown.build import Build
from proofdown.content import Page, load_page
from proofdown.diagnostics import Report
from proofdown.files import load_source
from proofdown.making import PageMaker, is_whole
from proofdown.manuscript import convert_page
from proofdown.manuscripts import converter_at_hand
from proofdown.site import BuiltPage, Output
from proofdown.source import Place
from proofdown.workers import run_all


def make_ahead(last: Build, changed: frozenset[str], show: Callable[[Output], None]) -> None:
    """Show the page whose text alone has changed, made anew; do nothing where that is not so.

    It is not checked: what is wrong with it is found by the build that follows.

    Args:
        last: the last build.
        changed: paths of the sources that changed since.
        show: called with the page, if it holds all that its author wrote.
    """
    config = last.site.config
    folder = config.root / config.content
    paths = [Path(path) for path in changed]
    if len(paths) != 1 or not paths[0].is_relative_to(folder):
        return
    built = last.site.by_path.get(paths[0].relative_to(folder).as_posix())
    converter = converter_at_hand(config)
    if built is None or last.maker is None or converter is None:
        return
    maker: PageMaker = last.maker

    def work(old: BuiltPage) -> bytes:
        report = Report()
        source = load_source(folder / old.page.path, config.root, report)
        if source is None:
            return b""
        page = load_page(source, old.page.path, report)
        body = convert_page(page, converter, config.budget, report)
        if page.front != old.page.front or (not page.front.title and body.title != old.title):
            return b""
        _renew(old.page, page)
        linked, framed = maker.frame(old.page, old.title, body, report)
        return framed.html.encode() if is_whole(old.page, linked, framed) else b""

    for _, html in run_all([built], work, config.budget, 1):
        if isinstance(html, bytes) and html:
            show(Output(built.page.output, html, Place(built.page.source.path)))


def _renew(old: Page, new: Page) -> None:
    """Give a page its new text, in a worker, whose copy of the page nobody else sees.

    The nav and all else know a page by itself, so that another one would have no place there.
    """
    old.__dict__.pop("body", None)
    object.__setattr__(old, "source", new.source)
    object.__setattr__(old, "body_start", new.body_start)

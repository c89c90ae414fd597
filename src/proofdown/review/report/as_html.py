"""Print a review as one HTML file that opens from disk: no script, no network, light and dark."""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from proofdown.build.pipeline import Build
from proofdown.review.compare import PageReview, Review
from proofdown.review.diff.pages import Segment
from proofdown.review.report.checklist import Group, find_points, page_anchor
from proofdown.review.report.embed import Filler
from proofdown.review.report.wording import counted, describe, details_of
from proofdown.site.templating.environment import theme_folder

MARKER = "<!-- a report of proofdown review -->"
"""Contained in every report. An output file without it is not overwritten by default."""

_BACKTICKS = re.compile(r"`([^`]*)`")
_UNFOLDED = 2
"""Up to this many unchanged blocks between two changes are not folded."""


class Part(Struct, frozen=True, kw_only=True):
    """A part of a page for the template: changed, shown for context, or folded."""

    kind: str
    """`changed`, `same` or `folded`."""
    before: Markup
    after: Markup
    """A second copy of a changed part, for the right side; empty for other parts."""
    count: int
    """The number of blocks in it."""


class PageView(Struct, frozen=True, kw_only=True):
    """A page for the template."""

    review: PageReview
    anchor: str
    description: Markup
    details: list[tuple[str, list[Markup]]]
    parts: list[Part]


def html_report(review: Review) -> str:
    """Return the review as an HTML document."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = as_code
    points = find_points(review)
    filler = Filler(review)
    styles = (theme_folder() / "static" / "theme.css", Path(__file__).with_name("report.css"))
    return environment.get_template("report.html").render(
        marker=Markup(MARKER),
        review=review,
        config=next((s.build.site.config for s in (review.after, review.before) if s.build), None),
        groups=[(str(g), [p for p in points if p.group is g]) for g in Group],
        pages=[_page_view(page, filler) for page in review.pages],
        counts=[_counts(side.build) for side in (review.before, review.after)],
        style=Markup("\n".join(file.read_text("utf-8") for file in styles)),
    )


def as_code(text: str) -> Markup:
    """Return a text as HTML, with names in backticks as `<code>`."""
    # Escaped first: only the tags added here are markup.
    return Markup(_BACKTICKS.sub(r"<code>\1</code>", escape(text, quote=False)))


def _counts(build: Build | None) -> str:
    if build is None:
        return "not built"
    pages, problems = len(build.site.pages), len(build.diagnostics)
    return f"{counted(pages, 'page')}, {counted(problems, 'problem')}"


def _page_view(page: PageReview, filler: Filler) -> PageView:
    return PageView(
        review=page,
        anchor=page_anchor(page),
        description=as_code(describe(page)),
        details=[(name, [as_code(line) for line in lines]) for name, lines in details_of(page)],
        parts=list(_parts(page, filler)),
    )


def _parts(page: PageReview, filler: Filler) -> Iterator[Part]:
    """Yield the parts of a page; long unchanged runs are folded, except one block at each end."""
    segments = page.changes.segments
    if page.kind in ("added", "removed"):
        yield _part("same", segments, page, filler)
        return
    start = 0
    while start < len(segments):
        end = start
        while end < len(segments) and segments[end].is_changed == segments[start].is_changed:
            end += 1
        run = segments[start:end]
        if run[0].is_changed:
            yield _part("changed", run, page, filler)
        else:
            yield from _same(run, page, filler, is_first=not start, is_last=end == len(segments))
        start = end


def _same(
    run: list[Segment], page: PageReview, filler: Filler, *, is_first: bool, is_last: bool
) -> Iterator[Part]:
    head, tail = (0 if is_first else 1), (0 if is_last else 1)
    if len(run) <= head + tail + _UNFOLDED - 1 and not (is_first and is_last):
        yield _part("same", run, page, filler)
        return
    if head:
        yield _part("same", run[:head], page, filler)
    yield _part("folded", run[head : len(run) - tail], page, filler)
    if tail:
        yield _part("same", run[len(run) - tail :], page, filler)


def _part(kind: str, run: list[Segment], page: PageReview, filler: Filler) -> Part:
    html = "".join(segment.html for segment in run)
    before = Markup(filler.fill(html, page))
    # Filled a second time rather than copied, so that the ids in its drawings are unique.
    after = Markup(filler.fill(html, page)) if kind == "changed" else Markup("")
    return Part(kind=kind, before=before, after=after, count=len(run))

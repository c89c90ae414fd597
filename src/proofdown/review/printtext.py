"""A review for a terminal: the checklist, then each page with what changed in it."""

import re
from collections.abc import Iterator

from proofdown.report import Style, plain
from proofdown.review.compare import PageReview, Review
from proofdown.review.pagediff import CodeChange
from proofdown.review.points import Group, find_points
from proofdown.review.sides import Side
from proofdown.review.wording import describe, facts_of, titled

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[(?:[012]|22)m)")
"""What a page could steer a terminal with; our own bold, faint and plain are left."""
_WIDEST = 300
"""Characters of a passage that are shown."""


def text_report(review: Review, style: Style = plain) -> str:
    """Return the review as lines of text."""
    text = "\n".join([*_head(review, style), *_points(review, style), *_body(review, style)])
    return _CONTROL.sub("\ufffd", text)


def summary_line(review: Review) -> str:
    """Return the whole review in one line: how many points of which kind."""
    counts: dict[str, int] = {}
    for point in find_points(review):
        counts[point.kind] = counts.get(point.kind, 0) + 1
    shown = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return shown or "readers find everything as it was"


def _head(review: Review, style: Style) -> Iterator[str]:
    yield f"{style(review.title, 'bold')}: {review.before.label} → {review.after.label}"
    for side in (review.before, review.after):
        yield from _stops(side)
    if review.is_empty:
        yield "readers find everything as it was"


def _stops(side: Side) -> Iterator[str]:
    if side.stop:
        yield f"{side.label} does not build: {side.stop.message}"


def _points(review: Review, style: Style) -> Iterator[str]:
    points = find_points(review)
    width = max((len(point.kind) for point in points), default=0)
    for group in Group:
        of_group = [point for point in points if point.group is group]
        if of_group:
            yield ""
            yield style(str(group), "bold")
        for point in of_group:
            kind = style(point.kind.ljust(width), "faint")
            yield f"  [ ] {kind}  {titled(point.subject, point.text)}"


def _body(review: Review, style: Style) -> Iterator[str]:
    for page in review.pages:
        yield ""
        yield f"{style(page.title, 'bold')} ({page.path}): {describe(page)}"
        yield from _page(page)
    if review.addresses:
        yield ""
        yield style("Addresses and anchors", "bold")
    for change in review.addresses:
        target = f" → {change.target}" if change.target else ""
        yield f"  {change.kind}: {change.address}{target}"
    for claim in review.claims:
        yield f"  {claim.page}: {claim.kind} {claim.name}: {claim.before} → {claim.after}"
        yield from (f"    {why}" for why in claim.why)
    yield from _recordings(review, style)


def _page(page: PageReview) -> Iterator[str]:
    for change in page.changes.texts:
        under = f" under {change.where}" if change.where else ""
        yield f"  text{under}"
        if change.before:
            yield f"    - {_fitting(change.before)}"
        if change.after:
            yield f"    + {_fitting(change.after)}"
    for code in page.changes.codes:
        yield from _code(code)
    for name, lines in facts_of(page):
        yield f"  {name}"
        yield from (f"    {line}" for line in lines)


def _code(change: CodeChange) -> Iterator[str]:
    yield f"  code under {change.where}" if change.where else "  code"
    for line in change.lines:
        if line.is_changed and line.before is not None:
            yield f"    - {_fitting(line.before)}"
        if line.is_changed and line.after is not None:
            yield f"    + {_fitting(line.after)}"


def _recordings(review: Review, style: Style) -> Iterator[str]:
    if review.recordings:
        yield ""
        yield style("Recordings", "bold")
    for change in review.recordings:
        yield f"  {change.name}: {change.kind}"
        if change.versions[0] != change.versions[1]:
            yield f"    {' → '.join(version or 'nothing' for version in change.versions)}"
        for done, options in (("gained", change.gained), ("lost", change.lost)):
            if options:
                yield f"    options {done}: {', '.join(options)}"


def _fitting(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"

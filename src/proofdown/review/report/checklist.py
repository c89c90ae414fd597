"""The summary of a review: a checklist of points that a maintainer can act on.

Each point has a kind, which `--fail-on` accepts, and an anchor in the report. In its text, names
are in backticks as in messages.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from proofdown.diagnostics import Severity
from proofdown.review.compare import PageReview, Review
from proofdown.review.diff.verdicts import GONE
from proofdown.review.report.wording import (
    counted,
    describe,
    drawing_counts,
    listed,
    quoted,
    shortened,
    table_counts,
)


class Group(StrEnum):
    """The groups of points, in the order of the report."""

    READERS = "What a reader will notice"
    OTHERS = "What can break for others"
    EXPERT = "What needs an expert's eye"
    FOUND = "What the build found"


KINDS: dict[str, Group] = {
    "added-page": Group.READERS,
    "removed-page": Group.READERS,
    "moved-page": Group.READERS,
    "changed-page": Group.READERS,
    "changed-file": Group.READERS,
    "changed-frame": Group.READERS,
    "lost-address": Group.OTHERS,
    "lost-anchor": Group.OTHERS,
    "active-content": Group.OTHERS,
    "changed-table": Group.EXPERT,
    "changed-diagram": Group.EXPERT,
    "changed-command": Group.EXPERT,
    "changed-number": Group.EXPERT,
    "changed-value": Group.EXPERT,
    "changed-recording": Group.EXPERT,
    "stopped-build": Group.FOUND,
    "broken-claim": Group.FOUND,
    "dropped-claim": Group.FOUND,
    "unjudged-claim": Group.FOUND,
    "new-error": Group.FOUND,
    "new-warning": Group.FOUND,
    "unseen-file": Group.FOUND,
}
"""The group of each kind of point; points are sorted in this order."""


class Point(Struct, frozen=True, kw_only=True):
    """One item of the checklist."""

    kind: str
    subject: str = ""
    """Title of the page that it is about; empty for the whole site."""
    text: str
    """What changed; names in backticks."""
    anchor: str
    """Anchor of the section of the report that shows it."""

    @property
    def group(self) -> Group:
        """Its group."""
        return KINDS[self.kind]


def page_anchor(page: PageReview) -> str:
    """Return the anchor of a page's section in the report."""
    return "page-" + "".join(c if c.isalnum() else "-" for c in page.path.removesuffix(".md"))


def find_points(review: Review) -> tuple[Point, ...]:
    """Return the points of a review, sorted by group and kind."""
    found = [*_of_addresses(review), *_of_build(review)]
    for page in review.pages:
        found += _of_page(page)
    found += (
        Point(kind="changed-recording", text=text, anchor="recordings")
        for text in _recordings(review)
    )
    found += (
        Point(kind="changed-file", text=f"{quoted(path)}: {kind}", anchor="files")
        for kind, path in review.files
    )
    found += (Point(kind="changed-frame", text=text, anchor="frame") for text in review.frame)
    order = list(KINDS)
    # Sorting is stable: within a kind, points stay in the order in which they were found.
    return tuple(sorted(found, key=lambda point: order.index(point.kind)))


def _of_addresses(review: Review) -> Iterator[Point]:
    for change in review.addresses:
        if change.kind == "lost":
            kind = "lost-anchor" if change.is_anchor else "lost-address"
            text = f"{quoted(change.address)} leads nowhere now"
            yield Point(kind=kind, text=text, anchor="addresses")


def _of_build(review: Review) -> Iterator[Point]:
    for side in (review.before, review.after):
        if side.stop:
            text = f"{side.label} does not build: {side.stop.message}"
            yield Point(kind="stopped-build", text=text, anchor="sides")
    for claim in review.claims:
        shown = f"the {claim.kind} {quoted(shortened(claim.name))} of {quoted(claim.page)}"
        if claim.after == "broken":
            text = f"{shown} contradicts its second entry"
            yield Point(kind="broken-claim", text=text, anchor="claims")
        elif claim.after == GONE:
            text = f"{shown} is no longer claimed"
            yield Point(kind="dropped-claim", text=text, anchor="claims")
        elif claim.after == "not judged":
            yield Point(kind="unjudged-claim", text=f"{shown} is not judged", anchor="claims")
    for change in review.diagnostics:
        severity, found = change.diagnostic.severity, change.diagnostic
        # Notes do not fail a build, so they are no points to act on either.
        if change.is_new and severity is not Severity.NOTE:
            text = f"{quoted(str(found.location))}: {found.message}"
            yield Point(kind=f"new-{severity}", text=text, anchor="diagnostics")
    for side in (review.before, review.after):
        for unseen in side.unseen:
            path = quoted(unseen.path)
            text = f"{path} is a {unseen.reason}, so it is missing in the copy of {side.label}"
            yield Point(kind="unseen-file", text=text, anchor="sides")


def _recordings(review: Review) -> Iterator[str]:
    """Yield a text for each recording that moved, and the counts of added and removed ones."""
    for change in review.recordings:
        if change.kind == "moved":
            options = [f"{quoted(o)} gained" for o in change.gained]
            options += [f"{quoted(o)} lost" for o in change.lost]
            yield f"the recording {quoted(change.name)}: {', '.join(options) or 'moved'}"
    for kind in ("added", "removed"):
        names = [change.name for change in review.recordings if change.kind == kind]
        if names:
            yield f"{counted(len(names), 'recording')} {kind}: {shortened(', '.join(names))}"


def _of_page(page: PageReview) -> Iterator[Point]:
    for kind, text in _page_points(page):
        yield Point(kind=kind, subject=page.title, text=text, anchor=page_anchor(page))


def _page_points(page: PageReview) -> Iterator[tuple[str, str]]:
    """Yield the points of a page as (kind, text)."""
    yield f"{page.kind}-page", describe(page)
    for what in page.active:
        yield "active-content", f"{quoted(what)} is new, and browsers act on it"
    if page.kind in ("added", "removed"):
        return
    for table in page.changes.tables:
        under = f" under {quoted(table.where)}" if table.where else ""
        yield "changed-table", f"the table{under}: {table_counts(table)}"
    for drawing in page.changes.drawings:
        yield "changed-diagram", f"the drawing {quoted(drawing.name)}: {drawing_counts(drawing)}"
    for command in page.commands:
        options = [f"{quoted(o)} gained" for o in command.gained]
        options += [f"{quoted(o)} lost" for o in command.lost]
        done = "changed" if command.before and command.after else "new" if command.after else "gone"
        shown = quoted(shortened(command.after or command.before))
        yield "changed-command", f"{shown}: {', '.join(options) or done}"
    removed, added = page.numbers
    if removed or added:
        yield "changed-number", f"{listed(removed) or 'none'} → {listed(added) or 'none'}"
    names = [value.name for value in page.values if value.name not in ("title", "description")]
    if names:
        yield "changed-value", f"{listed(names)} in the front matter"

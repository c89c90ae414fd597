"""The summary of a review: points that a maintainer can act on, each with its kind and its place.

Kinds are what `--fail-on` names. A point's text has names in backticks, as messages have.
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
    """What a point is for, in the order of the report."""

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
"""Every kind of point with its group."""


class Point(Struct, frozen=True):
    """One item of the checklist."""

    kind: str
    subject: str
    """Title of the page that it is about; empty for the site as a whole."""
    text: str
    """What happened; names in backticks."""
    anchor: str
    """Where in the report it is shown."""

    @property
    def group(self) -> Group:
        """What it is for."""
        return KINDS[self.kind]


def page_anchor(page: PageReview) -> str:
    """Return the anchor of a page in the report."""
    return "page-" + "".join(c if c.isalnum() else "-" for c in page.path.removesuffix(".md"))


def find_points(review: Review) -> tuple[Point, ...]:
    """Return the points of a review, group by group."""
    found = [*_of_addresses(review), *_of_build(review)]
    for page in review.pages:
        found += _of_page(page)
    found += (Point("changed-recording", "", text, "recordings") for text in _recordings(review))
    found += (
        Point("changed-file", "", f"{quoted(path)}: {kind}", "files") for kind, path in review.files
    )
    found += (Point("changed-frame", "", text, "frame") for text in review.frame)
    order = list(KINDS)
    return tuple(sorted(found, key=lambda point: order.index(point.kind)))


def _of_addresses(review: Review) -> Iterator[Point]:
    for change in review.addresses:
        if change.kind == "lost":
            kind = "lost-anchor" if change.is_anchor else "lost-address"
            yield Point(kind, "", f"{quoted(change.address)} leads nowhere now", "addresses")


def _of_build(review: Review) -> Iterator[Point]:
    for side in (review.before, review.after):
        if side.stop:
            text = f"{side.label} does not build: {side.stop.message}"
            yield Point("stopped-build", "", text, "sides")
    for claim in review.claims:
        shown = f"the {claim.kind} {quoted(shortened(claim.name))} of {quoted(claim.page)}"
        if claim.after == "broken":
            yield Point("broken-claim", "", f"{shown} contradicts its second entry", "claims")
        elif claim.after == GONE:
            yield Point("dropped-claim", "", f"nobody claims {shown} any more", "claims")
        elif claim.after == "not judged":
            yield Point("unjudged-claim", "", f"{shown} is not judged", "claims")
    for change in review.diagnostics:
        severity, found = change.diagnostic.severity, change.diagnostic
        if change.is_new and severity is not Severity.NOTE:
            text = f"{quoted(str(found.location))}: {found.message}"
            yield Point(f"new-{severity}", "", text, "diagnostics")
    for side in (review.before, review.after):
        for unseen in side.unseen:
            text = (
                f"{quoted(unseen.path)} is a {unseen.reason}, and not in the copy of {side.label}"
            )
            yield Point("unseen-file", "", text, "sides")


def _recordings(review: Review) -> Iterator[str]:
    """Yield what moved in real tools one by one, and recordings that came or went by number."""
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
    for kind, text in _facts(page):
        yield Point(kind, page.title, text, page_anchor(page))


def _facts(page: PageReview) -> Iterator[tuple[str, str]]:
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
    gone, come = page.numbers
    if gone or come:
        yield "changed-number", f"{listed(gone) or 'none'} → {listed(come) or 'none'}"
    names = [value.name for value in page.values if value.name not in ("title", "description")]
    if names:
        yield "changed-value", f"{listed(names)} in the front matter"

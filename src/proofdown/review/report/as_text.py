"""Print a review for a terminal: the checklist, then the changes of each page."""

from collections.abc import Iterator

from proofdown.build.report.text import Style, plain
from proofdown.review.compare import PageReview, Review
from proofdown.review.diff.pages import CodeChange
from proofdown.review.report.checklist import Group, find_points
from proofdown.review.report.wording import describe, details_of, titled
from proofdown.review.sides import Side
from proofdown.source import printable

_Line = str | tuple[str | tuple[str, str], ...]
"""A line as a text, or in pieces, of which some have a style: (text, style)."""
_WIDEST = 300
"""The most characters of a passage to show."""


def text_report(review: Review, style: Style = plain) -> str:
    """Return the review as lines of text."""
    lines = [*_head(review), *_points(review), *_body(review)]
    return "\n".join(_styled(line, style) for line in lines)


def _styled(line: _Line, style: Style) -> str:
    """Return a line with its styles applied, and with control characters of the site escaped."""
    if isinstance(line, str):
        return printable(line)
    return "".join(
        printable(piece) if isinstance(piece, str) else style(printable(piece[0]), piece[1])
        for piece in line
    )


def summary_line(review: Review) -> str:
    """Return the review in one line: the number of points of each kind."""
    counts: dict[str, int] = {}
    for point in find_points(review):
        counts[point.kind] = counts.get(point.kind, 0) + 1
    shown = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return shown or "nothing changed for readers"


def _head(review: Review) -> Iterator[_Line]:
    yield (review.title, "bold"), f": {review.before.label} → {review.after.label}"
    for side in (review.before, review.after):
        yield from _stops(side)
    if review.is_empty:
        yield "nothing changed for readers"


def _stops(side: Side) -> Iterator[str]:
    if side.stop:
        yield f"{side.label} does not build: {side.stop.message}"


def _points(review: Review) -> Iterator[_Line]:
    points = find_points(review)
    # One width for all groups, so that the texts are aligned across them.
    width = max((len(point.kind) for point in points), default=0)
    for group in Group:
        of_group = [point for point in points if point.group is group]
        if of_group:
            yield ""
            yield ((str(group), "bold"),)
        for point in of_group:
            kind = (point.kind.ljust(width), "faint")
            yield "  [ ] ", kind, f"  {titled(point.subject, point.text)}"


def _body(review: Review) -> Iterator[_Line]:
    for page in review.pages:
        yield ""
        yield (page.title, "bold"), f" ({page.path}): {describe(page)}"
        yield from _page(page)
    if review.addresses:
        yield ""
        yield (("Addresses and anchors", "bold"),)
    for change in review.addresses:
        target = f" → {change.target}" if change.target else ""
        yield f"  {change.kind}: {change.address}{target}"
    for claim in review.claims:
        yield f"  {claim.page}: {claim.kind} {claim.name}: {claim.before} → {claim.after}"
        yield from (f"    {why}" for why in claim.why)
    yield from _recordings(review)


def _page(page: PageReview) -> Iterator[str]:
    for change in page.changes.texts:
        under = f" under {change.where}" if change.where else ""
        yield f"  text{under}"
        if change.before:
            yield f"    - {_truncated(change.before)}"
        if change.after:
            yield f"    + {_truncated(change.after)}"
    for code in page.changes.codes:
        yield from _code(code)
    for name, lines in details_of(page):
        yield f"  {name}"
        yield from (f"    {line}" for line in lines)


def _code(change: CodeChange) -> Iterator[str]:
    yield f"  code under {change.where}" if change.where else "  code"
    for line in change.lines:
        if line.is_changed and line.before is not None:
            yield f"    - {_truncated(line.before)}"
        if line.is_changed and line.after is not None:
            yield f"    + {_truncated(line.after)}"


def _recordings(review: Review) -> Iterator[_Line]:
    if review.recordings:
        yield ""
        yield (("Recordings", "bold"),)
    for change in review.recordings:
        yield f"  {change.name}: {change.kind}"
        if change.versions[0] != change.versions[1]:
            yield f"    {' → '.join(version or 'nothing' for version in change.versions)}"
        for done, options in (("gained", change.gained), ("lost", change.lost)):
            if options:
                yield f"    options {done}: {', '.join(options)}"


def _truncated(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"

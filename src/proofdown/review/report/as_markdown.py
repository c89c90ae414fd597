"""Print a review as a Markdown comment for a code host, within the host's length limit.

Everything that comes from a site is in code spans and blocks, or escaped, so that it cannot become
a link, an image or a mention of a user.
"""

import re
from collections.abc import Iterator
from html import escape

from proofdown.review.compare import PageReview, Review
from proofdown.review.diff.pages import CodeChange
from proofdown.review.report.checklist import Group, find_points
from proofdown.review.report.wording import counted, describe, details_of, joined, quoted, titled
from proofdown.source import printable_lines

MARKER = "<!-- proofdown review -->"
"""First line of every comment, by which a workflow finds the comment to update."""
MOST = 65_000
"""The most characters of a comment; GitHub allows 65,536."""

_SPAN = re.compile(r"(`[^`\n]*`)")
_MEANING = re.compile(r"([\\*_{}\[\]<>()+!|~&])")
# Such as `@name`, `#17`, `https://…` and `www.…`.
_CALLS = re.compile(r"(?<=[@#])|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
"""Matches where a host would recognise a mention, an issue or a link in rendered text."""
_JOINER = "\u2060"
"""A zero-width character to break mentions. A backslash would not, because hosts search the
rendered text."""
_WRITTEN_JOINER = "&#8288;"
"""The same as a character reference, so that the comment itself has no invisible character."""
_LONGEST_LINE = 1_000


def markdown_report(review: Review, most: int = MOST) -> str:
    """Return the review as Markdown; if it is too long, its last line says what was left out."""
    text = printable_lines("\n".join(_head(review)))
    points = find_points(review)
    left: dict[str, int] = {}
    for group in Group:
        of_group = [point for point in points if point.group is group]
        if of_group:
            text += f"\n\n### {group}\n"
        for point in of_group:
            subject = quoted(point.subject) if point.subject else ""
            line = f"\n- [ ] **{point.kind}** {_shown(titled(subject, point.text))}"
            text, is_in = _with(text, line, most // 2)  # at least half is for the pages
            left["point"] = left.get("point", 0) + (not is_in)
    for page in review.pages:
        # The rest is for the line that says what was left out.
        text, is_in = _with(text, "\n".join(["", *_page(page)]), most - 400)
        left["page"] = left.get("page", 0) + (not is_in)
    parts = [counted(count, word) for word, count in left.items() if count]
    if parts:
        text += f"\n\n**Left out for length: {joined(parts)}.** The full report has them."
    return text + "\n"


def _with(text: str, more: str, most: int) -> tuple[str, bool]:
    """Append to a text if the result is not too long; return it, and whether it was appended."""
    more = printable_lines(more)
    fits = len(text) + len(more) <= most
    return (text + more if fits else text), fits


def _head(review: Review) -> Iterator[str]:
    yield MARKER
    sides = f"{quoted(review.before.label)} → {quoted(review.after.label)}"
    yield f"## Review of {quoted(review.title)}: {sides}"
    for side in (review.before, review.after):
        if side.stop:
            yield ""
            yield f"**{quoted(side.label)} does not build:** {_shown(side.stop.message)}"
    if review.is_empty:
        yield ""
        yield "Nothing changed for readers."


def _page(page: PageReview) -> Iterator[str]:
    yield ""
    yield "<details>"
    yield f"<summary><code>{escape(page.path)}</code>: {page.kind}</summary>"
    yield ""
    yield f"**{quoted(page.title)}** ({quoted(page.path)}): {_shown(describe(page))}"
    for name, lines in details_of(page):
        yield ""
        yield f"{_shown(name)}:"
        yield ""
        yield from (f"- {_shown(line[:_LONGEST_LINE])}" for line in lines)
    for change in page.changes.texts:
        lines = [f"- {change.before}"] if change.before else []
        lines += [f"+ {change.after}"] if change.after else []
        yield from _fenced(change.where, lines)
    for code in page.changes.codes:
        yield from _fenced(code.where, list(_code_lines(code)))
    yield ""
    yield "</details>"


def _code_lines(change: CodeChange) -> Iterator[str]:
    for line in change.lines:
        if not line.is_changed:
            yield f"  {line.after}"
            continue
        if line.before is not None:
            yield f"- {line.before}"
        if line.after is not None:
            yield f"+ {line.after}"


def _fenced(where: str, lines: list[str]) -> Iterator[str]:
    """Yield lines as a fenced diff; no line can end the fence."""
    # A line break within a passage would begin a line without its `+` or `-`.
    lines = [" ".join(line[:_LONGEST_LINE].splitlines()) for line in lines]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    # By CommonMark, only a fence of at least the same length closes a block.
    fence = "`" * max(3, longest + 1)
    yield ""
    if where:
        yield f"Under {quoted(where)}:"
        yield ""
    yield f"{fence}diff"
    yield from lines
    yield fence


def _shown(text: str) -> str:
    return safe(text).replace(_JOINER, _WRITTEN_JOINER)


def safe(text: str) -> str:
    """Return a text as Markdown: names in backticks stay code, everything else is escaped."""
    parts = _SPAN.split(" ".join(text.split()))
    return "".join(part if _SPAN.fullmatch(part) else _plain(part) for part in parts)


def _plain(text: str) -> str:
    return _CALLS.sub(_JOINER, _MEANING.sub(r"\\\1", text))

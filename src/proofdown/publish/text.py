"""What is printed of a plan and its outcome."""

from collections.abc import Iterator

from proofdown.publish.plan.plan import Plan
from proofdown.publish.publish import PublishResult
from proofdown.source import printable

_SHOWN = 20
"""Files of a kind that are named unless all are asked for."""


def plan_text(where: str, plan: Plan, *, names_all: bool) -> str:
    """Return a plan in words, a line for each file that changes."""
    lines = [printable(where)]
    if plan.is_unfinished:
        lines.append("  a publish that was stopped before is finished")
    for mark, paths in (("+", plan.added), ("~", plan.changed), ("-", plan.deleted)):
        lines += _listed(mark, paths, names_all=names_all)
    counts = [
        f"{len(plan.added)} added",
        f"{len(plan.changed)} changed",
        f"{len(plan.deleted)} deleted",
        f"{len(plan.unchanged)} unchanged",
    ]
    if plan.kept:
        counts.append(f"{len(plan.kept)} of others left alone")
    lines.append(f"  {', '.join(counts)}; {size_text(plan.sent)} to send")
    return "\n".join(lines)


def deletion_text(version: str, *, is_dry: bool) -> str:
    """Return in one line what came of deleting a version."""
    return "dry run: nothing was deleted" if is_dry else f"deleted the version `{version}`"


def outcome_text(outcome: PublishResult, url: str, *, is_dry: bool, verifies: bool) -> str:
    """Return in one line what came of a publish."""
    if is_dry:
        return "dry run: nothing was sent"
    done = "published" if outcome.is_sent else "nothing to send"
    if not verifies or not url:
        reason = "as asked" if url else "the site has no `url`"
        return f"{done}; not verified: {reason}"
    if outcome.diagnostics:
        number = len(outcome.diagnostics)
        return f"{done}; {number} {'file is' if number == 1 else 'files are'} not what readers get"
    files = "file" if outcome.verified == 1 else "files"
    return f"{done}; verified: readers get {outcome.verified} {files} at {url} as checked"


def size_text(size: int) -> str:
    """Return a number of bytes as people read it."""
    if size < 1000:
        return f"{size} bytes"
    value = size / 1000
    for unit in ("kB", "MB"):
        if value < 1000:
            return f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _listed(mark: str, paths: tuple[str, ...], *, names_all: bool) -> Iterator[str]:
    shown = paths if names_all else paths[:_SHOWN]
    yield from (f"  {mark} {printable(path)}" for path in shown)
    if len(shown) < len(paths):
        yield f"  {mark} and {len(paths) - len(shown)} more; `--dry-run` names all"

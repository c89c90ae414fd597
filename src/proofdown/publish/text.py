"""The text that `proofdown publish` prints about a plan and its result."""

from collections.abc import Iterator

from proofdown.publish.plan.plan import Plan
from proofdown.publish.publish import PublishResult
from proofdown.source import printable

_SHOWN = 20
"""Files to list of each kind of change; a dry run lists all."""


def plan_text(where: str, plan: Plan, *, names_all: bool) -> str:
    """Return a plan as text, with a line for each file that changes."""
    lines = [printable(where)]
    if plan.is_unfinished:
        lines.append("  completes a publish that was interrupted")
    for mark, paths in (("+", plan.added), ("~", plan.changed), ("-", plan.deleted)):
        lines += _file_lines(mark, paths, names_all=names_all)
    counts = [
        f"{len(plan.added)} added",
        f"{len(plan.changed)} changed",
        f"{len(plan.deleted)} deleted",
        f"{len(plan.unchanged)} unchanged",
    ]
    if plan.left_alone:
        counts.append(f"{len(plan.left_alone)} left alone")
    lines.append(f"  {', '.join(counts)}; {size_text(plan.sent)} to send")
    return "\n".join(lines)


def deletion_text(version: str, *, is_dry: bool) -> str:
    """Return one line about the deletion of a version."""
    return "dry run: nothing was deleted" if is_dry else f"deleted the version `{version}`"


def result_text(result: PublishResult, url: str, *, is_dry: bool, verifies: bool) -> str:
    """Return one line about the result of a publish."""
    if is_dry:
        return "dry run: nothing was sent"
    done = "published" if result.is_sent else "nothing to send"
    if not verifies or not url:
        reason = "as asked" if url else "the site has no `url`"
        return f"{done}; not verified: {reason}"
    if result.diagnostics:
        number = len(result.diagnostics)
        files = "1 file differs" if number == 1 else f"{number} files differ"
        return f"{done}; {files} at {url}"
    files = "file" if result.verified == 1 else "files"
    return f"{done}; verified: readers get {result.verified} {files} at {url} as checked"


def size_text(size: int) -> str:
    """Return a number of bytes in a readable unit, such as `1.5 MB`."""
    if size < 1000:
        return f"{size} bytes"
    value = size / 1000
    for unit in ("kB", "MB"):
        if value < 1000:
            return f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _file_lines(mark: str, paths: tuple[str, ...], *, names_all: bool) -> Iterator[str]:
    shown = paths if names_all else paths[:_SHOWN]
    yield from (f"  {mark} {printable(path)}" for path in shown)
    if len(shown) < len(paths):
        yield f"  {mark} and {len(paths) - len(shown)} more; `--dry-run` lists all"

"""Safety checks before a publish; each refusal names the option that overrides it."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from proofdown.diagnostics import Diagnostic, Note
from proofdown.publish.plan.options import Overrides
from proofdown.publish.plan.paths import is_named_by_hash
from proofdown.publish.plan.plan import Plan
from proofdown.publish.plan.secrets import Secret
from proofdown.source import Location

MOST_DELETIONS, LARGEST_SHARE = 256, 0.2
"""Deletions that need no override: files, and their share of the published files."""
_SHOWN = 8
"""Paths to list under a diagnostic."""


def refusals(
    plan: Plan,
    overrides: Overrides,
    location: Location,
    *,
    pages: int = 1,
    secrets: Iterable[Secret] = (),
    drafts: Iterable[str] = (),
) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each reason to refuse a plan.

    Args:
        plan: the plan to check.
        overrides: the checks to skip.
        location: where the target is declared.
        pages: the number of pages of the site.
        secrets: files of the site that look like secrets.
        drafts: files that the drafts of the site would be published as.
    """
    if not pages and not overrides.empties:
        help_ = "`--allow-empty` publishes the site anyway"
        yield Diagnostic("empty-site", "there is no page to publish", location, help_)
    # Files named by hash change their names with every edit, so they say nothing about a mistake.
    deleted = [path for path in plan.deleted if not is_named_by_hash(path)]
    if not overrides.deletes and _is_too_much(len(deleted), plan.published):
        message = f"{len(deleted)} of {plan.published} published files would be deleted"
        help_ = "`--allow-deletions` deletes them"
        yield _about("many-deletions", message, location, help_, deleted)
    withdrawn = sorted(set(plan.deleted) & set(drafts))
    if withdrawn and not overrides.withdraws:
        now = "is a draft now" if len(withdrawn) == 1 else "are drafts now"
        message = f"{_count(withdrawn, 'published page')} {now} and would be deleted"
        help_ = "`--withdraw-drafts` deletes such pages"
        yield _about("withdrawn-page", message, location, help_, withdrawn)
    yield from _foreign_changes(plan, overrides, location)
    for secret in secrets:
        if not _is_allowed(secret.path, overrides.secrets):
            message = f"`{secret.path}` looks like a secret: {secret.why}"
            name = _stable_pattern(secret.path)
            help_ = f"remove it from the site; `--allow-secret {name}` publishes it"
            yield Diagnostic("likely-secret", message, location, help_)


def _is_allowed(path: str, patterns: Iterable[str]) -> bool:
    # Compared as text as well, because a path may contain `[`, which begins a class in a pattern.
    return any(pattern == path or fnmatchcase(path, pattern) for pattern in patterns)


def _stable_pattern(path: str) -> str:
    """Return a pattern that still matches a file after its hashed name has changed."""
    return f"'{path.rpartition('/')[0]}/*'" if is_named_by_hash(path) and "/" in path else path


def _is_too_much(deleted: int, ours: int) -> bool:
    """Return whether so many deletions look like a mistake."""
    return deleted > MOST_DELETIONS or deleted > LARGEST_SHARE * max(ours, 1)


def _foreign_changes(plan: Plan, overrides: Overrides, location: Location) -> Iterator[Diagnostic]:
    foreign = (*plan.conflicting, *plan.foreign)
    if foreign and not overrides.adopts:
        message = f"{_count(foreign, 'file')} on the host that Proofdown did not publish"
        help_ = (
            "`keep:` of the target protects files; `--adopt` takes all of these over and deletes "
            "those that the site does not have"
        )
        yield _about("foreign-files", message, location, help_, foreign)
    if plan.drifted and not overrides.overwrites:
        message = (
            f"{_count(plan.drifted, 'published file')} changed on the host since the last publish"
        )
        help_ = "check what was changed; `--overwrite` replaces it by this site's files"
        yield _about("changed-elsewhere", message, location, help_, plan.drifted)


def _about(
    code: str, message: str, location: Location, help_: str, paths: Iterable[str]
) -> Diagnostic:
    listed = list(paths)
    notes = [Note(path) for path in listed[:_SHOWN]]
    if len(listed) > _SHOWN:
        notes.append(Note(f"and {len(listed) - _SHOWN} more"))
    return Diagnostic(code, message, location, help_, tuple(notes))


def _count(paths: Iterable[str], what: str) -> str:
    number = len(list(paths))
    return f"{number} {what}{'' if number == 1 else 's'}"

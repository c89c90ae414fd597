"""Why a plan is refused; each reason names the option that insists on it."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from proofdown.diagnostics import Diagnostic, Note
from proofdown.publish.plan.options import Overrides
from proofdown.publish.plan.paths import is_named_by_hash
from proofdown.publish.plan.plan import Plan
from proofdown.publish.plan.secrets import Secret
from proofdown.source import Location

MOST_DELETIONS, LARGEST_SHARE = 256, 0.2
_SHOWN = 8


def refusals(
    plan: Plan,
    overrides: Overrides,
    location: Location,
    *,
    pages: int = 1,
    secrets: Iterable[Secret] = (),
    drafts: Iterable[str] = (),
) -> Iterator[Diagnostic]:
    """Yield why a plan is refused, each reason once.

    Args:
        plan: what would be done.
        overrides: what is done all the same.
        location: where the target is declared.
        pages: how many pages the site has.
        secrets: files of the site that look like secrets.
        drafts: files of published pages that are drafts now.
    """
    if not pages and not overrides.empties:
        help_ = "`--allow-empty` publishes it all the same"
        yield Diagnostic("empty-site", "there is no page to publish", location, help_)
    deleted = [path for path in plan.deleted if not is_named_by_hash(path)]
    if not overrides.deletes and is_too_much(len(deleted), plan.ours):
        message = f"{len(deleted)} of {plan.ours} published files would be deleted"
        help_ = "`--allow-deletions` deletes them"
        yield _about("many-deletions", message, location, help_, deleted)
    withdrawn = sorted(set(plan.deleted) & set(drafts))
    if withdrawn and not overrides.withdraws:
        message = f"{_count(withdrawn, 'published page')} would go, for being a draft now"
        help_ = "`--withdraw-drafts` takes it away"
        yield _about("withdrawn-page", message, location, help_, withdrawn)
    yield from _strangers(plan, overrides, location)
    for secret in secrets:
        if not _is_let_by(secret.path, overrides.secrets):
            message = f"`{secret.path}` looks like a secret: {secret.why}"
            name = _steady_name(secret.path)
            help_ = f"take it out of the site; `--allow-secret {name}` publishes it"
            yield Diagnostic("likely-secret", message, location, help_)


def _is_let_by(path: str, patterns: Iterable[str]) -> bool:
    return any(pattern == path or fnmatchcase(path, pattern) for pattern in patterns)


def _steady_name(path: str) -> str:
    """Return what names a file after the next change of the site, too."""
    return f"'{path.rpartition('/')[0]}/*'" if is_named_by_hash(path) and "/" in path else path


def is_too_much(deleted: int, ours: int) -> bool:
    """Whether so many deletions look like a mistake."""
    return deleted > MOST_DELETIONS or deleted > LARGEST_SHARE * max(ours, 1)


def _strangers(plan: Plan, overrides: Overrides, location: Location) -> Iterator[Diagnostic]:
    strange = (*plan.in_the_way, *plan.foreign)
    if strange and not overrides.adopts:
        message = f"{_count(strange, 'file')} there that Proofdown did not publish"
        help_ = (
            "`keep:` of the target leaves files alone; `--adopt` makes all of these the site's, "
            "which deletes those that the site has not"
        )
        yield _about("foreign-files", message, location, help_, strange)
    if plan.moved and not overrides.overwrites:
        message = f"{_count(plan.moved, 'published file')} changed there by somebody else"
        help_ = "look at what was changed; `--overwrite` puts this site's files in their place"
        yield _about("changed-elsewhere", message, location, help_, plan.moved)


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

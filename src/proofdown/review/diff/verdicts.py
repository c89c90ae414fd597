"""Compare the claims and diagnostics of two builds."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from proofdown.build.pipeline import Build
from proofdown.content.evidence.claims import Judgement, Verdict
from proofdown.diagnostics import Diagnostic

_WORST_FIRST = (Verdict.BROKEN, Verdict.NOT_JUDGED, Verdict.HOLDS)
GONE = "gone"
NEW = "new"


class _ClaimKey(NamedTuple):
    """Identifies a claim in both builds."""

    kind: str
    """Kind of its subject: `diagram`, `table`, `quote` or `command`."""
    name: str
    page: str


class _DiagnosticKey(NamedTuple):
    """Identifies a diagnostic in both builds, even after its line has moved."""

    code: str
    path: str
    message: str


class ClaimChange(Struct, frozen=True, kw_only=True):
    """A claim whose verdict changed."""

    kind: str
    """Kind of its subject: `diagram`, `table`, `quote` or `command`."""
    name: str
    page: str
    before: str
    """The verdict before; `new` for a claim that did not exist."""
    after: str
    """The verdict now; `gone` for a claim that no longer exists."""
    why: tuple[str, ...] = ()
    """Why it is broken."""


class DiagnosticChange(Struct, frozen=True):
    """A diagnostic that only one of the builds has."""

    is_new: bool
    """Whether only the second build has it; else it was fixed."""
    diagnostic: Diagnostic


def compare_claims(
    before: Build | None, after: Build | None, paths: Mapping[str, str]
) -> tuple[ClaimChange, ...]:
    """Return the claims whose verdict changed.

    Args:
        before: one build.
        after: the other.
        paths: new paths of pages by their old ones, for those that moved.
    """
    if before is None or after is None:
        return ()
    old = _verdicts(before.judgements, paths)
    new = _verdicts(after.judgements, {})
    pages = {built.page.path for built in after.site.pages}
    # Claims of a removed page went with the page, which is reported as such.
    old = {key: found for key, found in old.items() if key.page in pages}
    found = []
    renamed = _renamed(old, new)
    for key in sorted((old.keys() | new.keys()) - renamed):
        was, now = _worst(old.get(key)), _worst(new.get(key))
        # A new claim that holds is not worth reporting.
        if was == now or (was is None and now == Verdict.HOLDS):
            continue
        if now is None and key.kind != "quote":
            continue  # its subject is gone, which is reported as a change of the page
        why = [p.message for j in new.get(key, ()) for p in j.problems]
        found.append(
            ClaimChange(
                kind=key.kind,
                name=key.name,
                page=key.page,
                before=str(was) if was else NEW,
                after=str(now) if now else GONE,
                why=tuple(dict.fromkeys(why)),
            )
        )
    return tuple(found)


def _renamed(
    old: dict[_ClaimKey, list[Judgement]], new: dict[_ClaimKey, list[Judgement]]
) -> set[_ClaimKey]:
    """Return renamed claims that were unjudged before and after; not worth reporting."""
    left = Counter(
        (key.kind, key.page)
        for key, of_key in old.items()
        if key not in new and _worst(of_key) is Verdict.NOT_JUDGED
    )
    found = set()
    for key in sorted(new.keys() - old.keys()):
        is_unjudged = _worst(new[key]) is Verdict.NOT_JUDGED
        if is_unjudged and left[key.kind, key.page]:
            left[key.kind, key.page] -= 1
            found.add(key)
    return found


def _verdicts(
    judgements: tuple[Judgement, ...], paths: Mapping[str, str]
) -> dict[_ClaimKey, list[Judgement]]:
    found: dict[_ClaimKey, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        page = paths.get(judgement.page, judgement.page)
        # `judge` appends the number of further quotes, which changes with any of them.
        name = (
            judgement.name.partition(" (and ")[0] if judgement.kind == "quote" else judgement.name
        )
        found[_ClaimKey(judgement.kind, name, page)].append(judgement)
    return dict(found)


def _worst(judgements: list[Judgement] | None) -> Verdict | None:
    verdicts = {judgement.verdict for judgement in judgements or ()}
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)


def compare_diagnostics(
    before: Build | None, after: Build | None, paths: Mapping[str, str]
) -> Iterator[DiagnosticChange]:
    """Yield new diagnostics, then fixed ones; a diagnostic whose line moved is neither."""
    old = _by_message(before, paths)
    new = _by_message(after, {})
    for is_new, mine, others in ((True, new, old), (False, old, new)):
        for key, diagnostics in mine.items():
            more = len(diagnostics) - len(others.get(key, ()))
            # Equal messages cannot be told apart, so the last ones count as new or fixed.
            for diagnostic in diagnostics[-more:] if more > 0 else ():
                yield DiagnosticChange(is_new, diagnostic)


def _by_message(
    build: Build | None, paths: Mapping[str, str]
) -> dict[_DiagnosticKey, list[Diagnostic]]:
    found: dict[_DiagnosticKey, list[Diagnostic]] = defaultdict(list)
    for diagnostic in build.diagnostics if build else ():
        path = paths.get(diagnostic.location.path, diagnostic.location.path)
        found[_DiagnosticKey(diagnostic.code, path, diagnostic.message)].append(diagnostic)
    return dict(found)

"""Compare two sides and return a `Review`: what changed for readers, as plain data.

Pure, except that it reads files.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Any

from msgspec import Struct

from proofdown.review.diff.addresses import AddressChange, compare_addresses
from proofdown.review.diff.commands import CommandChange, commands_of, compare_commands, known_tools
from proofdown.review.diff.match_pages import PagePair, match_pages
from proofdown.review.diff.page_tree import PageTree, make_page_tree
from proofdown.review.diff.pages import PageChanges, Segment, compare_pages
from proofdown.review.diff.site_frame import (
    RecordingChange,
    compare_files,
    compare_layout,
    compare_recordings,
)
from proofdown.review.diff.verdicts import (
    ClaimChange,
    DiagnosticChange,
    compare_claims,
    compare_diagnostics,
)
from proofdown.review.sides import Side
from proofdown.site.model import ComposedPage, Site

_NUMBER = re.compile(
    # For example `port 49152-49215`, `1.5 GiB/s`, `10%`, `3 retries` and `9.0.0`, but not the
    # number in `x86` or `v2.1`.
    r"(?<![\w.])(?:ports? \d+(?:(?:-|–| to | and )\d+)?"
    r"|\d[\d.,]*(?: ?(?:%|‰|[KMGT]i?B(?:/s)?|[kMG]i?B(?:/s)?|[kMGT]?bit/s|bytes?|bits?|[kMG]?Hz|px"
    r"|[mµn]?s|seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|retries)\b|%)"
    r"|\d+(?:\.\d+)+)"
)
"""Matches a number with a unit, a port, or a version."""
_EMPTY = PageTree(blocks=(), pictures={}, drawings={}, active=Counter())


class ValueChange(Struct, frozen=True):
    """A changed front matter value that the page's layout shows."""

    name: str
    before: str
    """Empty if there was none."""
    after: str
    """Empty if there is none."""


class PageReview(Struct, frozen=True, kw_only=True):
    """A page that changed for readers."""

    kind: str
    """`added`, `removed`, `moved` or `changed`."""
    path: str
    """Path of the source in the content folder; the old path for a removed page."""
    address: str
    title: str
    old_address: str
    """The previous address of a page that moved; else empty."""
    changes: PageChanges
    commands: tuple[CommandChange, ...] = ()
    values: tuple[ValueChange, ...] = ()
    numbers: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Numbers with a unit, ports and versions that were removed from the text, and added to it."""
    active: tuple[str, ...] = ()
    """New content that browsers run or load, as `<script>` or `onclick=`."""
    trees: tuple[PageTree, PageTree] = (_EMPTY, _EMPTY)


class Review(Struct, frozen=True, kw_only=True):
    """What changed for readers from one side to the other."""

    before: Side
    after: Side
    pages: tuple[PageReview, ...]
    addresses: tuple[AddressChange, ...]
    claims: tuple[ClaimChange, ...]
    diagnostics: tuple[DiagnosticChange, ...]
    recordings: tuple[RecordingChange, ...]
    files: tuple[tuple[str, str], ...]
    """Files that are `added`, `removed` or `changed`, with their addresses."""
    frame: tuple[str, ...]
    """What changed around all pages, such as the nav and the layouts, a sentence each."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to review."""
        parts = (self.pages, self.addresses, self.claims, self.diagnostics, self.recordings)
        return not any((*parts, self.files, self.frame, self.before.stop, self.after.stop))

    @property
    def title(self) -> str:
        """The title of the site."""
        for side in (self.after, self.before):
            if side.build:
                return side.build.site.config.title
        return "the site"


def compare_sides(before: Side, after: Side) -> Review:
    """Return what changed between two sides; either may lack a build."""
    old, new = (side.build.site if side.build else None for side in (before, after))
    pairs = match_pages(old, new)
    moved = {
        p.before.page.address: p.after.page.address
        for p in pairs
        if p.before and p.after and p.is_moved
    }
    paths = dict(_moved_paths(pairs))
    both = (old, new) if old and new else None
    # Before the pages: a page whose picture has other bytes is changed for readers as well.
    files = tuple(compare_files(*both)) if both else ()
    changed = {path for _, path in files}
    touched = (pair for pair in pairs if not _is_untouched(pair, changed))
    pages = (_compare_pair(pair, old, new, moved) for pair in touched)
    return Review(
        before=before,
        after=after,
        pages=tuple(page for page in pages if page),
        addresses=compare_addresses(pairs, old, new),
        claims=compare_claims(before.build, after.build, paths),
        diagnostics=(tuple(compare_diagnostics(before.build, after.build, paths)) if both else ()),
        recordings=tuple(compare_recordings(*both)) if both else (),
        files=files,
        frame=tuple(compare_layout(*both)) if both else (),
    )


def _moved_paths(pairs: tuple[PagePair, ...]) -> Iterator[tuple[str, str]]:
    """Yield old and new paths of pages, relative to the content folder and to the site's root."""
    for pair in pairs:
        if pair.before and pair.after:
            yield pair.before.page.path, pair.after.page.path
            yield pair.before.page.source.path, pair.after.page.source.path


def _compare_pair(
    pair: PagePair, old: Site | None, new: Site | None, moved: Mapping[str, str]
) -> PageReview | None:
    """Return what changed in a page, or None if nothing changed for readers."""
    built = pair.after or pair.before
    if built is None:
        return None
    # Only the old page's links are translated; those of the new page use the new addresses already.
    before = make_page_tree(pair.before, old, moved) if pair.before and old else _EMPTY
    after = make_page_tree(pair.after, new, {}) if pair.after and new else _EMPTY
    if pair.before and pair.after:
        changes = compare_pages(before, after)
        values = tuple(_value_changes(pair.before, pair.after))
        kind = "moved" if pair.is_moved else "changed"
    else:
        kind, values = ("added" if pair.after else "removed"), ()
        changes = PageChanges(
            [Segment(False, block.html) for block in (before.blocks or after.blocks)]
        )
    tools = known_tools(old, new)
    commands = tuple(
        compare_commands(
            commands_of(pair.before, tools) if pair.before else (),
            commands_of(pair.after, tools) if pair.after else (),
        )
    )
    active = tuple(sorted((after.active - before.active).elements()))
    # A page that was added, removed or moved is news even if its text is the same.
    if kind == "changed" and changes.is_empty and not (values or active):
        return None
    return PageReview(
        kind=kind,
        path=built.page.path,
        address=built.page.address,
        title=built.title,
        old_address=pair.before.page.address if pair.before and pair.is_moved else "",
        changes=changes,
        commands=commands,
        values=values,
        numbers=_numbers(changes),
        active=active,
        trees=(before, after),
    )


def _is_untouched(pair: PagePair, changed: Set[str]) -> bool:
    """Return whether a page is obviously unchanged, which nearly all pages of a review are.

    Args:
        pair: the page.
        changed: addresses of the files that changed.
    """
    before, after = pair.before, pair.after
    if before is None or after is None or pair.is_moved:
        return False
    if before.html != after.html or _values(before) != _values(after):
        return False
    return not any(link.is_shown and link.resolved.address in changed for link in after.links)


def _value_changes(before: ComposedPage, after: ComposedPage) -> Iterator[ValueChange]:
    old, new = _values(before), _values(after)
    # Not a set: the order of the front matter is the order in the report.
    for name in dict.fromkeys((*old, *new)):
        if old.get(name, "") != new.get(name, ""):
            yield ValueChange(name, old.get(name, ""), new.get(name, ""))


def _values(built: ComposedPage) -> dict[str, str]:
    """Return what readers see of a page besides its text: its title, and values for layouts."""
    found = {"title": built.title}
    for name, value in built.page.front.shown().items():
        found |= dict(_flat(name, value or ""))
    return {name: value for name, value in found.items() if value}


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            yield from _flat(f"{name}.{number}", inner)
    else:
        yield name, str(value)


def _numbers(changes: PageChanges) -> tuple[tuple[str, ...], tuple[str, ...]]:
    removed: Counter[str] = Counter()
    added: Counter[str] = Counter()
    for change in changes.texts:
        old, new = (Counter(_NUMBER.findall(text)) for text in (change.before, change.after))
        removed += old - new
        added += new - old
    # A number that only moved from one passage to another is not worth reporting.
    return tuple(removed - added), tuple(added - removed)

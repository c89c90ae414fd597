"""The plan: what is there and what is to be there → what is added, changed and deleted."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from proofdown.publish.plan.contents import Contents, Stamp, size_of
from proofdown.publish.plan.paths import RECEIPT_NAME, STATE_FOLDER, is_left_alone, is_receipt
from proofdown.publish.plan.receipt import Receipt


class Entry(Struct, frozen=True):
    """A file that is there."""

    size: int
    is_wanted: bool
    """Whether its content is the one that is to be there."""
    sha256: str = ""
    """Hash of its content, where the host makes that easy to know."""
    modified: float = 0
    """When it was written by the host's clock, where the hash is not known."""


class Found(Struct, frozen=True):
    """What is there before a publish."""

    entries: Mapping[str, Entry]
    state: str = ""
    """What must not have changed when the plan is carried out; empty where nothing is there."""
    unfinished: frozenset[str] = frozenset()
    """Files that a publish which was killed may have written."""


class Wanted(Struct, frozen=True):
    """What is to be there."""

    files: Contents
    locations: tuple[str, ...] = ("",)
    """Folders that sites are published in: empty, or the name of a version with a `/`."""
    gone: tuple[str, ...] = ()
    """Folders of sites that are to go."""
    managed: frozenset[str] = frozenset()
    """Files outside these folders that Proofdown writes."""
    keep: tuple[str, ...] = ()
    """Patterns of paths that belong to others."""


class Plan(Struct, frozen=True):
    """What a publish does; every list in the order of its paths."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """Files of others that are left alone."""
    foreign: tuple[str, ...] = ()
    """Files that nobody is known to own."""
    in_the_way: tuple[str, ...] = ()
    """Files that were not published by Proofdown where the site has files of its own."""
    moved: tuple[str, ...] = ()
    """Files of ours that somebody else has changed."""
    sent: int = 0
    """Bytes to send."""
    ours: int = 0
    """How many files of ours are there before."""
    is_unfinished: bool = False
    """Whether a publish that was killed is to be finished."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.added or self.changed or self.deleted or self.is_unfinished)


def make_plan(
    found: Found, receipts: Mapping[str, Receipt], wanted: Wanted, *, adopts: bool
) -> Plan:
    """Return what a publish has to do.

    Args:
        found: what is there.
        receipts: the receipts that are there, by the folder that each stands in.
        wanted: what is to be there.
        adopts: whether files that nobody is known to own are taken over.
    """
    there = {path for path in found.entries if not path.startswith(STATE_FOLDER)}
    stamps = _stamps(receipts, (*wanted.locations, *wanted.gone))
    left = {path for path in found.unfinished if not _is_others(path, receipts, wanted)}
    ours = (stamps.keys() | left | wanted.managed) & there
    same = {path for path in wanted.files.keys() & there if found.entries[path].is_wanted}
    others = {p for p in there - ours - same if _is_others(p, receipts, wanted)}
    stray = there - ours - same - others
    in_the_way = (stray | others) & wanted.files.keys()
    foreign = stray - in_the_way
    deleted = (ours | (foreign if adopts else set())) - wanted.files.keys()
    added, changed = wanted.files.keys() - there, (wanted.files.keys() & there) - same
    return Plan(
        added=tuple(sorted(added)),
        changed=tuple(sorted(changed)),
        deleted=tuple(sorted(deleted)),
        unchanged=tuple(sorted(same)),
        kept=tuple(sorted(others - in_the_way)),
        foreign=tuple(sorted(foreign)),
        in_the_way=tuple(sorted(in_the_way)),
        moved=tuple(sorted(_moved(found, stamps))),
        sent=sum(size_of(wanted.files[path]) for path in added | changed),
        ours=len(stamps.keys() & there),
        is_unfinished=bool(found.unfinished),
    )


def _stamps(
    receipts: Mapping[str, Receipt], locations: tuple[str, ...]
) -> dict[str, tuple[Stamp, str] | None]:
    """Return what the receipts of some folders say of each file, and which; None for receipts."""
    found: dict[str, tuple[Stamp, str] | None] = {}
    for location in locations:
        if receipt := receipts.get(location):
            name = location + RECEIPT_NAME
            found |= {location + path: (one, name) for path, one in receipt.outputs.items()}
            found[name] = None
    return found


def _is_others(path: str, receipts: Mapping[str, Receipt], wanted: Wanted) -> bool:
    """Whether a file is known to belong to others, such as another version of the site."""
    if is_left_alone(path, wanted.keep):
        return True
    mine = {*wanted.locations, *wanted.gone}
    return any(
        path.startswith(location) and (location or path in receipt.outputs or is_receipt(path))
        for location, receipt in receipts.items()
        if location not in mine
    )


def _moved(found: Found, stamps: Mapping[str, tuple[Stamp, str] | None]) -> Iterator[str]:
    """Yield the files that are not as they were published, by somebody else's doing."""
    for path, one in stamps.items():
        entry = found.entries.get(path)
        if entry is None or one is None or entry.is_wanted or path in found.unfinished:
            continue
        published, receipt = one
        if entry.sha256:
            is_moved = entry.sha256 != published.sha256
        else:
            latest = found.entries[receipt].modified if receipt in found.entries else 0
            is_moved = entry.size != published.size or entry.modified > latest
        if is_moved:
            yield path

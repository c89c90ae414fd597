"""Compare the current and the desired state of a host: what to add, change and delete."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from proofdown.publish.plan.contents import Contents, Stamp, size_of
from proofdown.publish.plan.paths import RECEIPT_NAME, STATE_FOLDER, is_left_alone, is_receipt
from proofdown.publish.plan.receipt import Receipt


class Entry(Struct, frozen=True, kw_only=True):
    """A file on the host."""

    size: int
    is_current: bool
    """Whether it already has the desired content."""
    sha256: str = ""
    """Hash of its content; empty if the host cannot compute it cheaply."""
    modified: float = 0
    """When it was written, by the host's clock; set if the hash is unknown."""


class CurrentState(Struct, frozen=True):
    """The files on the host before a publish."""

    entries: Mapping[str, Entry]
    revision: str = ""
    """Identifies this state; the plan is applied only if it is unchanged. Empty: no site yet."""
    unfinished: frozenset[str] = frozenset()
    """Files that a killed publish may have written."""


class DesiredState(Struct, frozen=True, kw_only=True):
    """The files that the host should have after a publish."""

    files: Contents
    folders: tuple[str, ...] = ("",)
    """Folders that receive the site: empty for the root, or `VERSION/`."""
    removed_folders: tuple[str, ...] = ()
    """Folders of the versions to delete."""
    managed: frozenset[str] = frozenset()
    """Files outside these folders that Proofdown writes."""
    keep: tuple[str, ...] = ()
    """Patterns of paths that must not be touched."""


class Plan(Struct, frozen=True):
    """What a publish does; every tuple is sorted by path."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    left_alone: tuple[str, ...] = ()
    """Files of another owner, such as another version of the site."""
    foreign: tuple[str, ...] = ()
    """Files without a known owner."""
    conflicting: tuple[str, ...] = ()
    """Files that Proofdown did not publish, at paths that the site needs."""
    drifted: tuple[str, ...] = ()
    """Published files that were changed on the host since."""
    sent: int = 0
    """Bytes to send."""
    published: int = 0
    """How many files of an earlier publish are on the host."""
    is_unfinished: bool = False
    """Whether this publish completes one that was killed."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.added or self.changed or self.deleted or self.is_unfinished)


def make_plan(
    current: CurrentState, receipts: Mapping[str, Receipt], desired: DesiredState, *, adopts: bool
) -> Plan:
    """Return what a publish has to do to get from the current to the desired state.

    Args:
        current: the files on the host.
        receipts: the receipts on the host, by folder.
        desired: the files that the host should have.
        adopts: whether to take over, and so delete, files without a known owner.
    """
    # The state folder is the hosts' own; it is neither foreign nor part of the site.
    existing = {path for path in current.entries if not path.startswith(STATE_FOLDER)}
    stamps = _stamps(receipts, (*desired.folders, *desired.removed_folders))
    unfinished = {path for path in current.unfinished if not _is_others(path, receipts, desired)}
    # What a killed publish may have written is ours as well, although no receipt lists it yet.
    ours = (stamps.keys() | unfinished | desired.managed) & existing
    same = {path for path in desired.files.keys() & existing if current.entries[path].is_current}
    others = {p for p in existing - ours - same if _is_others(p, receipts, desired)}
    stray = existing - ours - same - others
    conflicting = (stray | others) & desired.files.keys()
    foreign = stray - conflicting
    deleted = (ours | (foreign if adopts else set())) - desired.files.keys()
    added, changed = desired.files.keys() - existing, (desired.files.keys() & existing) - same
    return Plan(
        added=tuple(sorted(added)),
        changed=tuple(sorted(changed)),
        deleted=tuple(sorted(deleted)),
        unchanged=tuple(sorted(same)),
        left_alone=tuple(sorted(others - conflicting)),
        foreign=tuple(sorted(foreign)),
        conflicting=tuple(sorted(conflicting)),
        drifted=tuple(sorted(_drifted(current, stamps))),
        sent=sum(size_of(desired.files[path]) for path in added | changed),
        published=len(stamps.keys() & existing),
        is_unfinished=bool(current.unfinished),
    )


def _stamps(
    receipts: Mapping[str, Receipt], folders: tuple[str, ...]
) -> dict[str, tuple[Stamp, str] | None]:
    """Return each file's stamp and receipt, by the receipts of these folders.

    The value is None for the receipts themselves, which list no hash of their own.
    """
    found: dict[str, tuple[Stamp, str] | None] = {}
    for folder in folders:
        if receipt := receipts.get(folder):
            name = folder + RECEIPT_NAME
            found |= {folder + path: (one, name) for path, one in receipt.outputs.items()}
            found[name] = None
    return found


def _is_others(path: str, receipts: Mapping[str, Receipt], desired: DesiredState) -> bool:
    """Return whether a file is known to have another owner, such as another version."""
    if is_left_alone(path, desired.keep):
        return True
    mine = {*desired.folders, *desired.removed_folders}
    # A version owns its whole folder, but a site at the root only what its receipt lists.
    return any(
        path.startswith(folder) and (folder or path in receipt.outputs or is_receipt(path))
        for folder, receipt in receipts.items()
        if folder not in mine
    )


def _drifted(
    current: CurrentState, stamps: Mapping[str, tuple[Stamp, str] | None]
) -> Iterator[str]:
    """Yield the published files that were changed on the host since."""
    for path, one in stamps.items():
        entry = current.entries.get(path)
        if entry is None or one is None or entry.is_current or path in current.unfinished:
            continue
        published, receipt = one
        if entry.sha256:
            is_drifted = entry.sha256 != published.sha256
        else:
            # A publish writes the receipt last, so a file newer than it was written by others.
            latest = current.entries[receipt].modified if receipt in current.entries else 0
            is_drifted = entry.size != published.size or entry.modified > latest
        if is_drifted:
            yield path

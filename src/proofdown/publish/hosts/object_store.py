"""Publish to hosts that take one file at a time: upload order, recovery and rollback.

Assets are sent first, then pages, then indexes of pages, then the receipt; files are deleted last.
So a page is never visible without its assets, and a killed run leaves a mix of old and new pages,
each of them complete. The next run finishes it, and sends again what the killed one listed in its
journal, because its last requests may still arrive. Replaced and deleted files are kept below
`.proofdown/kept/` until the next publish, for a rollback.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, Protocol

from msgspec import Struct

from proofdown.diagnostics import SiteError
from proofdown.publish.hosts.lock_files import (
    LOCK_FOLDER,
    PATIENCE,
    PAUSE,
    UNFINISHED_FOLDER,
    Journal,
    journals_in,
    live_locks,
    locks_in,
    new_run,
    read_journal,
)
from proofdown.publish.hosts.protocol import Change, Undo, changed_elsewhere, failed, unreadable
from proofdown.publish.plan.contents import Content, Contents, FileContent, Stamp
from proofdown.publish.plan.paths import (
    RECEIPT_NAME,
    STATE_FOLDER,
    VERSIONS_FILE,
    is_receipt,
    is_safe_path,
    upload_groups,
)
from proofdown.publish.plan.plan import CurrentState, DesiredState, Entry, Plan
from proofdown.publish.plan.receipt import UnreadableReceiptError, read_receipt
from proofdown.publish.plan.versions import HOME, home_target
from proofdown.runtime.progress import Progress, no_progress
from proofdown.source import Location

KEPT_FOLDER = f"{STATE_FOLDER}kept/"
_SNAPSHOT = "before.json"
"""The name of the file that holds a snapshot."""
_UTF8 = ("utf-8", "surrogateescape")
"""Lossless for any encoding, which an `index.html` of others may have."""


class _Snapshot(Struct, frozen=True):
    """The records before a publish, to roll it back."""

    records: Mapping[str, bytes]
    """The receipts, the list of versions, and the redirect of the root."""
    adopted: frozenset[str]
    """Files of other owners that the publish took over."""

    @property
    def data(self) -> bytes:
        records = {path: data.decode(*_UTF8) for path, data in self.records.items()}
        return json.dumps({"records": records, "adopted": sorted(self.adopted)}).encode()

    @classmethod
    def read(cls, data: bytes) -> "_Snapshot":
        """Parse a snapshot.

        Raises:
            ValueError: it is not a snapshot, or contains paths outside the target.
        """
        try:
            values: Any = json.loads(data)
            records = {path: text.encode(*_UTF8) for path, text in values["records"].items()}
            adopted = frozenset(values["adopted"])
            if all(map(is_safe_path, (*records, *adopted))):
                return cls(records, adopted)
        except (TypeError, KeyError, AttributeError, RecursionError) as fault:
            raise ValueError from fault
        raise ValueError


class Object(Struct, frozen=True):
    """A file in the listing of a store."""

    size: int
    modified: float
    etag: str = ""


class Store(Protocol):
    """A plain store of files: it can list, load, send, copy and remove them."""

    location: Location

    @property
    def where(self) -> str:
        """The store as messages name it."""

    def list_files(self) -> dict[str, Object]:
        """Return every file by path."""

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of small files, without those that do not exist."""

    def fetch(self, paths: Iterable[str]) -> dict[str, FileContent]:
        """Download files; return the existing ones, as local files until the store is closed."""

    def find_unchanged(self, files: Contents, listing: Mapping[str, Object]) -> set[str]:
        """Return the files that the store has with the same content."""

    def send(self, files: Contents, progress: Progress) -> None:
        """Send files, each replaced atomically."""

    def keep(self, paths: Iterable[str], folder: str) -> None:
        """Copy files to a folder of the store."""

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files."""

    def begin_run(self, run: str) -> None:
        """Start writing in the name of a run."""

    def fence(self, paths: Iterable[str]) -> None:
        """Prevent killed runs from completing uploads that are still in transit."""

    def remove_empty_folders(self, paths: Iterable[str]) -> None:
        """Remove the folders that contain none of these files."""


class ObjectHost:
    """The steps of a publish that are the same for all stores."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._journals: list[Journal] = []
        self._loaded: dict[str, bytes] = {}

    @property
    def where(self) -> str:
        """The host as messages name it."""
        return self.store.where

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of small files, without those that do not exist."""
        found = self.store.load(paths)
        self._loaded |= found
        return found

    def inspect(self, desired: DesiredState) -> CurrentState:
        """Return the files of the host, and those that a killed run may have written."""
        listing = self.store.list_files()
        same = self.store.find_unchanged(desired.files, listing)
        entries = {
            path: Entry(size=one.size, is_current=path in same, modified=one.modified)
            for path, one in listing.items()
        }
        self._journals = self._read_journals(listing)
        paths = (journal.paths for journal in self._journals)
        return CurrentState(entries, _revision(listing), frozenset().union(*paths))

    def apply(self, change: Change) -> None:
        """Send and delete files in order, holding the lock."""
        plan, run = change.plan, new_run()
        touched = frozenset((*plan.added, *plan.changed, *plan.deleted))
        # After a killed run a rollback should restore the site from before that run.
        base = next((one.base for one in self._journals if one.base), change.revision)
        base = base or "0"  # it names a folder, even if there was no receipt before
        unfinished = frozenset().union(*(one.paths for one in self._journals))
        with self._lock(Journal(base, touched), run, change) as listing:
            if self._journals:
                self.store.fence(listing)
            self._keep(base, run, listing, plan)
            # A late request of the killed run could still replace what looks unchanged now.
            again = unfinished & change.files.keys() & {*plan.unchanged}
            for group in upload_groups((*plan.added, *plan.changed, *again)):
                self.store.send({p: change.files[p] for p in group}, change.progress)
            # Last, so that no page that is still there leads to a file that is gone.
            self.store.remove(plan.deleted)
            strays = unfinished - change.files.keys() - {*plan.left_alone}
            self._clean_up(base, run, strays if change.is_whole else frozenset())

    def undo(self) -> Undo | None:
        """Return how to restore the files that the receipts before the last publish list."""
        listing = self.store.list_files()
        paths = [path for path in listing if path.startswith(KEPT_FOLDER)]
        snapshot = next((path for path in paths if path.endswith(f"/{_SNAPSHOT}")), "")
        if not snapshot:
            return None
        old = self._read_snapshot(snapshot)
        kept = self.store.fetch(path for path in paths if path != snapshot)
        now = self.store.load(_records(listing))
        published, previous = self._outputs(now), self._outputs(old.records)
        # What a killed run may have written need not be what the receipt lists.
        suspects = frozenset().union(*(one.paths for one in self._read_journals(listing)))
        needed = {
            path: one
            for path, one in previous.items()
            if published.get(path) != one or path in suspects
        }
        by_hash = {content.stamp.sha256: content for content in kept.values()}
        files: dict[str, Content] = {
            path: data for path, data in old.records.items() if now.get(path) != data
        }
        files |= {p: by_hash[one.sha256] for p, one in needed.items() if one.sha256 in by_hash}
        self._check_rest({path: one for path, one in needed.items() if path not in files})
        files |= {
            p: one for name, one in kept.items() if (p := _original_path(name)) in old.adopted
        }
        known = {*published, *now, *suspects} & listing.keys()
        deleted = known - previous.keys() - old.records.keys() - old.adopted
        return Undo(files, frozenset(deleted), _revision(listing))

    def _check_rest(self, needed: Mapping[str, Stamp]) -> None:
        """Refuse to roll back if a file was not kept and the host has another version of it."""
        found = self.store.fetch(needed)
        lost = [p for p, one in needed.items() if p not in found or found[p].stamp != one]
        if lost:
            reason = f"the previous version of `{lost[0]}` is no longer kept"
            raise failed(self.where, reason, self.store.location)

    def _read_snapshot(self, path: str) -> _Snapshot:
        try:
            return _Snapshot.read(self.store.load([path]).get(path, b""))
        except ValueError as fault:
            raise unreadable(self.where, path, self.store.location) from fault

    def _outputs(self, records: Mapping[str, bytes]) -> dict[str, Stamp]:
        """Return the stamp of every file, as the receipts among these records list it."""
        found: dict[str, Stamp] = {}
        for path in filter(is_receipt, records):
            try:
                receipt = read_receipt(records[path])
            except UnreadableReceiptError as fault:
                raise unreadable(self.where, path, self.store.location) from fault
            folder = path.removesuffix(RECEIPT_NAME)
            found |= {folder + n: one for n, one in receipt.outputs.items()} if receipt else {}
        return found

    def _read_journals(self, listing: Mapping[str, Object]) -> list[Journal]:
        return [read_journal(data) for data in self.store.load(journals_in(listing)).values()]

    def _keep(self, base: str, run: str, listing: Mapping[str, Object], plan: Plan) -> None:
        """Keep what a rollback needs, before anything changes."""
        folder = f"{KEPT_FOLDER}{base}/"
        replaced = {*plan.changed, *plan.deleted} & listing.keys()
        records, adopted = _records(listing), {*plan.conflicting, *plan.foreign} & replaced
        if (records or adopted) and folder + _SNAPSHOT not in listing:
            loaded = self._loaded | self.store.load([p for p in records if p not in self._loaded])
            before = {path: loaded[path] for path in records if path in loaded}
            if not home_target(before.get(HOME)):
                before.pop(HOME, None)
            snapshot = _Snapshot(before, frozenset(adopted))
            self.store.send({folder + _SNAPSHOT: snapshot.data}, no_progress)
        # What a killed run has kept is older than what the host has now, so it stays.
        done = {_original_path(path) for path in listing if path.startswith(folder)}
        self.store.keep(sorted(replaced - done), f"{folder}{run}/")

    def _clean_up(self, base: str, run: str, strays: Set[str]) -> None:
        """Remove what earlier publishes have kept and killed runs have left."""
        kept = (LOCK_FOLDER + run, f"{KEPT_FOLDER}{base}/")
        listing = self.store.list_files()
        old = {p for p in listing if p.startswith(STATE_FOLDER) and not p.startswith(kept)}
        old |= strays & listing.keys()
        self.store.remove(sorted(old))
        self.store.remove_empty_folders(listing.keys() - old)

    @contextmanager
    def _lock(self, journal: Journal, run: str, change: Change) -> Iterator[Mapping[str, Object]]:
        """Hold the lock; yield the listing, of the revision that the plan was made for."""
        mine = LOCK_FOLDER + run
        self.store.begin_run(run)
        # Written before the listing: two runs that do so cannot miss each other.
        self.store.send({mine: journal.data}, no_progress)
        end = time.monotonic() + PATIENCE
        while True:
            listing = self.store.list_files()
            times = {path: one.modified for path, one in listing.items()}
            others = live_locks(locks_in(times), run)
            if change.breaks_lock or not others:
                break
            # Of runs that see each other, the first by name waits and all others withdraw.
            if min(others) < mine or time.monotonic() > end:
                self.store.remove([mine])
                raise changed_elsewhere(
                    self.where, self.store.location, "is being published to by another run"
                )
            time.sleep(PAUSE)
        if _revision(listing) != change.revision:
            self.store.remove([mine])
            raise changed_elsewhere(self.where, self.store.location)
        try:
            yield listing
        except BaseException:
            self._leave_unfinished(journal, run)
            raise
        self.store.remove([mine])

    def _leave_unfinished(self, journal: Journal, run: str) -> None:
        """Leave the journal for the next run, without the lock that would block it."""
        try:
            # Written before the lock is removed, so that a journal exists at every moment.
            self.store.send({UNFINISHED_FOLDER + run: journal.data}, no_progress)
            self.store.remove([LOCK_FOLDER + run])
        except SiteError:
            return  # the host is unreachable; the lock stays, and is a journal as well


def _records(paths: Iterable[str]) -> list[str]:
    """Filter files by receipts, the list of versions, and the `index.html` of the root."""
    return [
        path
        for path in paths
        if not path.startswith(STATE_FOLDER) and (is_receipt(path) or path in (VERSIONS_FILE, HOME))
    ]


def _original_path(kept: str) -> str:
    """Return the path that a kept file had on the site."""
    return kept.removeprefix(KEPT_FOLDER).split("/", 2)[-1]


def _revision(listing: Mapping[str, Object]) -> str:
    """Return the revision of a host: a hash of its receipts and list of versions as listed."""
    known = [(p, listing[p]) for p in _records(listing) if p != HOME]
    return sha256(repr(sorted(known, key=_path)).encode()).hexdigest()[:16] if known else ""


def _path(one: tuple[str, Object]) -> str:
    return one[0]

"""Hosts that take one file after the other: in which order, and what is kept for a rollback.

Assets go first, then pages, then what lists pages, then the receipt; deletions come last and only
when all else is there. So a page is never seen without what it needs, and a run that is killed
leaves a site of old and new pages, each whole; the next run finishes it, and sends once more what
the killed one may still have written after it. What is replaced or
deleted is kept below `.proofdown/kept/` until the publish after the next.
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
    live,
    locks_in,
    new_run,
    read_journal,
)
from proofdown.publish.hosts.protocol import Change, Undo, failed, moved, unreadable
from proofdown.publish.plan.contents import Content, Contents, FileContent, Stamp
from proofdown.publish.plan.paths import (
    RECEIPT_NAME,
    STATE_FOLDER,
    VERSIONS_FILE,
    in_order,
    is_plain,
    is_receipt,
)
from proofdown.publish.plan.plan import Entry, Found, Plan, Wanted
from proofdown.publish.plan.receipt import UnreadableReceiptError, read_receipt
from proofdown.publish.plan.versions import HOME, home_target
from proofdown.runtime.progress import Progress
from proofdown.source import Location

KEPT_FOLDER = f"{STATE_FOLDER}kept/"
_BEFORE = "before.json"
"""Name of the file that holds the receipts and lists of versions that were there."""
_UTF8 = ("utf-8", "surrogateescape")
"""Somebody else's home may be in any encoding."""


class _Before(Struct, frozen=True):
    """What was there before a publish, as far as the host itself does not keep it."""

    records: Mapping[str, bytes]
    """Receipts, the list of versions, and a home that leads to one."""
    adopted: frozenset[str]
    """Files of others that the publish took over."""

    @property
    def data(self) -> bytes:
        records = {path: data.decode(*_UTF8) for path, data in self.records.items()}
        return json.dumps({"records": records, "adopted": sorted(self.adopted)}).encode()

    @classmethod
    def read(cls, data: bytes) -> "_Before":
        """Return what was written.

        Raises:
            ValueError: it is not what publishing writes, or names files outside of the target.
        """
        try:
            values: Any = json.loads(data)
            records = {path: text.encode(*_UTF8) for path, text in values["records"].items()}
            adopted = frozenset(values["adopted"])
            if all(map(is_plain, (*records, *adopted))):
                return cls(records, adopted)
        except (TypeError, KeyError, AttributeError, RecursionError) as fault:
            raise ValueError from fault
        raise ValueError


class Object(Struct, frozen=True):
    """One file of a store, as its listing shows it."""

    size: int
    modified: float
    etag: str = ""


class Store(Protocol):
    """A store of files that can do no more than list, load, send and remove them."""

    location: Location

    @property
    def where(self) -> str:
        """Words for the place."""

    def listing(self) -> dict[str, Object]:
        """Return every file."""

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the content of those of some small files that are there."""

    def fetch(self, paths: Iterable[str]) -> dict[str, FileContent]:
        """Return those of some files that are there, as files of this machine while it is open."""

    def same(self, files: Contents, there: Mapping[str, Object]) -> set[str]:
        """Return those files that are there with that content."""

    def send(self, files: Contents, progress: Progress) -> None:
        """Send files, each of them replaced in one step."""

    def keep(self, paths: Iterable[str], folder: str) -> None:
        """Copy files to a folder."""

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files."""

    def begin(self, run: str) -> None:
        """Write for a run from now on."""

    def fence(self, there: Iterable[str]) -> None:
        """Keep other runs, which were killed, from writing any more what is still on its way."""

    def sweep(self, there: Iterable[str]) -> None:
        """Remove the folders that hold none of the files that are there."""


class ObjectHost:
    """What all hosts of this kind do alike; their stores differ."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._journals: list[Journal] = []
        self._loaded: dict[str, bytes] = {}

    @property
    def where(self) -> str:
        """Words for the place."""
        return self.store.where

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the content of those of some small files that are there."""
        found = self.store.load(paths)
        self._loaded |= found
        return found

    def find(self, wanted: Wanted) -> Found:
        """Return what is there, and what a run that was killed may have written."""
        there = self.store.listing()
        same = self.store.same(wanted.files, there)
        entries = {
            path: Entry(one.size, path in same, modified=one.modified)
            for path, one in there.items()
        }
        self._journals = self._read_journals(there)
        paths = (journal.paths for journal in self._journals)
        return Found(entries, _state(there), frozenset().union(*paths))

    def apply(self, change: Change) -> None:
        """Send and remove in order, holding the lock."""
        plan, run = change.plan, new_run()
        touched = frozenset((*plan.added, *plan.changed, *plan.deleted))
        base = next((one.base for one in self._journals if one.base), change.state)
        base = base or "0"  # it names a folder, also where no receipt was there before
        left = frozenset().union(*(one.paths for one in self._journals))
        with self._lock(Journal(base, touched), run, change) as there:
            if self._journals:
                self.store.fence(there)
            self._keep(base, run, there, plan)
            again = left & change.files.keys() & {*plan.unchanged}
            for group in in_order((*plan.added, *plan.changed, *again)):
                self.store.send({p: change.files[p] for p in group}, change.progress)
            self.store.remove(plan.deleted)
            strays = left - change.files.keys() - {*plan.kept} if change.is_whole else frozenset()
            self._tidy(base, run, strays)

    def undo(self) -> Undo | None:
        """Return how to get back to the receipts that were there before the last publish."""
        there = self.store.listing()
        paths = [path for path in there if path.startswith(KEPT_FOLDER)]
        before = next((path for path in paths if path.endswith(f"/{_BEFORE}")), "")
        if not before:
            return None
        old = self._read_before(before)
        kept = self.store.fetch(path for path in paths if path != before)
        now = self.store.load(_records(there))
        published, wanted = self._outputs(now), self._outputs(old.records)
        suspects = frozenset().union(*(one.paths for one in self._read_journals(there)))
        needed = {
            path: one
            for path, one in wanted.items()
            if published.get(path) != one or path in suspects
        }
        by_hash = {content.stamp.sha256: content for content in kept.values()}
        files: dict[str, Content] = {
            path: data for path, data in old.records.items() if now.get(path) != data
        }
        files |= {p: by_hash[one.sha256] for p, one in needed.items() if one.sha256 in by_hash}
        self._check_rest({path: one for path, one in needed.items() if path not in files})
        files |= {p: one for name, one in kept.items() if (p := _path_of(name)) in old.adopted}
        known = {*published, *now, *suspects} & there.keys()
        gone = known - wanted.keys() - old.records.keys() - old.adopted
        return Undo(files, frozenset(gone), _state(there))

    def _check_rest(self, needed: Mapping[str, Stamp]) -> None:
        """Refuse to go back where a file is neither kept nor there as it was."""
        found = self.store.fetch(needed)
        lost = [p for p, one in needed.items() if p not in found or found[p].stamp != one]
        if lost:
            reason = f"`{lost[0]}` as it was before is no longer kept"
            raise failed(self.where, reason, self.store.location)

    def _read_before(self, path: str) -> _Before:
        try:
            return _Before.read(self.store.load([path]).get(path, b""))
        except ValueError as fault:
            raise unreadable(self.where, path, self.store.location) from fault

    def _outputs(self, records: Mapping[str, bytes]) -> dict[str, Stamp]:
        """Return what some receipts say of every file."""
        found: dict[str, Stamp] = {}
        for path in filter(is_receipt, records):
            try:
                receipt = read_receipt(records[path])
            except UnreadableReceiptError as fault:
                raise unreadable(self.where, path, self.store.location) from fault
            location = path.removesuffix(RECEIPT_NAME)
            found |= {location + n: one for n, one in receipt.outputs.items()} if receipt else {}
        return found

    def _read_journals(self, there: Mapping[str, Object]) -> list[Journal]:
        return [read_journal(data) for data in self.store.load(journals_in(there)).values()]

    def _keep(self, base: str, run: str, there: Mapping[str, Object], plan: Plan) -> None:
        """Keep what a rollback needs, unless a killed run has done so, before anything changes."""
        folder = f"{KEPT_FOLDER}{base}/"
        replaced = {*plan.changed, *plan.deleted} & there.keys()
        records, adopted = _records(there), {*plan.in_the_way, *plan.foreign} & replaced
        if (records or adopted) and folder + _BEFORE not in there:
            loaded = self._loaded | self.store.load([p for p in records if p not in self._loaded])
            before = {path: loaded[path] for path in records if path in loaded}
            if not home_target(before.get(HOME)):
                before.pop(HOME, None)
            self.store.send({folder + _BEFORE: _Before(before, frozenset(adopted)).data}, _silent)
        done = {_path_of(path) for path in there if path.startswith(folder)}
        self.store.keep(sorted(replaced - done), f"{folder}{run}/")

    def _tidy(self, base: str, run: str, strays: Set[str]) -> None:
        """Remove what earlier publishes kept, and what runs that were killed have left."""
        kept = (LOCK_FOLDER + run, f"{KEPT_FOLDER}{base}/")
        there = self.store.listing()
        old = {p for p in there if p.startswith(STATE_FOLDER) and not p.startswith(kept)}
        old |= strays & there.keys()
        self.store.remove(sorted(old))
        self.store.sweep(there.keys() - old)

    @contextmanager
    def _lock(self, journal: Journal, run: str, change: Change) -> Iterator[Mapping[str, Object]]:
        """Hold the lock; yields what is there while it is held, which the plan was made for."""
        mine = LOCK_FOLDER + run
        self.store.begin(run)
        self.store.send({mine: journal.data}, _silent)
        end = time.monotonic() + PATIENCE
        while True:
            there = self.store.listing()
            others = live(locks_in({path: one.modified for path, one in there.items()}), run)
            if change.breaks_lock or not others:
                break
            if min(others) < mine or time.monotonic() > end:
                self.store.remove([mine])
                raise moved(self.where, self.store.location, "is being published to by another run")
            time.sleep(PAUSE)
        if _state(there) != change.state:
            self.store.remove([mine])
            raise moved(self.where, self.store.location)
        try:
            yield there
        except BaseException:
            self._leave_unfinished(journal, run)
            raise
        self.store.remove([mine])

    def _leave_unfinished(self, journal: Journal, run: str) -> None:
        """Let the next run know what this one may have written, and let it go on at once."""
        try:
            self.store.send({UNFINISHED_FOLDER + run: journal.data}, _silent)
            self.store.remove([LOCK_FOLDER + run])
        except SiteError:
            return  # the host is away; the lock stays, and says the same


def _silent(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


def _records(there: Iterable[str]) -> list[str]:
    """Return the receipts, the list of versions and the home, of those that are there."""
    return [
        path
        for path in there
        if not path.startswith(STATE_FOLDER) and (is_receipt(path) or path in (VERSIONS_FILE, HOME))
    ]


def _path_of(kept: str) -> str:
    """Return which file something is kept of."""
    return kept.removeprefix(KEPT_FOLDER).split("/", 2)[-1]


def _state(there: Mapping[str, Object]) -> str:
    """Return a name for what is published, by its receipts and its list of versions."""
    known = [(p, there[p]) for p in _records(there) if p != HOME]
    return sha256(repr(sorted(known, key=_path)).encode()).hexdigest()[:16] if known else ""


def _path(one: tuple[str, Object]) -> str:
    return one[0]

"""What every kind of host can do: each is asked in the same words and answers alike."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from msgspec import Struct

from proofdown.diagnostics import Diagnostic, SiteError, reason_of
from proofdown.publish.plan.contents import Contents
from proofdown.publish.plan.plan import Found, Plan, Wanted
from proofdown.runtime.progress import Progress, no_progress
from proofdown.source import Location


class Change(Struct, frozen=True):
    """What is to be sent and deleted."""

    plan: Plan
    files: Contents
    """Content of every file that the plan adds or changes; more may be in it."""
    state: str
    """What was there when the plan was made."""
    title: str
    """One line about it, where the host keeps a history."""
    progress: Progress = no_progress
    breaks_lock: bool = False
    """Whether to go on although another publish is said to be under way."""
    is_whole: bool = True
    """Whether `files` holds all that is to be there, and not only what changes."""


class Undo(Struct, frozen=True):
    """How to take the last publish back."""

    files: Contents
    deleted: frozenset[str]
    state: str
    """What is there now."""


class Host(Protocol):
    """One host, open for a publish; closing it ends what was started for it.

    Every method raises `SiteError` where the host cannot be reached or refuses.
    """

    @property
    def where(self) -> str:
        """Words for the place: `the branch gh-pages of origin`."""

    def __enter__(self) -> "Host":
        """Open it."""

    def __exit__(
        self,
        type_: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what was started for it."""

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the content of those of some small files that are there."""

    def find(self, wanted: Wanted) -> Found:
        """Return what is there."""

    def apply(self, change: Change) -> None:
        """Carry a plan out, if what is there is still what the plan was made for."""

    def undo(self) -> Undo | None:
        """Return how to take the last publish back; None where there is none to go back to."""


LARGEST_RECORD = 64 << 20
"""Bytes of the largest receipt, list of versions or home that is read; it lists 400,000 files."""
MOST_FILES = 2_000_000
"""Files of a host that are looked at; a host that lists more is broken."""


class TargetMovedError(SiteError):
    """Somebody else published meanwhile, or is about to."""


def failed(where: str, reason: str, location: Location, help_: str = "") -> SiteError:
    """Return the error for a host that cannot be reached or refuses."""
    message = f"{where}: {' '.join(reason.split()) or 'no reason is given'}"
    return SiteError(Diagnostic("failed-publish", message, location, help_))


def too_large(where: str, path: str, location: Location) -> SiteError:
    """Return the error for a file of a host that is larger than any that publishing writes."""
    reason = f"`{path}` is larger than {LARGEST_RECORD >> 20} MB"
    return failed(where, reason, location, "see what wrote it there, and remove it")


def unreadable(where: str, path: str, location: Location) -> SiteError:
    """Return the error for a file of a host that is not what publishing writes under its name."""
    reason = f"`{path}` is not what Proofdown writes there"
    help_ = "restore it, or remove it there; `--adopt` then takes over what is there"
    return failed(where, reason, location, help_)


@contextmanager
def in_scratch(location: Location) -> Iterator[None]:
    """Report what the system refuses of the temporary files that a publish needs.

    Raises:
        SiteError: a temporary file cannot be written.
    """
    try:
        yield
    except OSError as fault:
        reason = f"{reason_of(fault)}: {fault.filename or 'a temporary file'}"
        help_ = "free some space there, or set `TMPDIR` to another folder"
        raise failed("the folder for temporary files", reason, location, help_) from fault


def moved(
    where: str, location: Location, who: str = "was changed by somebody else meanwhile"
) -> SiteError:
    """Return the error for a host that is not as it was when the plan was made."""
    help_ = "nothing of this run is there; look at what was published, and publish again"
    return TargetMovedError(Diagnostic("changed-elsewhere", f"{where} {who}", location, help_))

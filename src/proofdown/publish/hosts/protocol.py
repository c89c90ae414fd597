"""The interface of a host, and the errors that all kinds of hosts report."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from msgspec import Struct

from proofdown.diagnostics import Diagnostic, SiteError, reason_of
from proofdown.publish.plan.contents import Contents
from proofdown.publish.plan.plan import CurrentState, DesiredState, Plan
from proofdown.runtime.progress import Progress, no_progress
from proofdown.source import Location


class Change(Struct, frozen=True, kw_only=True):
    """A plan with everything that a host needs to apply it."""

    plan: Plan
    files: Contents
    """The contents that the plan adds or changes; may contain more."""
    revision: str
    """The revision of the host that the plan was made for."""
    title: str
    """A one-line description, for hosts that keep a history."""
    progress: Progress = no_progress
    breaks_lock: bool = False
    """Whether to ignore the lock of another publish."""
    is_whole: bool = True
    """Whether `files` is the whole desired state, and not only what changes."""


class Undo(Struct, frozen=True):
    """The files to restore and to delete to roll back the last publish."""

    files: Contents
    deleted: frozenset[str]
    revision: str
    """The current revision of the host."""


class Host(Protocol):
    """A host, open for one publish, as a context manager.

    Every method raises `SiteError` if the host cannot be reached or refuses.
    """

    @property
    def where(self) -> str:
        """The host as messages name it: `the branch gh-pages of origin`."""

    def __enter__(self) -> "Host":
        """Open the connection."""

    def __exit__(
        self,
        type_: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection and remove temporary files."""

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of small files, without those that do not exist."""

    def inspect(self, desired: DesiredState) -> CurrentState:
        """Return the files on the host, compared with the desired ones."""

    def apply(self, change: Change) -> None:
        """Apply a plan, if the host still has the revision that the plan was made for."""

    def undo(self) -> Undo | None:
        """Return how to roll back the last publish, or None if there is no earlier one."""


LARGEST_RECORD = 64 << 20
"""Bytes to read of a receipt, list of versions or `index.html`; enough for 400,000 files."""
MOST_FILES = 2_000_000
"""Files to accept in the listing of a host; one that lists more is broken."""


class ChangedElsewhereError(SiteError):
    """Another publish changed the host in the meantime, or is running."""


def failed(where: str, reason: str, location: Location, help_: str = "") -> SiteError:
    """Return the error if a host cannot be reached or refuses."""
    message = f"{where}: {' '.join(reason.split()) or 'no reason is given'}"
    return SiteError(Diagnostic("failed-publish", message, location, help_))


def too_large(where: str, path: str, location: Location) -> SiteError:
    """Return the error if a file is larger than any that a publish writes under its name."""
    reason = f"`{path}` is larger than {LARGEST_RECORD >> 20} MB"
    return failed(where, reason, location, "find out what wrote it, and remove it")


def unreadable(where: str, path: str, location: Location) -> SiteError:
    """Return the error if a file is not what a publish writes under its name."""
    reason = f"`{path}` is not what Proofdown writes there"
    help_ = "restore it, or remove it and take over the other files with `--adopt`"
    return failed(where, reason, location, help_)


@contextmanager
def reporting_scratch_errors(location: Location) -> Iterator[None]:
    """Report errors of temporary files, such as a full disk.

    Raises:
        SiteError: a temporary file cannot be written.
    """
    try:
        yield
    except OSError as fault:
        reason = f"{reason_of(fault)}: {fault.filename or 'a temporary file'}"
        help_ = "free some space there, or set `TMPDIR` to another folder"
        raise failed("the folder for temporary files", reason, location, help_) from fault


def changed_elsewhere(
    where: str, location: Location, what: str = "was changed in the meantime"
) -> SiteError:
    """Return the error if the host has changed since the plan was made."""
    help_ = "this run has changed nothing; check what was published, and publish again"
    return ChangedElsewhereError(
        Diagnostic("changed-elsewhere", f"{where} {what}", location, help_)
    )

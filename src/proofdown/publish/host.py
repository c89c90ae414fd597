"""What every kind of host can do: each is asked in the same words and answers alike."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Protocol

from msgspec import Struct

from proofdown.build import no_progress
from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.manuscripts import Progress
from proofdown.publish.plan import Found, Plan, Wanted
from proofdown.source import Place


class Change(Struct, frozen=True):
    """What is to be sent and deleted."""

    plan: Plan
    files: Mapping[str, bytes]
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

    files: Mapping[str, bytes]
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
        """Return the content of those of some files that are there."""

    def find(self, wanted: Wanted) -> Found:
        """Return what is there."""

    def apply(self, change: Change) -> None:
        """Carry a plan out, if what is there is still what the plan was made for."""

    def undo(self) -> Undo | None:
        """Return how to take the last publish back; None where there is none to go back to."""


class TargetMovedError(SiteError):
    """Somebody else published meanwhile, or is about to."""


def failed(where: str, reason: str, place: Place, help_: str = "") -> SiteError:
    """Return the error for a host that cannot be reached or refuses."""
    message = f"{where}: {' '.join(reason.split()) or 'no reason is given'}"
    return SiteError(Diagnostic("failed-publish", message, place, help_))


def moved(
    where: str, place: Place, who: str = "was changed by somebody else meanwhile"
) -> SiteError:
    """Return the error for a host that is not as it was when the plan was made."""
    help_ = "nothing of this run is there; look at what was published, and publish again"
    return TargetMovedError(Diagnostic("changed-elsewhere", f"{where} {who}", place, help_))

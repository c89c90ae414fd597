"""What the command line asks of a review; light to import, so that `--help` is quick."""

from pathlib import Path

from msgspec import Struct


class ReviewOptions(Struct, frozen=True, kw_only=True):
    """What the command line asks to be compared."""

    base: str | None = None
    """The revision to compare with; `HEAD` where none is given, as for a patch."""
    to: str = ""
    """The revision to look at; empty for the working tree, or for the base with a patch."""
    patch: Path | None = None
    is_from_merge_base: bool = False
    """Whether to compare with where the two parted, and not with what the base is now."""
    is_trusted: bool = False
    """Whether what a patch brings along may run as code."""

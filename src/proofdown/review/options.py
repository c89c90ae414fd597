"""What the command line asks of a review; light to import, so that `--help` is quick."""

from pathlib import Path

from msgspec import Struct


class ReviewOptions(Struct, frozen=True, kw_only=True):
    """The options of a review, as given on the command line."""

    base: str | None = None
    """The revision to compare with; None means `HEAD`, the default for a patch."""
    to: str = ""
    """The revision to review; empty for the working tree, or for the base with a patch."""
    patch: Path | None = None
    is_from_merge_base: bool = False
    """Whether to compare with the merge base rather than with the base itself."""
    is_trusted: bool = False
    """Whether code in a patch may run."""

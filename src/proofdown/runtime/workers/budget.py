"""The time and memory that one task may use."""

from msgspec import Struct


class Budget(Struct, frozen=True):
    """Limits of one page; a page over budget is reported, and the build continues."""

    seconds: float = 10
    """CPU time."""
    megabytes: int = 512
    """Memory, in addition to what a worker has when it starts."""

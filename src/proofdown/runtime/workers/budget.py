"""What one task may take."""

from msgspec import Struct


class Budget(Struct, frozen=True):
    """What one page may take; one that takes more is reported, and the rest goes on."""

    seconds: float = 10
    """Processor time."""
    megabytes: int = 512
    """Memory beside what a worker has at its start."""

"""How a page's file looked when it was read: while it looks the same, it is not read again."""

import time
from pathlib import Path

from msgspec import Struct

from proofdown.content.discovery import PageFile
from proofdown.digests import Stamp, checksum
from proofdown.files import read_stamped_inside
from proofdown.runtime.cache.fingerprint import is_settled


class FileLook(Struct, frozen=True, kw_only=True):
    """What was seen of a file when it was last read."""

    stamp: Stamp
    looked_at: int
    """The time of day at which it was read, in nanoseconds."""
    checksum: str
    """SHA-256 of its bytes."""

    def is_of(self, stamp: Stamp) -> bool:
        """Return whether a file with this stamp holds what it held then."""
        return self.stamp == stamp and is_settled(stamp, self.looked_at)


def look_again(known: FileLook, page: PageFile, root: Path) -> FileLook | None:
    """Read a page's file; return how it looks now if it holds what it held, or None if not."""
    looked_at = time.time_ns()
    try:
        data, stamp = read_stamped_inside(page.file, root)
    except OSError:
        return None
    if checksum(data) != known.checksum:
        return None
    return FileLook(stamp=stamp, looked_at=looked_at, checksum=known.checksum)

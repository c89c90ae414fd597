"""The stamp of a page's file when it was read: while it matches, the file is not read again."""

import time
from pathlib import Path

from msgspec import Struct

from proofdown.content.discovery import PageFile
from proofdown.digests import Stamp, checksum
from proofdown.files import read_stamped_inside
from proofdown.runtime.cache.fingerprint import is_settled


class PageStamp(Struct, frozen=True, kw_only=True):
    """The stamp and checksum of a page's file when it was last read."""

    stamp: Stamp
    read_at: int
    """The wall-clock time at which it was read, in nanoseconds."""
    checksum: str
    """SHA-256 of its bytes."""

    def matches(self, stamp: Stamp) -> bool:
        """Return whether a file with this stamp surely has the same content as then."""
        return self.stamp == stamp and is_settled(stamp, self.read_at)


def recheck(known: PageStamp, page: PageFile, root: Path) -> PageStamp | None:
    """Read a page's file again; return its new stamp if its content is the same, else None."""
    # Before the read: a change during it must not look settled.
    read_at = time.time_ns()
    try:
        data, stamp = read_stamped_inside(page.file, root)
    except OSError:
        return None
    if checksum(data) != known.checksum:
        return None
    return PageStamp(stamp=stamp, read_at=read_at, checksum=known.checksum)

"""What was last seen of a page's file: while it looks the same, it is not read again."""

import time
from pathlib import Path

from msgspec import Struct

from proofdown.content.discovery import PageFile
from proofdown.digests import Stamp, checksum
from proofdown.files import read_stamped_inside
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.cache.fingerprint import is_settled


class FileLook(Struct, frozen=True):
    """What was seen of a file when it was last read."""

    stamp: Stamp
    looked_at: int
    checksum: str
    """SHA-256 of its bytes."""

    def is_of(self, stamp: Stamp) -> bool:
        """Return whether a file that looks like this now holds what it held then."""
        return self.stamp == stamp and is_settled(stamp, self.looked_at)


def look_at(page: PageFile, stamp: Stamp, root: Path, cache: BuildCache) -> FileLook | None:
    """Return what the last build saw of a file, if it is what it was; read only if it may not be.

    A file that is new, or has another size, is left to a worker, which reads it anyway.
    """
    known = cache.load("looks", page.path, "", FileLook)
    if known is None or known.is_of(stamp):
        return known
    if known.stamp.size != stamp.size:
        return None
    looked_at = time.time_ns()
    try:
        data, stamp = read_stamped_inside(page.file, root)
    except OSError:
        return None
    if checksum(data) != known.checksum:
        return None
    look = FileLook(stamp, looked_at, known.checksum)
    cache.store("looks", page.path, "", look)
    return look

"""What a cached result may still be believed by: settled files, and the same program.

Equal stamps mean equal contents unless the file was written again within the clock's resolution of
the moment it was looked at; such stamps are not trusted (Git's "racily clean" entries,
Documentation/technical/racy-git.txt).
"""

import os
import sys
from functools import cache
from pathlib import Path

import proofdown
from proofdown.digests import Stamp, digest
from proofdown.runtime.cache.uptodate import RACY_NANOSECONDS, installed


def is_settled(stamp: Stamp, looked_at: int) -> bool:
    """Return whether a file with this stamp cannot have changed unseen since it was looked at.

    Args:
        stamp: the file's stamp.
        looked_at: the time of day at which its contents were read, in nanoseconds.
    """
    return max(stamp.modified, stamp.changed) + RACY_NANOSECONDS < looked_at


@cache
def toolchain_digest() -> str:
    """Return a digest that changes whenever the same sources could give another site.

    It covers this package's code, theme and words, Python, and every package installed beside it.
    """
    parts: list[str | bytes] = [sys.version, *installed()]
    folder = Path(proofdown.__file__).parent
    for file in package_files():
        parts += [str(file.relative_to(folder)), file.read_bytes()]
    return digest(*parts)


@cache
def package_files() -> tuple[Path, ...]:
    """Return every file of this package that a build reads or runs."""
    folder = Path(proofdown.__file__).parent
    found = (Path(top) / name for top, _, names in os.walk(folder) for name in names)
    return tuple(sorted(file for file in found if not file.name.endswith((".pyc", ".pyo"))))

"""Decide whether a cached result is still valid: settled files and the same toolchain.

Equal stamps mean equal contents, unless the file was written again within the clock's resolution
of the moment at which it was read; such stamps are not trusted (Git's "racily clean" entries,
Documentation/technical/racy-git.txt).
"""

import os
import sys
from functools import cache
from pathlib import Path

import proofdown
from proofdown.digests import Stamp, digest
from proofdown.runtime.cache.uptodate import RACY_NANOSECONDS, installed


def is_settled(stamp: Stamp, read_at: int) -> bool:
    """Return whether any change of a file since it was read would show in its stamp.

    Args:
        stamp: the file's stamp.
        read_at: the wall-clock time at which its contents were read, in nanoseconds.
    """
    return max(stamp.modified, stamp.changed) + RACY_NANOSECONDS < read_at


@cache
def toolchain_digest() -> str:
    """Return a digest of everything but a site's sources that can change a build's output.

    That is this package's code, theme and words, Python, and every other installed package.
    """
    parts: list[str | bytes] = [sys.version, *installed()]
    folder = Path(proofdown.__file__).parent
    for file in package_files():
        parts += [str(file.relative_to(folder)), file.read_bytes()]
    return digest(*parts)


@cache
def package_files() -> tuple[Path, ...]:
    """Return every file of this package that a build reads or runs."""
    # Not `Path(__file__)`: this module is in a subfolder, and the digest of it alone goes stale.
    folder = Path(proofdown.__file__).parent
    found = (Path(top) / name for top, _, names in os.walk(folder) for name in names)
    return tuple(sorted(file for file in found if not file.name.endswith((".pyc", ".pyo"))))

"""Contents to publish: bytes, or a local file that is read in pieces.

A file is hashed when the receipt is made and again while it is sent. So a video need not fit into
memory, and what arrives is what was checked even if the file is modified meanwhile.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from io import SEEK_CUR, SEEK_END, SEEK_SET
from pathlib import Path

from msgspec import Struct

from proofdown.content.discovery import changed_meanwhile
from proofdown.diagnostics import SiteError
from proofdown.digests import Stamp as FileStamp
from proofdown.digests import stamp_of
from proofdown.folders import open_regular, read_pieces
from proofdown.source import Location

PIECE = 1 << 20
"""Bytes to read at a time."""


class Stamp(Struct, frozen=True):
    """Hash and size of a content."""

    sha256: str
    size: int


class FileContent(Struct, frozen=True):
    """A local file, and the stamp of its content when it was hashed."""

    path: Path
    stamp: Stamp
    location: Location
    """Reported if the content has changed since."""


Content = bytes | FileContent
Contents = Mapping[str, Content]
"""Contents by their published path."""


def stamp(content: Content) -> Stamp:
    """Return the hash and size of a content, as a receipt lists them."""
    if isinstance(content, FileContent):
        return content.stamp
    return Stamp(sha256(content).hexdigest(), len(content))


def size_of(content: Content) -> int:
    """Return the size of a content in bytes."""
    return content.stamp.size if isinstance(content, FileContent) else len(content)


def stamp_of_pieces(found: Iterable[bytes]) -> Stamp:
    """Return the hash and size of concatenated pieces."""
    digest, size = sha256(), 0
    for piece in found:
        digest.update(piece)
        size += len(piece)
    return Stamp(digest.hexdigest(), size)


def content_of(path: Path, location: Location, seen: FileStamp | None = None) -> FileContent:
    """Hash a file and return it as a content.

    Args:
        path: the file.
        location: reported if it has changed.
        seen: its stamp when the build found it; None to accept any.

    Raises:
        SiteError: it cannot be read any more, or has changed since the build found it.
    """
    try:
        with open_regular(str(path)) as file:
            # `fstat` of the opened file: the path may lead to another one by now.
            if seen is not None and stamp_of(os.fstat(file.fileno())) != seen:
                raise changed(location.path)
            return FileContent(path, stamp_of_pieces(read_pieces(file.fileno())), location)
    except OSError as fault:
        raise changed(location.path) from fault


def pieces(content: Content) -> Iterator[bytes]:
    """Yield a content in pieces.

    Raises:
        SiteError: it has changed since it was hashed; detected before the last piece at the latest.
    """
    if isinstance(content, bytes):
        yield content
        return
    with CheckedFile(content) as file:
        while piece := file.read(PIECE):
            yield piece


def check(content: Content) -> None:
    """Read a content to its end to verify its hash.

    Raises:
        SiteError: it has changed since it was hashed.
    """
    for _ in pieces(content):
        pass


def changed(path: str) -> SiteError:
    """Return the error for a source that has changed since it was checked."""
    return changed_meanwhile(Location(path))


class CheckedFile:
    """A file object that verifies the hash while it is read from beginning to end.

    It returns the last bytes only if the whole content is right, so that a client that has sent a
    `Content-Length` never completes a wrong upload. It can be rewound, because clients do so to
    sign a request or to retry it.

    Raises:
        SiteError: from any method, if the content has changed since it was hashed.
    """

    def __init__(self, content: FileContent) -> None:
        self._content = content
        # Kept for clients such as boto3, which wrap it in an error of their own.
        self.fault: SiteError | None = None
        try:
            self._file = open_regular(str(content.path))
        except OSError as fault:
            raise self._changed_error() from fault
        self._digest, self._at = sha256(), 0

    def __enter__(self) -> "CheckedFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self._content.stamp.size

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, most: int = -1) -> bytes:
        """Return the next bytes; empty at the end."""
        left = len(self) - self._at
        try:
            piece = self._file.read(left if most < 0 else min(most, left)) or b""
            # Another byte after the expected end means that the file has grown.
            is_longer = len(piece) == left and bool(self._file.read(1))
        except OSError as fault:
            raise self._changed_error() from fault
        self._digest.update(piece)
        self._at += len(piece)
        is_short = not piece and left > 0 and most != 0
        is_whole = self._at == len(self)
        if is_longer or is_short or (is_whole and self._is_changed()):
            raise self._changed_error()
        return piece

    def tell(self) -> int:
        """Return the number of bytes read so far."""
        return self._at

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Set the position; only the beginning can be read from.

        Clients seek to the end and back to learn the length.
        """
        base = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: len(self)}[whence]
        self._at = base + offset
        if self._at == 0:
            self._file.seek(0)
            self._digest = sha256()
        return self._at

    def _is_changed(self) -> bool:
        return self._digest.hexdigest() != self._content.stamp.sha256

    def _changed_error(self) -> SiteError:
        self.fault = changed(self._content.location.path)
        return self.fault

"""What is to be published: bytes, or a file of this machine that is read piece by piece.

A file is hashed once when the receipt is made and again while it is sent: a video need not fit into
memory, and what arrives is what was checked, even if the file is written meanwhile.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from io import SEEK_CUR, SEEK_END, SEEK_SET
from pathlib import Path

from msgspec import Struct

from proofdown.content.discovery import changed_meanwhile
from proofdown.diagnostics import SiteError
from proofdown.digests import Stamp as Seen
from proofdown.digests import stamp_of
from proofdown.folders import open_regular, read_pieces
from proofdown.source import Location

PIECE = 1 << 20


class Stamp(Struct, frozen=True):
    """What is known of a file's content."""

    sha256: str
    size: int


class FileContent(Struct, frozen=True):
    """The content that a file of this machine had when it was hashed."""

    path: Path
    stamp: Stamp
    location: Location
    """What a message names if the file has another content by now."""


Content = bytes | FileContent
Contents = Mapping[str, Content]
"""Contents by the path that each is published at."""


def stamp(content: Content) -> Stamp:
    """Return what a receipt says of a content."""
    if isinstance(content, FileContent):
        return content.stamp
    return Stamp(sha256(content).hexdigest(), len(content))


def size_of(content: Content) -> int:
    """Return how many bytes a content has."""
    return content.stamp.size if isinstance(content, FileContent) else len(content)


def stamp_of_pieces(found: Iterable[bytes]) -> Stamp:
    """Return the hash and size of what comes in pieces."""
    digest, size = sha256(), 0
    for piece in found:
        digest.update(piece)
        size += len(piece)
    return Stamp(digest.hexdigest(), size)


def content_of(path: Path, location: Location, seen: Seen | None = None) -> FileContent:
    """Return a file as a content.

    Args:
        path: the file.
        location: what a message names.
        seen: how it looked when it was found; None where that makes no difference.

    Raises:
        SiteError: it can no longer be read, or is no longer what was found.
    """
    try:
        with open_regular(str(path)) as file:
            if seen is not None and stamp_of(os.fstat(file.fileno())) != seen:
                raise changed(location.path)
            return FileContent(path, stamp_of_pieces(read_pieces(file.fileno())), location)
    except OSError as fault:
        raise changed(location.path) from fault


def pieces(content: Content) -> Iterator[bytes]:
    """Yield a content piece by piece.

    Raises:
        SiteError: it is no longer the one that was hashed, which shows at the latest at its end.
    """
    if isinstance(content, bytes):
        yield content
        return
    with CheckedFile(content) as file:
        while piece := file.read(PIECE):
            yield piece


def check(content: Content) -> None:
    """Read a content to its end.

    Raises:
        SiteError: it is no longer the one that was hashed.
    """
    for _ in pieces(content):
        pass


def changed(path: str) -> SiteError:
    """Return the error for a source that is no longer what was checked."""
    return changed_meanwhile(Location(path))


class CheckedFile:
    """A file that is read from its beginning to its end, and must be the one that was hashed.

    The last bytes are handed out only if the whole is right, so that a client that has announced
    the length of what it sends never completes a wrong upload. It can be read again from its
    beginning, as clients do that sign before they send, or that try again.

    Raises:
        SiteError: by any method: the content is another one.
    """

    def __init__(self, content: FileContent) -> None:
        self._content = content
        self.fault: SiteError | None = None  # for clients that hide it in an error of their own
        try:
            self._file = open_regular(str(content.path))
        except OSError as fault:
            raise self._changed() from fault
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
        """Return the next bytes; none at the end."""
        left = len(self) - self._at
        try:
            piece = self._file.read(left if most < 0 else min(most, left)) or b""
            is_longer = len(piece) == left and bool(self._file.read(1))
        except OSError as fault:
            raise self._changed() from fault
        self._digest.update(piece)
        self._at += len(piece)
        is_short = not piece and left > 0 and most != 0
        is_whole = self._at == len(self)
        if is_longer or is_short or (is_whole and self._is_other()):
            raise self._changed()
        return piece

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self._at

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to the beginning; any other place only tells the length."""
        base = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: len(self)}[whence]
        self._at = base + offset
        if self._at == 0:
            self._file.seek(0)
            self._digest = sha256()
        return self._at

    def _is_other(self) -> bool:
        return self._digest.hexdigest() != self._content.stamp.sha256

    def _changed(self) -> SiteError:
        self.fault = changed(self._content.location.path)
        return self.fault

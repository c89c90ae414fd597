"""What is served: the outputs of the last good build by their paths, and nothing else.

An address is looked up and never made into a path on disk, so there is no listing, no climbing out
and no way to a file that the build did not name.
"""

import mimetypes
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO
from urllib.parse import quote, unquote, unquote_to_bytes

from msgspec import Struct
from msgspec.structs import replace

from proofdown.addresses import output_path, split_url
from proofdown.site.model import Output

_VERSION = re.compile(rb"\?v=[0-9a-f]{8}\b")
_TYPES = mimetypes.MimeTypes()
"""The types that Python knows by itself, so that a preview is the same on every machine."""
for _type, _ending in (
    ("image/avif", ".avif"),
    ("image/webp", ".webp"),
    ("font/woff", ".woff"),
    ("font/woff2", ".woff2"),
    ("application/xhtml+xml", ".xhtml"),
    ("application/yaml", ".yml"),
    ("application/yaml", ".yaml"),
):
    _TYPES.add_type(_type, _ending)
_TEXTS = ("application/javascript", "application/json", "application/xml", "image/svg+xml")


def base_of(url: str) -> str:
    """Return the path at which a site with this `url` is shown, as browsers ask for it.

    >>> base_of("https://example.org/dökü")
    '/d%C3%B6k%C3%BC/'
    """
    parts = split_url(url)
    path = quote(unquote(parts.path)).strip("/") if parts else ""
    return f"/{path}/" if path else "/"


class ServedFile(Struct, frozen=True):
    """One file of the preview."""

    data: bytes | Path
    since: int
    """Number of the preview in which it came to look as it does."""
    stamp: tuple[int, int] = (0, 0)
    """Size and time of change of a file that is copied as it is."""
    checksum: str = ""
    """SHA-256 of a page that the build keeps in a file of its own; empty for all else."""

    @property
    def is_copied(self) -> bool:
        """Whether it is a file of the author's, copied as it is."""
        return isinstance(self.data, Path) and not self.checksum

    def read(self) -> bytes | None:
        """Return the bytes of what the build made; None for what is copied, or is gone."""
        if isinstance(self.data, bytes):
            return self.data
        try:
            return self.data.read_bytes() if self.checksum else None
        except OSError:
            return None


class Manifest(Struct, frozen=True):
    """Everything that one preview serves."""

    base: str = "/"
    """Path of the site on the host it is made for, as `base_of` returns it."""
    files: Mapping[str, ServedFile] = {}
    gone: Mapping[str, int] = {}
    """Number of the preview in which a file that was there before had gone."""

    @property
    def cached_files(self) -> frozenset[str]:
        """Names of the files in which the build keeps the pages that are served."""
        kept = (served for served in self.files.values() if served.checksum)
        return frozenset(served.data.name for served in kept if isinstance(served.data, Path))

    def find(self, target: str) -> str | None:
        """Return the path of the output that a request's target asks for; None if there is none.

        >>> Manifest("/docs/", {"flows/index.html": Served(b"", 1)}).find("/docs/flows/?print")
        'flows/index.html'
        """
        path = self.path_of(target)
        return path if path in self.files else None

    def path_of(self, target: str) -> str | None:
        """Return the path of the output that a target would ask for; None for one outside."""
        address = self._address(target)
        return None if address is None else output_path(address)

    def folder_of(self, target: str) -> str | None:
        """Return the address that a target lacks only the `/` at its end of; None if none."""
        path = target.partition("?")[0] + "/"
        address = self._address(path)
        return address if address is not None and output_path(address) in self.files else None

    def _address(self, target: str) -> str | None:
        try:
            path = unquote_to_bytes(target.partition("?")[0]).decode()
        except UnicodeDecodeError:
            return None
        base = unquote(self.base)
        return path.removeprefix(base) if path.startswith(base) else None

    def changed_since(self, number: int) -> dict[str, int]:
        """Return the outputs that changed after a preview, each with when it last did."""
        changed = {path: s.since for path, s in self.files.items() if s.since > number}
        return changed | {path: since for path, since in self.gone.items() if since > number}

    def with_pages(self, pages: Iterable[Output], number: int) -> "Manifest":
        """Return the manifest of a preview of which only the pages are made so far."""
        files = {page.path: self._next(page, number) for page in pages}
        gone = {path: since for path, since in self.gone.items() if path not in files}
        return replace(self, files={**self.files, **files}, gone=gone)

    def followed_by(self, outputs: Iterable[Output], base: str, number: int) -> "Manifest":
        """Return the manifest of the next preview."""
        files = {o.path: self._next(o, number) for o in outputs}
        gone = dict.fromkeys(self.files.keys() - files.keys(), number)
        kept = {path: since for path, since in self.gone.items() if path not in files}
        return Manifest(base, files, kept | gone)

    def _next(self, output: Output, number: int) -> ServedFile:
        before = self.files.get(output.path)
        data, stamp, checksum = output.data, (0, 0), output.checksum
        if before and checksum and before.checksum == checksum:
            return ServedFile(data, before.since, stamp, checksum)
        if isinstance(data, Path) and not checksum:
            stamp = _stamp(data)
        new = ServedFile(data, number, stamp, checksum)
        is_same = before and before.stamp == stamp and _is_equivalent(before, new)
        return replace(new, since=before.since) if before and is_same else new


def _is_equivalent(before: ServedFile, after: ServedFile) -> bool:
    """Whether two files are the same, or the same page but for the versions of its styles."""
    if before.data == after.data:
        return True
    one, other = before.read(), after.read()
    if one is None or other is None:
        return False
    return _VERSION.sub(b"", one) == _VERSION.sub(b"", other)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        state = file.stat()
    except OSError:
        return (0, 0)
    return (state.st_size, state.st_mtime_ns)


def media_type(path: str) -> str:
    """Return the `Content-Type` of an output."""
    guess, encoding = _TYPES.guess_type(path)
    if guess is None or encoding:
        return "application/octet-stream"
    is_text = guess.startswith("text/") or guess in _TEXTS
    return f"{guess}; charset=utf-8" if is_text else guess


def open_copied(file: Path, root: Path) -> BinaryIO:
    """Open a file that is copied as it is.

    Raises:
        OSError: it is gone, or is no longer a file inside the site.
    """
    real = file.resolve(strict=True)
    if not real.is_relative_to(root):
        raise FileNotFoundError(file)
    # Not to wait for a pipe, nor follow a link, that took the place of the file just now.
    number = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    opened = open(number, "rb")  # noqa: PTH123, SIM115 (the caller closes it)
    if not S_ISREG(os.fstat(number).st_mode):
        opened.close()
        raise FileNotFoundError(file)
    return opened

"""The manifest: the outputs of the last good build by path. Nothing else is served.

An address is looked up and never turned into a path on disk. So there are no folder listings, no
path traversal, and no access to a file that the build did not list.
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
"""Python's built-in types, without the system's `mime.types`, which differ between machines."""
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
    """Return the path of a site with this `url`, percent-encoded as browsers request it.

    >>> base_of("https://example.org/dökü")
    '/d%C3%B6k%C3%BC/'
    """
    parts = split_url(url)
    path = quote(unquote(parts.path)).strip("/") if parts else ""
    return f"/{path}/" if path else "/"


class ServedFile(Struct, frozen=True, kw_only=True):
    """One file of the preview."""

    data: bytes | Path
    since: int
    """The number of the preview in which it last changed."""
    stamp: tuple[int, int] = (0, 0)
    """Size and modification time of an asset; zeros for other files."""
    checksum: str = ""
    """SHA-256 of a page that the build has written to its cache; empty for other files."""

    @property
    def is_copied(self) -> bool:
        """Whether it is an asset, which is served as it is."""
        return isinstance(self.data, Path) and not self.checksum

    def read(self) -> bytes | None:
        """Return the content, or None for an asset and for a page that is not in the cache."""
        if isinstance(self.data, bytes):
            return self.data
        try:
            return self.data.read_bytes() if self.checksum else None
        except OSError:
            return None


class Manifest(Struct, frozen=True):
    """The files that one preview serves."""

    base: str = "/"
    """Path of the site on its host, as `base_of` returns it."""
    files: Mapping[str, ServedFile] = {}
    removed: Mapping[str, int] = {}
    """For each removed file, the number of the preview that no longer had it."""

    @property
    def cached_files(self) -> frozenset[str]:
        """Names of the files of the cache that contain the served pages."""
        cached = (served for served in self.files.values() if served.checksum)
        return frozenset(served.data.name for served in cached if isinstance(served.data, Path))

    def find(self, target: str) -> str | None:
        """Return the path of the requested output, or None if there is none.

        >>> flows = ServedFile(data=b"", since=1)
        >>> Manifest("/docs/", {"flows/index.html": flows}).find("/docs/flows/?print")
        'flows/index.html'
        """
        path = self.path_of(target)
        return path if path in self.files else None

    def path_of(self, target: str) -> str | None:
        """Return the path of an output at this target, or None if it is outside the base."""
        address = self._address(target)
        return None if address is None else output_path(address)

    def folder_of(self, target: str) -> str | None:
        """Return the address of a page whose target lacks only the final `/`, or None."""
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
        """Return the outputs that changed after a preview, with the number of their last change."""
        changed = {path: s.since for path, s in self.files.items() if s.since > number}
        return changed | {path: since for path, since in self.removed.items() if since > number}

    def with_pages(self, pages: Iterable[Output], number: int) -> "Manifest":
        """Return the manifest with new pages, while the rest of the site is still being built."""
        files = {page.path: self._next(page, number) for page in pages}
        removed = {path: since for path, since in self.removed.items() if path not in files}
        return replace(self, files={**self.files, **files}, removed=removed)

    def followed_by(self, outputs: Iterable[Output], base: str, number: int) -> "Manifest":
        """Return the manifest of the next preview."""
        files = {o.path: self._next(o, number) for o in outputs}
        removed = dict.fromkeys(self.files.keys() - files.keys(), number)
        earlier = {path: since for path, since in self.removed.items() if path not in files}
        return Manifest(base, files, earlier | removed)

    def _next(self, output: Output, number: int) -> ServedFile:
        before = self.files.get(output.path)
        data, stamp, checksum = output.data, (0, 0), output.checksum
        if before and checksum and before.checksum == checksum:
            return ServedFile(data=data, since=before.since, stamp=stamp, checksum=checksum)
        if isinstance(data, Path) and not checksum:
            stamp = _stamp(data)
        new = ServedFile(data=data, since=number, stamp=stamp, checksum=checksum)
        is_same = before and before.stamp == stamp and _is_equivalent(before, new)
        return replace(new, since=before.since) if before and is_same else new


def _is_equivalent(before: ServedFile, after: ServedFile) -> bool:
    """Return whether two files are equal except for the `?v=` versions of a page's assets."""
    if before.data == after.data:
        return True
    one, other = before.read(), after.read()
    if one is None or other is None:
        return False
    # A changed style sheet changes its version in every page, but is replaced without a reload.
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
    """Open an asset.

    Raises:
        OSError: it no longer exists, or is no longer a regular file inside the site.
    """
    real = file.resolve(strict=True)
    if not real.is_relative_to(root):
        raise FileNotFoundError(file)
    # The file may have been replaced since: `O_NONBLOCK` avoids waiting for a pipe, and
    # `O_NOFOLLOW` refuses a link.
    number = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    opened = open(number, "rb")  # noqa: PTH123, SIM115 (the caller closes it)
    if not S_ISREG(os.fstat(number).st_mode):
        opened.close()
        raise FileNotFoundError(file)
    return opened

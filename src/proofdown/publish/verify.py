"""Compare the live site with the receipt, file by file.

The host may be broken or hostile. So a response is read in pieces, at most one byte beyond its
expected size, and its connection is closed at a deadline, whether it stalls or never ends.
"""

import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from msgspec import Struct

from proofdown import __version__
from proofdown.diagnostics import Diagnostic
from proofdown.publish.hosts.protocol import LARGEST_RECORD, too_large
from proofdown.publish.plan.contents import PIECE, Stamp
from proofdown.publish.plan.headers import content_type
from proofdown.runtime.progress import Progress, no_progress
from proofdown.source import Location

_SECONDS = 20
"""Timeout of a connection, and the time for a response of no size."""
_SLOWEST_RATE = 100_000
"""Bytes per second below which a response misses its deadline."""
_CONNECTIONS = 8
_LONGEST_PAUSE = 15
_CHECKED_TYPES = (".html", ".css", ".js", ".svg", ".json")
"""Files that browsers do not use if their content type is wrong."""


class _Response(Struct, frozen=True):
    stamp: Stamp
    """Hash and size of the body; of one that is too long, a size beyond the limit and no hash."""
    content_type: str = ""
    """The content type, without parameters."""
    fault: str = ""
    """Why there is no response; empty if there is one."""


def verify(
    url: str,
    expected: Mapping[str, Stamp],
    location: Location,
    patience: float,
    progress: Progress = no_progress,
) -> list[Diagnostic]:
    """Return a diagnostic for each file that differs, once the host has had time to update.

    Args:
        url: URL of the target's root, with a `/` at its end.
        expected: the stamp of each file.
        location: where the target is declared.
        patience: seconds to retry for.
        progress: called with the number of files that are right.
    """
    end = time.monotonic() + patience
    pause, pending = 0.5, dict(expected)
    while True:
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            # From the second round on, only what differed is requested.
            faults = dict(
                zip(pending, pool.map(lambda p: _fault(url, p, expected[p]), pending), strict=True)
            )
        faults = {path: why for path, why in faults.items() if why}
        progress("waiting for the host", len(expected) - len(faults), len(expected))
        left = end - time.monotonic()
        # At least one round is made, even with a patience of 0.
        if not faults or left <= 0:
            return [_diagnostic(url, path, why, location) for path, why in sorted(faults.items())]
        pending = {path: expected[path] for path in faults}
        time.sleep(min(pause, left, _LONGEST_PAUSE))
        pause *= 2


def fetch(url: str, path: str, location: Location) -> bytes | None:
    """Return a small file of the live site, or None if there is none.

    Raises:
        SiteError: it is larger than any receipt or list of versions.
    """
    found: list[bytes] = []
    response = _get(url + address_of(path), LARGEST_RECORD, found.append)
    if response.stamp.size > LARGEST_RECORD:
        raise too_large(url, path, location)
    return None if response.fault else b"".join(found)


def address_of(path: str) -> str:
    """Return the relative URL of a file; `index.html` is requested as its folder."""
    address = path.removesuffix("index.html") if path.rpartition("/")[2] == "index.html" else path
    return quote(address)


def _fault(url: str, path: str, expected: Stamp) -> str:
    """Return how a live file differs from the published one; empty if it does not."""
    address = url + address_of(path)
    response = _get(address, expected.size)
    if response.fault:
        return response.fault
    if response.stamp != expected:
        # A query that was never requested before makes caches ask the host.
        uncached = _get(f"{address}?proofdown={expected.sha256[:12]}", expected.size)
        if not uncached.fault and uncached.stamp == expected:
            return "is an older version from a cache"
        return "is not what was published"
    type_ = content_type(path).partition(";")[0]
    # RFC 9239 made `text/javascript` the type of scripts; many hosts still send the older one.
    accepted = {type_, "application/javascript"} if path.endswith(".js") else {type_}
    if path.endswith(_CHECKED_TYPES) and response.content_type not in accepted:
        return f"is served as `{response.content_type}`"
    return ""


def _get(url: str, most: int, take: Callable[[bytes], object] = len) -> _Response:
    """Request a URL; read at most one byte more than expected, and pass the pieces on."""
    # Without `identity` a host may compress, and the bytes would not match the receipt.
    headers = {"User-Agent": f"proofdown/{__version__}", "Accept-Encoding": "identity"}
    seconds = _SECONDS + most / _SLOWEST_RATE
    with _Deadline(seconds) as deadline:
        request = Request(url, headers=headers)  # noqa: S310 - http(s)
        response = _send(request, most, take, deadline)
    if deadline.has_passed:
        fault = f"is not served: the response takes longer than {seconds:.0f} s"
        return _Response(Stamp("", 0), fault=fault)
    return response


def _send(
    request: Request, most: int, take: Callable[[bytes], object], deadline: "_Deadline"
) -> _Response:
    try:
        with deadline.opener().open(request, timeout=_SECONDS) as got:
            type_ = got.headers.get_content_type() if got.headers.get("Content-Type") else "nothing"
            return _Response(_read(got, most, take), type_)
    except HTTPError as fault:
        with fault:
            missing = "is missing" if fault.code in (404, 410) else "is not served"
        reason = f"{missing}: the host answers {fault.code}"
    # After HTTPError, which is a subclass of it.
    except URLError as fault:
        reason = f"cannot be reached: {str(fault.reason).lower()}"
    except (OSError, HTTPException, ValueError) as fault:
        reason = f"cannot be reached: {str(fault).lower() or type(fault).__name__}"
    return _Response(Stamp("", 0), fault=reason)


def _read(got: HTTPResponse, most: int, take: Callable[[bytes], object]) -> Stamp:
    digest, size = sha256(), 0
    # A host may send no `Content-Length`, or a wrong one, so only the bytes count.
    while piece := got.read(min(PIECE, most + 1 - size)):
        size += len(piece)
        if size > most:
            return Stamp("", size)
        digest.update(piece)
        take(piece)
    return Stamp(digest.hexdigest(), size)


class _Deadline:
    """Shuts down the connections of one request at its deadline.

    A socket's own timeout does not do, because it starts again with every byte received.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = Timer(seconds, self._cut)
        # A pending timer must not keep the process alive at its end.
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []
        self.has_passed = False

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def opener(self) -> OpenerDirector:
        """Return an opener for HTTP and HTTPS only, so that no redirect leads to `file:`."""
        opener = OpenerDirector()
        for handler in (
            ProxyHandler(),
            # Refuses any other scheme, as of a redirect to `file:` or `ftp:`.
            UnknownHandler(),
            _PlainHandler(self),
            _SecureHandler(self),
            HTTPDefaultErrorHandler(),
            _RedirectHandler(),
            HTTPErrorProcessor(),
        ):
            opener.add_handler(handler)
        return opener

    def guard(self, connection: socket.socket) -> None:
        """Shut down this connection at the deadline, too."""
        self._sockets.append(connection)
        # The timer may have fired while the connection was being opened.
        if self.has_passed:
            self._cut()

    def _cut(self) -> None:
        self.has_passed = True
        for connection in self._sockets:
            with suppress(OSError):
                # The method of the class: `SSLSocket.shutdown` drops the TLS state, which the
                # thread that reads still needs.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _PlainConnection(HTTPConnection):
    """A connection that is shut down at the deadline."""

    def __init__(self, deadline: _Deadline, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.guard(self.sock)


class _SecureConnection(_PlainConnection, HTTPSConnection):
    """A TLS connection that is shut down at the deadline."""


class _PlainHandler(HTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_PlainConnection, self._deadline), req)


class _SecureHandler(HTTPSHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_SecureConnection, self._deadline), req)


class _RedirectHandler(HTTPRedirectHandler):
    """Follows redirects without reading their bodies."""

    def http_error_302(self, req: Request, fp: Any, code: int, msg: str, headers: Any) -> Any:
        fp.read = lambda *_: b""  # urllib would read the body to its end, which may never come
        return super().http_error_302(req, fp, code, msg, headers)

    # The base class binds these names to its own method, so that overriding one is not enough.
    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _diagnostic(url: str, path: str, why: str, location: Location) -> Diagnostic:
    help_ = "publish again, or clear the host's cache; `--verify` checks again"
    return Diagnostic("differs-live", f"{url}{address_of(path)} {why}", location, help_)

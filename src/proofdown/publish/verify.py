"""What readers get, compared with the receipt, file by file.

A host may be broken or hostile: an answer is read piece by piece, no further than its end can be,
and cut off when its time is over, whether it stalls or never ends.
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
"""How long a host may be silent."""
_SLOWEST = 100_000
"""Bytes in a second that a host must give out at least, beside the first `_SECONDS`."""
_AT_ONCE = 8
_LONGEST_PAUSE = 15
_CHECKED_TYPES = (".html", ".css", ".js", ".svg", ".json")


class _Answer(Struct, frozen=True):
    stamp: Stamp
    """What came; of a longer answer than asked for, the first byte more and no hash."""
    kind: str = ""
    """Its content type, without parameters."""
    fault: str = ""
    """Why there is none."""


def verify(
    url: str,
    expected: Mapping[str, Stamp],
    location: Location,
    patience: float,
    progress: Progress = no_progress,
) -> list[Diagnostic]:
    """Return what readers do not get as it was published, after giving the host time for it.

    Args:
        url: address of the target's root, with a `/` at its end.
        expected: what each file must be.
        location: where the target is declared.
        patience: seconds that the host may take.
        progress: told how many files are right.
    """
    end = time.monotonic() + patience
    pause, open_ = 0.5, dict(expected)
    while True:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            faults = dict(
                zip(open_, pool.map(lambda p: _fault(url, p, expected[p]), open_), strict=True)
            )
        faults = {path: why for path, why in faults.items() if why}
        progress("waiting for the host", len(expected) - len(faults), len(expected))
        left = end - time.monotonic()
        if not faults or left <= 0:
            return [_diagnostic(url, path, why, location) for path, why in sorted(faults.items())]
        open_ = {path: expected[path] for path in faults}
        time.sleep(min(pause, left, _LONGEST_PAUSE))
        pause *= 2


def fetch(url: str, path: str, location: Location) -> bytes | None:
    """Return what readers get of a small file; None where there is nothing.

    Raises:
        SiteError: it is larger than any that publishing writes.
    """
    found: list[bytes] = []
    answer = _get(url + address_of(path), LARGEST_RECORD, found.append)
    if answer.stamp.size > LARGEST_RECORD:
        raise too_large(url, path, location)
    return None if answer.fault else b"".join(found)


def address_of(path: str) -> str:
    """Return the address at which a file is read: a folder's for its `index.html`."""
    address = path.removesuffix("index.html") if path.rpartition("/")[2] == "index.html" else path
    return quote(address)


def _fault(url: str, path: str, expected: Stamp) -> str:
    """Return what is wrong with a file as readers get it; empty where nothing is."""
    address = url + address_of(path)
    answer = _get(address, expected.size)
    if answer.fault:
        return answer.fault
    if answer.stamp != expected:
        past = _get(f"{address}?proofdown={expected.sha256[:12]}", expected.size)
        if not past.fault and past.stamp == expected:
            return "is an older one from a cache"
        return "is not the one that was published"
    kind = content_type(path).partition(";")[0]
    same = {kind, "application/javascript"} if path.endswith(".js") else {kind}
    if path.endswith(_CHECKED_TYPES) and answer.kind not in same:
        return f"is served as `{answer.kind}`"
    return ""


def _get(url: str, most: int, take: Callable[[bytes], object] = len) -> _Answer:
    """Ask for an address, and read no more than one byte beyond the most that is expected."""
    headers = {"User-Agent": f"proofdown/{__version__}", "Accept-Encoding": "identity"}
    seconds = _SECONDS + most / _SLOWEST
    with _Watch(seconds) as watch:
        answer = _ask(Request(url, headers=headers), most, take, watch)  # noqa: S310 - http(s)
    if watch.is_over:
        fault = f"is not given out: the answer takes longer than {seconds:.0f} s"
        return _Answer(Stamp("", 0), fault=fault)
    return answer


def _ask(request: Request, most: int, take: Callable[[bytes], object], watch: "_Watch") -> _Answer:
    try:
        with watch.opener().open(request, timeout=_SECONDS) as got:
            kind = got.headers.get_content_type() if got.headers.get("Content-Type") else "nothing"
            return _Answer(_read(got, most, take), kind)
    except HTTPError as fault:
        with fault:
            missing = "is missing" if fault.code in (404, 410) else "is not given out"
        reason = f"{missing}: the host answers {fault.code}"
    except URLError as fault:
        reason = f"cannot be reached: {str(fault.reason).lower()}"
    except (OSError, HTTPException, ValueError) as fault:
        reason = f"cannot be reached: {str(fault).lower() or type(fault).__name__}"
    return _Answer(Stamp("", 0), fault=reason)


def _read(got: HTTPResponse, most: int, take: Callable[[bytes], object]) -> Stamp:
    digest, size = sha256(), 0
    while piece := got.read(min(PIECE, most + 1 - size)):
        size += len(piece)
        if size > most:
            return Stamp("", size)
        digest.update(piece)
        take(piece)
    return Stamp(digest.hexdigest(), size)


class _Watch:
    """Cuts the connections of one question when its time is over."""

    def __init__(self, seconds: float) -> None:
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []
        self.is_over = False

    def __enter__(self) -> "_Watch":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def opener(self) -> OpenerDirector:
        """Return what asks over HTTP and nothing else, wherever it is redirected to."""
        opener = OpenerDirector()
        for handler in (
            ProxyHandler(),
            UnknownHandler(),
            _PlainHandler(self),
            _SecureHandler(self),
            HTTPDefaultErrorHandler(),
            _RedirectHandler(),
            HTTPErrorProcessor(),
        ):
            opener.add_handler(handler)
        return opener

    def see(self, connection: socket.socket) -> None:
        """Cut this connection, too, when the time is over."""
        self._sockets.append(connection)
        if self.is_over:
            self._cut()

    def _cut(self) -> None:
        self.is_over = True
        for connection in self._sockets:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _PlainConnection(HTTPConnection):
    """A connection that is cut when its time is over."""

    def __init__(self, watch: _Watch, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._watch = watch

    def connect(self) -> None:
        super().connect()
        self._watch.see(self.sock)


class _SecureConnection(_PlainConnection, HTTPSConnection):
    """The same with TLS."""


class _PlainHandler(HTTPHandler):
    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_PlainConnection, self._watch), req)


class _SecureHandler(HTTPSHandler):
    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_SecureConnection, self._watch), req)


class _RedirectHandler(HTTPRedirectHandler):
    """Follows a redirect without reading what comes with it, which may have no end."""

    def http_error_302(self, req: Request, fp: Any, code: int, msg: str, headers: Any) -> Any:
        fp.read = lambda *_: b""
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _diagnostic(url: str, path: str, why: str, location: Location) -> Diagnostic:
    help_ = "publish again, or clear the host's cache; `--verify` looks again"
    return Diagnostic("differs-live", f"{url}{address_of(path)} {why}", location, help_)

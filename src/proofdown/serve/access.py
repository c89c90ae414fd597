"""Which requests are answered: a preview is for the person at this machine and for nobody else.

Any web page that is open in a browser can send requests to a server on this machine, and can give
its own name the machine's address (DNS rebinding). So the `Host` must be one of this machine's
names, the `Origin` must be this server, and nothing but `GET` and `HEAD` is understood.
"""

import ipaddress
import re
from collections.abc import Sequence

from msgspec import Struct

MOST_HEADERS = 16 * 1024
"""Bytes of header lines that a request may have."""
LONGEST_TARGET = 4096
"""Bytes that the target of a request may have."""

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
_LOOPBACK = "localhost"


class Refusal(Struct, frozen=True):
    """Why a request is not answered."""

    status: int
    text: str


class RequestInfo(Struct, frozen=True):
    """What of a request decides whether it is answered."""

    method: str
    target: str
    """The target as it was sent, percent signs and all."""
    headers: Sequence[tuple[str, str]]

    def header_values(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key.lower() == name]

    def first_header(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        return next(iter(self.header_values(name)), "")


class Guard(Struct, frozen=True):
    """The rules of one run.

    Args:
        names: host names that this server answers to because that was asked for.
        host: what it listens on, which is its name too.
        is_open: whether it listens on more than the loopback, so that any IP address may be its.
    """

    names: frozenset[str] = frozenset()
    host: str = _LOOPBACK
    is_open: bool = False

    def refusal(self, request: RequestInfo) -> Refusal | None:
        """Return why a request is refused; None for one to be answered."""
        return (
            self._wrong_host(request)
            or _wrong_method(request)
            or _too_large(request)
            or self._wrong_origin(request)
            or _from_another_site(request)
        )

    def refuses_socket(self, request: RequestInfo) -> bool:
        """Whether a websocket is refused: unlike a page, it must say that it is ours."""
        return request.first_header("origin") not in self._own_origins(request)

    def _wrong_host(self, request: RequestInfo) -> Refusal | None:
        hosts = request.header_values("host")
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if not found:
            return Refusal(400, "a request names one host")
        name = found["name"].lower()
        if self._is_ours(name):
            return None
        return Refusal(
            403, f"this preview does not answer to `{name}`; `--allow-host {name}` makes it do so"
        )

    def _is_ours(self, name: str) -> bool:
        if name == _LOOPBACK or name.endswith(f".{_LOOPBACK}") or name in {self.host, *self.names}:
            return True
        try:
            address = ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        # A page elsewhere can give its name our address, but never be named by an address.
        return address.is_loopback or (self.is_open and not address.is_unspecified)

    def _wrong_origin(self, request: RequestInfo) -> Refusal | None:
        origins = request.header_values("origin")
        if not origins or (len(origins) == 1 and origins[0] in self._own_origins(request)):
            return None
        return Refusal(403, "the request comes from a page of another site")

    def _own_origins(self, request: RequestInfo) -> tuple[str, ...]:
        """Return the origins of our own pages; a name that was asked for may be that of a proxy."""
        host = request.first_header("host")
        is_allowed = host.partition(":")[0].lower() in self.names
        return (f"http://{host}", f"https://{host}") if is_allowed else (f"http://{host}",)


def _wrong_method(request: RequestInfo) -> Refusal | None:
    if request.method in ("GET", "HEAD"):
        return None
    return Refusal(405, "a preview is only read: GET and HEAD")


def _too_large(request: RequestInfo) -> Refusal | None:
    if len(request.target) > LONGEST_TARGET:
        return Refusal(414, f"an address has {LONGEST_TARGET} bytes at most")
    if sum(len(key) + len(value) + 4 for key, value in request.headers) > MOST_HEADERS:
        cookies = "delete the cookies that the browser keeps for this machine"
        return Refusal(431, f"headers have {MOST_HEADERS} bytes at most; {cookies}")
    if request.first_header("content-length") not in ("", "0") or request.header_values(
        "transfer-encoding"
    ):
        return Refusal(413, "a request to a preview has no body")
    return None


def _from_another_site(request: RequestInfo) -> Refusal | None:
    """Refuse what other sites' pages load from here; following a link to here is fine."""
    if request.first_header("sec-fetch-site") not in ("cross-site", "same-site"):
        return None
    if (
        request.first_header("sec-fetch-mode") == "navigate"
        and request.first_header("sec-fetch-dest") == "document"
    ):
        return None
    return Refusal(403, "the request comes from a page of another site")

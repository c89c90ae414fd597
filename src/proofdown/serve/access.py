"""Access control: decide which requests the preview answers.

Any web page in a browser can send requests to a server on this machine, and can map its own name to
the machine's address (DNS rebinding). So the `Host` must be a name of this machine, the `Origin`
must be this server, and only `GET` and `HEAD` are allowed.
"""

import ipaddress
import re
from collections.abc import Sequence

from msgspec import Struct

MOST_HEADERS = 16 * 1024
"""Limit of a request's headers in bytes."""
LONGEST_TARGET = 4096
"""Limit of a request's target in bytes."""

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
_LOOPBACK = "localhost"


class Refusal(Struct, frozen=True):
    """The reason to refuse a request."""

    status: int
    text: str


class RequestInfo(Struct, frozen=True):
    """The parts of a request that access control depends on."""

    method: str
    target: str
    """The path and query, still percent-encoded."""
    headers: Sequence[tuple[str, str]]

    def header_values(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key.lower() == name]

    def first_header(self, name: str) -> str:
        """Return the first value of a header, or an empty string if there is none."""
        return next(iter(self.header_values(name)), "")


class Guard(Struct, frozen=True):
    """The access rules of one run.

    Args:
        names: the host names of `--allow-host`.
        host: the address that the server listens on, which is accepted as a name too.
        is_open: whether it listens beyond the loopback interface, so that it can be addressed by
            any IP address.
    """

    names: frozenset[str] = frozenset()
    host: str = _LOOPBACK
    is_open: bool = False

    def refusal(self, request: RequestInfo) -> Refusal | None:
        """Return why to refuse a request, or None if it is allowed."""
        return (
            self._wrong_host(request)
            or _wrong_method(request)
            or _too_large(request)
            or self._wrong_origin(request)
            or _from_another_site(request)
        )

    def refuses_socket(self, request: RequestInfo) -> bool:
        """Return whether to refuse a websocket; unlike a page, it must have our `Origin`."""
        return request.first_header("origin") not in self._own_origins(request)

    def _wrong_host(self, request: RequestInfo) -> Refusal | None:
        hosts = request.header_values("host")
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if not found:
            return Refusal(400, "a request must have exactly one `Host`")
        name = found["name"].lower()
        if self._is_ours(name):
            return None
        return Refusal(
            403, f"this preview does not answer to `{name}`; `--allow-host {name}` makes it do so"
        )

    def _is_ours(self, name: str) -> bool:
        # RFC 6761: every name below `localhost` is the loopback interface.
        if name == _LOOPBACK or name.endswith(f".{_LOOPBACK}") or name in {self.host, *self.names}:
            return True
        try:
            address = ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        # DNS rebinding needs a name. A page that is addressed by an IP address is really there.
        return address.is_loopback or (self.is_open and not address.is_unspecified)

    def _wrong_origin(self, request: RequestInfo) -> Refusal | None:
        origins = request.header_values("origin")
        if not origins or (len(origins) == 1 and origins[0] in self._own_origins(request)):
            return None
        return Refusal(403, "the request comes from a page of another site")

    def _own_origins(self, request: RequestInfo) -> tuple[str, ...]:
        """Return the origins of our own pages."""
        host = request.first_header("host")
        # Behind a name of `--allow-host` there may be a proxy that terminates TLS.
        is_allowed = host.partition(":")[0].lower() in self.names
        return (f"http://{host}", f"https://{host}") if is_allowed else (f"http://{host}",)


def _wrong_method(request: RequestInfo) -> Refusal | None:
    if request.method in ("GET", "HEAD"):
        return None
    return Refusal(405, "a preview allows only GET and HEAD")


def _too_large(request: RequestInfo) -> Refusal | None:
    if len(request.target) > LONGEST_TARGET:
        return Refusal(414, f"an address may have at most {LONGEST_TARGET} bytes")
    if sum(len(key) + len(value) + 4 for key, value in request.headers) > MOST_HEADERS:
        # Cookies do not depend on the port, so those of every local server come along.
        cookies = "delete the cookies that the browser has for this host"
        return Refusal(431, f"headers may have at most {MOST_HEADERS} bytes; {cookies}")
    if request.first_header("content-length") not in ("", "0") or request.header_values(
        "transfer-encoding"
    ):
        return Refusal(413, "a request to a preview must not have a body")
    return None


def _from_another_site(request: RequestInfo) -> Refusal | None:
    """Refuse subresources loaded by pages of other sites; links from there may be followed."""
    if request.first_header("sec-fetch-site") not in ("cross-site", "same-site"):
        return None
    if (
        request.first_header("sec-fetch-mode") == "navigate"
        and request.first_header("sec-fetch-dest") == "document"
    ):
        return None
    return Refusal(403, "the request comes from a page of another site")

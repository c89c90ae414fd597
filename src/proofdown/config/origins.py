r"""Determine the host that a browser contacts for a URL, by the WHATWG URL standard.

Only the parts that decide between "this site" and "another host" are parsed. Python's `urlsplit`
follows RFC 3986, in which `https:/x`, `/\x` and a URL with a line break have another meaning.
"""

import re
from urllib.parse import unquote

from msgspec import Struct

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
"""The schemes that the standard calls special, with their ports. In these, `\\` means `/`."""
_WITHOUT_HOST = frozenset("about blob data javascript mailto tel view-source".split())
_STRIPPED = "".join(map(chr, range(0x21)))
_REMOVED = str.maketrans("", "", "\t\n\r")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_END_OF_AUTHORITY = re.compile(r"[/\\?#]")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(\d*))?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff#%/:<>?@\[\\\]^|]")
_KEPT_BY_BROWSERS = frozenset("\xdf\u03c2\u200c\u200d")
"""Characters that Python's IDNA 2003 maps to others, whereas browsers (UTS 46) keep them."""
_DOT = re.compile("[.\u3002\uff0e\uff61]")


class Origin(Struct, frozen=True):
    """Scheme, host and port of a URL."""

    scheme: str
    host: str
    """In lower case; labels that are not ASCII are in Punycode."""
    port: int
    """The scheme's default port if the URL has none; 0 for a scheme without one."""

    def __str__(self) -> str:
        is_usual = self.port == _PORTS.get(self.scheme, 0)
        return self.host if is_usual else f"{self.host}:{self.port}"


def clean_url(url: str) -> str:
    """Return a URL without the characters that browsers remove before they parse it."""
    return url.strip(_STRIPPED).translate(_REMOVED)


def origin_of(url: str, scheme: str = "https") -> Origin | None:
    """Return the origin of a URL in a page, or None for a relative or an unusable URL.

    Args:
        url: the URL, with character references resolved.
        scheme: the scheme of the page, which `//x` inherits.
    """
    url = clean_url(url)
    found = _SCHEME.match(url)
    rest = url[found.end() :] if found else url
    slashes = len(rest) - len(rest.lstrip("/\\"))
    if found:
        scheme = found[1].lower()
    elif slashes < 2:
        return None
    if scheme in _PORTS:
        # `https:/x` and `https:x` name the host `x`. To a page that itself was loaded by HTTPS
        # they are relative, but the target would never be the one that the author meant.
        return _origin(scheme, rest[slashes:])
    has_host = rest.startswith("//") or (scheme == "file" and slashes >= 2)
    return _origin(scheme, rest[2:]) if has_host and scheme not in _WITHOUT_HOST else None


def _origin(scheme: str, rest: str) -> Origin | None:
    authority = _END_OF_AUTHORITY.split(rest, maxsplit=1)[0]
    found = _HOST_AND_PORT.fullmatch(authority.rpartition("@")[2])
    if found is None:
        return None
    # In special schemes, browsers percent-decode a host before they look it up.
    host = found[1] if found[1][0] == "[" else ascii_host(unquote(found[1]))
    is_host = bool(host) and (host[0] == "[" or not _FORBIDDEN.search(host))
    # Leading zeros are allowed; without them, more than five digits are no port. `int` would
    # raise for thousands of digits.
    digits = (found[2] or "").lstrip("0") or ("0" if found[2] else "")
    port = int(digits) if len(digits) <= 5 and digits else _PORTS.get(scheme, 0)
    return Origin(scheme, host.lower(), port) if is_host and len(digits) <= 5 else None


def ascii_host(host: str) -> str:
    """Return a host name as browsers look it up: in lower case, in Punycode if needed.

    >>> ascii_host("Bücher.example")
    'xn--bcher-kva.example'
    """
    if host.isascii():
        return host.lower()
    try:
        if not _KEPT_BY_BROWSERS.isdisjoint(host):
            return ".".join(_punycode(label) for label in _DOT.split(host.lower()))
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return host.lower()


def _punycode(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"

"""Check that URIs in code have what their scheme requires."""

import re
from collections.abc import Iterator

from proofdown.addresses import split_url
from proofdown.diagnostics import Diagnostic, did_you_mean
from proofdown.site.model import ComposedPage, SiteContext

DRIVERS = frozenset(
    "bhyve ch esx gsx hyperv libxl lxc openvz parallels phyp qemu test vbox vmwarefusion "
    "vmwareplayer vmwarews vpx vz xen xenapi".split()
)
"""The first part of a libvirt URI's scheme."""
TRANSPORTS = frozenset("ext libssh libssh2 ssh tcp tls unix".split())
"""The part of a libvirt URI's scheme after the `+`."""

_NEED_HOST = frozenset("http https ftp ftps ws wss rdma sftp ssh".split())
_REMOTE = frozenset("libssh libssh2 ssh tls".split())
_NEED_SLASHES = _NEED_HOST | {"tcp", "udp"}
_URI = re.compile(
    r"(?<![\w/.@+:-])(?P<scheme>[a-z][a-z0-9+.-]*)(?P<colon>:?)(?P<slashes>/+)"
    r"(?P<rest>[^\s'\"`|;,)]*)"
)
_PLACEHOLDER = re.compile(
    r"[<>{}$%*…]|\.\.\.|\[(?![0-9A-Fa-f:.]+(?:%\w+)?\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:[/?#]|$))|\("
)
"""A part for the reader to fill in. An IPv6 address in brackets is none, closed or not."""
# The paths of libvirt URIs that mean this machine, as in `qemu:/system`.
_LOCAL_PATHS = re.compile(r"(?:system|session|embed|default|root)?(?:[/?#].*)?")
_LIKE_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[:/].*)?")
_PORT_NAME = re.compile(r":[A-Za-z_]+(?=[/?#]|$)")


def malformed_uri(built: ComposedPage, _context: SiteContext) -> Iterator[Diagnostic]:
    """A URI that does not follow the rules of its scheme.

    ## What it does
    Checks URIs in code spans and in console, shell and plain code blocks. Finds one or three
    slashes instead of two before a host, a missing host, a port that is not a number, unclosed
    brackets, and a libvirt URI whose driver or transport does not exist. `qemu:///system`,
    `qemu+unix:///system` and `qemu+tcp:///system` have no host and are valid: they mean this
    machine. URIs with a placeholder in brackets or braces, or with `…`, are not checked, and
    `driver+transport://host/path` is not taken for a libvirt URI.

    ## Why it matters
    A URI with one slash can still be parsed, but means something else: `qemu+tls:/desthost/system`
    has no host, so libvirt tries to connect to the machine that it runs on.

    ## Example
    ```console
    $ virsh migrate --p2p web1 qemu+tls:/desthost/system
    ```

    ## Instead
    `qemu+tls://desthost/system`
    """
    body = built.page.body
    if "/" not in body:
        return
    blocks = [block for block in built.text.code_blocks if block.is_shell]
    lines = ((line.start, line.end) for block in blocks for line in block.lines)
    for start, end in (*lines, *built.text.code_spans):
        for found in _URI.finditer(body, start, end):
            problem = _problem(found)
            if problem:
                location = built.text.location(*found.span())
                yield Diagnostic("malformed-uri", problem[0], location, problem[1])


def is_malformed(text: str) -> bool:
    """Return whether a text is a URI that does not follow the rules of its scheme."""
    found = _URI.fullmatch(text)
    return found is not None and _problem(found) is not None


def _problem(found: re.Match[str]) -> tuple[str, str] | None:
    """Return a message and a help text about a URI, or None if it is well-formed."""
    uri, scheme, rest = found[0], found["scheme"], found["rest"]
    driver, plus, transport = scheme.partition("+")
    if not rest or _PLACEHOLDER.search(uri):
        return None
    if not found["colon"]:
        # Without a colon most texts with slashes are paths; only `http//` and `https//` are not.
        is_meant = scheme in ("http", "https") and len(found["slashes"]) == 2
        fits = is_meant and _LIKE_HOST.fullmatch(rest)
        return (f"`{uri}` has no colon", f"write `{scheme}://{rest}`") if fits else None
    if plus and (unknown := _unknown_part(uri, driver, transport)):
        return unknown
    is_libvirt = bool(plus) and driver in DRIVERS
    if len(found["slashes"]) == 1:
        is_local = is_libvirt and transport == "unix"
        is_wrong = scheme in _NEED_SLASHES or (is_libvirt and not is_local)
        # For libvirt, `qemu:/system` is as good as `qemu:///system`.
        is_wrong = is_wrong or (driver in DRIVERS and not _LOCAL_PATHS.fullmatch(rest))
        help_ = f"write `{scheme}://{rest}`"
        return (f"`{uri}` has one slash before the host, not two", help_) if is_wrong else None
    if len(found["slashes"]) > 2:
        return _without_host(found, is_remote=is_libvirt and transport in _REMOTE)
    return _bad_authority(uri)


def _without_host(found: re.Match[str], *, is_remote: bool) -> tuple[str, str] | None:
    if not is_remote and found["scheme"] not in _NEED_HOST:
        return None
    help_ = f"write `{found['scheme']}://{found['rest']}`"
    if _LOCAL_PATHS.fullmatch(found["rest"]):
        help_ = f"name one: `{found['scheme']}://HOST/{found['rest']}`"
    return f"`{found[0]}` has no host", help_


def _unknown_part(uri: str, driver: str, transport: str) -> tuple[str, str] | None:
    """Return a message and a help text if a URI is almost a libvirt URI, or else None."""
    if driver in DRIVERS and transport not in TRANSPORTS:
        help_ = did_you_mean(transport, TRANSPORTS) or f"one of {', '.join(sorted(TRANSPORTS))}"
        return f"`{uri}` has the transport `{transport}`, which libvirt does not have", help_
    guess = did_you_mean(driver, DRIVERS, cutoff=0.8)
    if driver not in DRIVERS and transport in TRANSPORTS and guess:
        return f"`{uri}` has the driver `{driver}`, which libvirt does not have", guess
    return None


def _bad_authority(uri: str) -> tuple[str, str] | None:
    """Return a message and a help text if host or port is invalid, or else None."""
    parts = split_url(_PORT_NAME.sub(":1", uri))  # `:PORT` is a placeholder
    if parts is None:
        return f"`{uri}` has a host that is not an address", ""
    try:
        _ = parts.port  # `urllib` parses the port only when it is read
    except ValueError:
        return f"`{uri}` has a port that is not a number up to 65535", ""
    if parts.scheme in _NEED_HOST and not parts.hostname:
        return f"`{uri}` has no host", ""
    return None

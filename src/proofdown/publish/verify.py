"""What readers get, compared with the receipt, file by file."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from msgspec import Struct

from proofdown import __version__
from proofdown.build import no_progress
from proofdown.diagnostics import Diagnostic
from proofdown.manuscripts import Progress
from proofdown.publish.headers import content_type
from proofdown.publish.receipt import Stamp, stamp
from proofdown.source import Place

_SECONDS = 20
"""How long one answer may take."""
_AT_ONCE = 8
_LONGEST_PAUSE = 15
_CHECKED_TYPES = (".html", ".css", ".js", ".svg", ".json")


class _Answer(Struct, frozen=True):
    data: bytes
    kind: str
    """Its content type, without parameters."""
    fault: str = ""
    """Why there is none."""


def verify(
    url: str,
    expected: Mapping[str, Stamp],
    place: Place,
    patience: float,
    progress: Progress = no_progress,
) -> list[Diagnostic]:
    """Return what readers do not get as it was published, after giving the host time for it.

    Args:
        url: address of the target's root, with a `/` at its end.
        expected: what each file must be.
        place: where the target is declared.
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
            return [_diagnostic(url, path, why, place) for path, why in sorted(faults.items())]
        open_ = {path: expected[path] for path in faults}
        time.sleep(min(pause, left, _LONGEST_PAUSE))
        pause *= 2


def fetch(url: str) -> bytes | None:
    """Return what readers get at an address; None where there is nothing."""
    answer = _get(url)
    return None if answer.fault else answer.data


def address_of(path: str) -> str:
    """Return the address at which a file is read: a folder's for its `index.html`."""
    address = path.removesuffix("index.html") if path.rpartition("/")[2] == "index.html" else path
    return quote(address)


def _fault(url: str, path: str, expected: Stamp) -> str:
    """Return what is wrong with a file as readers get it; empty where nothing is."""
    address = url + address_of(path)
    answer = _get(address)
    if answer.fault:
        return answer.fault
    if stamp(answer.data) != expected:
        past = _get(f"{address}?proofdown={expected.sha256[:12]}")
        if not past.fault and stamp(past.data) == expected:
            return "is an older one from a cache"
        return "is not the one that was published"
    kind = content_type(path).partition(";")[0]
    same = {kind, "application/javascript"} if path.endswith(".js") else {kind}
    if path.endswith(_CHECKED_TYPES) and answer.kind not in same:
        return f"is served as `{answer.kind}`"
    return ""


def _get(url: str) -> _Answer:
    headers = {"User-Agent": f"proofdown/{__version__}", "Accept-Encoding": "identity"}
    try:
        with urlopen(Request(url, headers=headers), timeout=_SECONDS) as got:  # noqa: S310 - http(s)
            kind = got.headers.get_content_type() if got.headers.get("Content-Type") else "nothing"
            return _Answer(got.read(), kind)
    except HTTPError as fault:
        with fault:
            missing = "is missing" if fault.code in (404, 410) else "is not given out"
        return _Answer(b"", "", f"{missing}: the host answers {fault.code}")
    except URLError as fault:
        return _Answer(b"", "", f"cannot be reached: {str(fault.reason).lower()}")
    except (OSError, HTTPException, ValueError) as fault:
        return _Answer(b"", "", f"cannot be reached: {str(fault).lower() or type(fault).__name__}")


def _diagnostic(url: str, path: str, why: str, place: Place) -> Diagnostic:
    help_ = "publish again, or clear the host's cache; `--verify` looks again"
    return Diagnostic("differs-live", f"{url}{address_of(path)} {why}", place, help_)

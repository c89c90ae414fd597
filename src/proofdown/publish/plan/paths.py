"""Which files of a site are pages and which are seen first; which are nobody's to touch."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

RECEIPT_NAME = "proofdown-receipt.json"
VERSIONS_FILE = "versions.json"
STATE_FOLDER = ".proofdown/"
"""Where a host without transactions keeps what a rollback and a killed publish need."""

_INDEXES = (VERSIONS_FILE, "sitemap.xml", "search/index.js")
_HASHED_NAME = re.compile(r"[.-][0-9a-f]{8,64}\.[a-z0-9]+$")
_OTHERS = ("CNAME", ".nojekyll", ".well-known/*", ".git*")
"""Files that the host or its owner put beside a site."""


def is_plain(path: str) -> bool:
    """Whether a path leads to a file below the folder that it is joined to, on every host."""
    return "\0" not in path and not {"", ".", ".."} & {*path.split("/")}


def is_page(path: str) -> bool:
    """Whether a file is a page."""
    return path.endswith((".html", ".htm"))


def is_receipt(path: str) -> bool:
    """Whether a file is a receipt."""
    return path.rpartition("/")[2] == RECEIPT_NAME


def is_left_alone(path: str, keep: Iterable[str]) -> bool:
    """Whether a file that was not published belongs to others who are known."""
    return any(fnmatchcase(path, pattern) for pattern in (*_OTHERS, *keep))


def is_named_by_hash(path: str) -> bool:
    """Whether a file's name holds a hash of its content, so that it never changes."""
    return _HASHED_NAME.search(path) is not None


def in_order(paths: Iterable[str]) -> list[list[str]]:
    """Return files in the order in which they may appear, those of a group in any order.

    Assets, pages, indexes of pages, receipts: no page is seen before what it needs, and a receipt
    is there when all else is.
    """
    groups: list[list[str]] = [[], [], [], []]
    for path in sorted(paths):
        groups[_rank(path)].append(path)
    return [group for group in groups if group]


def _rank(path: str) -> int:
    if is_receipt(path):
        return 3
    if f"/{path}".endswith(tuple(f"/{name}" for name in _INDEXES)):
        return 2
    return 1 if is_page(path) else 0

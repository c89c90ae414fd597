"""Classify paths: pages, receipts, upload order, and the files that a publish must not touch."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

RECEIPT_NAME = "proofdown-receipt.json"
VERSIONS_FILE = "versions.json"
STATE_FOLDER = ".proofdown/"
"""Holds the data for rollback and recovery, on hosts without transactions."""

# They list pages, so they are sent after the pages.
_INDEXES = (VERSIONS_FILE, "sitemap.xml", "search/index.js")
# Such as `theme.0a1b2c3d.css` or `index-0a1b2c3d.js`.
_HASHED_NAME = re.compile(r"[.-][0-9a-f]{8,64}\.[a-z0-9]+$")
_OTHERS = ("CNAME", ".nojekyll", ".well-known/*", ".git*")
"""Files that the host or its owner put beside a site, such as GitHub's `CNAME`."""


def is_safe_path(path: str) -> bool:
    """Return whether a path, joined to a folder, stays below it on every host."""
    return "\0" not in path and not {"", ".", ".."} & {*path.split("/")}


def is_page(path: str) -> bool:
    """Return whether a file is a page."""
    return path.endswith((".html", ".htm"))


def is_receipt(path: str) -> bool:
    """Return whether a file is a receipt."""
    return path.rpartition("/")[2] == RECEIPT_NAME


def is_left_alone(path: str, keep: Iterable[str]) -> bool:
    """Return whether a file is protected by `keep:` or by a well-known name."""
    # `fnmatch` would ignore case on some systems, and a host does not.
    return any(fnmatchcase(path, pattern) for pattern in (*_OTHERS, *keep))


def is_named_by_hash(path: str) -> bool:
    """Return whether a file name contains a hash, so that the content never changes."""
    return _HASHED_NAME.search(path) is not None


def upload_groups(paths: Iterable[str]) -> list[list[str]]:
    """Group files in upload order: assets, pages, indexes of pages, receipts.

    So no page is visible before the assets it needs, and a receipt appears last.
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

"""`objects.inv`: what Sphinx sites link to by name, as intersphinx reads it.

Pages are `std:doc`, headings `std:label`: `flows`, and `flows:the-danger-window`.
The format is that of https://sphobjinv.readthedocs.io/en/stable/syntax.html.
"""

import zlib
from collections.abc import Iterable, Iterator

from proofdown.addresses import encode_path
from proofdown.site.search.entries import PageEntries

_BLOCK = 65_535
"""Largest stored block of deflate, in bytes: its length is a 16-bit number (RFC 1951)."""


def make_inventory(title: str, lines: Iterable[str]) -> bytes:
    """Return the inventory of a site.

    Args:
        title: the site's title.
        lines: the lines of all pages, in any order.
    """
    head = f"# Sphinx inventory version 2\n# Project: {_line(title)}\n# Version: \n"
    head += "# The remainder of this file is compressed using zlib.\n"
    return head.encode() + _stored("".join(sorted(lines)).encode())


def inventory_lines(path: str, title: str, entries: PageEntries) -> Iterator[str]:
    """Yield the lines of one page.

    Args:
        path: its path in the content folder.
        title: its title.
        entries: its search entries.
    """
    name = path.removesuffix(".md")
    address = encode_path(entries.address) or "./"
    yield f"{_word(name)} std:doc -1 {address} {_line(title)}\n"
    for anchor, heading in entries.labels:
        label = _word(f"{name}:{anchor}").lower()
        yield f"{label} std:label -1 {address}#{encode_path(anchor)} {_line(heading) or '-'}\n"


def _word(text: str) -> str:
    return "-".join(text.split())


def _line(text: str) -> str:
    return " ".join(text.split())


def _stored(data: bytes) -> bytes:
    """Return data in zlib's format, stored without compression."""
    # Versions of zlib compress differently; stored blocks are the same bytes everywhere.
    blocks = [data[i : i + _BLOCK] for i in range(0, len(data), _BLOCK)] or [b""]
    found = b"\x78\x01"
    for number, block in enumerate(blocks):
        size = len(block)
        found += bytes([number == len(blocks) - 1]) + size.to_bytes(2, "little")
        found += (size ^ 0xFFFF).to_bytes(2, "little") + block
    return found + zlib.adler32(data).to_bytes(4, "big")

"""The lock file: every address and anchor that was ever published, one to a line.

    flows/
    flows/#managed-direct
    flows/#tcp-only gone

A line that ends in `gone` records a decision: readers with that link are let down on purpose. What
of an address would end or change its line is percent-encoded, and may be so elsewhere.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from msgspec import Struct

from proofdown.addresses import fault_of_address
from proofdown.config.root import LOCK_FILE
from proofdown.diagnostics import Diagnostic, Report, capped, unwritable
from proofdown.files import load_source, replace_file
from proofdown.source import Location, Source

MOST_LINES = 1_000_000
"""Addresses and anchors that a lock file may have."""

_SHOWN = 200
"""Characters of a line that a message shows."""
_HEAD = (
    "# Addresses and anchors that were published. `proofdown check --write-lock` adds to them;\n"
    "# what is lost is an error until an alias leads on, or its line here ends in `gone`.\n"
)
_LINE = re.compile(
    r"^[ \t]*(?P<entry>/?(?P<address>[^#\n]*?)(?:#(?P<anchor>\S+))?(?<!\s))"
    r"(?P<gone>[ \t]+gone)?[ \t]*$"
)
_AFTER_ADDRESS = re.compile(r"/[ \t]")
"""Something behind an address that is no `gone`: no page's name begins with a space."""
_WIDEST = 80
"""Characters that are shown of what cannot be an address."""


class Published(Struct, frozen=True):
    """An address, or an anchor of one, that was published once."""

    address: str
    anchor: str
    """Empty for the address itself."""
    is_gone: bool
    """Whether somebody decided that it need not lead anywhere."""
    location: Location

    @property
    def text(self) -> str:
        """How people write it; the home page is `/`."""
        anchor = f"#{self.anchor}" if self.anchor else ""
        return (self.address or "/") + anchor

    @property
    def line(self) -> str:
        """How the lock file writes it."""
        anchor = f"#{_encoded(self.anchor)}" if self.anchor else ""
        return (_encoded(self.address) or "/") + anchor + (" gone" if self.is_gone else "")


class Lock(Struct, frozen=True):
    """A lock file as it was read."""

    published: tuple[Published, ...] = ()
    """What was published once."""
    checksum: str = ""
    """SHA-256 of the file; empty if there is none that can be read."""


def load_lock(root: Path, report: Report) -> Lock:
    """Return what was published; nothing where there is no lock file.

    A lock file that cannot be read, and a line that is no address, are reported.
    """
    file = root / LOCK_FILE
    source = load_source(file, root, report) if os.path.lexists(file) else None
    faults = Report()
    found = tuple(_entries(source, faults)) if source else ()
    report.extend(capped(faults))
    return Lock(found, source.checksum if source else "")


def _entries(source: Source, report: Report) -> Iterator[Published]:
    count = 0
    for number, text in enumerate(source.text.split("\n"), 1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        start = source.line_starts[number - 1]
        count += 1
        if count > MOST_LINES:
            message = f"more than {MOST_LINES:,} addresses and anchors"
            report.add(Diagnostic("invalid-value", message, source.location_of_line(number)))
            return
        found = _LINE.match(text)
        if not found or _AFTER_ADDRESS.search(found["entry"]):
            message = f"`{text.strip()[:_SHOWN]}` is no address that was published"
            help_ = "a line is `flows/` or `flows/#anchor`, with ` gone` behind it or nothing"
            location = source.location(start, start + len(text))
            report.add(Diagnostic("invalid-value", message, location, help_))
            continue
        address, anchor = unquote(found["address"]), unquote(found["anchor"] or "")
        location = source.location(start + found.start("entry"), start + found.end("entry"))
        if fault := fault_of_address(address):
            message = f"nothing can be published at `{found['address'][:_WIDEST]}`"
            help_ = f"take the line out: {fault}"
            report.add(Diagnostic("invalid-value", message, location, help_))
            continue
        yield Published(address, anchor, bool(found["gone"]), location)


def is_legible(found: Iterable[Diagnostic]) -> bool:
    """Return whether all of the lock file was understood, given what a build found.

    Written anew, it would else forget the rest.
    """
    faults = ("unreadable-file", "invalid-encoding", "invalid-value")
    return not any(d.location.path == LOCK_FILE and d.code in faults for d in found)


def write_lock(root: Path, before: Iterable[Published], now: Iterable[tuple[str, str]]) -> int:
    """Write the lock file with what is published now added; return how many lines it has.

    Args:
        root: the site's root.
        before: what was published before, which stays.
        now: addresses with an anchor of theirs, or with an empty one.

    Raises:
        OutputError: the file cannot be written.
    """
    location = Location(LOCK_FILE)
    added = {(a, anchor): Published(a, anchor, False, location) for a, anchor in now}
    kept = {(p.address, p.anchor): p for p in before}
    lines = [entry.line for _, entry in sorted((added | kept).items())]
    text = _HEAD + "".join(f"{line}\n" for line in lines)
    try:
        replace_file(root / LOCK_FILE, root, text.encode())
    except OSError as fault:
        raise unwritable("the lock file", location, fault) from fault
    return len(lines)


def _encoded(text: str) -> str:
    if text.isprintable() and not any(mark in text for mark in " %#"):
        return text
    return "".join(quote(c) if c in " %#" or not c.isprintable() else c for c in text)

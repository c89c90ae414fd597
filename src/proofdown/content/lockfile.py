"""Read and write the lock file: every address and anchor that was ever published, one per line.

    flows/
    flows/#managed-direct
    flows/#tcp-only gone

A line that ends in `gone` records the decision that this link is broken on purpose. Characters
that would end or change a line are percent-encoded; others may be.
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
"""Largest number of addresses and anchors in a lock file."""

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
"""A word after an address that is not `gone`: names of pages do not begin with a space."""
_SHOWN_OF_ADDRESS = 80
"""Characters of an invalid address that a message shows."""


class Published(Struct, frozen=True, kw_only=True):
    """An address, or an anchor of one, that was published once."""

    address: str
    anchor: str
    """Empty for the address itself."""
    is_gone: bool = False
    """Whether the authors decided that it need not lead anywhere."""
    location: Location

    @property
    def text(self) -> str:
        """The link as messages show it; the home page is `/`."""
        anchor = f"#{self.anchor}" if self.anchor else ""
        return (self.address or "/") + anchor

    @property
    def line(self) -> str:
        """Its line in the lock file."""
        anchor = f"#{_encoded(self.anchor)}" if self.anchor else ""
        return (_encoded(self.address) or "/") + anchor + (" gone" if self.is_gone else "")


class Lock(Struct, frozen=True):
    """The contents of a lock file."""

    published: tuple[Published, ...] = ()
    """The addresses and anchors that were published once."""
    checksum: str = ""
    """SHA-256 of the file; empty if there is none that can be read."""


def load_lock(root: Path, report: Report) -> Lock:
    """Return the contents of the lock file, which are empty if there is none.

    A lock file that cannot be read and lines that are not addresses are reported.
    """
    file = root / LOCK_FILE
    source = load_source(file, root, report) if os.path.lexists(file) else None
    # Capped, because another kind of file in its place may have a million wrong lines.
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
            message = f"`{text.strip()[:_SHOWN]}` is not an address"
            help_ = "a line is `flows/` or `flows/#anchor`, optionally followed by ` gone`"
            location = source.location(start, start + len(text))
            report.add(Diagnostic("invalid-value", message, location, help_))
            continue
        address, anchor = unquote(found["address"]), unquote(found["anchor"] or "")
        location = source.location(start + found.start("entry"), start + found.end("entry"))
        if fault := fault_of_address(address):
            message = f"nothing can be published at `{found['address'][:_SHOWN_OF_ADDRESS]}`"
            help_ = f"remove the line: {fault}"
            report.add(Diagnostic("invalid-value", message, location, help_))
            continue
        yield Published(
            address=address, anchor=anchor, is_gone=bool(found["gone"]), location=location
        )


def is_legible(found: Iterable[Diagnostic]) -> bool:
    """Return whether a build could read every line of the lock file, given its diagnostics."""
    # If not, to write the file again would lose the lines that could not be read.
    faults = ("unreadable-file", "invalid-encoding", "invalid-value")
    return not any(d.location.path == LOCK_FILE and d.code in faults for d in found)


def write_lock(root: Path, before: Iterable[Published], now: Iterable[tuple[str, str]]) -> int:
    """Write the lock file, adding what is published now; return how many entries it has.

    Args:
        root: the site's root.
        before: what was published before; all of it is kept.
        now: pairs of an address and one of its anchors, or an empty one.

    Raises:
        OutputError: the file cannot be written.
    """
    location = Location(LOCK_FILE)
    added = {
        (address, anchor): Published(address=address, anchor=anchor, location=location)
        for address, anchor in now
    }
    kept = {(p.address, p.anchor): p for p in before}
    # `kept` comes last, so that an entry that is `gone` stays so.
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

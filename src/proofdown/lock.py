"""The lock file: every address and anchor that was ever published, one to a line.

    flows/
    flows/#managed-direct
    flows/#tcp-only gone

A line that ends in `gone` records a decision: readers with that link are let down on purpose.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from proofdown.diagnostics import Diagnostic, OutputError, Report
from proofdown.source import Place, Source, decode

LOCK_FILE = ".proofdown.lock"

_HEAD = (
    "# Addresses and anchors that were published. `proofdown check --write-lock` adds to them;\n"
    "# what is lost is an error until an alias leads on, or its line here ends in `gone`.\n"
)
_LINE = re.compile(
    r"^(?P<address>/?[^\s#]*)(?:#(?P<anchor>\S+))?(?P<gone>[ \t]+gone)?[ \t]*$", re.MULTILINE
)


class Published(Struct, frozen=True):
    """An address, or an anchor of one, that was published once."""

    address: str
    anchor: str
    """Empty for the address itself."""
    is_gone: bool
    """Whether somebody decided that it need not lead anywhere."""
    place: Place

    @property
    def text(self) -> str:
        """How the lock file writes it; the home page is `/`."""
        anchor = f"#{self.anchor}" if self.anchor else ""
        return (self.address or "/") + anchor + (" gone" if self.is_gone else "")


def load_lock(root: Path, report: Report) -> tuple[Published, ...]:
    """Return what was published; nothing where there is no lock file."""
    try:
        source = Source(LOCK_FILE, decode((root / LOCK_FILE).read_bytes()))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as fault:
        message = f"the lock file cannot be read: {fault}"
        report.add(Diagnostic("unreadable-file", message, Place(LOCK_FILE)))
        return ()
    found = []
    for match in _LINE.finditer(source.text):
        if match["address"]:
            address = match["address"].removeprefix("/")
            place = source.place(
                match.start(), match.start("gone") if match["gone"] else match.end()
            )
            found.append(Published(address, match["anchor"] or "", bool(match["gone"]), place))
    return tuple(found)


def write_lock(root: Path, before: Iterable[Published], now: Iterable[tuple[str, str]]) -> int:
    """Write the lock file with what is published now added; return how many lines it has.

    Args:
        root: the site's root.
        before: what was published before, which stays.
        now: addresses with an anchor of theirs, or with an empty one.

    Raises:
        OutputError: the file cannot be written.
    """
    place = Place(LOCK_FILE)
    added = {(a, anchor): Published(a, anchor, False, place) for a, anchor in now}
    kept = {(p.address, p.anchor): p for p in before}
    lines = [entry.text for _, entry in sorted((added | kept).items())]
    try:
        (root / LOCK_FILE).write_text(_HEAD + "".join(f"{line}\n" for line in lines), "utf-8")
    except OSError as fault:
        message = f"the lock file cannot be written: {(fault.strerror or str(fault)).lower()}"
        raise OutputError(Diagnostic("unwritable-output", message, place)) from fault
    return len(lines)

"""Read values that several settings have: numbers and paths."""

import os
from pathlib import Path

from proofdown.addresses import LONGEST_NAME
from proofdown.fields import whole_number
from proofdown.keys import Entry

OFF = "off"
_LARGEST_NUMBER = 999_999
_LONGEST_PATH = 2000
"""Bytes of a folder's path. Linux allows 4096 for a whole path, which this is a part of."""
_SHOWN = 80
"""Characters that messages show of a path that is too long."""


def read_number(entry: Entry) -> int | None:
    """Return a whole number above 0."""
    value = entry.scalar()
    if value is None:
        return None
    number = whole_number(value.text, _LARGEST_NUMBER)
    if number:
        return number
    shown, help_ = value.text[:40], f"write a number from 1 to {_LARGEST_NUMBER}"
    entry.fault(f"`{entry.key}` is `{shown}`, not a whole number above 0", value.location, help_)
    return None


def read_folder(entry: Entry) -> Path | None:
    """Return the path of a folder."""
    path = _read_path(entry, "a folder")
    return None if path is None else Path(path)


def read_inner_folder(entry: Entry) -> Path | None:
    """Return the path of a folder inside the site."""
    value = entry.scalar()
    if value is None:
        return None
    path = Path(value.text)
    # An empty path is the site's root, which also contains the output.
    if path.is_absolute() or ".." in path.parts or not value.text:
        entry.fault(f"the folder `{value.text}` is not inside the site", value.location)
        return None
    return read_folder(entry)


def read_program(entry: Entry) -> str | None:
    """Return the name or the path of a program."""
    return _read_path(entry, "a program")


def _read_path(entry: Entry, what: str) -> str | None:
    value = entry.scalar()
    if value is None:
        return None
    if reason := _fault_of_path(Path(value.text)):
        entry.fault(f"`{value.text[:_SHOWN]}` cannot be {what}", value.location, reason)
        return None
    return value.text


def _fault_of_path(path: Path) -> str:
    """Return why a path is too long for this machine, or "" if it is not."""
    if any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts):
        return f"a name in it is longer than {LONGEST_NAME} bytes"
    return f"it is longer than {_LONGEST_PATH} bytes" if len(bytes(path)) > _LONGEST_PATH else ""

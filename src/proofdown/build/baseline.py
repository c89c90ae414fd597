"""The baseline: known problems of an existing site, which do not fail the build.

Known problems are reported as notes; new ones fail the build. A baseline only shrinks: once it
exists, `proofdown check --write-baseline` removes entries whose problem is gone, and adds none.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from proofdown.config.root import BASELINE_FILE
from proofdown.diagnostics import (
    Diagnostic,
    SettingsError,
    Severity,
    reason_of,
    unwritable,
)
from proofdown.digests import checksum
from proofdown.files import read_inside, replace_file
from proofdown.folders import UnsafePathError
from proofdown.source import Location, json_text

_TOO_MUCH = (RecursionError, OverflowError)
"""Raised for deeply nested lists, and for a count that is infinite."""


class ProblemKey(NamedTuple):
    """Identifies a problem, even after its line has moved."""

    code: str
    path: str
    message: str


class Baseline(Struct, frozen=True):
    """A baseline file's content."""

    known: Counter[ProblemKey]
    """How often each known problem may occur."""
    checksum: str
    """SHA-256 of the file."""


def load_baseline(root: Path) -> Baseline | None:
    """Return the baseline of a site, or None if there is none.

    Raises:
        SettingsError: the file cannot be read.
    """
    file = root / BASELINE_FILE
    if not os.path.lexists(file):  # `exists` would take a dangling link for no baseline
        return None
    try:
        data = read_inside(file, root)
        entries = json.loads(data.decode())["known"]
        known = Counter({_key_in(entry): int(entry["count"]) for entry in entries})
        return Baseline(known, checksum(data))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, *_TOO_MUCH) as fault:
        message = f"the baseline cannot be read: {_reason(fault)}"
        help_ = "delete it, and write it again with `proofdown check --write-baseline`"
        location = Location(BASELINE_FILE)
        raise SettingsError(Diagnostic("invalid-value", message, location, help_)) from fault


def _key_in(entry: dict[str, str]) -> ProblemKey:
    return ProblemKey(entry["code"], entry["path"], entry["message"])


def _reason(fault: Exception) -> str:
    if isinstance(fault, UnsafePathError):
        return f"it {fault.strerror}"
    if isinstance(fault, OSError):
        return reason_of(fault)
    if isinstance(fault, json.JSONDecodeError):
        return f"it is not JSON from line {fault.lineno} on"
    return "it is not as Proofdown writes it"


def apply_baseline(
    diagnostics: Iterable[Diagnostic], known: Counter[ProblemKey]
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics, with those in the baseline turned into notes."""
    # A copy, because `_take` counts down.
    left = Counter(known)
    found = []
    for diagnostic in diagnostics:
        if diagnostic.severity is not Severity.NOTE and _take(left, diagnostic):
            message = f"{diagnostic.message} (known)"
            found.append(replace(diagnostic, message=message, severity=Severity.NOTE))
        else:
            found.append(diagnostic)
    return tuple(found)


def shrunk(
    known: Counter[ProblemKey] | None, diagnostics: Iterable[Diagnostic]
) -> Counter[ProblemKey]:
    """Return the baseline to write: current problems, except any that an earlier one lacks."""
    left, now = Counter(known or ()), Counter[ProblemKey]()
    for diagnostic in diagnostics:
        if diagnostic.severity is not Severity.NOTE and (known is None or _take(left, diagnostic)):
            now[key_of(diagnostic)] += diagnostic.count
    return now


def _take(left: Counter[ProblemKey], diagnostic: Diagnostic) -> bool:
    """Take a problem out of what is left of a baseline; return whether it was there.

    For problems that were only counted, the baseline has their number alone, so any of the same
    code in the same file matches.
    """
    key = key_of(diagnostic)
    for known in (key, _unlisted(key)):
        # A `Counter` returns 0 for a key that it lacks.
        if left[known] >= diagnostic.count:
            left[known] -= diagnostic.count
            return True
    return False


def write_baseline(root: Path, known: Counter[ProblemKey]) -> None:
    """Write a baseline, sorted by path; an empty one is deleted.

    Raises:
        OutputError: the file cannot be written.
    """
    file = root / BASELINE_FILE
    entries = [
        {"path": key.path, "code": key.code, "message": key.message, "count": count}
        # Sorted, so that the file's diff in Git shows only what changed.
        for key, count in sorted(known.items(), key=lambda e: (e[0].path, e[0]))
    ]
    text = json_text({"version": 1, "known": entries}, indent=1)
    try:
        if known:
            replace_file(file, root, f"{text}\n".encode())
        else:
            # An empty file would be a baseline, too: one that lets nothing pass.
            file.unlink(missing_ok=True)
    except OSError as fault:
        raise unwritable("the baseline", Location(BASELINE_FILE), fault) from fault


def key_of(diagnostic: Diagnostic) -> ProblemKey:
    """Return the key of a problem; one that was only counted is identified without a message."""
    key = ProblemKey(diagnostic.code, diagnostic.location.path, diagnostic.message)
    return key if diagnostic.count == 1 else _unlisted(key)


def _unlisted(key: ProblemKey) -> ProblemKey:
    return key._replace(message="and more of these")

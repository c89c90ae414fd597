"""Reads a file of the site as text."""

from pathlib import Path

from proofdown.diagnostics import Diagnostic, Report
from proofdown.source import Place, Source, decode, relative_path


def load_source(file: Path, root: Path, report: Report) -> Source | None:
    """Return a file's text; None where it cannot be read or is not UTF-8, which is reported."""
    data = load_bytes(file, root, report)
    return None if data is None else make_source(data, file, root, report)


def load_bytes(file: Path, root: Path, report: Report) -> bytes | None:
    """Return what a file holds; None where it cannot be read, which is reported."""
    try:
        return file.read_bytes()
    except OSError as fault:
        message = f"cannot be read: {(fault.strerror or str(fault)).lower()}"
        report.add(Diagnostic("unreadable-file", message, Place(relative_path(file, root))))
        return None


def make_source(data: bytes, file: Path, root: Path, report: Report) -> Source | None:
    """Return what a file holds as a text; None where it is not UTF-8, which is reported."""
    path = relative_path(file, root)
    try:
        return Source(path, decode(data))
    except UnicodeDecodeError as fault:
        good = decode(data[: fault.start])
        message = f"byte 0x{data[fault.start]:02x} at offset {fault.start} is not UTF-8"
        at = Source(path, good + "\ufffd").place(len(good))
        report.add(Diagnostic("invalid-encoding", message, at, "save the file as UTF-8"))
        return None

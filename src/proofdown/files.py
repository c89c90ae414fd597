"""Read and replace files of the site, but never follow a symbolic link out of it.

A site from an untrusted source may contain links to a file of the machine, to an endless device,
to a pipe without a writer, or to `.git/config`. The same rule applies wherever a file is read.
"""

import os
from errno import EISDIR
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from proofdown.addresses import PUBLISHED_DOT_NAMES
from proofdown.diagnostics import Diagnostic, Report, reason_of
from proofdown.digests import Stamp, checksum, stamp_of
from proofdown.folders import UnsafePathError, open_below, read_all
from proofdown.source import Location, Source, decode, relative_path

LARGEST_TEXT = 16 * 1024 * 1024
"""Largest size of a text of a site, in bytes."""

_LEFT_BEHIND_SUFFIXES = ("~", ".swp", ".swo", ".orig", ".rej", ".pyc")
_TOOL_FOLDERS = ("__pycache__", "node_modules")


def is_left_out(name: str) -> bool:
    """Return whether a file or folder of this name is a tool's rather than a part of the site."""
    if name.startswith("."):
        return name not in PUBLISHED_DOT_NAMES
    return name in _TOOL_FOLDERS or name.endswith(_LEFT_BEHIND_SUFFIXES)


def fault_of_link(path: str | Path, root: str | Path) -> str:
    """Return why a link may not be followed, or "" if it may, or if the path is not a link.

    Its target has to be inside the root, not hidden, and not a file that a tool left behind.
    """
    real, top = os.path.realpath(path), os.path.realpath(root)
    if not f"{real}/".startswith(f"{top}/"):
        return "is a link that leads outside the site"
    below = os.path.relpath(real, top)
    if below != "." and any(is_left_out(part) for part in below.split("/")):
        return f"is a link to `{below}`, which is no part of a site"
    return ""


def load_source(file: Path, root: Path, report: Report) -> Source | None:
    """Return a file's text; if it cannot be read or is not UTF-8, report that and return None."""
    data = load_bytes(file, root, report)
    return None if data is None else make_source(data, file, root, report)


def load_bytes(file: Path, root: Path, report: Report, *, most: int = LARGEST_TEXT) -> bytes | None:
    """Return a file's contents; if it cannot be read, report that and return None.

    Args:
        file: the file.
        root: the site's root, which no link may lead out of.
        report: where problems go.
        most: the largest size allowed, in bytes.
    """
    found = load_stamped(file, root, report, most=most)
    return None if found is None else found[0]


def load_stamped(
    file: Path, root: Path, report: Report, *, most: int = LARGEST_TEXT
) -> tuple[bytes, Stamp] | None:
    """Return a file's contents and its stamp, or None, as `load_bytes` does."""
    try:
        return read_stamped_inside(file, root, most)
    except UnsafePathError as fault:
        message = str(fault.strerror)
    except OSError as fault:
        message = f"cannot be read: {reason_of(fault)}"
    report.add(Diagnostic("unreadable-file", message, Location(relative_path(file, root))))
    return None


def read_inside(file: str | Path, root: str | Path, most: int = LARGEST_TEXT) -> bytes:
    """Return the contents of a regular file of a site; see `read_stamped_inside`."""
    return read_stamped_inside(file, root, most)[0]


def read_stamped_inside(
    file: str | Path, root: str | Path, most: int = LARGEST_TEXT
) -> tuple[bytes, Stamp]:
    """Return the contents of a regular file of a site, with the stamp of the file that was read.

    Raises:
        UnsafePathError: a link leads to a forbidden target, the file is a device or a pipe, or it
            is too large.
        OSError: the system cannot read it.
    """
    number = _open(str(file), str(root))
    try:
        status = os.fstat(number)
        if S_ISDIR(status.st_mode):
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(file))
        if not S_ISREG(status.st_mode):
            raise UnsafePathError("is neither a file nor a folder", str(file))
        # One byte more than allowed, because the file may have grown since `fstat`.
        data = read_all(number, most + 1) if status.st_size <= most else b""
        if status.st_size > most or len(data) > most:
            raise UnsafePathError(f"has more than {most >> 20} MB, which is too much", str(file))
        return data, stamp_of(status)
    finally:
        os.close(number)


def _open(file: str, root: str) -> int:
    # Without O_NONBLOCK, opening a pipe blocks until some process writes into it.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(file, flags)
    except OSError:
        if not Path(file).is_symlink():
            raise
    if fault := fault_of_link(file, root):
        raise UnsafePathError(fault, file)
    # The resolved path: should the link be changed meanwhile, its new target is not opened.
    return os.open(os.path.realpath(file), flags)


def make_source(data: bytes, file: Path, root: Path, report: Report) -> Source | None:
    """Return a file's contents as a text; if they are not UTF-8, report that and return None."""
    path = relative_path(file, root)
    try:
        return Source(path, decode(data), checksum(data))
    except UnicodeDecodeError as fault:
        good = decode(data[: fault.start])
        message = f"byte 0x{data[fault.start]:02x} at offset {fault.start} is not UTF-8"
        at = Source(path, good + "\ufffd").location(len(good))
        report.add(Diagnostic("invalid-encoding", message, at, "save the file as UTF-8"))
        return None


def replace_file(file: Path, root: Path, data: bytes) -> None:
    """Replace or create a file of a site atomically, along with its folders.

    A link to a file of the site is followed, and the file keeps its permissions.

    Raises:
        UnsafePathError: a link leads to a forbidden target.
        OSError: the file cannot be written.
    """
    real, top = file, root
    if file.is_symlink():
        if fault := fault_of_link(file, root):
            raise UnsafePathError(fault, str(file))
        real, top = Path(os.path.realpath(file)), root.resolve()
    with open_below(str(top), real.parent.relative_to(top).as_posix(), makes=True) as folder:
        known = folder.stat(real.name)
        if known is None:
            folder.put(real.name, data)
        else:
            folder.put(real.name, data, known.st_mode & 0o7777)

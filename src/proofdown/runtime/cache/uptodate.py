"""Fast path for runs without changes: if no file differs, print what the last run printed.

A run that goes well saves its result: the request, the state of every file that it read or wrote,
and what it printed. While all of that is the same, the next run prints the same and does nothing
else. Only what Python has loaded anyway is imported here: a data class, a named tuple or a path
object would take longer than all the reading.
"""

import os
import sys
import time
import zlib
from stat import S_ISDIR, S_ISREG

import proofdown

NOTE_FOLDER, NOTE_FILE = ".proofdown/cache", "last"
FORMAT = 3
RACY_NANOSECONDS = 50_000_000
"""How young a change must be for another one to be able to hide behind it: some clock ticks."""

FileStates = dict[str, tuple[int, ...]]
"""Size, times of change and inode of files and folders by path; empty for what is missing."""

_PARTS = (
    *("requests", "toolchain", "day", "inputs", "outputs", "input states", "output states"),
    *("in colour", "plain", "errors", "exit code"),
)
"""The parts of a saved result, in the order of the file."""


class CachedOutput:
    """What a run printed, and its exit code."""

    __slots__ = ("errors", "exit_code", "output")

    def __init__(self, output: bytes, errors: str, exit_code: int) -> None:
        self.output, self.errors, self.exit_code = output, errors, exit_code


class NewOutput:
    """What a run prints, both ways, and its exit code.

    Args:
        in_colour: its standard output with colours, in pieces: a long report is not copied.
        plain: its standard output without colours, in pieces.
        errors: its standard error.
        exit_code: its exit code.
    """

    __slots__ = ("errors", "exit_code", "in_colour", "plain")

    def __init__(
        self, in_colour: tuple[bytes, ...], plain: tuple[bytes, ...], errors: str, exit_code: int
    ) -> None:
        self.in_colour, self.plain = in_colour, plain
        self.errors, self.exit_code = errors, exit_code


class WatchedFiles:
    """The files and folders on which the result of a run depends, as paths from the site's root.

    Args:
        inputs: what the run read.
        outputs: what it wrote.
        depends_on_day: whether another day may give another result.
        states_before: the states of inputs before the run read them.
    """

    __slots__ = ("depends_on_day", "inputs", "outputs", "states_before")

    def __init__(
        self,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        states_before: FileStates,
        *,
        depends_on_day: bool,
    ) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.states_before, self.depends_on_day = states_before, depends_on_day


def load_result(
    root: str, request: str, is_plain: bool = False, missed: str = ""
) -> CachedOutput | None:
    """Return what the last run printed; None if its request was another one, or a file changed.

    Args:
        root: the site's root.
        request: what this run is to do, in one of the forms that `save_result` was given.
        is_plain: whether to leave out the colours.
        missed: another form of the same request, for which this returned None a moment ago. If the
            last run had both forms, its files changed, and their states are not read again.
    """
    note = _load(root, left_out="in colour" if is_plain else "plain")
    requests = _text(note["requests"]).split("\n") if note else ()
    if request not in requests or missed in requests:
        return None
    if _text(note["toolchain"]) != toolchain_state() or _text(note["day"]) not in ("", _today()):
        return None
    for kind in ("input", "output"):
        paths = tuple(path for path in _text(note[f"{kind}s"]).split("\0") if path)
        if repr(read_states(root, paths)) != _text(note[f"{kind} states"]):
            return None
    output = note["plain" if is_plain else "in colour"]
    return CachedOutput(output, _text(note["errors"]), int(note["exit code"]))


def save_result(
    root: str, requests: tuple[str, ...], watched: WatchedFiles, output: NewOutput, started: int
) -> None:
    """Save what a run printed.

    Nothing is saved if a file is so young that a later change of it could not be seen, or is not
    in the state in which it was before the run read it: the result may be that of older contents.
    The times of files alone do not tell, because a file server has a clock of its own, and an
    older file may have been moved to the place of a newer one.

    Args:
        root: the site's root.
        requests: what the run was to do, in each form in which it may be asked for, on one line.
        watched: the files on which the result depends.
        output: what it printed.
        started: when it began, in nanoseconds of the clock.
    """
    states = read_states(root, watched.inputs)
    youngest = max((max(one[1:3]) for one in states.values() if one), default=0)
    is_same = watched.states_before.items() <= states.items()
    if youngest + RACY_NANOSECONDS >= started or not is_same:
        clear_result(root)
        return
    note = {
        "requests": _piece("\n".join(requests)),
        "toolchain": _piece(toolchain_state()),
        "day": _piece(_today() if watched.depends_on_day else ""),
        "inputs": _piece("\0".join(watched.inputs)),
        "outputs": _piece("\0".join(watched.outputs)),
        "input states": _piece(repr(states)),
        "output states": _piece(repr(read_states(root, watched.outputs))),
        "in colour": output.in_colour,
        "plain": output.plain,
        "errors": _piece(output.errors),
        "exit code": _piece(str(output.exit_code)),
    }
    _save(root, [note[part] for part in _PARTS])


def clear_result(root: str) -> None:
    """Remove the saved result."""
    from proofdown.folders import open_below

    try:
        with open_below(root, NOTE_FOLDER) as folder:
            folder.remove(NOTE_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return


def read_states(root: str, paths: tuple[str, ...], skipped: str = "") -> FileStates:
    """Return the states of files, and of folders with all that they contain; follow links.

    Args:
        root: the site's root; a link out of it is not entered.
        paths: the files and folders, as paths from the root.
        skipped: the name of folders that are left out.
    """
    states: FileStates = {}
    entered: set[tuple[int, int]] = set()
    for path in paths:
        file = os.path.join(root, path)
        left = [(file, path, os.path.islink(file))]
        _add_states(states, entered, root, skipped, left)
    return states


def toolchain_state() -> str:
    """Return the state of all that makes a site: this package, Python, and what is installed."""
    states = read_states(os.path.dirname(proofdown.__file__), ("",), skipped="__pycache__")
    own = [(path, state[:2]) for path, state in states.items() if not path.endswith(".pyc")]
    return f"{sys.version} {zlib.crc32(repr((own, installed())).encode())}"


def installed() -> list[str]:
    """Return the names of the installed packages, each with its version."""
    found: set[str] = set()
    for folder in sys.path:
        try:
            found.update(n for n in os.listdir(folder or ".") if n.endswith(".dist-info"))
        except OSError:
            continue
    return sorted(found)


def _open_note(root: str) -> int:
    """Return a descriptor of the saved result; follow no link below the site's root to it."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for name in NOTE_FOLDER.split("/"):
        above = folder
        try:
            folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
        finally:
            os.close(above)
    try:
        note = os.open(NOTE_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    if not S_ISREG(os.fstat(note).st_mode):
        os.close(note)
        raise FileNotFoundError
    return note


def _save(root: str, parts: list[tuple[bytes, ...]]) -> None:
    """Write a result: a line with length and checksum of each part, then the parts."""
    from proofdown.folders import open_below  # not needed by a run that finds a result

    numbers = [FORMAT]
    for part in parts:
        crc = 0
        for piece in part:
            crc = zlib.crc32(piece, crc)
        numbers += sum(map(len, part)), crc
    head = " ".join(map(str, numbers)).encode() + b"\n"
    try:
        with open_below(root, NOTE_FOLDER) as folder:
            folder.put(NOTE_FILE, (head, *(piece for part in parts for piece in part)))
    except OSError:
        return


def _load(root: str, left_out: str) -> dict[str, bytes]:
    """Return the parts of a saved result, except one; empty if there is none or it is damaged."""
    note: dict[str, bytes] = {}
    try:
        with open(_open_note(root), "rb") as file:
            known, *numbers = map(int, file.readline().split())
            if known != FORMAT:
                return {}
            for part, length, crc in zip(_PARTS, numbers[::2], numbers[1::2], strict=True):
                if part == left_out:
                    file.seek(length, os.SEEK_CUR)
                    continue
                note[part] = file.read(length)
                if (len(note[part]), zlib.crc32(note[part])) != (length, crc):
                    return {}
    except (OSError, ValueError, OverflowError):
        return {}
    return note


def _text(part: bytes) -> str:
    return part.decode("utf-8", "surrogatepass")


def _piece(part: str) -> tuple[bytes]:
    return (part.encode("utf-8", "surrogatepass"),)


def _add_states(
    states: FileStates,
    entered: set[tuple[int, int]],
    root: str,
    skipped: str,
    left: list[tuple[str, str, bool]],
) -> None:
    """Add the states of files, and of folders with all that they contain.

    Args:
        states: what to add them to.
        entered: device and inode of the folders that were entered; none is entered twice.
        root: the site's root; a link out of it is not entered.
        skipped: the name of folders that are left out.
        left: what is left to look at: its path, its path from the root, and whether it is a link.
    """
    while left:  # a stack of its own, because folders may be nested deeper than calls may be
        file, path, is_link = left.pop()
        try:
            status = os.stat(file)
            is_folder = S_ISDIR(status.st_mode)
            states[path] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            if not is_folder or (status.st_dev, status.st_ino) in entered:
                continue
            if is_link and not f"{os.path.realpath(file)}/".startswith(f"{root}/"):
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(file) as entries:
                found = [(e.name, e.is_symlink()) for e in entries if e.name != skipped]
        except OSError:
            states[path] = ()
            continue
        found.sort(reverse=True)
        left += [(f"{file}/{name}", f"{path}/{name}", is_linked) for name, is_linked in found]


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())

"""Fast path for no-op runs: if no input changed, replay the last run's output.

A run saves its result: the request, the state of every file that it read or wrote, and its output.
As long as request and states stay the same, the next run prints that output and does nothing else.
"""

# Import only what Python has loaded anyway: importing the modules of a data class, a named tuple or
# a path object would take longer than reading the result and all states.
import os
import sys
import time
import zlib
from stat import S_ISDIR, S_ISREG

import proofdown

RESULT_FOLDER, RESULT_FILE = ".proofdown/cache", "last"
FORMAT = 3
RACY_NANOSECONDS = 50_000_000
"""Age below which a file can change again without a change of its times: a few clock ticks."""

FileStates = dict[str, tuple[int, ...]]
"""Path → size, times of change and inode of a file or folder; empty if it does not exist."""

_PARTS = (
    *("requests", "toolchain", "day", "inputs", "outputs", "input states", "output states"),
    *("in colour", "plain", "errors", "exit code"),
)
"""The parts of a saved result, in the order of the file."""


class CachedOutput:
    """The output and exit code of a run."""

    __slots__ = ("errors", "exit_code", "output")

    def __init__(self, output: bytes, errors: str, exit_code: int) -> None:
        self.output, self.errors, self.exit_code = output, errors, exit_code


class NewOutput:
    """The output of a run, with and without colours, and its exit code.

    Args:
        in_colour: its standard output with colours, in chunks so that a long report is not copied.
        plain: its standard output without colours, in chunks.
        errors: its standard error.
        exit_code: its exit code.
    """

    __slots__ = ("errors", "exit_code", "in_colour", "plain")

    def __init__(
        self, *, in_colour: tuple[bytes, ...], plain: tuple[bytes, ...], errors: str, exit_code: int
    ) -> None:
        self.in_colour, self.plain = in_colour, plain
        self.errors, self.exit_code = errors, exit_code


class WatchedFiles:
    """The files that the result of a run depends on, as paths from the site's root.

    Args:
        inputs: the files and folders that the run read.
        outputs: the files that it wrote.
        depends_on_day: whether the result may differ on another day.
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
    """Return the last run's output, or None if its request differs or a file changed.

    Args:
        root: the site's root.
        request: one of the forms of the request that `save_result` was given.
        is_plain: whether to return the output without colours.
        missed: another form of the same request, for which this function has just returned None. If
            the last run had both, a file changed, and the states need not be read again.
    """
    result = _load(root, skipped="in colour" if is_plain else "plain")
    requests = _text(result["requests"]).split("\n") if result else ()
    if request not in requests or missed in requests:
        return None
    if _text(result["toolchain"]) != toolchain_state():
        return None
    if _text(result["day"]) not in ("", _today()):
        return None
    for kind in ("input", "output"):
        paths = tuple(path for path in _text(result[f"{kind}s"]).split("\0") if path)
        if repr(read_states(root, paths)) != _text(result[f"{kind} states"]):
            return None
    output = result["plain" if is_plain else "in colour"]
    return CachedOutput(output, _text(result["errors"]), int(result["exit code"]))


def save_result(
    root: str, requests: tuple[str, ...], watched: WatchedFiles, output: NewOutput, started: int
) -> None:
    """Save the result of a run, unless a file may have changed while it ran.

    Args:
        root: the site's root.
        requests: each form of the run's request, without line feeds.
        watched: the files on which the result depends.
        output: the run's output.
        started: when it began, in nanoseconds of the clock.
    """
    states = read_states(root, watched.inputs)
    youngest = max((max(one[1:3]) for one in states.values() if one), default=0)
    # The times alone are not enough: a file server has its own clock, and an older file may have
    # been moved over a newer one. So the states must also be those from before the run.
    is_same = watched.states_before.items() <= states.items()
    if youngest + RACY_NANOSECONDS >= started or not is_same:
        clear_result(root)
        return
    result = {
        "requests": _chunks("\n".join(requests)),
        "toolchain": _chunks(toolchain_state()),
        "day": _chunks(_today() if watched.depends_on_day else ""),
        "inputs": _chunks("\0".join(watched.inputs)),
        "outputs": _chunks("\0".join(watched.outputs)),
        "input states": _chunks(repr(states)),
        "output states": _chunks(repr(read_states(root, watched.outputs))),
        "in colour": output.in_colour,
        "plain": output.plain,
        "errors": _chunks(output.errors),
        "exit code": _chunks(str(output.exit_code)),
    }
    _save(root, [result[part] for part in _PARTS])


def clear_result(root: str) -> None:
    """Remove the saved result."""
    from proofdown.folders import open_below

    try:
        with open_below(root, RESULT_FOLDER) as folder:
            folder.remove(RESULT_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return


def read_states(root: str, paths: tuple[str, ...], skipped: str = "") -> FileStates:
    """Return the states of files, and of folders with their contents; follow links.

    Args:
        root: the site's root; a link out of it is not entered.
        paths: the files and folders, as paths from the root.
        skipped: the name of folders to leave out.
    """
    states: FileStates = {}
    entered: set[tuple[int, int]] = set()
    for path in paths:
        file = os.path.join(root, path)
        left = [(file, path, os.path.islink(file))]
        _add_states(states, entered, root, skipped, left)
    return states


def toolchain_state() -> str:
    """Return the state of this package, of Python and of the installed packages."""
    states = read_states(os.path.dirname(proofdown.__file__), ("",), skipped="__pycache__")
    # Without ctime and inode, which differ between copies of the same installation.
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


def _open_result(root: str) -> int:
    """Return a descriptor of the saved result; follow no link below the site's root."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for name in RESULT_FOLDER.split("/"):
        above = folder
        try:
            folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
        finally:
            os.close(above)
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer.
        file = os.open(RESULT_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    if not S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileNotFoundError
    return file


def _save(root: str, parts: list[tuple[bytes, ...]]) -> None:
    """Write a result: a line with each part's length and checksum, then the parts."""
    from proofdown.folders import open_below  # not on the fast path

    numbers = [FORMAT]
    for part in parts:
        crc = 0
        for chunk in part:
            crc = zlib.crc32(chunk, crc)
        numbers += sum(map(len, part)), crc
    head = " ".join(map(str, numbers)).encode() + b"\n"
    try:
        with open_below(root, RESULT_FOLDER) as folder:
            folder.put(RESULT_FILE, (head, *(chunk for part in parts for chunk in part)))
    except OSError:
        return  # the next run cannot take the fast path, but this one is not affected


def _load(root: str, skipped: str) -> dict[str, bytes]:
    """Return the saved result's parts except one; empty if missing or damaged."""
    parts: dict[str, bytes] = {}
    try:
        with open(_open_result(root), "rb") as file:
            known, *numbers = map(int, file.readline().split())
            if known != FORMAT:
                return {}
            for part, length, crc in zip(_PARTS, numbers[::2], numbers[1::2], strict=True):
                if part == skipped:
                    file.seek(length, os.SEEK_CUR)
                    continue
                parts[part] = file.read(length)
                if (len(parts[part]), zlib.crc32(parts[part])) != (length, crc):
                    return {}
    except (OSError, ValueError, OverflowError):
        return {}
    return parts


def _text(part: bytes) -> str:
    return part.decode("utf-8", "surrogatepass")


def _chunks(part: str) -> tuple[bytes]:
    return (part.encode("utf-8", "surrogatepass"),)


def _add_states(
    states: FileStates,
    entered: set[tuple[int, int]],
    root: str,
    skipped: str,
    left: list[tuple[str, str, bool]],
) -> None:
    """Add the states of files, and of folders with everything in them.

    Args:
        states: where to add them.
        entered: device and inode of each folder that was entered, so that none is entered twice.
        root: the site's root; a link out of it is not entered.
        skipped: the name of folders to leave out.
        left: the stack of files to visit: path, path from the root, and whether it is a link.
    """
    while left:  # not recursive, because folders can be nested deeper than Python calls
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
        found.sort(reverse=True)  # the order of `scandir` is arbitrary, and states are compared
        left += [(f"{file}/{name}", f"{path}/{name}", is_linked) for name, is_linked in found]


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())

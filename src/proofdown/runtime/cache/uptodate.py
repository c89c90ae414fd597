"""Whether anything changed since the last run that asked for the same; answered at once.

A run that goes well leaves a note: what it was asked, how everything looked that it read, how
everything looks that it wrote, and what it said. While all of that looks the same, the next run
says the same and does nothing. Only what Python has at hand is imported here: a data class or a
path object would cost more than all the looking.
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

Look = dict[str, tuple[int, ...]]
"""Size, times of change and inode of files and folders by their path; nothing for what is gone."""
Said = tuple[bytes, str, int]
"""What a run said on the standard output and on the standard error, and its exit code."""
Noted = tuple[tuple[bytes, ...], str, int]
"""The same, the first in pieces: a report is large, and not to be there twice."""
Watched = tuple[tuple[str, ...], tuple[str, ...], bool, Look]
"""Files and folders that a run read and those that it wrote, as paths from the site's folder,
whether the day makes a difference, and how what it read looked before it did so."""
_PARTS = (
    *("asked", "made by", "day", "read", "written", "as read", "as written"),
    *("in colour", "plain", "error", "code"),
)
"""What a note holds, in this order."""


def load_result(root: str, asked: str, is_plain: bool = False, refused: str = "") -> Said | None:
    """Return what the last run said, if it was asked this and nothing has changed since.

    Args:
        root: the site's folder.
        asked: what this run is asked, in one of the ways of saying it.
        is_plain: whether to leave out the colours.
        refused: another way of asking, to which there was no answer a moment ago. What was asked
            in both ways before has changed, and is not looked at again.
    """
    note = _load(root, left_out="in colour" if is_plain else "plain")
    known = _text(note["asked"]).split("\n") if note else ()
    if asked not in known or refused in known:
        return None
    if _text(note["made by"]) != _made_by() or _text(note["day"]) not in ("", _today()):
        return None
    for which in ("read", "written"):
        paths = tuple(path for path in _text(note[which]).split("\0") if path)
        if repr(look(root, paths)) != _text(note[f"as {which}"]):
            return None
    out = note["plain" if is_plain else "in colour"]
    return out, _text(note["error"]), int(note["code"])


def remember(
    root: str,
    asked: tuple[str, ...],
    watched: Watched,
    said: Noted,
    plain: tuple[bytes, ...],
    started: int,
) -> None:
    """Leave a note of a run.

    There is none if a file is so young that a later change of it could not be seen, or does not
    look as it did before the run read it: what it says may then be of what was there before. The
    times of files alone do not tell, for they are those of another clock where a server keeps
    them, and an older file may have been moved to the place of a newer one.

    Args:
        root: the site's folder.
        asked: what the run was asked, in each way of saying it, on one line.
        watched: what it depends on.
        said: what it said.
        plain: what it said on the standard output, without colours.
        started: when it began, in nanoseconds of the clock.
    """
    inputs, outputs, may_grow_old, before = watched
    looked = look(root, inputs)
    youngest = max((max(one[1:3]) for one in looked.values() if one), default=0)
    if youngest + RACY_NANOSECONDS >= started or not before.items() <= looked.items():
        forget(root)
        return
    out, err, code = said
    note = {
        "asked": _piece("\n".join(asked)),
        "made by": _piece(_made_by()),
        "day": _piece(_today() if may_grow_old else ""),
        "read": _piece("\0".join(inputs)),
        "written": _piece("\0".join(outputs)),
        "as read": _piece(repr(looked)),
        "as written": _piece(repr(look(root, outputs))),
        "in colour": out,
        "plain": plain,
        "error": _piece(err),
        "code": _piece(str(code)),
    }
    _save(root, [note[part] for part in _PARTS])


def forget(root: str) -> None:
    """Take the note away."""
    from proofdown.folders import open_below

    try:
        with open_below(root, NOTE_FOLDER) as folder:
            folder.remove(NOTE_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return


def installed() -> list[str]:
    """Return the names of the installed packages, each with its version, as the system has them."""
    found: set[str] = set()
    for folder in sys.path:
        try:
            found.update(n for n in os.listdir(folder or ".") if n.endswith(".dist-info"))
        except OSError:
            continue
    return sorted(found)


def _open_note(root: str) -> int:
    """Return the descriptor of a note; no link below the site's folder is followed to it."""
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
    """Write a note: a line with length and checksum of each of its parts, then the parts."""
    from proofdown.folders import open_below  # which a run that finds a note does without

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
    """Return a note by its parts, but for one; empty where there is none, or it is damaged."""
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


def look(root: str, paths: tuple[str, ...]) -> Look:
    """Return how files look, and folders with all that is in them; links are followed."""
    found: Look = {}
    seen: set[tuple[int, int]] = set()
    for path in paths:
        file = os.path.join(root, path)
        _look_at(file, path, root, found, seen, is_link=os.path.islink(file))
    return found


def _look_at(
    file: str,
    path: str,
    root: str,
    found: Look,
    seen: set[tuple[int, int]],
    *,
    is_link: bool,
) -> None:
    """Note how a file looks, or a folder with all that is in it.

    Args:
        file: the file or folder; a link is followed.
        path: what to note it by.
        root: the site's folder; a link out of it is noted and not looked into.
        found: takes what is noted.
        seen: folders that were looked into.
        is_link: whether the file is a link.
    """
    left = [(file, path, is_link)]
    while left:  # however deep: a function that calls itself for each folder would fail
        file, path, is_link = left.pop()
        try:
            state = os.stat(file)
            is_folder = S_ISDIR(state.st_mode)
            found[path] = (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)
            if not is_folder or (state.st_dev, state.st_ino) in seen:
                continue
            if is_link and not f"{os.path.realpath(file)}/".startswith(f"{root}/"):
                continue
            seen.add((state.st_dev, state.st_ino))
            with os.scandir(file) as entries:
                names = sorted(((e.name, e.is_symlink()) for e in entries), reverse=True)
        except OSError:
            found[path] = ()
            continue
        left += [(f"{file}/{name}", f"{path}/{name}", is_linked) for name, is_linked in names]


def _made_by() -> str:
    """Return how this program looks: its files, Python, and what is installed beside it."""
    folder = os.path.dirname(proofdown.__file__)
    own = [(path, at[:2]) for path, at in look(folder, ("",)).items() if not path.endswith(".pyc")]
    return f"{sys.version} {zlib.crc32(repr((own, installed())).encode())}"


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())

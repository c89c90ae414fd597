"""Whether anything changed since the last run that asked for the same; answered at once.

A run that goes well leaves a note: what it was asked, how everything looked that it read, how
everything looks that it wrote, and what it said. While all of that looks the same, the next run
says the same and does nothing. Nothing heavy is imported here: Markdown, Jinja and YAML stay away.
"""

import json
import os
import sys
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR
from typing import Any

NOTE_FILE = ".proofdown/cache/last.json"
FORMAT = 1
RACY_NANOSECONDS = 50_000_000
"""How young a change must be for another one to be able to hide behind it: some clock ticks."""

Look = dict[str, list[int]]
"""Size, times of change and inode of files and folders by their path; nothing for what is gone."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a run said, and how it ended."""

    report: str
    last: str
    """The last line, which says what was written; empty for a run that writes nothing."""
    code: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What a run depends on, as paths from the site's root."""

    inputs: tuple[str, ...]
    """Files, and folders with all that is in them."""
    outputs: tuple[str, ...] = ()
    """The folder that it writes; none for a run that writes nothing."""
    may_grow_old: bool = False
    """Whether the day makes a difference."""


def recall(root: Path, asked: list[str]) -> Said | None:
    """Return what the last run said, if this one asks the same and nothing has changed since."""
    note = _load(root)
    if note is None or note["asked"] != asked or note["made_by"] != _made_by():
        return None
    if note["day"] not in ("", _today()):
        return None
    looks = _look(root, note["inputs"]), _look(root, note["wrote_in"])
    return Said(*note["said"]) if looks == (note["looked"], note["wrote"]) else None


def remember(root: Path, asked: list[str], watched: Watched, said: Said, started: int) -> None:
    """Leave a note of a run that was started at a time of day, in nanoseconds.

    There is none where a file is so young that a later change of it could not be seen.
    """
    looked = _look(root, watched.inputs)
    youngest = max((max(look[1:3]) for look in looked.values() if look), default=0)
    if youngest + RACY_NANOSECONDS >= started:
        forget(root)
        return
    note = {
        "asked": asked,
        "made_by": _made_by(),
        "inputs": watched.inputs,
        "wrote_in": watched.outputs,
        "day": _today() if watched.may_grow_old else "",
        "looked": looked,
        "wrote": _look(root, watched.outputs),
        "said": [said.report, said.last, said.code],
    }
    body = json.dumps(note, separators=(",", ":")).encode("utf-8", "surrogatepass")
    file = root / NOTE_FILE
    beside = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        beside.write_bytes(b"%d %d\n" % (FORMAT, zlib.crc32(body)) + body)
        beside.replace(file)
    except OSError:
        return


def forget(root: Path) -> None:
    """Take the note away."""
    (root / NOTE_FILE).unlink(missing_ok=True)


def _load(root: Path) -> dict[str, Any] | None:
    try:
        head, _, body = (root / NOTE_FILE).read_bytes().partition(b"\n")
        if head != b"%d %d" % (FORMAT, zlib.crc32(body)):
            return None
        note = json.loads(body.decode("utf-8", "surrogatepass"))
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) else None


def _look(root: Path, inputs: Iterable[str]) -> Look:
    found: Look = {}
    seen: set[tuple[int, int]] = set()
    for path in inputs:
        _look_at(os.path.join(root, path), path, found, seen)  # noqa: PTH118 (a Path costs more)
    return found


def _look_at(file: str, path: str, found: Look, seen: set[tuple[int, int]]) -> None:
    """Note how a file looks, or a folder with all that is in it; links are followed."""
    try:
        state = os.stat(file)  # noqa: PTH116
        is_folder = S_ISDIR(state.st_mode)
        found[path] = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
        if not is_folder or (state.st_dev, state.st_ino) in seen:
            return
        seen.add((state.st_dev, state.st_ino))
        names = os.listdir(file)  # noqa: PTH208
    except OSError:
        found[path] = []
        return
    for name in sorted(names):
        _look_at(f"{file}/{name}", f"{path}/{name}", found, seen)


def _made_by() -> list[object]:
    """Return how this program looks: its files, Python, and what is installed beside it."""
    folder = os.path.dirname(__file__)  # noqa: PTH120
    look = _look(Path(folder), ("",))
    own = [(path, part[:2]) for path, part in look.items() if not path.endswith(".pyc")]
    packages = sorted(
        name
        for path in sys.path
        if os.path.isdir(path)  # noqa: PTH112
        for name in os.listdir(path)  # noqa: PTH208
        if name.endswith(".dist-info")
    )
    return [sys.version, zlib.crc32(repr((own, packages)).encode())]


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())

"""Drawings kept by what they were made from, so that a diagram is drawn once."""

import hashlib
from contextlib import suppress
from pathlib import Path

import msgspec

from proofdown.config.model import DiagramSettings
from proofdown.diagrams.run_dot import Drawn
from proofdown.runtime.cache.checked_file import (
    CacheFolder,
    drop_oldest,
    load_cache_file,
    remove_unfinished,
    write_cache_file,
)
from proofdown.runtime.cache.uptodate import installed

CACHE_VERSION = 2


class DrawingCache:
    """Drawings by what they were made from; a damaged entry is as good as none."""

    def __init__(self, cache: CacheFolder) -> None:
        self._cache = cache
        self._used: set[str] = set()

    def load(self, program: Path, settings: DiagramSettings, text: str) -> Drawn | None:
        """Return what was drawn before, or None."""
        try:
            name = _name_of(program, settings, text)
            self._used.add(name)
            body = load_cache_file(self._cache.opened(), name)
            return None if body is None else msgspec.json.decode(body, type=Drawn)
        except (OSError, msgspec.DecodeError):
            return None

    def store(self, program: Path, settings: DiagramSettings, text: str, drawn: Drawn) -> None:
        """Keep what was drawn."""
        with suppress(OSError):
            name = _name_of(program, settings, text)
            write_cache_file(self._cache.opened(), name, msgspec.json.encode(drawn))

    def prune(self) -> None:
        """Drop the oldest drawings that nobody asked for, when there are more than of the others.

        The few that stay make going back to how a diagram was before quick.
        """
        with suppress(OSError):
            remove_unfinished(self._cache.opened())
            drop_oldest(self._cache.opened(), self._used)


def _name_of(program: Path, settings: DiagramSettings, text: str) -> str:
    """Return the name of a drawing's file."""
    key = msgspec.json.encode([CACHE_VERSION, _identity(program), settings, text])
    return f"{hashlib.sha256(key).hexdigest()[:40]}.json"


def _identity(program: Path) -> str:
    """Return what tells one version of a program from another."""
    if program.name == "graphviz-pure":  # whose version the package of the same name has
        return next((name for name in installed() if name.startswith("graphviz_pure-")), "")
    status = program.stat()
    return f"{program} {status.st_size} {status.st_mtime_ns}"

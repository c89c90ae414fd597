"""Drawings kept by what they were made from, so that a diagram is drawn once."""

import hashlib
from pathlib import Path

import msgspec

from proofdown.cachefile import load_cache_file, remove_unfinished, write_cache_file
from proofdown.config import DiagramSettings
from proofdown.dot import Drawn
from proofdown.unchanged import installed

CACHE_VERSION = 2


class DrawingCache:
    """Drawings by what they were made from; a damaged entry is as good as none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._used: set[str] = set()

    def _file(self, program: Path, settings: DiagramSettings, text: str) -> Path:
        key = msgspec.json.encode([CACHE_VERSION, _identity(program), settings, text])
        return self.folder / f"{hashlib.sha256(key).hexdigest()[:40]}.json"

    def load(self, program: Path, settings: DiagramSettings, text: str) -> Drawn | None:
        """Return what was drawn before, or None."""
        try:
            file = self._file(program, settings, text)
            self._used.add(file.name)
            body = load_cache_file(file)
            return None if body is None else msgspec.json.decode(body, type=Drawn)
        except msgspec.DecodeError:
            return None

    def keep(self, program: Path, settings: DiagramSettings, text: str, drawn: Drawn) -> None:
        """Keep what was drawn."""
        write_cache_file(self._file(program, settings, text), msgspec.json.encode(drawn))

    def sweep(self) -> None:
        """Drop the oldest drawings that nobody asked for, when there are more than of the others.

        The few that stay make going back to how a diagram was before quick.
        """
        try:
            remove_unfinished(self.folder)
            unused = [f for f in self.folder.iterdir() if f.name not in self._used]
            unused.sort(key=lambda file: (file.stat().st_mtime_ns, file.name))
            for file in unused[: max(0, len(unused) - len(self._used))]:
                file.unlink(missing_ok=True)
        except OSError:
            return


def _identity(program: Path) -> str:
    """Return what tells one version of a program from another."""
    if program.name == "graphviz-pure":  # whose version the package of the same name has
        return next((name for name in installed() if name.startswith("graphviz_pure-")), "")
    status = program.stat()
    return f"{program} {status.st_size} {status.st_mtime_ns}"

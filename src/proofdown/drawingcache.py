"""Drawings kept by what they were made from, so that a diagram is drawn once."""

import base64
import hashlib
import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from proofdown.cachefile import load_cache_file, remove_unfinished, write_cache_file
from proofdown.config import DiagramSettings
from proofdown.dot import Drawn

CACHE_VERSION = 1


class DrawingCache:
    """Drawings by what they were made from; a damaged entry is as good as none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._used: set[str] = set()

    def _file(self, program: Path, settings: DiagramSettings, text: str) -> Path:
        made_by = (
            version("graphviz-pure") if program.name == "graphviz-pure" else _identity(program)
        )
        key = json.dumps([CACHE_VERSION, made_by, asdict(settings), text])
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"

    def load(self, program: Path, settings: DiagramSettings, text: str) -> Drawn | None:
        """Return what was drawn before, or None."""
        try:
            file = self._file(program, settings, text)
            self._used.add(file.name)
            body = load_cache_file(file)
            if body is None:
                return None
            values = json.loads(body)
            values["png"] = base64.b64decode(values["png"])
            return Drawn(**values)
        except (ValueError, KeyError, TypeError):
            return None

    def keep(self, program: Path, settings: DiagramSettings, text: str, drawn: Drawn) -> None:
        """Keep what was drawn."""
        values = asdict(drawn) | {"png": base64.b64encode(drawn.png).decode()}
        body = json.dumps(values, sort_keys=True).encode()
        write_cache_file(self._file(program, settings, text), body)

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
    status = program.stat()
    return f"{program} {status.st_size} {status.st_mtime_ns}"

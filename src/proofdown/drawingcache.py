"""Drawings kept by what they were made from, so that a diagram is drawn once."""

import base64
import hashlib
import json
import os
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from proofdown.config import DiagramSettings
from proofdown.dot import Drawn

CACHE_VERSION = 1


class DrawingCache:
    """Drawings by what they were made from; a damaged entry is as good as none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _file(self, program: Path, settings: DiagramSettings, text: str) -> Path:
        made_by = (
            version("graphviz-pure") if program.name == "graphviz-pure" else _identity(program)
        )
        key = json.dumps([CACHE_VERSION, made_by, asdict(settings), text])
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"

    def load(self, program: Path, settings: DiagramSettings, text: str) -> Drawn | None:
        """Return what was drawn before, or None."""
        try:
            raw = self._file(program, settings, text).read_bytes()
            checksum, _, body = raw.partition(b"\n")
            if hashlib.sha256(body).hexdigest().encode() != checksum:
                return None
            values = json.loads(body)
            values["png"] = base64.b64decode(values["png"])
            return Drawn(**values)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, program: Path, settings: DiagramSettings, text: str, drawn: Drawn) -> None:
        """Keep what was drawn; a folder that cannot be written is no fault of the site."""
        values = asdict(drawn) | {"png": base64.b64encode(drawn.png).decode()}
        body = json.dumps(values, sort_keys=True).encode()
        file = self._file(program, settings, text)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = file.with_suffix(f".{os.getpid()}.tmp")
            beside.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            beside.replace(file)
        except OSError:
            return


def _identity(program: Path) -> str:
    status = program.stat()
    return f"{program} {status.st_size} {status.st_mtime_ns}"

"""Readings kept by the text they were made from, so that a page is read once."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from proofdown.cachefile import load_cache_file, write_cache_file
from proofdown.prose.findings import Finding
from proofdown.prose.reading import Reading, Regional, Unknown


class ReadingCache:
    """The readings of the last run, and what was guessed for words, in one file.

    A damaged file is as good as none.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.made_by = _identity()
        self.kept, self.guesses = self._load()

    def _load(self) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
        try:
            values = json.loads(load_cache_file(self.file) or b"{}")
            if values["made_by"] != self.made_by:
                return {}, {}
            guesses = {word: tuple(found) for word, found in values["guesses"].items()}
            return dict(values["readings"]), guesses
        except (ValueError, KeyError, TypeError, AttributeError):
            return {}, {}

    def load(self, key: str) -> Reading | None:
        """Return the reading of a text, or None where it was not read before."""
        values = self.kept.get(key)
        return _reading(values) if values else None

    def keep(self, readings: Mapping[str, Reading], guesses: Mapping[str, tuple[str, ...]]) -> None:
        """Keep these and no others."""
        if self.kept.keys() == readings.keys() and self.guesses == guesses:
            return
        values = {
            "made_by": self.made_by,
            "readings": {key: _plain(reading) for key, reading in readings.items()},
            "guesses": dict(guesses),
        }
        body = json.dumps(values, sort_keys=True).encode()
        write_cache_file(self.file, body)


def key_of(text: str, body_start: int) -> str:
    """Return the name under which the reading of a text is kept."""
    return hashlib.sha256(f"{body_start}\n{text}".encode()).hexdigest()[:40]


def _identity() -> str:
    """Return what changes whenever the same text could be read otherwise: our code and data."""
    folder = files("proofdown.prose")
    parts = [*folder.iterdir(), *(folder / "data").iterdir()]
    digest = hashlib.sha256()
    for part in sorted(parts, key=lambda part: part.name):
        if part.name.endswith((".py", ".yml", ".txt")):
            digest.update(part.read_bytes())
    return digest.hexdigest()


def _plain(reading: Reading) -> dict[str, Any]:
    return asdict(reading) | {"code_words": sorted(reading.code_words)}


def _reading(values: Mapping[str, Any]) -> Reading:
    return Reading(
        unknown=tuple(Unknown(**value) for value in values["unknown"]),
        regional=tuple(Regional(**value) for value in values["regional"]),
        code_words=frozenset(values["code_words"]),
        findings=_findings(values["findings"]),
        compounds=values["compounds"],
        text=values["text"],
        words=values["words"],
    )


def _findings(values: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding(**value) for value in values)

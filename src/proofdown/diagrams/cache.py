"""Drawings kept by what they were made from, so that a diagram is drawn once."""

import hashlib
from contextlib import suppress

import msgspec

from proofdown.config.diagrams import DiagramSettings
from proofdown.diagrams.model.language import DiagramLanguage, Drawn, Program
from proofdown.runtime.cache.checked_file import (
    CacheFolder,
    drop_oldest,
    load_cache_file,
    remove_unfinished,
    write_cache_file,
)

CACHE_VERSION = 3


class DrawingCache:
    """Drawings by what they were made from; a damaged entry is as good as none."""

    def __init__(self, cache: CacheFolder) -> None:
        self._cache = cache
        self._used: set[str] = set()
        self._is_pruned = True

    def draw(
        self,
        language: DiagramLanguage,
        program: Program,
        settings: DiagramSettings,
        text: str,
    ) -> Drawn:
        """Return what was drawn of a diagram before, or draw it now and keep what came out."""
        parts = (CACHE_VERSION, language.name, program.version, settings, text)
        key = msgspec.json.encode(parts)
        name = f"{hashlib.sha256(key).hexdigest()[:40]}.json"
        self._used.add(name)
        drawn = self._load(name)
        if drawn is None:
            self._is_pruned = False
            drawn = language.draw(program, settings, text)
            if drawn.svg:
                with suppress(OSError):
                    write_cache_file(self._cache.opened(), name, msgspec.json.encode(drawn))
        return drawn

    def _load(self, name: str) -> Drawn | None:
        try:
            body = load_cache_file(self._cache.opened(), name)
            return None if body is None else msgspec.json.decode(body, type=Drawn)
        except (OSError, msgspec.DecodeError):
            return None

    def prune(self) -> None:
        """Drop the oldest drawings that nobody asked for, when there are more than of the others.

        The few that stay make going back to how a diagram was before quick. If every drawing was
        in the cache, there is nothing to drop.
        """
        if self._is_pruned:
            return
        with suppress(OSError):
            remove_unfinished(self._cache.opened())
            drop_oldest(self._cache.opened(), self._used)

"""Cache drawings by a digest of their inputs, so that a diagram is drawn only once."""

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
"""Version of the entries' format; increase it when `Drawn` changes."""


class DrawingCache:
    """Drawings by a digest of their inputs; a damaged entry counts as a miss."""

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
        """Return the drawing of a diagram from the cache, or draw and store it."""
        parts = (CACHE_VERSION, language.name, program.version, settings, text)
        key = msgspec.json.encode(parts)
        name = f"{hashlib.sha256(key).hexdigest()[:40]}.json"
        self._used.add(name)
        drawn = self._load(name)
        if drawn is None:
            self._is_pruned = False
            drawn = language.draw(program, settings, text)
            # Failures are not stored: on a busy machine, the time limit may be exceeded by chance.
            if drawn.svg:
                with suppress(OSError):  # a build without a cache is only slower
                    write_cache_file(self._cache.opened(), name, msgspec.json.encode(drawn))
        return drawn

    def _load(self, name: str) -> Drawn | None:
        try:
            body = load_cache_file(self._cache.opened(), name)
            return None if body is None else msgspec.json.decode(body, type=Drawn)
        except (OSError, msgspec.DecodeError):
            return None

    def prune(self) -> None:
        """Delete the oldest drawings that this build did not use, if they outnumber those it did.

        The rest are kept because an earlier version of a diagram may come back.
        """
        # If every drawing came from the cache, it did not grow since it was pruned.
        if self._is_pruned:
            return
        with suppress(OSError):
            remove_unfinished(self._cache.opened())
            drop_oldest(self._cache.opened(), self._used)

"""Show progress in one line of the terminal, if a run takes longer than a second."""

import sys
import time
from collections.abc import Callable
from types import TracebackType

from proofdown.source import printable

PATIENCE = 1.0
"""Seconds before the line appears."""


Progress = Callable[[str, int, int], None]
"""Called with the name of a step, the number of finished items and their total (0 if unknown)."""


def no_progress(_what: str, _done: int, _all: int) -> None:
    """Report nothing."""


class ProgressLine:
    """Shows progress on the standard error if that is a terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._start = self._last = time.monotonic()
        self._width = 0

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._put("")

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show the current step and how many of its items are finished."""
        now = time.monotonic()
        # At most 10 times a second: a build reports every page.
        if not self._is_shown or now - self._start < PATIENCE or now - self._last < 0.1:
            return
        self._last = now
        self._put(printable(f"{what} {done}/{total}" if total else what))

    def _put(self, text: str) -> None:
        if self._is_shown and (text or self._width):
            # Pad to the width of the line before, which would show beyond the end of a shorter one.
            sys.stderr.write("\r" + text.ljust(self._width) + ("" if text else "\r"))
            sys.stderr.flush()
            self._width = len(text)

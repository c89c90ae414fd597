"""One line on a terminal that says what is being done, once it has taken a second."""

import sys
import time
from collections.abc import Callable
from types import TracebackType

from proofdown.source import printable

PATIENCE = 1.0
"""Seconds before the line appears."""


Progress = Callable[[str, int, int], None]
"""Told what is done, how many of it are finished and how many there are."""


def no_progress(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


class ProgressLine:
    """Shows progress on a terminal's error stream; in a pipe it stays silent."""

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
        """Show what is done, and how far it is."""
        now = time.monotonic()
        if not self._is_shown or now - self._start < PATIENCE or now - self._last < 0.1:
            return
        self._last = now
        self._put(printable(f"{what} {done}/{total}" if total else what))

    def _put(self, text: str) -> None:
        if self._is_shown and (text or self._width):
            sys.stderr.write("\r" + text.ljust(self._width) + ("" if text else "\r"))
            sys.stderr.flush()
            self._width = len(text)

"""Code highlighted within a budget of time: a block that takes too long is shown as plain text.

A regular expression of one of Pygments' five hundred lexers can run for hours on an unlucky text.
A timer of this process interrupts it, which Python allows in the main thread alone; anywhere else
code is highlighted without a budget.
"""

import signal
import threading
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from types import FrameType
from typing import Any

SECONDS = 2.0
"""Processor time that highlighting one block may take."""

slow_blocks: list[str] = []
"""The code of blocks that took too long since somebody last emptied this list."""


class _TooSlowError(BaseException):
    """Not an `Exception`, so that no lexer takes it for a fault of its own."""


_is_running: list[bool] = [False]


@lru_cache(maxsize=1)
def limit_highlighting() -> bool:
    """Give each block of code its budget from now on; return whether that could be done."""
    extension: Any = import_module("pymdownx.highlight")
    highlight = getattr(extension, "highlight", None)
    if not callable(highlight) or not hasattr(signal, "setitimer"):
        return False

    def highlight_or_not(code: str, lexer: Any, formatter: Any) -> Any:
        try:
            return _within(SECONDS, lambda: highlight(code, lexer, formatter))
        except _TooSlowError:
            slow_blocks.append(code)
            lexers: Any = import_module("pygments.lexers.special")
            return highlight(code, lexers.TextLexer(**lexer.options), formatter)

    extension.highlight = highlight_or_not
    return True


def _within(seconds: float, work: Callable[[], Any]) -> Any:
    """Return what a function returns.

    Raises:
        _TooSlowError: it took more processor time than it may.
    """
    if not _can_interrupt():
        return work()
    _is_running[0] = True
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        return work()
    finally:
        _is_running[0] = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _can_interrupt() -> bool:
    """Return whether this thread can be interrupted, and make it so; others' signals are theirs."""
    if threading.current_thread() is not threading.main_thread():
        return False
    now = signal.getsignal(signal.SIGVTALRM)
    if now is signal.SIG_DFL:
        # It stays: a signal that comes late must find somebody, or it ends the process.
        signal.signal(signal.SIGVTALRM, _interrupt)
    return now in (signal.SIG_DFL, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    if _is_running[0]:
        _is_running[0] = False
        raise _TooSlowError

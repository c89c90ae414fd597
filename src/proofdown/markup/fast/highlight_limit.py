"""Limit the time for highlighting: a code block that takes too long is shown as plain text.

A regular expression of one of Pygments' five hundred lexers can run for hours on an unlucky text.
A timer signal interrupts it. Python runs signal handlers only in the main thread, so in any other
thread code is highlighted without a limit.
"""

import signal
import threading
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from types import FrameType
from typing import Any

SECONDS = 2.0
"""Maximum processor time for highlighting one block."""

slow_blocks: list[str] = []
"""The code of the blocks that took too long; the caller clears the list."""


class _TooSlowError(BaseException):
    """The time is over. Not an `Exception`, so that no lexer catches it."""


# A list, so that the signal handler and `_within` share it without `global`.
_is_running: list[bool] = [False]


@lru_cache(maxsize=1)
def limit_highlighting() -> bool:
    """Limit the time for each code block from now on; return whether that is possible."""
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
    """Call a function with a time limit, and return its result.

    Raises:
        _TooSlowError: it took more processor time than allowed.
    """
    if not _can_interrupt():
        return work()
    _is_running[0] = True
    try:
        # `ITIMER_VIRTUAL` counts only the time in which this process runs, as `SECONDS` does.
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        return work()
    finally:
        # Cleared before the timer, because a signal may already be pending.
        _is_running[0] = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _can_interrupt() -> bool:
    """Install the signal handler, and return whether it can interrupt this thread.

    A handler that another library installed for the signal is left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    handler = signal.getsignal(signal.SIGVTALRM)
    if handler is signal.SIG_DFL:
        # The handler stays installed, because without one a late signal would end the process.
        signal.signal(signal.SIGVTALRM, _interrupt)
    return handler in (signal.SIG_DFL, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    if _is_running[0]:
        _is_running[0] = False
        raise _TooSlowError

"""Handle SIGINT, SIGTERM and SIGHUP: clean up and exit with 128 + signal number.

The handler raises `Stopped`, so that everything open is closed on the way out. Python discards an
exception that is raised in a finalizer, a weak reference's callback or a hook of `os.fork`, so in
that case it is raised again a moment later. The signal's number is also stored, so that the exit
code is right even if a library catches the exception. A second signal ends the process at once.
"""

# `_signal` is built in. The module `signal` imports `enum`, which takes longer than a run in which
# nothing has changed.
import _signal  # type: ignore[import-not-found]
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

ENDING: tuple[int, ...] = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
"""Sent by Ctrl-C, by `kill` and service managers, and when the terminal is closed."""
RETRY_SECONDS = 0.01
"""Delay before an exception that Python discarded is raised again."""
DUPLICATE_SECONDS = 0.1
"""Time in which a second signal is taken for the first, forwarded by a program that got it too."""
_OURS = (*ENDING, _signal.SIGALRM)


class Stopped(SystemExit):
    """A signal ends the run; the exit code is 128 + its number, as in shells."""


class _Run:
    """The signal that is ending this process, and what to do before the end."""

    def __init__(self) -> None:
        self.number, self.since = 0, 0.0
        self.is_leaving = False
        """Whether everything is closed, so that a signal can end the process at once."""
        self.exit_functions: list[Callable[[], None]] = []


_run = _Run()


def catch() -> None:
    """Install the handlers, except for signals that the parent process ignores."""
    for number in ENDING:
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _stop)
    _signal.signal(_signal.SIGALRM, _stop_again)
    # If the parent process ignores SIGCHLD, this one inherits that, and cannot wait for workers.
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    sys.unraisablehook = _on_unraisable
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, _OURS)


def block() -> None:
    """Block signals until `catch` is called again."""
    # For a library that restores default handlers: a signal in between would end the process.
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _OURS)


def exit_code() -> int:
    """Return the exit code for the signal that is ending this run, or 0."""
    return 128 + _run.number if _run.number else 0


def raise_if_signalled() -> None:
    """Raise `Stopped` again if a signal arrived and a library caught the exception.

    Raises:
        Stopped: a signal is ending the run.
    """
    if _run.number:
        raise Stopped(exit_code())


def at_exit(function: "Callable[[], None]") -> None:
    """Register a function to call before the process ends, by a signal or not."""
    _run.exit_functions.append(function)


def run_exit_functions() -> None:
    """Call the registered functions; from now on a signal ends the process at once."""
    _run.is_leaving = True
    for function in _run.exit_functions:
        function()


class Blocked:
    """A context manager that blocks signals, for a fork."""

    # A signal that reached the child before its own handlers are set would raise `Stopped` there.

    def __enter__(self) -> None:
        self._before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _OURS)

    def __exit__(
        self,
        _type: "type[BaseException] | None",
        _value: "BaseException | None",
        _trace: "TracebackType | None",
    ) -> None:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self._before)


def ignore_in_worker() -> None:
    """Ignore signals in a worker: its whole group gets them, and the parent decides."""
    # Not SIG_IGN, which a program that the worker starts would inherit.
    for number in _OURS:
        _signal.signal(number, _pass)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, _OURS)


def _pass(_number: int, _frame: "FrameType | None") -> None:
    """Do nothing."""


def _stop(number: int, _frame: "FrameType | None") -> None:
    """Handle a signal that ends the run."""
    is_second = bool(_run.number)
    if is_second and time.monotonic() - _run.since < DUPLICATE_SECONDS:
        return
    if not is_second:
        _run.number, _run.since = number, time.monotonic()
    if is_second or _run.is_leaving:
        _end_at_once()
    raise Stopped(exit_code())


def _stop_again(_number: int, _frame: "FrameType | None") -> None:
    """Handle SIGALRM: raise the exception that Python discarded."""
    if not _run.is_leaving:
        raise Stopped(exit_code())


def _end_at_once() -> None:
    """Call the registered functions, and end the process without other cleanup."""
    try:
        run_exit_functions()
    finally:
        os._exit(exit_code())


def _on_unraisable(what: "sys.UnraisableHookArgs") -> None:
    """Schedule a discarded `Stopped` to be raised again; for `sys.unraisablehook`."""
    # Raising it here has no effect, so a timer interrupts the code that runs next.
    if isinstance(what.exc_value, Stopped):
        _signal.setitimer(_signal.ITIMER_REAL, RETRY_SECONDS)
        return
    # While a run is being stopped, other errors in finalizers are noise; and if one runs out of
    # memory, so does the run, which reports it.
    if not _run.number and not issubclass(what.exc_type, MemoryError):
        sys.__unraisablehook__(what)

"""Signals that ask a run to end: each ends it with its own exit code, wherever it arrives.

The handler raises `Stopped`, so that whatever is open is closed on the way out. Python drops an
exception that is raised in a finaliser, a weak reference's callback or a hook of `os.fork`; then
it is raised again a moment later. The number is kept as well, so that a run in which something
caught the exception ends with the right code all the same. A second signal ends it at once.

This is imported before anything else, so it uses `_signal`, which is built in: the module `signal`
imports `enum`, which takes longer than a run in which nothing changed.
"""

import _signal  # type: ignore[import-not-found]
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

ENDING: tuple[int, ...] = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
"""Ctrl-C, what `kill` and service managers send, and a closed terminal."""
SOON = 0.01
"""Seconds after which an exception that Python dropped is raised again."""
SAME = 0.1
"""Seconds in which a second signal is the first one, passed on by a program that got it too."""
_OURS = (*ENDING, _signal.SIGALRM)


class Stopped(SystemExit):
    """A signal asks the run to end; the code is 128 + its number, as in shells."""


class _Run:
    """What signals have asked of this process so far."""

    def __init__(self) -> None:
        self.number, self.since = 0, 0.0
        self.is_leaving = False
        """Whether all is closed, so that nothing needs to be raised any more."""
        self.last_steps: list[Callable[[], None]] = []


_run = _Run()


def catch() -> None:
    """Let signals end this run in order; those that the parent process ignores stay ignored."""
    for number in ENDING:
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _stop)
    _signal.signal(_signal.SIGALRM, _stop_again)
    # Workers are waited for, though the parent process may ignore what becomes of its own.
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    sys.unraisablehook = _dropped
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, _OURS)


def hold_back() -> None:
    """Keep signals waiting until they are caught again, while a library takes its handlers away."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _OURS)


def exit_code() -> int:
    """Return the exit code of the signal that asks this run to end; 0 if none does."""
    return 128 + _run.number if _run.number else 0


def heed() -> None:
    """Stop here if a signal asks for it and something caught its exception.

    Raises:
        Stopped: a signal asks the run to end.
    """
    if _run.number:
        raise Stopped(exit_code())


def before_leaving(step: "Callable[[], None]") -> None:
    """Have something done before the process ends, however it ends."""
    _run.last_steps.append(step)


def leave() -> None:
    """Do what is to be done before the process ends; from now on a signal ends it at once."""
    _run.is_leaving = True
    for step in _run.last_steps:
        step()


class Held:
    """A block in which no signal arrives, for a fork: the child begins without our handlers."""

    def __enter__(self) -> None:
        self._before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _OURS)

    def __exit__(
        self,
        _type: "type[BaseException] | None",
        _value: "BaseException | None",
        _trace: "TracebackType | None",
    ) -> None:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self._before)


def leave_to_parent() -> None:
    """Let signals that end a run pass, in a worker: the whole group gets them, the parent decides.

    They are caught and not ignored, because a program that a worker starts would inherit that.
    """
    for number in _OURS:
        _signal.signal(number, _pass)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, _OURS)


def _pass(_number: int, _frame: "FrameType | None") -> None:
    """Do nothing."""


def _stop(number: int, _frame: "FrameType | None") -> None:
    is_second = bool(_run.number)
    if is_second and time.monotonic() - _run.since < SAME:
        return
    if not is_second:
        _run.number, _run.since = number, time.monotonic()
    if is_second or _run.is_leaving:
        _end_at_once()
    raise Stopped(exit_code())


def _stop_again(_number: int, _frame: "FrameType | None") -> None:
    if not _run.is_leaving:
        raise Stopped(exit_code())


def _end_at_once() -> None:
    try:
        leave()
    finally:
        os._exit(exit_code())


def _dropped(what: "sys.UnraisableHookArgs") -> None:
    """Raise again soon what Python dropped; say nothing of other faults on the way out."""
    if isinstance(what.exc_value, Stopped):
        _signal.setitimer(_signal.ITIMER_REAL, SOON)
    elif not _run.number:
        sys.__unraisablehook__(what)

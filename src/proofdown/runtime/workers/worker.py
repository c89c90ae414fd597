"""A worker from within: a process that does one task after the other, and each within a budget.

Its clock is one of processor time, and looks at intervals; what it cannot reach, the parent ends.
A worker whose parent is gone is ended by the kernel, whatever it does then. Signals that a whole
process group gets are the parent's concern.
"""

import fcntl
import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

import msgspec

from proofdown.diagnostics import SiteError
from proofdown.runtime.system import signals
from proofdown.runtime.system.crash import crash_of
from proofdown.runtime.workers.budget import Budget

TICK = 0.25
"""Seconds of a worker's own time between two looks at its budget."""
DONE, RAISED, STOPPED, SHORT = b"d", b"r", b"s", b"m"
"""How an answer begins: with a result, a crash or what ends a build after it; or no memory."""

_STANDARD_INPUT, _STANDARD_ERROR = 0, 2


class OverBudgetError(BaseException):
    """A page took more time than its budget has; nothing on the way up may take it for its own."""


class _Clock:
    """Tells a worker when its time for a task is over."""

    def __init__(self, parent: int) -> None:
        self.parent, self.end = parent, float("inf")

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self.look)
        signal.setitimer(signal.ITIMER_PROF, TICK, TICK)

    def look(self, _signal: int, _frame: FrameType | None) -> None:
        if os.getppid() != self.parent:
            os._exit(1)
        if time.process_time() > self.end:
            self.end = float("inf")
            raise OverBudgetError


_clocks: list[_Clock] = []
"""The clock of this process, if it is a worker."""


def allow_seconds(seconds: float) -> None:
    """Give the task at hand this much processor time from now on; outside a worker, no limit.

    When it is over, `OverBudgetError` is raised from wherever the task is.
    """
    for clock in _clocks:
        clock.end = time.process_time() + seconds


def do_tasks(
    pipe: Connection,
    life: int,
    do: Callable[[int], bytes],
    budget: Budget | None,
    prepare: Callable[[], None],
    parent: int,
) -> None:
    """Do tasks until the parent is gone or wants no more.

    Args:
        pipe: numbers of tasks come from it, and answers go into it.
        life: a pipe that closes when the parent is gone.
        do: does the task of a number.
        budget: what one may take.
        prepare: called before the first task, within no budget.
        parent: the process that gets the answers.
    """
    # An event loop's pipe for signals is closed below; what is opened next may get its number.
    signal.set_wakeup_fd(-1)
    signals.leave_to_parent()
    _close_all_but(pipe.fileno(), life)
    _die_with(parent, life)
    clock = _Clock(parent)
    clock.start()
    _clocks[:] = [clock]
    is_ready = False
    while True:
        try:
            task = int.from_bytes(pipe.recv_bytes(), "big")
        except (EOFError, OSError):
            os._exit(0)
        try:
            if not is_ready:
                prepare()
                if budget:
                    _limit_memory(budget.megabytes)
                is_ready = True
            answer = DONE + do(task)
        except MemoryError:  # wherever it was: in Python, or in a library that could not allocate
            answer = SHORT
        except SiteError as stop:
            answer = STOPPED + msgspec.msgpack.encode(stop.diagnostic)
        except (Exception, OverBudgetError) as fault:
            answer = RAISED + msgspec.msgpack.encode(crash_of(fault))
        clock.end = float("inf")
        try:
            pipe.send_bytes(answer)
        except OSError:
            os._exit(1)


def _die_with(parent: int, life: int) -> None:
    """Let the kernel end this process when its parent is gone, and with it the pipe's other end."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    with suppress(OSError):  # a system that does not have it for pipes has the clock
        fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    if os.getppid() != parent:
        os._exit(1)


def _close_all_but(*own: int) -> None:
    """Close what came with the fork: pipes of other workers, a server's connections, locks.

    Their other ends wait for all to be closed that lead to them. The standard input is the
    parent's too. It is closed first, so that there is a descriptor to list the others with.
    """
    if _STANDARD_INPUT not in own:
        with suppress(OSError):
            os.close(_STANDARD_INPUT)
        _close_inherited(own)
        os.open(os.devnull, os.O_RDONLY)  # it gets the lowest number
    else:
        _close_inherited(own)


def _close_inherited(own: tuple[int, ...]) -> None:
    try:
        inherited = [int(name) for name in os.listdir("/dev/fd")]  # noqa: PTH208
    except OSError:
        return
    for descriptor in inherited:
        if descriptor > _STANDARD_ERROR and descriptor not in own:
            with suppress(OSError):
                os.close(descriptor)


def _limit_memory(megabytes: int) -> None:
    """Let this process have this much memory more than it has now."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except (OSError, ValueError):
        return
    limit = pages * resource.getpagesize() + megabytes * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))

"""The worker's side: run one task after another, each within a budget.

A timer of CPU time checks the budget at intervals; if a task is stuck where the timer's signal is
not handled, such as in a C library, the parent kills the worker. When the parent dies, the kernel
ends the worker. Signals to the whole process group are left to the parent.
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
"""Seconds of CPU time between two checks of a worker's budget."""
DONE, RAISED, STOPPED, NO_MEMORY = b"d", b"r", b"s", b"m"
"""First byte of an answer. A result, a crash or the diagnostic that stops the build follows it;
nothing follows `NO_MEMORY`."""

_STANDARD_INPUT, _STANDARD_ERROR = 0, 2


class OverBudgetError(BaseException):
    """A page used more CPU time than its budget allows.

    Not an `Exception`, so that no `except Exception` of an extension swallows it.
    """


class _Clock:
    """Raises `OverBudgetError` in a worker when the CPU time of its task is used up."""

    def __init__(self, parent: int) -> None:
        self.parent, self.end = parent, float("inf")

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self.check)
        signal.setitimer(signal.ITIMER_PROF, TICK, TICK)

    def check(self, _signal: int, _frame: FrameType | None) -> None:
        if os.getppid() != self.parent:  # systems on which `_die_with` fails rely on this
            os._exit(1)
        if time.process_time() > self.end:
            self.end = float("inf")
            raise OverBudgetError


_clocks: list[_Clock] = []
"""The clock of this process, if it is a worker."""


def allow_seconds(seconds: float) -> None:
    """Give the current task this much CPU time from now on; outside a worker, do nothing.

    When the time is used up, `OverBudgetError` is raised wherever the task is at that moment.
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
    """Run tasks until the parent closes the pipe or dies.

    Args:
        pipe: receives task numbers, and sends answers.
        life: the read end of a pipe whose other end closes when the parent dies.
        do: runs the task with a given number.
        budget: limits of one task; None for no limits.
        prepare: called before the first task, outside the budget.
        parent: process ID of the parent.
    """
    # The event loop's wakeup descriptor is closed below, and the next file may get its number.
    signal.set_wakeup_fd(-1)
    signals.ignore_in_worker()
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
                if budget:  # after `prepare`, whose memory does not count
                    _limit_memory(budget.megabytes)
                is_ready = True
            answer = DONE + do(task)
        except MemoryError:  # raised by Python, or by a library that could not allocate
            answer = NO_MEMORY
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
    """Make the kernel kill this process when the parent dies and its end of the pipe closes."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)  # whose default action is to end the process
    with suppress(OSError):  # where pipes have no O_ASYNC, `_Clock.check` notices instead
        fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    if os.getppid() != parent:  # it died before O_ASYNC was set
        os._exit(1)


def _close_all_but(*own: int) -> None:
    """Close inherited descriptors: pipes of other workers, a server's connections, locks.

    The process at the other end of a pipe sees it close only when all copies are closed. Standard
    input belongs to the parent as well, and is replaced by `/dev/null`.
    """
    if _STANDARD_INPUT not in own:
        # Closed first, so that a descriptor is free to list the others with.
        with suppress(OSError):
            os.close(_STANDARD_INPUT)
        _close_inherited(own)
        os.open(os.devnull, os.O_RDONLY)  # gets the lowest free number, which is 0
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
    """Limit this process to its current address space plus this many megabytes."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except (OSError, ValueError):  # no `/proc`, as on macOS: there is no limit
        return
    limit = pages * resource.getpagesize() + megabytes * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))

"""Processes that work for this one: forked, known by their number, and killed before it ends.

`multiprocessing` forks as well, but sends SIGTERM at the end and waits. A child that has not come
to its own code by then may drop that, and both wait for ever.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import NoReturn, Self

from proofdown.diagnostics import Diagnostic, SettingsError, ToolError, reason_of
from proofdown.runtime.system import signals
from proofdown.runtime.system.crash import CODE
from proofdown.runtime.workers.budget import Budget
from proofdown.runtime.workers.worker import do_tasks
from proofdown.source import Location

MOST = 64
"""Workers that may be asked for, unless there are more processors than that."""


class NoWorkerError(ToolError):
    """The system lets no process begin."""


def no_worker(fault: OSError) -> NoWorkerError:
    """Return why no worker can begin, with what to do about it."""
    reason = reason_of(fault)
    help_ = "let more processes and open files be there, or set `PROOFDOWN_WORKERS=0`"
    return NoWorkerError(Diagnostic(CODE, f"no worker can begin: {reason}", Location(""), help_))


def worker_count() -> int:
    """Return how many workers there are to be at most; `PROOFDOWN_WORKERS` says otherwise.

    With 0 of them all is done in this process and without a budget, for who looks for a fault.

    Raises:
        SettingsError: that variable holds something else than a number.
    """
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    asked = os.environ.get("PROOFDOWN_WORKERS", "").strip()
    if not asked:
        return there or 1
    if not (asked.isascii() and asked.isdigit()):
        message = f"`PROOFDOWN_WORKERS` is {ascii(asked)[:40]}, which is no number of workers"
        help_ = "set it to a whole number, such as 4; 0 does everything in one process"
        raise SettingsError(Diagnostic("invalid-value", message, Location(""), help_))
    most, digits = max(there or 1, MOST), asked.lstrip("0") or "0"
    return min(int(digits), most) if len(digits) < 10 else most


def no_preparation() -> None:
    """Do nothing before the first task."""


_living: dict[int, "Worker"] = {}
"""The workers of this process by their number."""


def end_all() -> None:
    """End every worker there is, before this process ends."""
    for worker in list(_living.values()):
        worker.end()


signals.before_leaving(end_all)


class Worker:
    """A process that does one task after the other, as its parent sees it.

    Args:
        process: its number.
        connection: numbers of tasks go into it, and answers come out.
        life: a pipe that the kernel closes with this process, so that the worker notices.
    """

    def __init__(self, process: int, connection: Connection, life: int) -> None:
        self.parent, self.process, self.connection, self._life = (
            os.getpid(),
            process,
            connection,
            life,
        )
        self.task, self.begun = 0, 0.0
        self.has_answered = False

    @classmethod
    def fork(
        cls,
        do: Callable[[int], bytes],
        budget: Budget | None,
        prepare: Callable[[], None] = no_preparation,
    ) -> Self:
        """Fork a worker.

        Args:
            do: does the task of a number.
            budget: what one may take.
            prepare: what it does before the first one, within no budget.

        Raises:
            OSError: no process or pipe can be had.
        """
        parent = os.getpid()
        ours, theirs = Pipe()
        with theirs:
            life, our_life = os.pipe()
            try:
                with signals.Held():
                    process = os.fork()
                    if process == 0:
                        _be_worker(theirs, life, do, budget, prepare, parent)
                    worker = cls(process, ours, our_life)
                    _living[process] = worker
            except OSError:
                os.close(our_life)
                raise
            finally:
                os.close(life)
        return worker

    def begin(self, task: int, now: float = 0.0) -> None:
        """Hand it a task.

        Args:
            task: its number.
            now: the time, by a clock of the caller's.

        Raises:
            OSError: it is dead.
        """
        self.task, self.begun = task, now
        self.connection.send_bytes(task.to_bytes(4, "big"))

    def end(self) -> None:
        """Kill it, whatever it does; in a worker, which has its siblings from the fork, nothing."""
        if os.getpid() != self.parent or self.process not in _living:
            return
        self.connection.close()
        # It is not waited for before that, so that the number cannot be another process's.
        os.kill(self.process, signal.SIGKILL)
        if _living.pop(self.process, None):
            with suppress(ChildProcessError):
                os.waitpid(self.process, 0)
            os.close(self._life)


def _be_worker(
    pipe: Connection,
    life: int,
    do: Callable[[int], bytes],
    budget: Budget | None,
    prepare: Callable[[], None],
    parent: int,
) -> NoReturn:
    """Do tasks, in the process that was just forked; nothing of what its parent began goes on."""
    try:
        do_tasks(pipe, life, do, budget, prepare, parent)
    finally:
        os._exit(1)

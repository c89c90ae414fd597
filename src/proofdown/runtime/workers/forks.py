"""Fork worker processes, track them, and kill them before this process exits.

`multiprocessing` is not used for this, because it ends children with SIGTERM and then waits. A
child that has not reached its own code yet may lose that signal, and both would hang forever.
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

MAX_WORKERS = 64
"""The most workers that `PROOFDOWN_WORKERS` can ask for, unless there are more CPUs."""


class NoWorkerError(ToolError):
    """The system cannot start a worker process."""


def no_worker(fault: OSError) -> NoWorkerError:
    """Return an error that says why no worker can start and what to do about it."""
    reason = reason_of(fault)
    help_ = "raise the limits on processes and open files, or set `PROOFDOWN_WORKERS=0`"
    return NoWorkerError(Diagnostic(CODE, f"no worker can start: {reason}", Location(""), help_))


def worker_count() -> int:
    """Return the most workers to use: `PROOFDOWN_WORKERS`, or one for each usable CPU.

    With 0, all work is done in this process and without budgets, which helps in debugging.

    Raises:
        SettingsError: the variable is not a whole number.
    """
    # The affinity respects `taskset` and cpusets, which the number of CPUs does not.
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    wanted = os.environ.get("PROOFDOWN_WORKERS", "").strip()
    if not wanted:
        return cpus or 1
    if not (wanted.isascii() and wanted.isdigit()):
        message = f"`PROOFDOWN_WORKERS` is {ascii(wanted)[:40]}, which is not a number of workers"
        help_ = "set it to a whole number, such as 4; 0 does everything in one process"
        raise SettingsError(Diagnostic("invalid-value", message, Location(""), help_))
    most, digits = max(cpus or 1, MAX_WORKERS), wanted.lstrip("0") or "0"
    # Longer numbers are not converted: `int` refuses those of more than 4,300 digits.
    return min(int(digits), most) if len(digits) < 10 else most


def background_workers(*, is_large: bool) -> int:
    """Return how many workers do work beside this process: 1 if it is worth one, else 0."""
    return min(worker_count(), 1) if is_large else 0


def no_preparation() -> None:
    """Do nothing before the first task."""


_workers: dict[int, "Worker"] = {}
"""The workers that this process forked, by process ID."""


def kill_all() -> None:
    """Kill all workers, before this process exits."""
    for worker in list(_workers.values()):
        worker.kill()


signals.at_exit(kill_all)


class Worker:
    """The parent's handle of a process that runs one task after another.

    Args:
        pid: its process ID.
        connection: sends task numbers to it, and receives answers.
        life: the write end of a pipe. The kernel closes it when this process ends, however that
            happens, and the worker notices.
    """

    def __init__(self, pid: int, connection: Connection, life: int) -> None:
        self.parent, self.pid = os.getpid(), pid
        self.connection, self._life = connection, life
        self.task, self.assigned_at = 0, 0.0
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
            do: runs the task with a given number.
            budget: limits of one task; None for no limits.
            prepare: run before the first task, outside the budget.

        Raises:
            OSError: the system cannot create the process or a pipe.
        """
        parent = os.getpid()
        ours, theirs = Pipe()
        with theirs:
            life, our_life = os.pipe()
            try:
                # A signal between the fork and the entry in `_workers` would leave an orphan.
                with signals.Blocked():
                    process = os.fork()
                    if process == 0:
                        _be_worker(theirs, life, do, budget, prepare, parent)
                    worker = cls(process, ours, our_life)
                    _workers[process] = worker
            except OSError:
                os.close(our_life)
                raise
            finally:
                os.close(life)
        return worker

    def assign(self, task: int, now: float = 0.0) -> None:
        """Send it a task.

        Args:
            task: the task's number.
            now: the current time, by the caller's clock.

        Raises:
            OSError: the worker is dead.
        """
        self.task, self.assigned_at = task, now
        self.connection.send_bytes(task.to_bytes(4, "big"))

    def kill(self) -> None:
        """Kill the worker and reap it, unless that was done or another process forked it."""
        # A forked worker inherits the handles of its siblings, which it must not kill.
        if os.getpid() != self.parent or self.pid not in _workers:
            return
        self.connection.close()
        # Until the worker is reaped below, its process ID cannot be reused by another process.
        os.kill(self.pid, signal.SIGKILL)
        if _workers.pop(self.pid, None):
            with suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            os.close(self._life)


def _be_worker(
    pipe: Connection,
    life: int,
    do: Callable[[int], bytes],
    budget: Budget | None,
    prepare: Callable[[], None],
    parent: int,
) -> NoReturn:
    """Run tasks in the process that was just forked; never return."""
    try:
        do_tasks(pipe, life, do, budget, prepare, parent)
    finally:
        os._exit(1)  # unwinding would run the parent's `finally` blocks and exit handlers here

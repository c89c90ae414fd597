"""Run tasks in a pool of worker processes, each task within a budget of time and memory.

Workers are forked, so they share the parent's memory; results come back as bytes. A worker that
exceeds its budget or dies is replaced, and its task becomes a `Failure`.
"""

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Generic, Self, TypeVar, cast

import msgspec
from msgspec import Struct

from proofdown.diagnostics import Diagnostic, OutputError
from proofdown.runtime.system import signals
from proofdown.runtime.system.crash import Crash, CrashError
from proofdown.runtime.workers.budget import Budget
from proofdown.runtime.workers.forks import (
    NoWorkerError,
    Worker,
    background_workers,
    no_preparation,
    no_worker,
)
from proofdown.runtime.workers.worker import DONE, NO_MEMORY, RAISED, STOPPED

SMALL_BATCH = 8
"""Up to this many tasks, a garbage collection costs more than the pages of garbage that workers
would copy without it."""
GRACE = 4
"""Wall-clock time that a task may take, as a multiple of its budget of CPU time."""
_LONGEST_GAP = 2.0
"""Seconds between two readings of the clock; after a longer gap, this process had been stopped."""

Task = TypeVar("Task")


class Failure(Struct, frozen=True):
    """A task without a result, because its worker died or was killed."""

    is_out_of_time: bool
    """Whether the worker was killed because the task took too long."""
    is_out_of_memory: bool = False
    """Whether the task needed more memory than its budget allows."""


class TaskJob(Generic[Task]):
    """Tasks to run in workers, each within a budget. Nothing runs before `start` is called.

    Args:
        tasks: the tasks, started in this order.
        work: runs one task, in a worker.
        budget: limits of one task; None for no limits.
        max_workers: the most workers to fork; with 0, `results` runs each task in this process.
        prepare: run by each worker before its first task, outside the budget.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        work: Callable[[Task], bytes],
        budget: Budget | None,
        max_workers: int,
        prepare: Callable[[], None] = no_preparation,
    ) -> None:
        # Not a method: it would refer to the job, which refers to the pool, and the cycle would
        # keep the tasks in memory until the next garbage collection.
        def do(number: int) -> bytes:
            return work(tasks[number])

        self.tasks, self._do = tasks, do
        self._max_workers = min(max_workers, len(tasks))
        make_worker = partial(Worker.fork, do, budget, prepare)
        self._pool = _Pool(make_worker, len(tasks), self._max_workers, budget)

    def start(self) -> Self:
        """Fork the workers and send each its first task; return the job.

        Raises:
            NoWorkerError: the system cannot start a single worker.
        """
        if self._max_workers:
            if len(self.tasks) > SMALL_BATCH:
                gc.collect()  # so that workers do not copy pages of garbage
            self._pool.start()
        return self

    def results(self) -> Iterator[tuple[int, bytes | Failure]]:
        """Yield the number of each task with its result, as they finish.

        Raises:
            OutputError: a task could not write its output.
            NoWorkerError: the system cannot start a single worker.
            CrashError: a task raised another exception.
        """
        if not self._max_workers:
            return ((number, self._do(number)) for number in range(len(self.tasks)))
        return self._pool.run()


class BackgroundJob:
    """Work that runs in one worker in the background, without a budget.

    Args:
        work: the work.
        is_large: whether the work is worth a worker. If not, it runs in this process when `result`
            is called, and so does work whose worker died or could not start.
    """

    def __init__(self, work: Callable[[], bytes], *, is_large: bool) -> None:
        self._work = work
        workers = background_workers(is_large=is_large)
        self._job = TaskJob([None], lambda _: work(), None, workers)

    def start(self) -> Self:
        """Start the work if it is large; return the job."""
        with suppress(NoWorkerError):
            self._job.start()
        return self

    def result(self) -> bytes:
        """Wait for the work and return its result."""
        try:
            ((_, result),) = self._job.results()
        except NoWorkerError:
            return self._work()
        return self._work() if isinstance(result, Failure) else result


@contextmanager
def ending_jobs() -> Iterator[None]:
    """Kill workers that were started inside and never waited for, as after an aborted build."""
    before = set(_running)
    try:
        yield
    finally:
        for pool in _running - before:
            pool.kill_all()


class _Clock:
    """A clock that stops while this process is stopped, by Ctrl-Z or in a frozen container."""

    def __init__(self) -> None:
        self.now, self._last_read = 0.0, time.monotonic()

    def read(self) -> float:
        """Return the current time."""
        before, self._last_read = self._last_read, time.monotonic()
        self.now += min(self._last_read - before, _LONGEST_GAP)
        return self.now


class _Pool:
    """The workers of a job, and the task that each of them runs."""

    def __init__(
        self, make_worker: Callable[[], Worker], count: int, max_workers: int, budget: Budget | None
    ) -> None:
        self.busy: dict[Connection, Worker] = {}
        self.idle: list[Worker] = []
        self.make_worker, self.max_workers, self.budget = make_worker, max_workers, budget
        self.pending = deque(range(count))
        self.clock = _Clock()

    def start(self) -> None:
        """Fork the workers.

        Raises:
            NoWorkerError: the system cannot start a single worker.
        """
        # The collector writes into every object that it visits, so that a worker's collection
        # would copy all memory that it shares with its parent.
        gc.freeze()
        _running.add(self)
        try:
            self.assign_tasks()
        except NoWorkerError:
            self.kill_all()
            raise

    def assign_tasks(self) -> None:
        """Give tasks to idle workers, and fork more of them up to the limit.

        If the system refuses to fork while some workers are busy, those are enough.

        Raises:
            NoWorkerError: no worker is busy, and the system cannot start one.
        """
        while self.pending and len(self.busy) < self.max_workers:
            try:
                worker = self.idle.pop() if self.idle else self.make_worker()
            except OSError as fault:
                if self.busy:
                    return
                raise no_worker(fault) from fault
            self._assign(worker, self.pending.popleft())

    def run(self) -> Iterator[tuple[int, bytes | Failure]]:
        try:
            yield from self._run()
        finally:
            self.kill_all()

    def _run(self) -> Iterator[tuple[int, bytes | Failure]]:
        while self.pending or self.busy:
            signals.raise_if_signalled()
            self.assign_tasks()
            ready = wait(list(self.busy), timeout=1)
            for connection in ready:
                worker = self.busy.pop(cast("Connection", connection))
                task = worker.task
                try:
                    answer = worker.connection.recv_bytes()
                except (EOFError, OSError):
                    worker.kill()
                    yield task, Failure(is_out_of_time=False)
                    continue
                worker.has_answered = True
                if answer[:1] == NO_MEMORY:  # it may not have freed what it allocated
                    worker.kill()
                    yield task, Failure(is_out_of_time=False, is_out_of_memory=True)
                    continue
                if self.pending:
                    self._assign(worker, self.pending.popleft())
                else:
                    self.idle.append(worker)
                if answer[:1] == STOPPED:
                    raise OutputError(msgspec.msgpack.decode(answer[1:], type=Diagnostic))
                if answer[:1] == RAISED:
                    raise CrashError(msgspec.msgpack.decode(answer[1:], type=Crash))
                yield task, answer[1:]
            yield from self._kill_overdue()

    def _assign(self, worker: Worker, task: int) -> None:
        try:
            worker.assign(task, self.clock.read())
        except OSError:
            if worker.has_answered:  # it died between two tasks, so this one is not to blame
                worker.kill()
                self.pending.appendleft(task)
                return
        self.busy[worker.connection] = worker

    def _kill_overdue(self) -> Iterator[tuple[int, Failure]]:
        """Kill workers that are stuck where their own timer cannot interrupt them."""
        longest, now = _time_limit(self.budget), self.clock.read()
        for worker in list(self.busy.values()):
            if now - worker.assigned_at > longest:
                del self.busy[worker.connection]
                worker.kill()
                yield worker.task, Failure(is_out_of_time=True)

    def kill_all(self) -> None:
        """Kill all workers of the pool."""
        for worker in (*self.busy.values(), *self.idle):
            worker.kill()
        self.busy.clear()
        self.idle.clear()
        if self in _running:
            _running.discard(self)
            gc.unfreeze()


_running: set[_Pool] = set()
"""The pools of this process that have workers."""


class WarmWorker:
    """A pre-forked worker.

    It runs one throw-away task immediately, so that copy-on-write faults are paid before the first
    real one.

    Args:
        worker: the worker, running that task.
        time_limit: wall-clock seconds after which a worker is considered stuck.
    """

    def __init__(self, worker: Worker, time_limit: float) -> None:
        self._worker, self._time_limit = worker, time_limit
        self._is_at_first = True

    @classmethod
    def start(cls, work: Callable[[int], bytes], budget: Budget, first: int) -> Self:
        """Fork a worker and send it the throw-away task.

        Args:
            work: runs the task with a given number.
            budget: limits of one task.
            first: number of the throw-away task.

        Raises:
            OSError: the system cannot create the process or a pipe.
        """
        gc.freeze()
        try:
            worker = Worker.fork(work, budget)
        finally:
            gc.unfreeze()
        worker.assign(first)
        return cls(worker, _time_limit(budget))

    def do(self, task: int) -> bytes | None:
        """Return the result of a task, or None if it failed for any reason."""
        try:
            if self._is_at_first:
                self._answer()
                self._is_at_first = False
            self._worker.assign(task)
            answer = self._answer()
        except (EOFError, OSError):
            return None
        return answer[1:] if answer[:1] == DONE else None

    def _answer(self) -> bytes:
        if not self._worker.connection.poll(self._time_limit):
            raise EOFError
        return self._worker.connection.recv_bytes()

    def end(self) -> None:
        """Kill the worker."""
        self._worker.kill()


def _time_limit(budget: Budget | None) -> float:
    """Return the wall-clock seconds after which a worker is considered stuck."""
    return budget.seconds * GRACE + GRACE if budget else float("inf")

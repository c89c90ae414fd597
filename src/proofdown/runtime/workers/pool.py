"""Work done page by page in other processes, each page within a budget of time and memory.

Workers are forked, so that they have everything their parent has; what they make comes back as
bytes. One that runs past its budget, or dies, is replaced, and the page it had is a failure.
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
    no_preparation,
    no_worker,
    worker_count,
)
from proofdown.runtime.workers.worker import DONE, RAISED, SHORT, STOPPED

SMALL_BATCH = 8
"""Tasks for which it would take longer to look for garbage than workers lose by copying it."""
GRACE = 4
"""How many times its budget of processor time a page may take by the clock."""
_LONGEST_TURN = 2.0
"""Seconds between two looks at the clock; if it was longer, this process was stopped meanwhile."""

Task = TypeVar("Task")


class Failure(Struct, frozen=True):
    """A task that came to nothing because its worker died or had to be ended."""

    is_late: bool
    """Whether it was ended for the time it took."""
    is_short: bool = False
    """Whether it ran out of the memory that its budget has."""


class TaskJob(Generic[Task]):
    """Tasks that workers do, each within a budget. Nothing runs before `start` is called.

    Args:
        tasks: what there is to do; those at the front are begun first.
        work: does one of them, in a worker.
        budget: what one may take; None for whatever it takes.
        most: how many workers there may be; with 0, each task is done by this process when its
            result is asked for.
        prepare: what each worker does before its first task, within no budget.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        work: Callable[[Task], bytes],
        budget: Budget | None,
        most: int,
        prepare: Callable[[], None] = no_preparation,
    ) -> None:
        self.tasks, self._work = tasks, work
        self._most = min(most, len(tasks))
        make_worker = partial(Worker.fork, self._do, budget, prepare)
        self._pool = _Pool(make_worker, len(tasks), self._most, budget)

    def start(self) -> Self:
        """Fork the workers and hand each its first task; return the job.

        Raises:
            NoWorkerError: the system lets none begin.
        """
        if self._most:
            if len(self.tasks) > SMALL_BATCH:
                gc.collect()  # else workers copy what is garbage already
            self._pool.start()
        return self

    def results(self) -> Iterator[tuple[int, bytes | Failure]]:
        """Yield the number of each task with what came of it, as they are done.

        Raises:
            OutputError: the work could not write what it made.
            NoWorkerError: the system lets none begin.
            CrashError: the work raised something else.
        """
        if not self._most:
            return ((number, self._work(task)) for number, task in enumerate(self.tasks))
        return self._pool.run()

    def _do(self, number: int) -> bytes:
        return self._work(self.tasks[number])


class BackgroundJob:
    """Work that one worker does meanwhile, taking what it wants.

    Args:
        work: the work.
        is_large: whether it is worth a worker. Work that is not is done when its result is asked
            for; so is work whose worker died, or could not be begun.
    """

    def __init__(self, work: Callable[[], bytes], *, is_large: bool) -> None:
        self._work = work
        most = min(worker_count(), 1) if is_large else 0
        self._job = TaskJob([None], lambda _: work(), None, most)

    def start(self) -> Self:
        """Begin the work if it is large; return the job."""
        with suppress(NoWorkerError):
            self._job.start()
        return self

    def result(self) -> bytes:
        """Return what came of the work, waiting for it."""
        try:
            ((_, result),) = self._job.results()
        except NoWorkerError:
            return self._work()
        return self._work() if isinstance(result, Failure) else result


@contextmanager
def ending_jobs() -> Iterator[None]:
    """End the workers of jobs that were started inside and not waited for: a build broke off."""
    before = set(_running)
    try:
        yield
    finally:
        for pool in _running - before:
            pool.end()


class _Clock:
    """The time in which this process ran; Ctrl-Z and a frozen container stop it."""

    def __init__(self) -> None:
        self.now, self._looked = 0.0, time.monotonic()

    def look(self) -> float:
        """Return the time by now."""
        before, self._looked = self._looked, time.monotonic()
        self.now += min(self._looked - before, _LONGEST_TURN)
        return self.now


class _Pool:
    """The workers of a job, and which of them does what."""

    def __init__(
        self, make_worker: Callable[[], Worker], count: int, most: int, budget: Budget | None
    ) -> None:
        self.busy: dict[Connection, Worker] = {}
        self.idle: list[Worker] = []
        self.make_worker, self.most, self.budget = make_worker, most, budget
        self.left = deque(range(count))
        self.clock = _Clock()

    def start(self) -> None:
        """Begin the workers.

        Raises:
            NoWorkerError: the system allows none.
        """
        gc.freeze()  # what is there by now need not be looked through, and so not be copied
        _running.add(self)
        try:
            self.begin()
        except NoWorkerError:
            self.end()
            raise

    def begin(self) -> None:
        """Let as many workers as there may be have a task, or as many as the system allows.

        Raises:
            NoWorkerError: it allows none.
        """
        while self.left and len(self.busy) < self.most:
            try:
                worker = self.idle.pop() if self.idle else self.make_worker()
            except OSError as fault:
                if self.busy:
                    return
                raise no_worker(fault) from fault
            self._hand(worker, self.left.popleft())

    def run(self) -> Iterator[tuple[int, bytes | Failure]]:
        try:
            yield from self._run()
        finally:
            self.end()

    def _run(self) -> Iterator[tuple[int, bytes | Failure]]:
        while self.left or self.busy:
            signals.heed()
            self.begin()
            ready = wait(list(self.busy), timeout=1)
            for connection in ready:
                worker = self.busy.pop(cast("Connection", connection))
                task = worker.task
                try:
                    answer = worker.connection.recv_bytes()
                except (EOFError, OSError):
                    worker.end()
                    yield task, Failure(is_late=False)
                    continue
                worker.has_answered = True
                if answer[:1] == SHORT:  # it may hold on to much of what it took
                    worker.end()
                    yield task, Failure(is_late=False, is_short=True)
                    continue
                if self.left:
                    self._hand(worker, self.left.popleft())
                else:
                    self.idle.append(worker)
                if answer[:1] == STOPPED:
                    raise OutputError(msgspec.msgpack.decode(answer[1:], type=Diagnostic))
                if answer[:1] == RAISED:
                    raise CrashError(msgspec.msgpack.decode(answer[1:], type=Crash))
                yield task, answer[1:]
            yield from self._end_late()

    def _hand(self, worker: Worker, task: int) -> None:
        try:
            worker.begin(task, self.clock.look())
        except OSError:
            if worker.has_answered:  # it died between two tasks, and this one is not to blame
                worker.end()
                self.left.appendleft(task)
                return
        self.busy[worker.connection] = worker

    def _end_late(self) -> Iterator[tuple[int, Failure]]:
        """End the workers that are stuck where their own clock cannot reach them."""
        longest, now = _longest(self.budget), self.clock.look()
        for worker in list(self.busy.values()):
            if now - worker.begun > longest:
                del self.busy[worker.connection]
                worker.end()
                yield worker.task, Failure(is_late=True)

    def end(self) -> None:
        """Kill the workers, whatever they do."""
        for worker in (*self.busy.values(), *self.idle):
            worker.end()
        self.busy.clear()
        self.idle.clear()
        if self in _running:
            _running.discard(self)
            gc.unfreeze()


_running: set[_Pool] = set()
"""Pools of this process with workers."""


class WarmWorker:
    """A worker that is forked before there is anything to do for it.

    What a process touches for the first time after the fork is copied then, page by page of memory.
    So it runs one throw-away task at once, and these copies are made before the first real one.

    Args:
        worker: the worker, with that task.
        longest: seconds by the clock after which it is stuck.
    """

    def __init__(self, worker: Worker, longest: float) -> None:
        self._worker, self._longest = worker, longest
        self._is_at_first = True

    @classmethod
    def start(cls, work: Callable[[int], bytes], budget: Budget, first: int) -> Self:
        """Fork a worker and hand it the throw-away task.

        Args:
            work: does a task that is known by its number.
            budget: what a task may take.
            first: number of the first task.

        Raises:
            OSError: no process or pipe can be had.
        """
        gc.freeze()
        try:
            worker = Worker.fork(work, budget)
        finally:
            gc.unfreeze()
        worker.begin(first)
        return cls(worker, _longest(budget))

    def do(self, task: int) -> bytes | None:
        """Return what came of a task; None where nothing did, for whatever reason."""
        try:
            if self._is_at_first:
                self._answer()
                self._is_at_first = False
            self._worker.begin(task)
            answer = self._answer()
        except (EOFError, OSError):
            return None
        return answer[1:] if answer[:1] == DONE else None

    def _answer(self) -> bytes:
        if not self._worker.connection.poll(self._longest):
            raise EOFError
        return self._worker.connection.recv_bytes()

    def end(self) -> None:
        """End the worker, whatever it does."""
        self._worker.end()


def _longest(budget: Budget | None) -> float:
    """Return after how many seconds by the clock a worker is stuck."""
    return budget.seconds * GRACE + GRACE if budget else float("inf")

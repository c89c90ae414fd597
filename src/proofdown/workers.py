"""Work done page by page in other processes, each page within a budget of time and memory.

Workers are forked, so that they have everything their parent has; what they make comes back as
bytes. One that runs past its budget, or dies, is replaced, and the page it had is a failure.
They are forked here and not by `multiprocessing`, which sends SIGTERM at the end and waits: all of
them are known by their number, and are killed before this process ends, however it ends.
"""

import gc
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection, Pipe, wait
from typing import NoReturn, TypeVar, cast

import msgspec
from msgspec import Struct

from proofdown import signals
from proofdown.config import Budget
from proofdown.crash import CODE, Crash, CrashError
from proofdown.diagnostics import Diagnostic, OutputError, SettingsError, ToolError
from proofdown.source import Place
from proofdown.worker import DONE, RAISED, STOPPED, do_tasks

FEW = 8
"""Tasks for which it would take longer to look for garbage than workers lose by copying it."""
GRACE = 4
"""How many times its budget of processor time a page may take by the clock."""
MOST = 64
"""Workers that may be asked for, unless there are more processors than that."""
_LONGEST_TURN = 2.0
"""Seconds between two looks at the clock; if it was longer, this process was stopped meanwhile."""

Task = TypeVar("Task")


class Failure(Struct, frozen=True):
    """A task that came to nothing because its worker died or had to be ended."""

    is_late: bool
    """Whether it was ended for the time it took."""


class NoWorkerError(ToolError):
    """The system lets no process begin."""


def how_many() -> int:
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
        raise SettingsError(Diagnostic("invalid-value", message, Place(""), help_))
    most, digits = max(there or 1, MOST), asked.lstrip("0") or "0"
    return min(int(digits), most) if len(digits) < 10 else most


def no_preparation() -> None:
    """Do nothing before the first task."""


def run_all(
    tasks: Sequence[Task],
    work: Callable[[Task], bytes],
    budget: Budget | None,
    most: int,
    prepare: Callable[[], None] = no_preparation,
) -> Iterator[tuple[int, bytes | Failure]]:
    """Begin to do all tasks; yield the number of each with what came of it, as they are done.

    Workers begin when this is called, and not when it is asked what they have done.

    Args:
        tasks: what there is to do; those at the front are begun first.
        work: does one of them, in a worker.
        budget: what one may take; None for whatever it takes.
        most: how many workers there may be.
        prepare: what each worker does before its first task, within no budget.

    Raises:
        OutputError: `work` could not write what it made.
        Exception: what else `work` raised, its traceback as text in a `RuntimeError`.
    """
    if not most:
        return ((number, work(task)) for number, task in enumerate(tasks))
    if not tasks:
        return iter(())
    if len(tasks) > FEW:
        gc.collect()

    def do(number: int) -> bytes:
        return work(tasks[number])

    pool = _Pool(partial(_Worker, do, budget, prepare), len(tasks), min(most, len(tasks)), budget)
    pool.begin()
    return pool.run()


def begin_beside(work: Callable[[], bytes], *, is_large: bool) -> Callable[[], bytes]:
    """Begin some work in a worker that may take what it wants; return what returns its result.

    Work that is not large is done when it is asked for; so is what a worker died of, or could not
    be begun for.
    """
    if not is_large:
        return work
    try:
        results = run_all([None], lambda _: work(), None, min(how_many(), 1))
    except NoWorkerError:
        return work

    def finish() -> bytes:
        ((_, result),) = results
        return work() if isinstance(result, Failure) else result

    return finish


_living: dict[int, "_Worker"] = {}
"""The workers of this process by their number."""


def end_all() -> None:
    """End every worker there is, before this process ends."""
    for worker in list(_living.values()):
        worker.end()


signals.before_leaving(end_all)


class _Worker:
    """A process that does one task after the other, as its parent sees it."""

    def __init__(
        self,
        do: Callable[[int], bytes],
        budget: Budget | None,
        prepare: Callable[[], None] = no_preparation,
    ) -> None:
        self.parent, self.task, self.begun = os.getpid(), 0, 0.0
        self.has_answered = False
        self.connection, theirs = Pipe()
        with theirs:
            life, self._life = os.pipe()
            try:
                with signals.Held():
                    self.process = os.fork()
                    if self.process == 0:
                        _be_worker(theirs, life, do, budget, prepare, self.parent)
                    _living[self.process] = self
            except OSError:
                os.close(self._life)
                raise
            finally:
                os.close(life)

    def begin(self, task: int, now: float = 0.0) -> None:
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
    """The workers, and which of them does what."""

    def __init__(
        self, make_worker: Callable[[], _Worker], count: int, most: int, budget: Budget | None
    ) -> None:
        self.busy: dict[Connection, _Worker] = {}
        self.idle: list[_Worker] = []
        self.make_worker, self.most, self.budget = make_worker, most, budget
        self.left = deque(range(count))
        self.clock = _Clock()
        gc.freeze()  # what is there by now need not be looked through, and so not be copied

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
                raise _no_worker(fault) from fault
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

    def _hand(self, worker: _Worker, task: int) -> None:
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
        for worker in (*self.busy.values(), *self.idle):
            worker.end()
        self.busy.clear()
        self.idle.clear()
        gc.unfreeze()

    def __del__(self) -> None:
        """End the workers of tasks of which nobody asked what came: the build broke off."""
        self.end()


def _no_worker(fault: OSError) -> NoWorkerError:
    reason = (fault.strerror or str(fault)).lower()
    help_ = "let more processes and open files be there, or set `PROOFDOWN_WORKERS=0`"
    return NoWorkerError(Diagnostic(CODE, f"no worker can begin: {reason}", Place(""), help_))


class StandBy:
    """A worker that is there before there is anything to do for it.

    What a process looks at for the first time after it was forked is copied then, page by page. So
    it does one task at once, of which nobody asks what came.

    Args:
        work: does a task that is known by its number.
        budget: what a task may take.
        first: number of the first task.
    """

    def __init__(self, work: Callable[[int], bytes], budget: Budget, first: int) -> None:
        gc.freeze()
        try:
            self._worker = _Worker(work, budget)
        finally:
            gc.unfreeze()
        self._longest = _longest(budget)
        self._worker.begin(first)
        self._is_at_first = True

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

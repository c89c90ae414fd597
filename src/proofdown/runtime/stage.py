"""A cached stage of a build: look up by key, run the rest in workers, store the results.

Parsing, composing, proofreading and the search index are such stages. A `StageSpec` holds what
differs between them; the order of the steps is defined here alone.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, Self, TypeVar

import msgspec
from msgspec import Struct

from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.progress import Progress, no_progress
from proofdown.runtime.workers.budget import Budget
from proofdown.runtime.workers.forks import no_preparation
from proofdown.runtime.workers.pool import Failure, TaskJob

Task = TypeVar("Task")
Value = TypeVar("Value")

_encode = msgspec.msgpack.Encoder().encode


class BlobRef(Struct, frozen=True, kw_only=True):
    """A reference to a blob in the cache."""

    kind: str
    name: str
    """The name that its key is stored under, usually a page's path."""
    key: str


class CacheEntry(Struct, frozen=True, kw_only=True):
    """An entry of the cache that a worker asks its parent to store."""

    kind: str
    name: str
    key: str
    value: msgspec.Raw


class TaskResult(Struct, frozen=True, kw_only=True):
    """The result of a task. Kept small, because workers send it through a pipe."""

    value: msgspec.Raw
    key: str = ""
    """Digest of all inputs of the task; empty if the result must not be stored."""
    blobs: tuple[BlobRef, ...] = ()
    """Blobs that the worker wrote to the cache for it."""
    extra_entries: tuple[CacheEntry, ...] = ()
    """Entries of other kinds that the task produced as well."""


_decode_result = msgspec.msgpack.Decoder(TaskResult).decode


class StageSpec(Struct, Generic[Task, Value], frozen=True, kw_only=True):
    """What distinguishes one stage from another."""

    kind: str
    """Kind of its cache entries."""
    value_type: type[Value]
    name_of: Callable[[Task], str]
    """Returns the name under which a task's value is stored."""
    budget: Budget | None
    """Limits of one task; None for no limits."""
    progress_text: str = ""
    """What the progress line shows."""


class _Started(Generic[Task]):
    """A job that was started, and what to do about tasks that fail."""

    def __init__(
        self, job: TaskJob[Task], on_failure: Callable[[Task, Failure], TaskResult]
    ) -> None:
        self.job, self.on_failure = job, on_failure


class CachedStage(Generic[Task, Value]):
    """A stage backed by the build cache. Nothing runs before `start` is called.

    Args:
        spec: what the stage does.
        cache: the build cache.
    """

    def __init__(self, spec: StageSpec[Task, Value], cache: BuildCache) -> None:
        self.spec, self._cache = spec, cache
        self._decode_value = msgspec.msgpack.Decoder(spec.value_type).decode
        self._started: _Started[Task] | None = None

    def load(self, name: str, key: str) -> Value | None:
        """Return the value that an earlier build stored, or None if its key differed."""
        return self._cache.load(self.spec.kind, name, key, self.spec.value_type)

    def store(self, name: str, key: str, value: Value) -> None:
        """Store a value that this process changed."""
        self._cache.store(self.spec.kind, name, key, value)

    def start(
        self,
        tasks: Sequence[Task],
        work: Callable[[Task], TaskResult],
        on_failure: Callable[[Task, Failure], TaskResult] | None = None,
        *,
        max_workers: int,
        prepare: Callable[[], None] = no_preparation,
    ) -> Self:
        """Fork workers for the tasks that were not in the cache; return the stage.

        Args:
            tasks: the tasks, longest first: if a long one started last, all would wait for it.
            work: runs a task, in a worker.
            on_failure: returns the result for a task whose worker died; called in this process,
                which by default runs such a task itself.
            max_workers: the most workers to fork; with 0, `results` runs the tasks in this process.
            prepare: run by each worker before its first task, outside any budget.

        Raises:
            NoWorkerError: the system cannot start a single worker.
        """

        def run(task: Task) -> bytes:
            return _encode(work(task))

        job = TaskJob(tasks, run, self.spec.budget, max_workers, prepare).start()
        self._started = _Started(job, on_failure or (lambda task, _: work(task)))
        return self

    def results(self, progress: Progress = no_progress) -> Iterator[tuple[Task, Value]]:
        """Yield each task with its value as they finish, and store the values.

        Raises:
            OutputError: a result cannot be written.
            CrashError: a task raised an exception.
        """
        # The functions refer to the stage's owner, which refers to the stage. Dropped here, they
        # make no cycle that would keep a whole site in memory until the next garbage collection.
        started, self._started = self._started, None
        if started is None:
            return
        tasks, spec = started.job.tasks, self.spec
        for done, (number, result) in enumerate(started.job.results()):
            progress(spec.progress_text, done, len(tasks))
            task = tasks[number]
            outcome = (
                started.on_failure(task, result)
                if isinstance(result, Failure)
                else _decode_result(result)
            )
            value = self._decode_value(outcome.value)
            self._store(spec.name_of(task), outcome, value)
            yield task, value

    def _store(self, name: str, outcome: TaskResult, value: Value) -> None:
        cache = self._cache
        for entry in outcome.extra_entries:
            cache.store_encoded(entry.kind, entry.name, entry.key, entry.value)
        if outcome.key:
            cache.store_encoded(self.spec.kind, name, outcome.key, outcome.value, value)
            for blob in outcome.blobs:
                # Records the blob's stamp, so that the next build need not read it. It was written
                # a moment ago, so that it exists is proof enough.
                cache.has_blob(blob.kind, blob.name, blob.key, Path.is_file)


def encoded(value: object) -> msgspec.Raw:
    """Encode plain data for a `TaskResult`."""
    return msgspec.Raw(_encode(value))

"""A stage of a build that is cached: look up by key, run the rest in workers, store.

Parsing, composing, proofreading and the search index are such stages. What differs is said in a
`StageSpec`; in which order things happen is written here alone.
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
    """A large text in the cache."""

    kind: str
    name: str
    """The name that its key is known by, mostly a page's path."""
    key: str


class CacheEntry(Struct, frozen=True, kw_only=True):
    """An entry of the cache that a worker asks its parent to store."""

    kind: str
    name: str
    key: str
    value: msgspec.Raw


class Made(Struct, frozen=True, kw_only=True):
    """What a worker made of a task: small, for it comes back through a pipe."""

    value: msgspec.Raw
    key: str = ""
    """Digest of everything that it was made from; empty for what must not be stored."""
    blobs: tuple[BlobRef, ...] = ()
    """Large texts that the worker wrote to the cache for it."""
    beside: tuple[CacheEntry, ...] = ()
    """What else came of it."""


_decode_made = msgspec.msgpack.Decoder(Made).decode


class StageSpec(Struct, Generic[Task, Value], frozen=True, kw_only=True):
    """What is peculiar to a stage."""

    kind: str
    """Kind of its entries in the cache."""
    value_type: type[Value]
    name_of: Callable[[Task], str]
    """Returns the name under which the value of a task is stored."""
    work: Callable[[Task], Made]
    """Does a task, in a worker."""
    give_up: Callable[[Task, Failure], Made]
    """Returns what there is of a task whose worker died, in this process."""
    budget: Budget | None
    """What a task may take; None for whatever it takes."""
    doing: str = ""
    """What the progress line says."""


class CachedStage(Generic[Task, Value]):
    """A stage over a build's cache. Nothing runs before `start` is called.

    Args:
        spec: what the stage does.
        cache: what earlier builds made.
    """

    def __init__(self, spec: StageSpec[Task, Value], cache: BuildCache) -> None:
        self.spec, self._cache = spec, cache
        self._decode_value = msgspec.msgpack.Decoder(spec.value_type).decode
        self._job = self._job_of((), 0, no_preparation)

    def load(self, name: str, key: str) -> Value | None:
        """Return the value that an earlier build stored, or None if its key was another."""
        return self._cache.load(self.spec.kind, name, key, self.spec.value_type)

    def start(
        self, tasks: Sequence[Task], most: int, prepare: Callable[[], None] = no_preparation
    ) -> Self:
        """Fork the workers for the tasks that no value was found for; return the stage.

        Args:
            tasks: what there is to do, the longest first, because the last would be waited for.
            most: how many workers there may be; with 0, this process does the tasks in `results`.
            prepare: what each worker does before its first task, within no budget.

        Raises:
            NoWorkerError: the system lets none begin.
        """
        self._job = self._job_of(tasks, most, prepare).start()
        return self

    def results(self, progress: Progress = no_progress) -> Iterator[tuple[Task, Value]]:
        """Yield each task with its value as they are done, and store them.

        Raises:
            OutputError: what was made cannot be written.
            CrashError: a worker ended with an exception.
        """
        tasks, spec = self._job.tasks, self.spec
        for done, (number, result) in enumerate(self._job.results()):
            progress(spec.doing, done, len(tasks))
            task = tasks[number]
            made = (
                spec.give_up(task, result) if isinstance(result, Failure) else _decode_made(result)
            )
            value = self._decode_value(made.value)
            self._store(spec.name_of(task), made, value)
            yield task, value

    def _job_of(
        self, tasks: Sequence[Task], most: int, prepare: Callable[[], None]
    ) -> TaskJob[Task]:
        spec = self.spec

        def work(task: Task) -> bytes:
            return _encode(spec.work(task))

        return TaskJob(tasks, work, spec.budget, most, prepare)

    def _store(self, name: str, made: Made, value: Value) -> None:
        cache = self._cache
        for entry in made.beside:
            cache.store_encoded(entry.kind, entry.name, entry.key, entry.value)
        if made.key:
            cache.store_encoded(self.spec.kind, name, made.key, made.value, value)
            for blob in made.blobs:
                cache.has_blob(blob.kind, blob.name, blob.key, Path.is_file)


def encoded(value: object) -> msgspec.Raw:
    """Return plain data as a worker sends it."""
    return msgspec.Raw(_encode(value))

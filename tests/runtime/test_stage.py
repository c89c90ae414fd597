"""A cached stage loads the results of earlier builds, and stores those of workers."""

import gc
import os
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from proofdown.runtime.cache.build_cache import BuildCache, open_cache
from proofdown.runtime.stage import BlobRef, CachedStage, CacheEntry, StageSpec, TaskResult, encoded
from proofdown.runtime.workers.pool import Failure


class Task(Struct, frozen=True):
    """A word to reverse."""

    word: str


Work = Callable[[Task], TaskResult]


def turned(task: Task) -> TaskResult:
    """Return a word reversed, with the word as its key."""
    return TaskResult(value=encoded(task.word[::-1]), key=task.word)


def given_up(task: Task, failure: Failure) -> TaskResult:
    """Return the substitute for a word whose worker died, without a key."""
    return TaskResult(value=encoded(f"{task.word} given up, late: {failure.is_out_of_time}"))


def make_stage(cache: BuildCache) -> CachedStage[Task, str]:
    """Return a stage that uses a cache."""
    spec: StageSpec[Task, str] = StageSpec(
        kind="turned",
        value_type=str,
        name_of=lambda task: task.word,
        budget=None,
    )
    return CachedStage(spec, cache)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[BuildCache]:
    """Return an empty cache, locked."""
    with open_cache(tmp_path) as cache:
        yield cache


def results(
    stage: CachedStage[Task, str], *words: str, work: Work = turned, most: int = 1
) -> dict[str, str]:
    """Return a stage's results for some words."""
    stage.start([Task(word) for word in words], work, given_up, max_workers=most)
    return {task.word: value for task, value in stage.results()}


@pytest.mark.parametrize("most", [0, 1, 2])
def test_a_stage_returns_the_same_with_any_number_of_workers(cache: BuildCache, most: int) -> None:
    found = results(make_stage(cache), "abc", "de", most=most)
    assert found == {"abc": "cba", "de": "ed"}


def test_nothing_runs_before_the_stage_is_started(tmp_path: Path, cache: BuildCache) -> None:
    def leave_a_mark(task: Task) -> TaskResult:
        (tmp_path / task.word).touch()
        return turned(task)

    stage = make_stage(cache)
    assert list(stage.results()) == []
    assert not (tmp_path / "abc").exists()
    assert results(stage, "abc", work=leave_a_mark) == {"abc": "cba"}
    assert (tmp_path / "abc").exists()


def test_a_stored_result_is_loaded_under_its_key_and_no_other(
    tmp_path: Path,
) -> None:
    with open_cache(tmp_path) as cache:
        results(make_stage(cache), "abc")
        cache.save()
    with open_cache(tmp_path) as cache:
        stage = make_stage(cache)
        assert stage.load("abc", "abc") == "cba"
        assert stage.load("abc", "another key") is None
        assert stage.load("another name", "abc") is None


def test_a_result_without_a_key_is_not_stored(cache: BuildCache) -> None:
    stage = make_stage(cache)
    found = results(stage, "abc", work=lambda task: TaskResult(value=encoded(task.word)))
    assert found == {"abc": "abc"}
    assert stage.load("abc", "") is None


def test_a_task_whose_worker_dies_is_abandoned_and_not_stored(cache: BuildCache) -> None:
    here = os.getpid()

    def die_of_one(task: Task) -> TaskResult:
        if task.word == "bad" and os.getpid() != here:
            os._exit(1)
        return turned(task)

    stage = make_stage(cache)
    found = results(stage, "good", "bad", work=die_of_one)
    assert found == {"good": "doog", "bad": "bad given up, late: False"}
    assert stage.load("bad", "bad") is None


def test_entries_and_large_texts_besides_the_value_are_stored_too(
    cache: BuildCache,
) -> None:
    def make_more(task: Task) -> TaskResult:
        cache.write_checksummed("parts", task.word, b"large")
        length = CacheEntry(kind="lengths", name=task.word, key="1", value=encoded(len(task.word)))
        blob = BlobRef(kind="parts", name=task.word, key=task.word)
        return TaskResult(value=encoded(""), key=task.word, blobs=(blob,), extra_entries=(length,))

    assert results(make_stage(cache), "abc", work=make_more) == {"abc": ""}
    assert cache.load("lengths", "abc", "1", int) == 3
    assert cache.load_blob("parts", "abc") == b"large"
    assert cache.has_blob("parts", "abc", "abc")


def test_a_stage_that_is_done_lets_go_of_its_tasks_at_once(cache: BuildCache) -> None:
    class Owner:
        """Has a stage whose work refers back to it, as the jobs of a build do."""

        def __init__(self) -> None:
            self.stage = make_stage(cache)

        def work(self, task: Task) -> TaskResult:
            return turned(task)

    owner = Owner()
    assert results(owner.stage, "abc", work=owner.work) == {"abc": "cba"}
    gone = weakref.ref(owner)
    gc.disable()  # a cycle would be there until it is collected
    try:
        del owner
        assert gone() is None
    finally:
        gc.enable()

"""Workers themselves: when they start, how they fail, and that they end."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from proofdown.diagnostics import SettingsError
from proofdown.runtime.system.crash import CrashError
from proofdown.runtime.workers.budget import Budget
from proofdown.runtime.workers.forks import MAX_WORKERS, worker_count
from proofdown.runtime.workers.pool import BackgroundJob, TaskJob, WarmWorker, ending_jobs
from proofdown.runtime.workers.worker import TICK, allow_seconds
from tests.support.processes import Ended, children_of, run_python, wait_until


def test_workers_start_before_their_results_are_requested(tmp_path: Path) -> None:
    before = children_of(os.getpid())
    job = TaskJob(
        ["a", "b"], lambda name: str((tmp_path / name).write_text(name)).encode(), None, 2
    ).start()
    end = time.monotonic() + 30
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert sorted(job.results()) == [(0, b"1"), (1, b"1")]
    assert children_of(os.getpid()) - before == set()


def test_workers_end_even_if_their_results_are_never_requested() -> None:
    def wait(_name: str) -> bytes:
        time.sleep(60)
        return b""

    before = children_of(os.getpid())
    with ending_jobs():
        TaskJob(["a", "b"], wait, None, 2).start()
        assert len(children_of(os.getpid()) - before) == 2
    assert children_of(os.getpid()) - before == set()


def test_the_work_of_a_worker_that_died_is_done_in_this_process() -> None:
    here = os.getpid()

    def work() -> bytes:
        if os.getpid() != here:
            os._exit(1)
        return b"done"

    assert BackgroundJob(work, is_large=True).start().result() == b"done"
    assert BackgroundJob(work, is_large=False).start().result() == b"done"


def test_a_worker_does_not_write_to_the_wakeup_fd_of_a_server(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def write_slowly(_name: str) -> bytes:
        files = [(tmp_path / str(number)).open("wb") for number in range(64)]
        end = time.process_time() + 3 * TICK
        while time.process_time() < end:
            pass
        for file in files:
            file.close()
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno())  # as event loops do
        try:
            results = list(TaskJob(["a"], write_slowly, None, 1).start().results())
        finally:
            signal.set_wakeup_fd(before)
        assert results == [(0, b"")]
        with pytest.raises(BlockingIOError):
            reader.recv(1)
    assert capfd.readouterr().err == ""


def test_a_warm_worker_does_not_report_a_slow_throw_away_task(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def work(number: int) -> bytes:
        allow_seconds(TICK / 2)
        while number:
            pass
        return b"done"

    worker = WarmWorker.start(work, Budget(), 0)
    try:
        assert (worker.do(1), worker.do(0)) == (None, b"done")
    finally:
        worker.end()
    assert capfd.readouterr().err == ""


def test_an_exception_in_a_worker_is_reported_with_its_location_there() -> None:
    def work(_name: str) -> bytes:
        raise ValueError("no\nsuch \x1b[31mthing")

    with pytest.raises(CrashError) as raised:
        list(TaskJob(["a"], work, None, 1).start().results())
    crash = raised.value.crash
    assert (crash.kind, crash.message) == ("ValueError", "no such [31mthing")
    assert (
        crash.where.startswith("`do_tasks` in worker.py:")
        or "in runtime/workers/pool.py:" in crash.where
    )
    assert "in work" in crash.trace


def test_an_exception_while_a_worker_prepares_is_reported_too() -> None:
    def prepare() -> None:
        raise LookupError("nothing there")

    with pytest.raises(CrashError, match="LookupError: nothing there"):
        list(TaskJob(["a"], lambda _: b"", None, 1, prepare).start().results())


def test_a_worker_that_dies_between_tasks_is_replaced_and_no_task_is_blamed(
    tmp_path: Path,
) -> None:
    first, dead = tmp_path / "first", tmp_path / "dead"

    def work(number: int) -> bytes:
        if number == 1:
            wait_until(first.exists)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, 0.2)  # after the answer to this task
        elif number == 2:
            wait_until(dead.exists)
        return b"done"

    before = children_of(os.getpid())
    results = TaskJob(range(4), work, None, 2).start().results()
    assert next(results) == (0, b"done")
    first.touch()
    wait_until(lambda: len(children_of(os.getpid()) - before) == 1)
    dead.touch()
    assert sorted(results) == [(number, b"done") for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("0", 0),
        ("3", 3),
        (" 3\n", 3),
        ("0003", 3),
        ("1000000000", MAX_WORKERS),
        ("9" * 5000, MAX_WORKERS),
    ],
)
def test_the_number_of_workers_is_capped(
    asked: str, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setenv("PROOFDOWN_WORKERS", asked)
    assert worker_count() == found


@pytest.mark.parametrize("asked", ["\u00b2", "-1", "1.5", "many", "\u0663", "0x2", "+2", "1 2"])
def test_an_invalid_number_of_workers_is_refused(
    asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOFDOWN_WORKERS", asked)
    with pytest.raises(SettingsError, match=r"`PROOFDOWN_WORKERS` is .*not a number of workers"):
        worker_count()


@pytest.mark.parametrize("asked", ["", "  "])
def test_by_default_there_is_one_worker_per_processor(
    asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOFDOWN_WORKERS", asked)
    assert worker_count() == len(os.sched_getaffinity(0))


FEW_FILES = """
import os, resource
from proofdown.runtime.workers.pool import BackgroundJob, TaskJob
from proofdown.diagnostics import SiteError

most = max(map(int, os.listdir("/dev/fd"))) + {more}
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
try:
    print(sorted(TaskJob([1, 2, 3], lambda n: str(n).encode(), None, 3).start().results()))
except SiteError as stop:
    print(stop.diagnostic.message)
print(BackgroundJob(lambda: b"done", is_large=True).start().result())
"""


def test_a_failed_fork_is_reported_and_fewer_workers_do_all_tasks() -> None:
    results = "[(0, b'1'), (1, b'2'), (2, b'3')]\nb'done'\n"
    assert run_python(FEW_FILES.format(more=0)).out == (
        "no worker can start: too many open files\nb'done'\n"
    )
    assert {run_python(FEW_FILES.format(more=more)).out for more in (6, 9, 30)} == {results}


LEFT = """
import os, sys, time
from proofdown.runtime.workers.pool import TaskJob
os.register_at_fork(after_in_child=lambda: time.sleep(0.3))
begun = TaskJob([1, 2], lambda _: time.sleep(3600), None, 2).start()
sys.exit(3)
"""


def test_workers_end_with_a_program_that_leaves_them_behind() -> None:
    # Its pipes reach their end only when no process has them open, so no worker is left.
    assert run_python(LEFT) == Ended(3, "", "")

"""Workers, apart from what they are used for: when they begin, and that they end."""

import gc
import os
import signal
import socket
import time
from multiprocessing import active_children
from pathlib import Path

import pytest

from proofdown.config import Budget
from proofdown.worker import TICK, allow_seconds
from proofdown.workers import StandBy, begin_beside, run_all


def test_workers_begin_before_anybody_asks_what_they_have_done(tmp_path: Path) -> None:
    before = set(active_children())
    begun = run_all(
        ["a", "b"], lambda name: str((tmp_path / name).write_text(name)).encode(), None, 2
    )
    end = time.monotonic() + 30
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert sorted(begun) == [(0, b"1"), (1, b"1")]
    assert set(active_children()) - before == set()


def test_workers_end_with_what_was_begun_though_nobody_asked_what_came_of_it() -> None:
    def wait(_name: str) -> bytes:
        time.sleep(60)
        return b""

    before = set(active_children())
    begun = run_all(["a", "b"], wait, None, 2)
    assert len(set(active_children()) - before) == 2
    del begun
    gc.collect()
    assert set(active_children()) - before == set()


def test_work_of_which_its_worker_died_is_done_here() -> None:
    here = os.getpid()

    def work() -> bytes:
        if os.getpid() != here:
            os._exit(1)
        return b"done"

    assert begin_beside(work, is_large=True)() == b"done"
    assert begin_beside(work, is_large=False)() == b"done"


def test_a_worker_of_a_server_writes_its_signals_nowhere(
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
            results = list(run_all(["a"], write_slowly, None, 1))
        finally:
            signal.set_wakeup_fd(before)
        assert results == [(0, b"")]
        with pytest.raises(BlockingIOError):
            reader.recv(1)
    assert capfd.readouterr().err == ""


def test_a_worker_that_stands_by_says_nothing_of_what_takes_too_long(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def work(number: int) -> bytes:
        allow_seconds(TICK / 2)
        while number:
            pass
        return b"done"

    worker = StandBy(work, Budget(), 0)
    try:
        assert (worker.do(1), worker.do(0)) == (None, b"done")
    finally:
        worker.end()
    assert capfd.readouterr().err == ""

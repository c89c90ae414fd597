"""Builds that are killed, ended by a signal or run at once leave a whole site, and no trace."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proofdown.runtime.cache.lock import CACHE_FOLDER, hold_cache
from tests.support.project import Project

IS_SOAK = bool(os.environ.get("PROOFDOWN_SOAK"))
KILLS = 200 if IS_SOAK else 40
PAGES = 200
MARK = "PROOFDOWN_TEST_OF_KILLS"
"""Name of an environment variable that identifies the processes of a test."""


@pytest.fixture
def large(tmp_path: Path) -> Project:
    """Return a site of some hundred pages, built with the word `Old` on each."""
    project = Project.make(tmp_path / "project", {})
    _write(project, "Old")
    assert project.build().code == 0
    return project


def _write(project: Project, word: str) -> None:
    pages = {f"content/p{n}.md": f"# Page {n}\n\n{word}.\n\n- a\n- b\n" for n in range(PAGES)}
    project.write({"content/index.md": "# Home\n", **pages})


def _start(project: Project) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "proofdown", "build", "--site", str(project.root)],
        env=os.environ | {MARK: str(project.root), "PROOFDOWN_WORKERS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _left_running(project: Project) -> list[str]:
    """Return the running processes of a site's builds, without zombies."""
    mark = f"{MARK}={project.root}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = mark in (process / "environ").read_bytes().split(b"\0")
            if is_ours and " Z " not in (process / "stat").read_text("utf-8"):
                found.append(process.name)
        except OSError:
            continue
    return found


def _wait_until_none_runs(project: Project) -> list[str]:
    end = time.monotonic() + (2 if IS_SOAK else 10)  # a busy machine needs longer
    while _left_running(project) and time.monotonic() < end:
        time.sleep(0.05)
    return _left_running(project)


def _words(project: Project) -> set[str]:
    """Return which of the two words are in the pages of the written site."""
    pages = [project.html(f"p{n}/index.html") for n in range(PAGES)]
    return {word for page in pages for word in ("Old.", "New.") if word in page}


def _left_over(project: Project) -> list[str]:
    names = [path.name for path in project.root.rglob("*")]
    unfinished = project.root / CACHE_FOLDER / "unfinished"
    return [
        *(n for n in names if n.startswith((".site.new-", ".site.old")) or n.endswith(".tmp")),
        *(path.name for path in unfinished.iterdir()),
    ]


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


@needs_proc
def test_a_build_killed_at_any_moment_leaves_a_whole_site_and_no_trace(large: Project) -> None:
    moments = random.Random(6)  # noqa: S311 (the same moments in each run)
    longest, word = 3.0, "New"
    for _ in range(KILLS):
        _write(large, word)
        process = _start(large)
        started = time.monotonic()
        try:
            process.communicate(timeout=moments.uniform(0.2, longest))
            longest = time.monotonic() - started  # it ended before it could be killed
            word = "Old" if word == "New" else "New"
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        assert len(_words(large)) == 1
        assert _wait_until_none_runs(large) == []
    _write(large, "Last")
    assert large.build().code == 0
    assert _left_over(large) == []


@needs_proc
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("moment", range(3))
def test_a_build_ended_by_a_signal_exits_with_its_code_and_leaves_the_old_site(
    large: Project, number: signal.Signals, code: int, moment: int
) -> None:
    _write(large, "New")
    pages = large.root / CACHE_FOLDER / ("bodies", "bodies", "pages")[moment]
    before = len(list(pages.iterdir()))
    process = _start(large)
    while process.poll() is None and len(list(pages.iterdir())) <= before + moment * 20:
        time.sleep(0.002)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in said) == (code, False), said
    assert _words(large) == {"Old."}
    assert _wait_until_none_runs(large) == []
    assert _left_over(large) == [] or large.build().code == 0
    assert [n for n in _left_over(large) if n.startswith(".site")] == []


def test_a_second_build_reports_that_it_waits_and_then_builds(project: Project) -> None:
    with hold_cache(project.root):
        process = _start(project)
        assert process.stdout
        said = process.stdout.readline()
    rest, _ = process.communicate(timeout=60)
    assert said == ("another build of this site is running; this one waits for it to finish\n")
    assert process.returncode == 0, rest
    assert "Hello." in project.html()


def test_two_builds_at_once_leave_a_whole_site(large: Project) -> None:
    _write(large, "New")
    both = [_start(large), _start(large)]
    assert [process.communicate(timeout=120)[0] and process.returncode for process in both] == [
        0,
        0,
    ]
    assert _words(large) == {"New."}

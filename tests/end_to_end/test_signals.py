"""Signals that end a run: its exit code, its output, and what it leaves behind."""

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.support.processes import Run, is_alive, needs_proc, running, wait_until
from tests.support.project import Project

IS_SOAK = bool(os.environ.get("PROOFDOWN_SOAK"))
SIGNALS = 400 if IS_SOAK else 6
PAGES = 40
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
EACH_SIGNAL = pytest.mark.parametrize("number", CODES)

pytestmark = needs_proc

AT_IMPORT = """
import os, signal, sys

class Bomb:
    def __del__(self):
        os.kill(os.getpid(), signal.{number})

def swallow():
    try:
        os.kill(os.getpid(), signal.{number})
        sum(range(100))
    except BaseException:
        pass

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            sys.meta_path.remove(self)
            {act}

sys.meta_path.insert(0, Finder())
"""
"""Signals the process at the moment when it imports a module."""
BY_ITSELF, IN_A_FINALISER = "os.kill(os.getpid(), signal.{number})", "Bomb()"
CAUGHT = "swallow()"
LATE_CHILD = """
import os, time
os.register_at_fork(after_in_child=lambda: time.sleep(1))
"""
IN_A_FORK = """
import os, signal

def signal_once(sent=[]):
    if not sent:
        sent.append(1)
        os.kill(os.getpid(), signal.{number})

os.register_at_fork({hook}=signal_once)
"""
EXTENSION = """
import os, time
from markdown import Extension
from markdown.preprocessors import Preprocessor

class Waiting(Preprocessor):
    def run(self, lines):
        if "WAIT" in lines:
            open("begun", "w").close()
            while not os.path.exists("go"):
                time.sleep(0.01)
        return lines

class WaitingExtension(Extension):
    def extendMarkdown(self, md):
        md.preprocessors.register(Waiting(md), "waiting", 100)
"""
"""Blocks the worker that converts the page `wait.md` until the file `go` exists."""


@pytest.fixture
def site(project: Project) -> Project:
    """Return a site whose pages are converted and rendered by workers."""
    text = "\n".join(f"Some text in a paragraph, number {n}.\n" for n in range(40))
    project.write({f"content/p{n}.md": f"# Page {n}\n\n{text}" for n in range(PAGES)})
    return project


@pytest.fixture
def waiting(project: Project) -> Project:
    """Return a site with a page that blocks its worker until the file `go` exists."""
    project.write(
        {
            "proofdown.yml": "title: Test\nbudget: {seconds: 1, megabytes: 512}\n"
            "markdown_extensions: ['waiting_extension:WaitingExtension']\n",
            "code/waiting_extension.py": EXTENSION,
            "content/wait.md": "# Wait\n\nWAIT\n",
        }
    )
    return project


def at_start(project: Project, text: str) -> tuple[Path]:
    """Return a folder with code that Python runs at startup."""
    folder = project.root.parent / "at_start"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(text)
    return (folder,)


def begun(project: Project, run: Run) -> int:
    """Wait until a worker is blocked on the page; return the worker."""
    wait_until((project.root / "begun").exists)
    (worker,) = run.workers()
    return worker


def go_on(project: Project) -> None:
    """Let the worker convert the page that it is blocked on."""
    project.write({"go": ""})


def test_an_early_error_ends_the_run_before_its_workers_have_started(
    site: Project,
) -> None:
    site.write({"proofdown.baseline.json": "["})
    with running("check", cwd=site.root, path=at_start(site, LATE_CHILD)) as run:
        ended = run.end()
        assert (ended.code, "the baseline cannot be read" in ended.err) == (2, True)
        assert "Traceback" not in ended.err
        run.wait_until_nothing_is_left()


@EACH_SIGNAL
@pytest.mark.parametrize("act", [BY_ITSELF, IN_A_FINALISER, CAUGHT])
@pytest.mark.parametrize(
    "module", ["click", "proofdown.cli.commands.build", "proofdown.build.run", "jinja2"]
)
def test_a_signal_while_a_module_is_imported_ends_the_run(
    site: Project, number: signal.Signals, act: str, module: str
) -> None:
    act = act.format(number=number.name)
    text = AT_IMPORT.format(number=number.name, module=module, act=act)
    with running("build", cwd=site.root, path=at_start(site, text)) as run:
        ended = run.end()
        assert (ended.code, ended.out, ended.err) == (CODES[number], "", "stopped\n")
        run.wait_until_nothing_is_left()
    assert not (site.root / "site").exists()


@pytest.mark.parametrize(
    "module", ["proofdown.runtime.cache.uptodate", "proofdown.runtime.console"]
)
def test_ctrl_c_before_the_program_is_imported_prints_no_traceback(
    site: Project, module: str
) -> None:
    text = AT_IMPORT.format(number="SIGINT", module=module, act=BY_ITSELF.format(number="SIGINT"))
    with running("build", cwd=site.root, path=at_start(site, text)) as run:
        ended = run.end()
    assert (ended.code, ended.out, ended.err) == (130, "", "stopped\n")


@EACH_SIGNAL
@pytest.mark.parametrize("hook", ["before", "after_in_parent", "after_in_child"])
def test_a_signal_during_a_fork_ends_the_run_or_is_ignored_by_the_worker(
    site: Project, number: signal.Signals, hook: str
) -> None:
    text = IN_A_FORK.format(number=number.name, hook=hook)
    with running("build", cwd=site.root, path=at_start(site, text)) as run:
        ended = run.end()
        run.wait_until_nothing_is_left()
    if hook == "after_in_child":
        assert (ended.code, ended.err) == (0, "")
    else:
        assert (ended.code, ended.out, ended.err) == (CODES[number], "", "stopped\n")


@EACH_SIGNAL
def test_a_signal_to_a_workers_group_does_not_count_as_over_budget(
    waiting: Project, number: signal.Signals
) -> None:
    with running("build", cwd=waiting.root, path=(waiting.root / "code",)) as run:
        os.kill(begun(waiting, run), number)
        go_on(waiting)
        ended = run.end()
    assert (ended.code, "over-budget" in ended.out) == (0, False), ended
    assert "WAIT" in waiting.html("wait/index.html")


@EACH_SIGNAL
def test_a_signal_to_the_group_ends_the_run_and_blames_no_page(
    waiting: Project, number: signal.Signals
) -> None:
    with running("build", cwd=waiting.root, path=(waiting.root / "code",)) as run:
        begun(waiting, run)
        run.send(number, is_to_group=True)
        ended = run.end()
        assert (ended.code, ended.out, ended.err) == (CODES[number], "", "stopped\n")
        run.wait_until_nothing_is_left()


@pytest.mark.parametrize("is_to_group", [False, True])
def test_a_signal_that_arrives_twice_at_once_counts_once(
    waiting: Project, is_to_group: bool
) -> None:
    with running("build", cwd=waiting.root, path=(waiting.root / "code",)) as run:
        begun(waiting, run)
        run.send(signal.SIGTERM, is_to_group=is_to_group)
        run.send(signal.SIGTERM, is_to_group=is_to_group)
        ended = run.end()
        assert (ended.code, ended.out, ended.err) == (143, "", "stopped\n")
        run.wait_until_nothing_is_left()


def test_a_second_signal_ends_a_run_that_is_still_cleaning_up(
    project: Project,
) -> None:
    closing = """
import atexit, pathlib, time

def close():
    pathlib.Path("closing").touch()
    time.sleep(3600)

atexit.register(close)
"""
    with running("build", cwd=project.root, path=at_start(project, closing)) as run:
        run.wait_until_it_catches()
        run.send(signal.SIGTERM)
        wait_until((project.root / "closing").exists)
        time.sleep(0.2)  # longer than another program takes to forward a signal
        run.send(signal.SIGINT)
        assert run.end().code == 143


def test_time_while_the_group_is_stopped_does_not_count_as_over_budget(waiting: Project) -> None:
    with running("build", cwd=waiting.root, path=(waiting.root / "code",)) as run:
        begun(waiting, run)
        run.send(signal.SIGSTOP, is_to_group=True)
        time.sleep(9)  # a page of a budget of one second may take eight by the clock
        run.send(signal.SIGCONT, is_to_group=True)
        go_on(waiting)
        ended = run.end()
    assert (ended.code, "over-budget" in ended.out) == (0, False), ended


def test_an_idle_worker_ends_with_its_parent(waiting: Project) -> None:
    with running("build", cwd=waiting.root, path=(waiting.root / "code",)) as run:
        worker = begun(waiting, run)
        run.send(signal.SIGKILL)
        wait_until(lambda: not is_alive(worker))


@EACH_SIGNAL
def test_a_signal_ends_a_run_that_is_blocked_on_its_output(
    project: Project, number: signal.Signals
) -> None:
    links = "# Page\n\n" + "[x](gone.md)\n" * 900
    project.write({f"content/p{number}.md": links for number in range(4)})
    with running("check", "-f", "concise", cwd=project.root) as run:
        run.wait_until_full()
        run.send(number)
        run.process.wait(60)
        ended = run.end()
    assert (ended.code, ended.err) == (CODES[number], "stopped\n")


def test_a_signal_that_the_parent_ignores_ends_nothing(waiting: Project) -> None:
    where = waiting.root / "code"
    with running("build", cwd=waiting.root, path=(where,), before=("nohup",)) as run:
        begun(waiting, run)
        run.send(signal.SIGHUP, is_to_group=True)
        go_on(waiting)
        assert run.end().code == 0


def clean(site: Project) -> None:
    """Remove the output and cache of builds."""
    for folder in (".proofdown", "site"):
        shutil.rmtree(site.root / folder, ignore_errors=True)


def _seconds_of_build(site: Project) -> float:
    """Return how long a clean build takes, from when its handlers are installed."""
    clean(site)
    with running("build", cwd=site.root) as run:
        run.wait_until_it_catches()
        begin = time.monotonic()
        assert run.end().code == 0
        return time.monotonic() - begin


@pytest.mark.parametrize("is_to_group", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_ends_the_run_with_its_code_and_nothing_else(
    site: Project, number: signal.Signals, is_to_group: bool
) -> None:
    longest, hits = _seconds_of_build(site), 0
    whole = site.tree()
    assert len(whole) > PAGES
    moments = random.Random(f"{number} {is_to_group}")  # noqa: S311 (the same in each run)
    while hits < SIGNALS:
        clean(site)
        with running(("build", "check")[hits % 2], cwd=site.root) as run:
            run.wait_until_it_catches()
            time.sleep(moments.uniform(0, longest))
            if not run.stop(is_group=is_to_group):
                longest *= 0.9  # it ended before that
                continue
            run.send(number, is_to_group=is_to_group)
            run.send(signal.SIGCONT, is_to_group=is_to_group)
            ended = run.end()
            assert (ended.code, ended.err) == (CODES[number], "stopped\n")
            assert ended.out == "" or ended.out.startswith("no problems in")
            run.wait_until_nothing_is_left()
        hits += 1
        if hits % 3 == 0:
            assert site.build().code == 0
            assert site.tree() == whole
            assert [path.name for path in site.root.glob(".site*")] == []


@pytest.mark.parametrize("is_to_group", [False, True])
@EACH_SIGNAL
def test_a_signal_ends_a_tool_that_is_being_recorded(
    project: Project, number: signal.Signals, is_to_group: bool
) -> None:
    tool = f'{sys.executable} -c \'import time; open("begun", "w"); time.sleep(3600)\''
    settings = {"title": "T", "recordings": {"tool": {"run": tool, "seconds": 600}}}
    project.write({"proofdown.yml": json.dumps(settings)})
    with running("record", cwd=project.root) as run:
        begun(project, run)
        run.send(number, is_to_group=is_to_group)
        ended = run.end()
        assert (ended.code, ended.out, ended.err) == (CODES[number], "", "stopped\n")
        run.wait_until_nothing_is_left()
    assert not (project.root / "content" / "recordings").exists()


@EACH_SIGNAL
@pytest.mark.parametrize("act", [BY_ITSELF, IN_A_FINALISER])
@pytest.mark.parametrize(
    "module", ["proofdown.publish.publish", "proofdown.publish.hosts.directory"]
)
def test_a_signal_during_a_publish_ends_the_run_and_publishes_nothing(
    project: Project, number: signal.Signals, act: str, module: str
) -> None:
    project.write(
        {"proofdown.yml": "title: T\npublish:\n  host: {to: directory, path: ../public}\n"}
    )
    act = act.format(number=number.name)
    text = AT_IMPORT.format(number=number.name, module=module, act=act)
    with running("publish", cwd=project.root, path=at_start(project, text)) as run:
        ended = run.end()
        assert (ended.code, ended.err) == (CODES[number], "stopped\n")
        run.wait_until_nothing_is_left()
    assert not (project.root.parent / "public").exists()

"""A publish to a folder, killed before each change to the file system in turn.

Afterwards the next run must report the truth, a rollback must go back exactly one version, and
nothing may be left behind.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proofdown.build.pipeline import Build, build_site
from proofdown.publish.hosts import directory_swap
from proofdown.publish.plan.options import Overrides, PublishOptions
from proofdown.publish.publish import PublishResult, publish, roll_back
from tests.support.project import Project

Tree = dict[str, bytes]
KILLED, DONE = 9, 0
CHANGES = {
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.utime",
    "ctypes.dlsym",  # comes just before the two folders are exchanged
    "fcntl.flock",
}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Site:
    """Three versions of a site; the first two are published to a folder."""

    def __init__(self, folder: Path) -> None:
        self.beside = folder / "www"
        self.public = self.beside / "public"
        self.builds = [self.build(folder / version, version) for version in ("a", "b", "c")]
        self.trees = [self.publish_and_look(number) for number in (0, 1, 2)]
        assert self.trees[0] != self.trees[1] != self.trees[2]
        shutil.rmtree(self.beside)
        for number in (0, 1):
            self.publish(number)
        self.kept = folder / "kept"
        shutil.copytree(self.beside, self.kept, symlinks=True)

    def build(self, root: Path, version: str) -> Build:
        target = f"{{to: directory, path: {self.public}}}"
        project = Project.make(
            root,
            {
                "proofdown.yml": f"title: T\npublish:\n  host: {target}\n",
                "content/index.md": f"# Home\n\nThe site {version}.\n",
                f"content/only-{version}.md": "# Only\n\nA page.\n",
                "content/same.md": "# Same\n\nA page.\n",
            },
        )
        return build_site(project.root)

    def restore(self) -> None:
        """Restore the state in which the second version was published."""
        shutil.rmtree(self.beside)
        shutil.copytree(self.kept, self.beside, symlinks=True)

    def remove(self) -> None:
        """Remove the published site and the folder that contains it."""
        shutil.rmtree(self.beside)

    def publish(self, number: int) -> PublishResult:
        build = self.builds[number]
        outcome = publish(build, build.site.config.publish[0], ORDER)
        assert outcome.diagnostics == ()
        return outcome

    def publish_and_look(self, number: int) -> Tree:
        self.publish(number)
        return self.tree()

    def roll_back(self) -> None:
        config = self.builds[0].site.config
        assert roll_back(config, config.publish[0], ORDER).is_sent

    def tree(self) -> Tree:
        return {
            file.relative_to(self.public).as_posix(): file.read_bytes()
            for file in self.public.rglob("*")
            if file.is_file()
        }

    def beside_it(self) -> set[str]:
        return {path.name for path in self.beside.iterdir()}


ORDER = PublishOptions(overrides=Overrides(deletes=True), skips_verifying=True)


def killed_before(change: int, work: Callable[[], object]) -> bool:
    """Run a function in a process that dies before the nth change; return whether it did."""
    child = os.fork()
    if child == 0:
        left = change

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            is_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
            if event in CHANGES or is_write:
                if left == 0:
                    os._exit(KILLED)
                left -= 1

        try:
            sys.addaudithook(count)
            work()
        except BaseException:
            os._exit(1)
        os._exit(DONE)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (KILLED, DONE)
    return code == KILLED


def kills(start: Callable[[], object], work: Callable[[], object]) -> Iterator[int]:
    """Kill a function before each change in turn, from the same start; yield the numbers."""
    for change in range(10_000):
        start()
        if not killed_before(change, work):
            return
        yield change
    pytest.fail("it never ends")


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk, because no test cuts the power."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("killed"))


@pytest.fixture(params=["exchanged", "renamed"])
def _ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Swap the folders in one step, and as on systems that cannot."""
    if request.param == "renamed":
        monkeypatch.setattr(directory_swap, "exchange", lambda *_: False)


@pytest.mark.usefixtures("_ways")
def test_the_run_after_a_killed_one_finishes_it_and_rolls_back_one_version(site: Site) -> None:
    seen = set[bool]()
    for change in kills(site.restore, lambda: site.publish(2)):
        was_there = site.public.is_dir() and site.tree() == site.trees[2]
        outcome = site.publish(2)
        assert site.tree() == site.trees[2], change
        assert outcome.is_sent is not was_there, change
        assert site.beside_it() == {"public", ".public.previous"}, change
        site.roll_back()
        assert site.tree() == site.trees[1], change
        assert site.beside_it() == {"public", ".public.previous"}, change
        seen.add(was_there)
    assert seen == {True, False}


@pytest.mark.usefixtures("_ways")
def test_a_rollback_after_a_killed_publish_goes_back_one_version(site: Site) -> None:
    for change in kills(site.restore, lambda: site.publish(2)):
        is_new = site.public.is_dir() and site.tree() == site.trees[2]
        site.roll_back()
        assert site.tree() == site.trees[1 if is_new else 0], change
        assert site.beside_it() == {"public", ".public.previous"}, change
        site.roll_back()
        assert site.tree() == site.trees[2 if is_new else 1], change


def test_the_next_rollback_completes_a_killed_one(site: Site) -> None:
    for change in kills(site.restore, site.roll_back):
        is_back = site.tree() == site.trees[0]
        assert is_back or site.tree() == site.trees[1]
        site.roll_back()
        assert site.tree() == site.trees[1 if is_back else 0], change
        assert site.beside_it() == {"public", ".public.previous"}, change


def test_readers_see_a_whole_site_whenever_a_publish_is_killed(site: Site) -> None:
    for change in kills(site.restore, lambda: site.publish(2)):
        assert site.tree() in site.trees[1:], change


def test_after_a_killed_first_publish_there_is_nothing_to_roll_back_to(site: Site) -> None:
    for change in kills(site.remove, lambda: site.publish(0)):
        site.publish(0)
        assert site.tree() == site.trees[0], change
        assert site.beside_it() == {"public"}, change


def test_leftovers_of_an_earlier_version_of_proofdown_are_used(site: Site) -> None:
    site.restore()
    site.publish(2)
    (site.beside / ".public.previous").rename(site.beside / ".public.new-ab3_xy9z")
    shutil.copytree(site.kept / ".public.previous", site.beside / ".public.previous")
    (site.beside / ".public.lock").touch()
    assert not site.publish(2).is_sent
    assert site.beside_it() == {"public", ".public.previous"}
    site.roll_back()
    assert site.tree() == site.trees[1]

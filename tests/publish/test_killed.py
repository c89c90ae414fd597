"""A publish killed at any moment leaves a whole site, and the next run completes it."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from posixpath import dirname, join, normpath
from threading import Event, Thread

import pytest

from proofdown.publish.plan.paths import RECEIPT_NAME
from tests.support.project import Project
from tests.support.publish_hosts import Rig
from tests.support.publisher import FAILED, NOTHING, PROGRAM, SENT

KILLS = 50
PAGES = 4
SVG = "<svg xmlns='http://www.w3.org/2000/svg'>"
_LINKED = re.compile(rb"(?:src|href)=\"([^\"#?:]+\.(?:css|js|svg|png))[\"?#]")


class Publisher:
    """The process that publishes three sites in turn."""

    def __init__(self, rig: Rig, sites: list[Project]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), "host", *(str(site.root) for site in sites)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | rig.environment,
        )
        assert self._answer() == ["ready"]

    def start(self, *sites: int) -> list[int]:
        """Publish sites at the same time, each in a process; return the process IDs."""
        assert self.process.stdin
        self.process.stdin.write(" ".join(str(site) for site in sites) + "\n")
        self.process.stdin.flush()
        word, *children = self._answer()
        assert word == "started"
        return [int(child) for child in children]

    def wait(self) -> list[int]:
        """Wait for the processes; return their exit codes."""
        word, *codes = self._answer()
        assert word == "ended"
        return [int(code) for code in codes]

    def publish(self, site: int) -> int:
        """Publish a site to the end; return the exit code."""
        self.start(site)
        return self.wait()[0]

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def _answer(self) -> list[str]:
        assert self.process.stdout
        return self.process.stdout.readline().split()


class Reader(Thread):
    """Reads pages and their assets in a loop, and records what no reader may see."""

    def __init__(self, rig: Rig, known: list[dict[str, bytes]]) -> None:
        super().__init__(daemon=True)
        self.rig, self.known = rig, known
        self.faults: list[str] = []
        self.pages = 0
        self._end = Event()

    def run(self) -> None:
        names = [path for path in self.known[0] if path.endswith(".html")]
        while not self._end.is_set() and not self.faults:
            for path in names:
                self.look(path)
                self._end.wait(0.005)  # leaves the host some time for the publisher

    def look(self, path: str) -> None:
        """Read one page as a browser does."""
        page = self.rig.read(path)
        if page is None:
            return
        self.pages += 1
        if page not in [site.get(path) for site in self.known]:
            self.faults.append(f"{path} is of neither site")
        for asset in linked(path, page):
            if self.rig.read(asset) is None and self.rig.read(path) == page:
                self.faults.append(f"{path} is there without {asset}")

    def stop(self) -> None:
        """End reading."""
        self._end.set()
        self.join()


def linked(path: str, page: bytes) -> list[str]:
    """Return the styles, scripts and pictures that a page needs, as paths in the site."""
    names = {found[1].decode() for found in _LINKED.finditer(page)}
    return [normpath(join(dirname(path), name)).lstrip("/") for name in names]


def make_sites(folder: Path, rig: Rig) -> list[Project]:
    """Return three versions of a site that share some assets and differ in others."""
    sites = []
    for version in ("a", "b", "c"):
        files: dict[str, str | bytes] = {
            "proofdown.yml": f"title: Test\npublish:\n  host: {rig.settings}\n",
            "content/index.md": f"# Home\n\nThe site {version}.\n\n![Sign](sign-{version}.svg)\n",
            f"content/sign-{version}.svg": f"{SVG}<g id='{version}'/></svg>",
        }
        for number in range(PAGES):
            name = f"{version}{number}.svg"
            files[f"content/{name}"] = f"{SVG}<g id='{name}'/></svg>"
            text = f"# Page {number}\n\nThe site {version}.\n\n![Sign]({name})\n"
            files[f"content/p{number}.md"] = text
        sites.append(Project.make(folder / version, files))
    return sites


@contextmanager
def publishing(rig: Rig, folder: Path) -> Iterator[tuple[Publisher, list[dict[str, bytes]]]]:
    """Yield a publisher of three sites, of which the last is published, and the files of each."""
    settings = make_sites(folder, rig)
    publisher = Publisher(rig, settings)
    try:
        trees = []
        for number in (0, 1, 2):
            assert publisher.publish(number) == SENT
            trees.append(rig.tree())
        assert trees[0] != trees[1]
        yield publisher, trees
    finally:
        publisher.close()


def test_a_publish_killed_at_any_moment_leaves_a_whole_site_and_the_next_completes_it(
    rig: Rig, tmp_path: Path
) -> None:
    with publishing(rig, tmp_path) as (publisher, trees):
        begin = time.monotonic()
        assert publisher.publish(0) == SENT
        whole = time.monotonic() - begin
        reader = Reader(rig, trees)
        reader.start()
        killed = 0
        for number in count(1):
            site = number % 2
            (child,) = publisher.start(site)
            time.sleep(random.uniform(0, whole))  # noqa: S311 - any moment will do
            kill(child)
            is_killed = publisher.wait() == [-signal.SIGKILL]
            killed, whole = killed + is_killed, whole * (1.05 if is_killed else 0.85)
            check_whole(rig, trees, reader)
            if number % 4 == 0:  # otherwise start from the leftovers, and kill the next one too
                assert publisher.publish(site) in (SENT, NOTHING)
                assert rig.tree() == trees[site]
                assert publisher.publish(site) == NOTHING
                if killed >= KILLS:
                    break
        reader.stop()
    assert reader.faults == []
    assert reader.pages > KILLS


@pytest.mark.parametrize("rig", ["s3", "rsync"], indirect=True)
def test_files_from_before_a_killed_publish_can_be_published_again_and_stay_ours(
    rig: Rig, tmp_path: Path
) -> None:
    with publishing(rig, tmp_path) as (publisher, trees):
        old, new = trees[2], trees[0]
        (child,) = publisher.start(0)
        while rig.read("p0/index.html") != new["p0/index.html"]:
            time.sleep(0.001)
        kill(child)
        assert publisher.wait() == [-signal.SIGKILL]
        assert rig.read(RECEIPT_NAME) == old[RECEIPT_NAME]
        time.sleep(1.1)  # rsync lists a file's time in whole seconds
        assert publisher.publish(2) == SENT
        assert publisher.publish(0) == SENT
        assert rig.tree() == new


def kill(child: int) -> None:
    """Kill a process and everything that it started, at once."""
    for end in (os.killpg, os.kill):  # it may have no group yet, or have exited
        with suppress(ProcessLookupError):
            end(child, signal.SIGKILL)


def check_whole(rig: Rig, trees: list[dict[str, bytes]], reader: Reader) -> None:
    """Check that a killed publish left only whole files of the sites."""
    there = rig.tree()
    if rig.is_atomic:
        assert there in trees
    for path, data in there.items():
        assert data in [tree.get(path) for tree in trees], f"{path} is of neither site"
        assert set(linked(path, data) if path.endswith(".html") else []) <= there.keys()
    assert reader.faults == []


def test_if_two_publish_at_once_one_wins_and_the_other_fails(rig: Rig, tmp_path: Path) -> None:
    with publishing(rig, tmp_path) as (publisher, trees):
        publisher.start(0, 1)
        ends = publisher.wait()
        assert sorted(ends) == [SENT, FAILED]
        winner = ends.index(SENT)
        assert rig.tree() == trees[winner]
        assert publisher.publish(winner) == NOTHING

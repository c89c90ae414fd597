"""Large files are sent in chunks, and the bytes that arrive are those that were checked."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from proofdown.build.pipeline import build_site
from proofdown.diagnostics import SiteError
from proofdown.publish.plan.options import Overrides, PublishOptions
from proofdown.publish.publish import publish
from tests.support.project import Project
from tests.support.publish_hosts import Rig

RECEIPT = "proofdown-receipt.json"
MEGABYTE = 1 << 20
LARGE = 160
"""Size of a video in megabytes: much more than the command uses without it."""
MOST = 128
"""Most megabytes of memory that the command may use, whatever it publishes."""
MEASURED = """
import pathlib, re, sys
from proofdown.cli.main import main
try:
    main(sys.argv[1:])
finally:
    # Not `ru_maxrss`, which starts at the value of the parent process.
    status = pathlib.Path("/proc/self/status").read_text()
    print("peak:", int(re.search(r"VmHWM:\\s*(\\d+) kB", status)[1]) >> 10)
"""
OLD, NEW = b"old video " * 1000, b"new video " * 1000


def make_site(rig: Rig, folder: Path, video: bytes) -> Project:
    return Project.make(
        folder / "project",
        {
            "proofdown.yml": f"title: T\npublish:\n  host: {rig.settings}\n",
            "content/index.md": "# Home\n\n[The video](v.mp4).\n",
            "content/v.mp4": video,
        },
    )


def peak(project: Project, rig: Rig, *arguments: str) -> int:
    """Run the command; return its peak memory in megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "publish", "host", "--no-verify", *arguments],
        cwd=project.root,
        env=os.environ | rig.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.rpartition("peak: ")[2])


def test_a_video_need_not_fit_into_memory(rig: Rig, tmp_path: Path) -> None:
    project = make_site(rig, tmp_path, b"")
    video = project.root / "content" / "v.mp4"
    with video.open("wb") as file:
        file.truncate(LARGE * MEGABYTE)
    assert peak(project, rig) < MOST
    assert peak(project, rig) < MOST  # this run compares the published files


def test_a_video_restored_by_a_rollback_need_not_fit_into_memory(rig: Rig, tmp_path: Path) -> None:
    project = make_site(rig, tmp_path, b"")
    video = project.root / "content" / "v.mp4"
    for end in (b"old", b"new"):
        with video.open("wb") as file:
            file.truncate(LARGE * MEGABYTE)
            file.seek(0, os.SEEK_END)
            file.write(end)
        assert peak(project, rig) < MOST
    assert peak(project, rig, "--rollback") < MOST


def replace(video: Path) -> None:
    video.write_bytes(NEW[::-1])


def cut_off(video: Path) -> None:
    video.write_bytes(NEW[:-1])


def lengthen(video: Path) -> None:
    video.write_bytes(NEW + b"x")


def empty(video: Path) -> None:
    video.write_bytes(b"")


def remove(video: Path) -> None:
    video.unlink()


def make_a_pipe(video: Path) -> None:
    video.unlink()
    os.mkfifo(video)


def make_a_link(video: Path) -> None:
    video.unlink()
    video.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "change", [replace, cut_off, lengthen, empty, remove, make_a_pipe, make_a_link]
)
def test_a_file_that_changes_before_it_is_sent_is_not_published(
    rig: Rig, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    project = make_site(rig, tmp_path, OLD)
    video = project.root / "content" / "v.mp4"

    def publish_now(then: Callable[[], None]) -> None:
        build = build_site(project.root)
        order = PublishOptions(
            overrides=Overrides(deletes=True),
            skips_verifying=True,
            show=lambda _where, _plan: then(),
        )
        publish(build, build.site.config.publish[0], order)

    with patch.dict(os.environ, rig.environment):
        publish_now(lambda: None)
        before = rig.tree()
        assert before["v.mp4"] == OLD
        video.write_bytes(NEW)
        with pytest.raises(SiteError, match="was changed while the site was built") as stop:
            publish_now(lambda: change(video))
        assert stop.value.diagnostic.code == "changed-meanwhile"
        assert stop.value.diagnostic.location.path == "content/v.mp4"
        after = rig.tree()
        assert (after["v.mp4"], after[RECEIPT]) == (before["v.mp4"], before[RECEIPT])
        video.unlink(missing_ok=True)
        video.write_bytes(NEW)
        publish_now(lambda: None)
        assert rig.read("v.mp4") == NEW

"""A run removes its temporary folders; the next run removes those of a killed one."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import Project, run_command

OURS = re.compile(r"(proofdown-([a-z]+-)?|pd-)\d+-[0-9a-f]{16}")
HOLD = """
from proofdown.runtime.system.scratch import ScratchFolder
folder = ScratchFolder({!r})
print(folder.name, flush=True)
input()
"""


class Holder:
    """A process that has a scratch folder."""

    def __init__(self, top: Path, prefix: str = "proofdown-") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD.format(prefix)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(top)},
        )
        assert self.process.stdout
        self.folder = Path(self.process.stdout.readline().rstrip("\n"))

    def kill(self) -> None:
        """Kill the process, so that it cannot remove anything."""
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Let the process end normally."""
        self.process.communicate("\n")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Return a folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def holder(top: Path) -> Iterator[Holder]:
    """Return a live process that has a scratch folder."""
    made = Holder(top)
    yield made
    made.close()


def make_site(folder: Path, diagram: str = "a -> b") -> Project:
    """Return a site with a diagram, for which a build needs a scratch folder."""
    files: dict[str, str | bytes] = {
        "content/index.md": "# Home\n\n![One](../diagrams/one.dot)\n",
        "diagrams/one.dot": f"digraph {{ {diagram} }}\n",
    }
    return Project.make(folder, files)


def draw(folder: Path, top: Path) -> None:
    """Build a site in a run that needs a scratch folder."""
    project = make_site(folder)
    result = run_command("build", cwd=project.root, env={"TMPDIR": str(top)})
    assert result.code == 0, result.out


def names(top: Path) -> list[str]:
    return sorted(path.name for path in top.iterdir())


def test_a_run_leaves_no_temporary_folder(tmp_path: Path, top: Path) -> None:
    draw(tmp_path / "site", top)
    assert names(top) == []


def test_a_temporary_folder_is_private_to_its_user(holder: Holder) -> None:
    assert OURS.fullmatch(holder.folder.name)
    assert holder.folder.stat().st_mode & 0o7777 == 0o700


@pytest.mark.parametrize("prefix", ["proofdown-", "proofdown-git-", "pd-"])
def test_the_next_run_removes_what_a_killed_run_left(
    tmp_path: Path, top: Path, prefix: str
) -> None:
    killed = Holder(top, prefix)
    (killed.folder / "deep" / "er").mkdir(parents=True)
    (killed.folder / "deep" / "file").write_text("x")
    killed.kill()
    assert killed.folder.is_dir()
    draw(tmp_path / "site", top)
    assert names(top) == []


def test_a_build_killed_while_it_draws_is_cleaned_up_by_the_next(tmp_path: Path, top: Path) -> None:
    many = "; ".join(f"a{n} -> b{n % 7}" for n in range(300))
    project = make_site(tmp_path / "slow", many)
    process = subprocess.Popen(
        [sys.executable, "-m", "proofdown", "build"],
        cwd=project.root,
        env=os.environ | {"TMPDIR": str(top)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while process.poll() is None and not names(top) and time.monotonic() < end:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert len(names(top)) == 1
    draw(tmp_path / "site", top)
    assert names(top) == []


def test_the_temporary_folder_of_a_live_run_is_kept(
    tmp_path: Path, top: Path, holder: Holder
) -> None:
    (holder.folder / "needed").write_text("x")
    draw(tmp_path / "site", top)
    assert (holder.folder / "needed").read_text() == "x"
    assert names(top) == [holder.folder.name]


def test_folders_of_other_names_modes_and_kinds_are_kept(tmp_path: Path, top: Path) -> None:
    number = "0123456789abcdef"
    kept = [
        "proofdown-2026-releases",
        "proofdown-12-0123456789ABCDEF",
        "proofdown-x1-" + number,
        "proofdown-12-" + number + "0",
        "pd-12345678",
        "my-proofdown-12-" + number,
    ]
    for name in kept:
        (top / name).mkdir(mode=0o700)
        (top / name / "mine").write_text("x")
    open_to_all = top / f"proofdown-12-{number}"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    (victim / "precious").write_text("x")
    (top / f"proofdown-13-{number}").symlink_to(victim)
    (top / f"proofdown-14-{number}").write_text("a file")
    os.mkfifo(top / f"proofdown-15-{number}")
    before = names(top)
    draw(tmp_path / "site", top)
    assert names(top) == before
    assert (victim / "precious").read_text() == "x"
    assert all((top / name / "mine").is_file() for name in kept)


def test_a_link_in_what_a_killed_run_left_is_removed_and_not_followed(
    tmp_path: Path, top: Path
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "precious").write_text("x")
    killed = Holder(top)
    (killed.folder / "link").symlink_to(victim)
    killed.kill()
    draw(tmp_path / "site", top)
    assert names(top) == []
    assert (victim / "precious").read_text() == "x"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder to somebody else")
def test_the_temporary_folder_of_another_user_is_kept(tmp_path: Path, top: Path) -> None:
    killed = Holder(top)
    killed.kill()
    os.chown(killed.folder, 12345, -1)
    draw(tmp_path / "site", top)
    assert names(top) == [killed.folder.name]


def test_temporary_files_that_cannot_be_written_are_reported(
    tmp_path: Path, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = os.mkdir

    def refuse(path: str, *rest: int, **more: int) -> None:
        if str(path).startswith(f"{top}/"):
            raise OSError(28, "No space left on device", path)
        make(path, *rest, **more)

    monkeypatch.setenv("TMPDIR", str(top))
    monkeypatch.setattr(os, "mkdir", refuse)
    result = make_site(tmp_path / "site").build()
    assert result.code == 2
    message = "error[unwritable-output]: the folder for temporary files cannot be written"
    assert f"{top}: {message}: no space left on device" in result.out.splitlines()[0]


def test_a_drawing_whose_folder_cannot_be_removed_is_drawn(
    tmp_path: Path, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove, refused = os.rmdir, []

    def refuse(path: str, *, dir_fd: int | None = None) -> None:
        if str(path).startswith(str(top)):
            refused.append(path)
            raise OSError(5, "Input/output error", path)
        remove(path, dir_fd=dir_fd)

    monkeypatch.setenv("TMPDIR", str(top))
    monkeypatch.setattr(os, "rmdir", refuse)
    result = make_site(tmp_path / "site").build()
    assert (result.code, len(refused)) == (0, 1), result.out
    assert names(top) != []
    monkeypatch.undo()
    draw(tmp_path / "next", top)
    assert names(top) == []

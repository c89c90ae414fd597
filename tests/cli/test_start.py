"""Runs without changes: what they print, and how little they import."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.project import Project, run_command

HEAVY = {"click", "json", "pathlib", "dataclasses", "typing", "markdown", "jinja2", "yaml"}
BUILD = (sys.executable, "-m", "proofdown", "build")
PRINTING = (["build"], ["check", "-f", "json"], ["explain", "--all"], ["--help"])


@pytest.fixture
def built(project: Project) -> Project:
    """Return a site with a warning that the command built some time ago."""
    project.write({"content/index.md": "# Home\n\nThe the guest.\n", "content/a.md": "# A\n"})
    assert run_command("build", cwd=project.root).code == 0
    time.sleep(0.1)  # the states of files younger than a few clock ticks are not trusted
    assert run_command("build", cwd=project.root).code == 0
    return project


def imported(*arguments: str, cwd: Path) -> set[str]:
    """Run the command; return the packages that it imports."""
    command = [sys.executable, "-X", "importtime", "-m", "proofdown", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    return set(re.findall(r"\| +([a-z_]\w*)", done.stderr))


def test_the_fast_path_imports_nothing_heavy(built: Project) -> None:
    assert imported("build", cwd=built.root) & HEAVY == set()
    assert imported("check", cwd=built.root) >= {"click", "markdown", "yaml"}


@pytest.mark.parametrize("arguments", [("build",), ("build", "-f", "json"), ("check", "--strict")])
def test_a_run_that_repeats_the_last_one_prints_the_same(
    built: Project, arguments: tuple[str, ...]
) -> None:
    command = [sys.executable, "-m", "proofdown", *arguments]
    runs = [
        subprocess.run(
            command,
            cwd=built.root,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"FORCE_COLOR": colour, "NO_COLOR": ""},
        )
        for colour in ("1", "1", "", "")
    ]
    coloured, again, plain, plain_again = [(run.returncode, run.stdout, run.stderr) for run in runs]
    assert again == coloured
    assert plain_again == plain
    assert "is repeated" in plain[1]
    assert ("\x1b[" in coloured[1], "\x1b[" in plain[1]) == ("json" not in arguments, False)


def test_another_folder_other_arguments_or_an_edit_prevent_a_replay(built: Project) -> None:
    (built.root / "below").mkdir()
    assert "../site/" in run_command("build", cwd=built.root / "below").out.replace(
        str(built.root), ".."
    )
    assert run_command("build", "--strict", cwd=built.root).code == 1
    built.write({"content/index.md": "# Home\n\nThe guest.\n"})
    assert "is repeated" not in run_command("build", cwd=built.root).out


def test_a_replay_may_be_cut_off_by_its_reader(built: Project) -> None:
    run = subprocess.Popen(BUILD, cwd=built.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout
    assert run.stderr
    run.stdout.close()
    with run.stderr as errors:
        assert (errors.read(), run.wait()) == (b"", 1)


def _run_in_shell(command: list[str], redirected: str, cwd: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", "-c", f'"$@" {redirected}', "sh", *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has such a device")
@pytest.mark.parametrize("arguments", PRINTING)
def test_an_unwritable_output_is_reported_on_every_run(
    project: Project, arguments: list[str]
) -> None:
    command = [*BUILD[:-1], *arguments]
    for _ in range(2):
        code, said = _run_in_shell(command, ">/dev/full", project.root)
        reason = "the standard output cannot be written: no space left on device\n"
        assert (code, said) == (2, reason)
    assert _run_in_shell(command, ">/dev/full 2>&1", project.root) == (2, "")


@pytest.mark.parametrize("arguments", PRINTING)
def test_a_closed_output_is_reported(project: Project, arguments: list[str]) -> None:
    command = [*BUILD[:-1], *arguments]
    reason = "the standard output is closed: there is nowhere to print to\n"
    assert _run_in_shell(command, ">&-", project.root) == (2, reason)
    assert _run_in_shell(command, "2>&- >&-", project.root) == (2, "")
    assert _run_in_shell(command, "2>&-", project.root) == (0, "")


def test_a_removed_current_folder_is_reported(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", *BUILD],
        cwd=gone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "the current folder was removed: change to another one\n",
    )


def test_the_substitute_for_an_unwritable_cache_is_removed_with_the_process(
    project: Project, tmp_path: Path
) -> None:
    project.write({".proofdown": "in the way of the cache"})
    (tmp_path / "temporary").mkdir()
    env = {"TMPDIR": str(tmp_path / "temporary")}
    result = run_command("build", cwd=project.root, env=env)
    assert result.code == 0, result.out
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_long_report_is_written_completely_to_a_pipe(project: Project) -> None:
    links = "# Page\n\n" + "[x](gone.md)\n" * 900  # more of one page would be cut short
    project.write({f"content/p{number}.md": links for number in range(5)})
    result = run_command("build", "-f", "concise", cwd=project.root)
    assert (result.code, result.out.count("error[broken-link]")) == (1, 4_500)

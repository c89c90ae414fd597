"""The steps of the manual work: the tests write its files and run its commands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.support.project import REPOSITORY, SOURCE, Project, run_command
from tests.tools.guide.program import record_first_build

MANUAL = REPOSITORY / "content" / "manual"
TUTORIAL = (MANUAL / "first-site.md").read_text("utf-8")
FIRST_BUILD = REPOSITORY / "content" / "recordings" / "first-build"
FENCE = re.compile(r'^```(\w+)(?: title="(.+?)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
NOT_RUN = (f"pip install {SOURCE}", "proofdown serve --open")
"""Commands that need the network or do not end by themselves."""


def commands_of(block: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a block with the lines that the block shows as its output."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *printed = part.splitlines()
        yield command, printed


def write_step(folder: Path, path: str, text: str) -> None:
    """Write a file of the tutorial; in the settings, replace only the keys that the step shows."""
    file = folder / path
    if path == "proofdown.yml":
        settings = file.read_text("utf-8")
        for key in re.findall(r"^(\w+):", text, re.MULTILINE):
            settings = re.sub(rf"^{key}:\n(?: .*\n)*", "", settings, flags=re.MULTILINE)
        text = settings + text
    file.write_text(text, "utf-8")


def test_each_step_of_the_tutorial_works_as_shown(tmp_path: Path) -> None:
    folder, files, promises = tmp_path, 0, 0
    for kind, title, text in FENCE.findall(TUTORIAL):
        if title:
            write_step(folder, title, text)
            files += 1
        for command, printed in commands_of(text) if kind == "console" else ():
            program, *arguments = shlex.split(command)
            if program == "cd":
                folder /= arguments[0]
            elif command not in NOT_RUN:
                assert program == "proofdown"
                result = run_command(*arguments, cwd=folder)
                shown = result.out.splitlines()
                assert [line for line in printed if line not in shown] == [], result.out
                assert result.code == ("nothing was written" in printed), result.out
                promises += len(printed)
    assert files == 7
    settings = (folder / "proofdown.yml").read_text("utf-8")
    assert settings.startswith("# The settings of this site.")
    assert list(yaml.safe_load(settings)) == [
        *("title", "description", "language", "commands", "nav", "publish"),
    ]
    assert promises > 8
    assert (folder / "public" / "cache" / "index.html").is_file()


def test_the_first_build_prints_the_two_recorded_lines() -> None:
    shown = re.search(r"\$ proofdown build\n(.*?)```", TUTORIAL, re.DOTALL)
    assert shown
    recorded = yaml.safe_load(FIRST_BUILD.read_text("utf-8").split("\n---\n", 1)[1])
    assert recorded == record_first_build(), "run `proofdown record first-build`"
    assert shown[1] == recorded["printed"]
    assert len(shown[1].splitlines()) == 2


def test_the_diagram_on_the_page_of_claims_fails_as_the_page_says(tmp_path: Path) -> None:
    section = (MANUAL / "claims.md").read_text("utf-8").split("\n## ")[1]
    before, console = section.split("```console\n")
    files: dict[str, str | bytes] = {title: text for _, title, text in FENCE.findall(before)}
    project = Project.make(tmp_path / "site", {"content/index.md": "# Home\n", **files})
    (command, printed) = next(commands_of(console.split("```")[0]))
    result = run_command(*command.split()[1:], cwd=project.root)
    shown = result.out.splitlines()
    assert len(files) == 3
    assert len(printed) == 3
    assert [line for line in printed if line not in shown] == [], result.out

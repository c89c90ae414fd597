"""The README's commands do what it says they do."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support.project import REPOSITORY, SOURCE, run_command

README = (REPOSITORY / "README.md").read_text("utf-8")
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def console_blocks() -> list[list[str]]:
    """Return the commands of each console block."""
    blocks = (found[1].splitlines() for found in CONSOLE.finditer(README))
    return [[line.removeprefix("$ ") for line in block] for block in blocks]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 120


def test_the_two_commands_are_makefile_targets() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    commands = console_blocks()[0]
    assert commands == ["make site", "make test"]
    for command in commands:
        assert f"\n{command.split()[1]}: " in makefile


def test_the_commands_for_a_new_site_create_one(tmp_path: Path) -> None:
    folder = tmp_path
    clone, install, *commands = console_blocks()[1]
    assert clone == f"git clone {SOURCE.removeprefix('git+')} proofdown"
    assert install == "pip install ./proofdown"
    for command in commands:
        program, *arguments = command.split()
        if program == "cd":
            folder /= arguments[0]
            continue
        assert program == "proofdown"
        result = run_command(*arguments, cwd=folder)
        assert result.code == 0, result.out
    assert (folder / "site" / "index.html").is_file()


def test_it_is_installed_from_the_repository_in_the_settings() -> None:
    settings = yaml.safe_load((REPOSITORY / "proofdown.yml").read_text("utf-8"))
    assert f"git+{settings['repository']}" == SOURCE


def test_the_last_lines_of_a_build_match_the_recording() -> None:
    recording = (REPOSITORY / "content/recordings/first-build").read_text("utf-8")
    recorded = yaml.safe_load(recording.split("\n---\n", 1)[1])["printed"]
    ending = re.search(r"^A build ends with two lines: (.*)$", README, re.MULTILINE)
    assert ending
    assert re.findall(r"`(.+?)`", ending[1]) == recorded.splitlines()


def test_the_table_has_every_command() -> None:
    listed = set(re.findall(r"^\| `proofdown (\w+)", README, re.MULTILINE))
    printed = run_command("--help", cwd=REPOSITORY).out
    assert listed == set(re.findall(r"^  (\w+)  ", printed.split("Commands:")[1], re.MULTILINE))


@pytest.mark.parametrize("name", re.findall(r"\]\((content/[^)]+)\)", README))
def test_its_links_into_the_manual_work(name: str) -> None:
    path, _, anchor = name.partition("#")
    text = (REPOSITORY / path).read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    assert not anchor or anchor in {heading.lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", re.findall(r"\]\((\.github/[^)]+)\)", README))
def test_its_pictures_exist(name: str) -> None:
    assert (REPOSITORY / name).read_bytes().startswith(b"\x89PNG")


def test_the_top_level_contains_only_what_it_should() -> None:
    ignored = {"site", "public", "uv.lock"}
    found = {p.name for p in REPOSITORY.iterdir() if not p.name.startswith(".")} - ignored
    assert found == {
        *("pyproject.toml", "src", "content", "templates", "diagrams", "tests", "README.md"),
        *("proofdown.yml", "Makefile", "LICENSE"),
    }

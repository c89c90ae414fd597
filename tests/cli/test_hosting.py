"""`proofdown new --host`: configuration for hosts that build the site themselves."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from proofdown.cli.commands.new import _HOSTS
from proofdown.cli.new.hosting import HOSTS
from tests.support.project import REPOSITORY, SOURCE, Project

WORKFLOW = ".github/workflows/pages.yml"


def new(folder: Path, host: str) -> Project:
    """Create a site for a host."""
    result = Project.run_plain("new", "--host", host, str(folder))
    assert result.code == 0, result.out
    return Project(folder)


def test_the_command_offers_every_host() -> None:
    assert list(_HOSTS) == list(HOSTS)


@pytest.mark.parametrize("host", HOSTS)
def test_a_new_site_publishes_to_the_folder_that_the_host_uploads(
    tmp_path: Path, host: str
) -> None:
    project = new(tmp_path / "docs", host)
    texts = "".join((project.root / path).read_text() for path in HOSTS[host])
    assert "public" in texts
    (command,) = set(re.findall(r"proofdown (publish artifact --no-verify)", texts))
    result = project.run(*command.split())
    assert result.code == 0, result.out
    assert {"index.html", "proofdown-receipt.json"} <= project.tree("public").keys()
    assert "/public/" in (project.root / ".gitignore").read_text().splitlines()


def test_an_existing_site_keeps_all_of_its_files(project: Project) -> None:
    settings = "title: Mine  # a comment\nurl: https://example.org/"
    project.write({"proofdown.yml": settings, ".gitignore": "/site/"})
    new(project.root, "github")
    texts = {name: (project.root / name).read_text() for name in ("proofdown.yml", ".gitignore")}
    target = "publish:\n  artifact: {to: directory, path: public}\n"
    assert texts == {"proofdown.yml": f"{settings}\n{target}", ".gitignore": "/site/\n/public/\n"}
    assert project.check("--strict").code == 0


@pytest.mark.parametrize("host", HOSTS)
def test_existing_files_are_not_overwritten(project: Project, host: str) -> None:
    last = list(HOSTS[host])[-1]
    project.write({last: "mine"})
    before = project.tree(".")
    result = Project.run_plain("new", "--host", host, str(project.root))
    assert result.code == 2
    assert f"error[foreign-output]: `{last}` already exists" in result.out
    assert project.tree(".") == before


def test_other_targets_are_kept_and_the_line_to_add_is_printed(
    project: Project,
) -> None:
    settings = "title: T\nurl: https://example.org/\npublish: {pages: {to: git}}\n"
    project.write({"proofdown.yml": settings})
    result = Project.run_plain("new", "--host", "netlify", str(project.root))
    assert result.code == 0
    assert (project.root / "proofdown.yml").read_text() == settings
    assert "`artifact: {to: directory, path: public}`" in result.out


@pytest.mark.parametrize("host", HOSTS)
def test_every_file_is_valid_in_its_format(tmp_path: Path, host: str) -> None:
    project = new(tmp_path / "docs", host)
    for path in HOSTS[host]:
        text = (project.root / path).read_text()
        if path.endswith((".yml", ".yaml")):
            assert isinstance(yaml.safe_load(text), dict)
        elif path.endswith(".toml"):
            assert tomllib.loads(text)["build"]["publish"] == "public"
        elif path.endswith(".sh"):
            shell = shutil.which("sh") or "sh"
            subprocess.run([shell, "-n", str(project.root / path)], check=True)


def test_on_github_the_job_that_can_publish_runs_no_code_of_the_project(tmp_path: Path) -> None:
    text = (new(tmp_path / "docs", "github").root / WORKFLOW).read_text()
    workflow: dict[str, Any] = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        runs = [step for step in job["steps"] if "run" in step or "checkout" in step["uses"]]
        assert bool(runs) != ("permissions" in job), name
        checkouts = [step for step in runs if "checkout" in step.get("uses", "")]
        assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_the_repository_publishes_its_own_guide_by_the_same_workflow(tmp_path: Path) -> None:
    shipped = (new(tmp_path / "docs", "github").root / WORKFLOW).read_text()
    own = (REPOSITORY / WORKFLOW).read_text()
    assert own == shipped.replace(f"pip install {SOURCE}", "pip install .")


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_installs_from_the_repository_while_there_is_no_release(
    tmp_path: Path, host: str
) -> None:
    project = new(tmp_path / "docs", host)
    texts = "".join((project.root / path).read_text() for path in HOSTS[host])
    assert set(re.findall(r"pip install (\S+)", texts)) == {SOURCE}

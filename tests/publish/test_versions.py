"""Versions side by side, listed in the format of mike."""

import json
import re
from pathlib import Path

import pytest

from tests.support.project import Project, Result
from tests.support.publish_hosts import DirectoryRig, GitRig

URL = "https://example.org/docs/"


class Versioned:
    """A site that is published to a folder in several versions."""

    def __init__(self, folder: Path) -> None:
        self.rig = DirectoryRig(folder)
        text = f"title: T\nurl: {URL}\npublish:\n  host: {self.rig.settings}\n"
        self.project = Project.make(folder / "project", {"proofdown.yml": text})

    def publish(self, *arguments: str) -> Result:
        return self.project.run("publish", "host", "--no-verify", *arguments)

    def publish_version(self, version: str, *arguments: str) -> Result:
        self.project.write({"content/index.md": f"# Home\n\nThis is {version}.\n"})
        result = self.publish("--version", version, *arguments)
        assert result.code == 0, result.out
        return result

    @property
    def listed(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.text("versions.json"))
        return found

    def text(self, path: str) -> str:
        return (self.rig.read(path) or b"").decode()


@pytest.fixture
def site(tmp_path: Path) -> Versioned:
    """Return a site that is published to a folder in several versions."""
    return Versioned(tmp_path)


def test_versions_are_published_side_by_side_and_an_alias_moves_on(site: Versioned) -> None:
    site.publish_version("2.0", "--alias", "latest")
    site.publish_version("2.1", "--alias", "latest", "--title", "2.1 (stable)")
    assert site.listed == [
        {"version": "2.1", "title": "2.1 (stable)", "aliases": ["latest"]},
        {"version": "2.0", "title": "2.0", "aliases": []},
    ]
    for folder, version in (("2.0", "2.0"), ("2.1", "2.1"), ("latest", "2.1")):
        assert f"This is {version}." in site.text(f"{folder}/index.html")


def test_a_version_is_built_for_its_own_address(site: Versioned) -> None:
    site.publish_version("2.1")
    found = re.findall(r'rel="canonical" href="([^"]+)"', site.text("2.1/index.html"))
    assert found == [f"{URL}2.1/"]
    assert f"<loc>{URL}2.1/</loc>" in site.text("2.1/sitemap.xml")


def test_the_root_redirects_to_the_default_version(site: Versioned) -> None:
    site.publish_version("2.0", "--alias", "latest")
    assert 'content="0; url=./latest/"' in site.text("index.html")
    site.publish_version("2.1", "--default", "2.0")
    assert 'content="0; url=./2.0/"' in site.text("index.html")
    site.publish_version("2.2")
    assert 'content="0; url=./2.0/"' in site.text("index.html")


def test_publishing_a_version_again_updates_its_aliases(site: Versioned) -> None:
    site.publish_version("2.1", "--alias", "latest")
    site.project.write({"content/index.md": "# Home\n\nMended.\n"})
    assert site.publish("--version", "2.1").code == 0
    assert "Mended." in site.text("latest/index.html")
    assert "nothing to send" in site.publish("--version", "2.1").out


def test_a_version_is_deleted_with_its_aliases_and_nothing_else(site: Versioned) -> None:
    site.publish_version("2.0", "--alias", "old")
    site.publish_version("2.1", "--alias", "latest", "--default", "latest")
    before = site.rig.tree()
    result = site.publish("--delete-version", "2.0")
    assert result.code == 0, result.out
    assert result.out.endswith("\ndeleted the version `2.0`\n")
    after = site.rig.tree()
    assert {path.split("/")[0] for path in before.keys() - after.keys()} == {"2.0", "old"}
    assert [one["version"] for one in site.listed] == ["2.1"]
    assert site.publish("--rollback").code == 0
    assert site.rig.tree() == before


def test_versions_are_listed(site: Versioned) -> None:
    for version in ("2.9", "2.10", "dev", "2.10rc1"):
        site.publish_version(version)
    site.publish_version("2.10", "--alias", "latest", "--alias", "stable", "--default", "latest")
    assert site.publish("--list").out == "dev\n2.10 [latest, stable] (default)\n2.10rc1\n2.9\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--version", "../x"], "`../x` is not a valid name of a version"),
        (["--version", ".x"], "`.x` is not a valid name of a version"),
        (["--version", "a/b"], "`a/b` is not a valid name of a version"),
        (["--version", "3", "--alias", "2.0"], "`2.0` would be both a version and an alias"),
        (["--version", "latest"], "`latest` would be both a version and an alias"),
        (["--version", "3", "--default", "5"], "there is no version `5`"),
        (["--delete-version", "2"], "there is no version `2`"),
        (
            ["--delete-version", "2.0"],
            "the root redirects to `latest`, which belongs to the version",
        ),
    ],
)
def test_unusable_versions_and_aliases_are_refused(
    site: Versioned, arguments: list[str], message: str
) -> None:
    site.publish_version("2.0", "--alias", "latest")
    before = site.rig.tree()
    result = site.publish(*arguments)
    assert result.code == 2
    assert f"error[unusable-version]: {message}" in result.out
    assert site.rig.tree() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--alias", "latest"], "--alias needs --version"),
        (["--default", "latest"], "--default needs --version"),
        (["--verify", "--rollback"], "--verify and --rollback are mutually exclusive"),
        (["--version", "2", "--delete-version", "1"], "are mutually exclusive"),
        (["--version", ""], "'--version': it is empty"),
        (["--delete-version", ""], "'--delete-version': it is empty"),
        (["--version", "2", "--default", ""], "'--default': it is empty"),
    ],
)
def test_empty_options_and_options_without_effect_are_refused(
    site: Versioned, arguments: list[str], message: str
) -> None:
    result = site.publish(*arguments)
    assert (result.code, message in result.out) == (2, True)
    assert site.rig.tree() == {}


def test_an_empty_target_name_does_not_select_the_only_target(site: Versioned) -> None:
    result = site.project.run("publish", "")
    assert result.code == 2
    assert "it is empty; is the variable that it comes from set?" in result.out
    assert site.rig.tree() == {}


def test_versions_published_by_mike_are_left_unchanged(tmp_path: Path) -> None:
    rig = GitRig(tmp_path)
    entry = {"version": "1.0", "title": "1.0", "aliases": ["old"], "properties": {"hidden": True}}
    rig.put("versions.json", json.dumps([entry]).encode())
    for path in ("1.0/index.html", "old/index.html", ".nojekyll", "index.html"):
        rig.put(path, b"mike")
    target = f"publish:\n  host: {rig.settings}\n"
    project = Project.make(tmp_path / "project", {"proofdown.yml": f"title: T\n{target}"})
    project.write({"content/index.md": "# Home\n"})
    result = project.run("publish", "host", "--version", "2.0")
    assert result.code == 0, result.out
    there = rig.tree()
    assert there["index.html"] == b"mike"
    assert (there["1.0/index.html"], there["old/index.html"]) == (b"mike", b"mike")
    assert entry in json.loads(there["versions.json"])


def test_publishing_without_a_version_leaves_existing_versions_alone(site: Versioned) -> None:
    site.publish_version("2.0")
    assert site.publish().code == 0
    there = site.rig.tree()
    assert "This is 2.0." in there["index.html"].decode()
    assert "2.0/index.html" in there
    assert site.publish("--version", "2.1").code == 0
    assert site.rig.tree()["index.html"] == there["index.html"]

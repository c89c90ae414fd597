"""Publishing to a folder deletes and writes nothing through a symbolic link."""

import os
import stat
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.support.project import Project, Result
from tests.support.publish_hosts import RsyncRig

from .conftest import open_rig

Tree = dict[str, bytes]


class Site:
    """A site that is published to a folder, and somebody else's folder."""

    def __init__(self, folder: Path, path: str) -> None:
        folder.mkdir(exist_ok=True)
        self.root = folder / "site"
        target = f"{{to: directory, path: '{path}', keep: ['kept*']}}"
        self.project = Project.make(
            self.root,
            {
                "proofdown.yml": f"title: T\npublish:\n  host: {target}\n",
                "content/index.md": "# Home\n",
                "content/assets/a.txt": "an asset",
                "content/page.md": "# Page\n\n[The asset](assets/a.txt).\n",
            },
        )
        self.victim = folder / "victim"
        self.victim.mkdir()
        for name in ("index.html", "assets/a.txt", "precious"):
            file = self.victim / name
            file.parent.mkdir(exist_ok=True)
            file.write_text("not the site's")
        self.before = self.of_victim()

    def publish(self, *arguments: str) -> Result:
        return self.project.run("publish", "host", "--no-verify", *arguments)

    def of_victim(self) -> Tree:
        found = {
            path.relative_to(self.victim).as_posix(): path.read_bytes() if path.is_file() else b""
            for path in self.victim.rglob("*")
        }
        return found | {"": oct(self.victim.stat().st_mode).encode()}


@pytest.fixture(params=["public", "~out~/www/public"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """Return a site whose target is inside it, then one whose target is elsewhere."""
    return Site(tmp_path, request.param.replace("~out~", str(tmp_path)))


def folder_of(site: Site) -> Path:
    inside = site.root / "public"
    return (
        inside
        if "'public'" in (site.root / "proofdown.yml").read_text()
        else (site.root.parent / "www" / "public")
    )


def refused(result: Result, name: str) -> None:
    assert result.code == 2, result.out
    assert "error[failed-publish]" in result.out
    assert "it is a link, which is not followed here" in result.out
    assert name in result.out


@pytest.mark.parametrize("arguments", [(), ("--adopt",), ("--dry-run",), ("--rollback",)])
def test_a_target_that_is_a_link_is_refused(site: Site, arguments: tuple[str, ...]) -> None:
    public = folder_of(site)
    public.parent.mkdir(exist_ok=True)
    public.symlink_to(site.victim)
    result = site.publish("--allow-deletions", *arguments)
    assert result.code == 2
    assert site.of_victim() == site.before
    assert public.is_symlink()
    if "--rollback" not in arguments:
        refused(result, str(public))


def test_a_target_in_a_folder_of_the_site_that_is_a_link_is_refused(tmp_path: Path) -> None:
    site = Site(tmp_path, "sub/public")
    (site.root / "sub").symlink_to(site.victim)
    refused(site.publish("--adopt"), str(site.root / "sub"))
    assert site.of_victim() == site.before


def test_a_target_that_a_link_leads_back_into_the_site_counts_as_inside_it(tmp_path: Path) -> None:
    alias = tmp_path / "alias"
    site = Site(tmp_path, f"{alias}/sub/public")
    alias.symlink_to(site.root)
    (site.root / "sub").symlink_to(site.victim)
    refused(site.publish("--adopt"), str(site.root / "sub"))
    assert site.of_victim() == site.before


def test_a_link_in_the_path_of_a_target_elsewhere_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "www").symlink_to(tmp_path / "disk")
    site = Site(tmp_path, f"{tmp_path}/www/public")
    assert site.publish().code == 0
    assert (tmp_path / "disk" / "public" / "index.html").is_file()


def test_a_published_folder_that_became_a_link_is_not_written_through(site: Site) -> None:
    assert site.publish().code == 0
    assets = folder_of(site) / "assets"
    (assets / "a.txt").unlink()
    assets.rmdir()
    assets.symlink_to(site.victim / "assets")
    result = site.publish()
    assert result.code == 1, result.out
    assert "= note: assets" in result.out
    assert site.publish("--adopt", "--overwrite").code == 0
    assert not assets.is_symlink()
    assert (assets / "a.txt").read_text() == "an asset"
    assert site.publish("--rollback").code in (0, 2)
    assert site.of_victim() == site.before


def test_a_published_page_that_became_a_link_is_replaced_not_followed(site: Site) -> None:
    assert site.publish().code == 0
    home = folder_of(site) / "index.html"
    home.unlink()
    home.symlink_to(site.victim / "index.html")
    assert site.publish().code == 1
    assert site.publish("--overwrite", "--adopt").code == 0
    assert not home.is_symlink()
    assert b"<h1" in home.read_bytes()
    assert site.of_victim() == site.before


def test_other_peoples_links_are_kept_as_links(site: Site) -> None:
    assert site.publish().code == 0
    public = folder_of(site)
    (public / "kept-folder").symlink_to(site.victim)
    (public / "kept-file").symlink_to(site.victim / "precious")
    site.project.write({"content/index.md": "# Home\n\nNews.\n"})
    result = site.publish()
    assert result.code == 0, result.out
    assert "2 left alone" in result.out
    assert (public / "kept-folder").readlink() == site.victim
    assert (public / "kept-file").readlink() == site.victim / "precious"
    assert site.of_victim() == site.before


def test_an_unknown_link_to_a_folder_is_reported(site: Site) -> None:
    assert site.publish().code == 0
    (folder_of(site) / "downloads").symlink_to(site.victim)
    site.project.write({"content/index.md": "# Home\n\nNews.\n"})
    result = site.publish()
    assert result.code == 1
    assert "= note: downloads" in result.out


@pytest.mark.parametrize(
    "name",
    [
        ".public.previous",
        ".public.former",
        ".public.new-x",
        ".public.new-0123456789abcdef",
        ".public.new-empty",
        ".public.new-ab3_xy9z",
    ],
)
def test_links_planted_beside_the_target_are_removed_not_followed(site: Site, name: str) -> None:
    assert site.publish().code == 0
    planted = folder_of(site).with_name(name)
    planted.symlink_to(site.victim)
    site.project.write({"content/index.md": "# Home\n\nNews.\n"})
    assert site.publish().code == 0
    assert not planted.is_symlink()
    assert site.publish("--rollback").code == 0
    assert "News." not in (folder_of(site) / "index.html").read_text()
    assert site.of_victim() == site.before


def test_a_link_planted_as_the_previous_site_is_not_rolled_back_to(site: Site) -> None:
    assert site.publish().code == 0
    folder_of(site).with_name(".public.previous").symlink_to(site.victim)
    result = site.publish("--rollback")
    assert result.code == 2
    assert "there is no earlier publish to roll back to" in result.out
    assert site.of_victim() == site.before


def test_removing_the_previous_site_does_not_follow_a_link_in_it(site: Site) -> None:
    assert site.publish().code == 0
    site.project.write({"content/index.md": "# Home\n\nNews.\n"})
    assert site.publish().code == 0
    (folder_of(site).with_name(".public.previous") / "extra").symlink_to(site.victim)
    site.project.write({"content/index.md": "# Home\n\nMore.\n"})
    assert site.publish().code == 0
    assert site.of_victim() == site.before


def test_a_lock_that_is_a_link_is_refused_with_its_path(site: Site) -> None:
    assert site.publish().code == 0
    lock = folder_of(site).with_name(".public.lock")
    lock.symlink_to(site.victim / "precious")
    site.project.write({"content/index.md": "# Home\n\nNews.\n"})
    refused(site.publish(), str(lock))
    lock.unlink()
    lock.symlink_to(site.victim / "new")
    refused(site.publish(), str(lock))
    assert site.of_victim() == site.before


def test_a_lock_or_page_that_is_a_pipe_does_not_hang(site: Site) -> None:
    assert site.publish().code == 0
    public = folder_of(site)
    os.mkfifo(public / "pipe")
    result = site.publish()
    assert (result.code, "= note: pipe" in result.out) == (1, True)
    (public / "pipe").unlink()
    (public / "index.html").unlink()
    os.mkfifo(public / "index.html")
    assert site.publish().code == 1
    lock = public.with_name(".public.lock")
    os.mkfifo(lock)
    result = site.publish()
    assert (result.code, f"it is not a regular file: {lock}" in result.out) == (2, True)


def test_a_lock_left_by_a_killed_run_is_removed_even_if_nothing_is_sent(site: Site) -> None:
    assert site.publish().code == 0
    lock = folder_of(site).with_name(".public.lock")
    lock.touch()
    assert "nothing to send" in site.publish().out
    assert not lock.exists()


# Modes.


def modes(folder: Path) -> set[str]:
    return {
        f"{'d' if path.is_dir() else 'f'}{stat.S_IMODE(path.stat().st_mode):o}"
        for path in (folder, *folder.rglob("*"))
    }


@pytest.fixture
def _private() -> object:
    """Create files that nobody else can access."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_private")
def test_a_web_server_can_read_a_folder_whatever_the_umask_and_the_modes_of_the_sources(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path, f"{tmp_path}/new/www/public")
    asset = site.root / "content" / "assets" / "a.txt"
    for mode in (0o600, 0o755):
        asset.chmod(mode)
        site.project.write({"content/index.md": f"# Home\n\nMode {mode}.\n"})
        assert site.publish().code == 0
        assert modes(tmp_path / "new") == {"d755", "f644"}
    assert site.publish("--rollback").code == 0
    assert modes(tmp_path / "new") == {"d755", "f644"}


@pytest.mark.usefixtures("_private")
def test_the_next_publish_makes_files_readable_that_an_earlier_version_left_private(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path, f"{tmp_path}/www/public")
    assert site.publish().code == 0
    public = tmp_path / "www" / "public"
    for path in public.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
    (public / "kept-private").write_text("somebody else's")
    site.project.write({"content/index.md": "# Home\n\nNews.\n"})
    assert site.publish().code == 0
    assert stat.S_IMODE((public / "kept-private").stat().st_mode) == 0o600
    (public / "kept-private").unlink()
    assert modes(public) == {"d755", "f644"}


@pytest.mark.usefixtures("_private")
def test_a_web_server_can_read_files_sent_over_ssh(tmp_path: Path) -> None:
    for rig in open_rig("rsync", tmp_path):
        assert isinstance(rig, RsyncRig)
        site = Site(tmp_path / "one", str(tmp_path / "unused"))
        settings = f"title: T\npublish:\n  host: {rig.settings}\n"
        with patch.dict(os.environ, rig.environment):
            for mode in (0o600, 0o755):
                (site.root / "content" / "assets" / "a.txt").chmod(mode)
                text = f"# Home\n\nMode {mode}.\n"
                site.project.write({"proofdown.yml": settings, "content/index.md": text})
                assert site.publish().code == 0
                assert modes(rig.folder) == {"d755", "f644"}

"""`proofdown publish`: what it sends, what it refuses, and what it never touches."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from threading import Timer
from unittest.mock import patch

import pytest

from proofdown.build.pipeline import build_site
from proofdown.content.discovery import Asset
from proofdown.diagnostics import SiteError
from proofdown.publish.hosts import directory_swap
from proofdown.publish.plan.contents import pieces
from proofdown.publish.plan.receipt import load_outputs, make_receipt
from tests.support.project import Project, Result, run_command
from tests.support.publish_hosts import BRANCH, DirectoryRig, GitRig, Rig, S3Rig
from tests.support.sample_site import recording

RECEIPT = "proofdown-receipt.json"
PAGES: dict[str, str | bytes] = {
    f"content/p{number}.md": f"# Page {number}\n\nText.\n" for number in range(4)
}


class Site:
    """A site that is published to one host."""

    def __init__(self, rig: Rig, folder: Path, settings: str = "") -> None:
        self.rig = rig
        text = f"title: Test\npublish:\n  host: {settings or rig.settings}\n"
        files: dict[str, str | bytes] = {"proofdown.yml": text}
        self.project = Project.make(
            folder / "project", files | PAGES | {"content/index.md": "# Home\n"}
        )

    def publish(self, *arguments: str) -> Result:
        """Run the command."""
        with patch.dict(os.environ, self.rig.environment):
            return self.project.run("publish", "host", *arguments)

    def tree(self) -> dict[str, str]:
        """Return a short hash of every file on the host."""
        return {p: sha256(data).hexdigest()[:12] for p, data in self.rig.tree().items()}

    def write(self, text: str) -> None:
        """Change the text of the home page."""
        self.project.write({"content/index.md": f"# Home\n\n{text}\n"})


@pytest.fixture
def site(rig: Rig, tmp_path: Path) -> Site:
    """Return a site that is published to each kind of host in turn."""
    made = Site(rig, tmp_path)
    result = made.publish()
    assert result.code == 0, result.out
    return made


@pytest.fixture
def folder_site(tmp_path: Path) -> Site:
    """Return a site that is published to a folder."""
    made = Site(DirectoryRig(tmp_path), tmp_path)
    assert made.publish().code == 0
    return made


@pytest.fixture
def branch_site(tmp_path: Path) -> Site:
    """Return a site that is published to a branch."""
    made = Site(GitRig(tmp_path), tmp_path)
    assert made.publish().code == 0
    return made


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; return what it prints."""
    names = {
        f"GIT_{who}_{what}": "me@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | names
    ).stdout


def test_a_host_gets_the_output_of_the_build_and_the_receipt(site: Site) -> None:
    assert site.project.build().code == 0
    built = {p: data for p, data in site.project.tree().items() if p != ".proofdown-site"}
    there = site.rig.tree()
    there.pop(".nojekyll", None)
    receipt = json.loads(there.pop(RECEIPT))
    assert there == built
    assert {p: one["sha256"] for p, one in receipt["outputs"].items()} == {
        path: sha256(data).hexdigest() for path, data in built.items()
    }


def test_a_second_publish_sends_nothing_and_only_what_changed_is_sent(site: Site) -> None:
    result = site.publish()
    assert "0 added, 0 changed, 0 deleted" in result.out
    assert "nothing to send" in result.out
    site.write("News.")
    result = site.publish()
    listed = re.findall(r"^  [+~-] ((?!search/|objects).+)$", result.out, re.MULTILINE)
    assert (result.code, {"index.html", RECEIPT} <= set(listed)) == (0, True)
    assert [path for path in listed if path.startswith(("p", "theme")) and path != RECEIPT] == []
    assert b"News." in (site.rig.read("index.html") or b"")


def test_a_dry_run_lists_what_the_run_does_and_sends_nothing(site: Site) -> None:
    site.write("News.")
    site.project.write({"content/new.md": "# New\n"})
    (site.project.root / "content" / "p0.md").unlink()
    before = site.tree()
    dry = site.publish("--dry-run")
    assert site.tree() == before
    assert dry.out.endswith("dry run: nothing was sent\n")
    real = site.publish()
    assert real.out.splitlines()[:-1] == dry.out.splitlines()[:-1]
    after = site.tree()
    marks = {"+": after.keys() - before.keys(), "-": before.keys() - after.keys()}
    marks["~"] = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    listed = re.findall(r"^  ([+~-]) (.+)$", dry.out, re.MULTILINE)
    assert {mark: {p for m, p in listed if m == mark} for mark in "+~-"} == marks
    assert "p0/index.html" in marks["-"]


def test_a_rollback_brings_the_previous_site_back_and_another_undoes_it(site: Site) -> None:
    first = site.tree()
    site.write("News.")
    site.project.write({"content/new.md": "# New\n"})
    (site.project.root / "content" / "p0.md").unlink()
    assert site.publish().code == 0
    second = site.tree()
    assert site.publish("--rollback").code == 0
    assert site.tree() == first
    assert site.publish("--rollback").code == 0
    assert site.tree() == second
    result = site.publish()
    assert "nothing to send" in result.out


def test_there_is_nothing_to_roll_back_to_after_the_first_publish(site: Site) -> None:
    before = site.tree()
    result = site.publish("--rollback")
    assert result.code == 2
    assert "there is no earlier publish to roll back to" in result.out
    assert site.tree() == before


def test_files_that_proofdown_did_not_publish_are_refused(site: Site) -> None:
    site.rig.put("precious.txt", b"mine")
    site.write("News.")
    before = site.tree()
    result = site.publish()
    assert result.code == 1
    assert "error[foreign-files]: 1 file on the host that Proofdown did not publish" in result.out
    assert "= note: precious.txt" in result.out
    assert site.tree() == before
    assert site.publish("--adopt").code == 0
    assert "precious.txt" not in site.tree()
    assert site.publish("--rollback").code == 0
    assert site.tree() == before


def test_files_that_belong_to_the_host_or_its_owner_are_kept(site: Site) -> None:
    others = {"CNAME": b"docs.example.org\n", ".well-known/security.txt": b"Contact: x\n"}
    for path, data in others.items():
        site.rig.put(path, data)
    site.write("News.")
    result = site.publish()
    assert result.code == 0, result.out
    assert re.search(r"[23] left alone", result.out)
    assert others.items() <= site.rig.tree().items()


def test_a_file_changed_on_the_host_is_kept(site: Site) -> None:
    edited = (site.rig.read("p1/index.html") or b"") + b"<!-- mended at night -->"
    site.rig.put("p1/index.html", edited)
    site.write("News.")
    result = site.publish()
    assert result.code == 1
    assert "error[changed-elsewhere]: 1 published file changed on the host since" in result.out
    assert "= note: p1/index.html" in result.out
    assert site.rig.read("p1/index.html") == edited
    assert site.publish("--overwrite").code == 0
    assert b"at night" not in (site.rig.read("p1/index.html") or b"")


def test_file_names_of_every_kind_are_published_exactly(site: Site) -> None:
    names = ["é ü.txt", "a'b\"c.txt", "-rf.txt", "100%.txt", "a#b?c.txt", "a&b;c.txt", "😀.txt"]
    names += ["$HOME.txt", "a*b[c].txt", "~.x.txt", "n" * 240 + ".txt", "a/-b/c d.txt"]
    site.project.write({f"content/{name}": name for name in names})
    target = f"publish:\n  host: {site.rig.settings}\n"
    settings = f"title: T\nchecks: {{unused-asset: off}}\n{target}"
    site.project.write({"proofdown.yml": settings})
    result = site.publish()
    assert result.code == 0, result.out
    there = site.rig.tree()
    assert {name: there.get(name) for name in names} == {name: name.encode() for name in names}
    for name in names:
        (site.project.root / "content" / name).unlink()
    assert site.publish("--allow-deletions").code == 0
    assert set(names) & site.tree().keys() == set()


def test_a_site_with_a_problem_is_not_published(folder_site: Site) -> None:
    before = folder_site.tree()
    folder_site.write("See [it](gone.md).")
    result = folder_site.publish()
    assert result.code == 1
    assert "error[broken-link]" in result.out
    assert result.out.endswith("nothing was published: fix the problems first\n")
    folder_site.project.write({"content/index.md": "No heading is a warning.\n"})
    assert folder_site.publish().code == 1
    assert folder_site.tree() == before


def test_many_deletions_are_refused(folder_site: Site) -> None:
    before = folder_site.tree()
    for number in range(4):
        (folder_site.project.root / "content" / f"p{number}.md").unlink()
    result = folder_site.publish()
    assert result.code == 1
    found = re.search(r"many-deletions\]: (\d+) of (\d+) published files would be", result.out)
    assert found
    gone = [path for path in before if path.startswith("p") and path != RECEIPT]
    assert (int(found[1]), int(found[2])) == (len(gone), len(before))
    assert folder_site.tree() == before
    assert folder_site.publish("--allow-deletions").code == 0
    assert "p0/index.html" not in folder_site.tree()


def test_a_site_without_pages_is_refused(folder_site: Site) -> None:
    before = folder_site.tree()
    project = folder_site.project
    for page in (project.root / "content").iterdir():
        page.unlink()
    target = f"publish:\n  host: {folder_site.rig.settings}\n"
    project.write({"proofdown.yml": f"title: T\nchecks: {{no-pages: off}}\n{target}"})
    result = folder_site.publish("--allow-deletions")
    assert (result.code, folder_site.tree()) == (1, before), result.out
    assert "error[empty-site]: there is no page to publish" in result.out
    assert folder_site.publish("--allow-deletions", "--allow-empty").code == 0


def test_a_published_page_that_is_a_draft_is_refused(folder_site: Site) -> None:
    folder_site.project.write({"content/p1.md": "---\ndraft: true\n---\n# Page 1\n"})
    folder_site.project.write({"content/never.md": "---\ndraft: true\n---\n# Never\n"})
    result = folder_site.publish()
    assert result.code == 1
    assert "error[withdrawn-page]: 1 published page is a draft now" in result.out
    assert "= note: p1/index.html" in result.out
    assert folder_site.publish("--withdraw-drafts").code == 0
    there = folder_site.tree()
    assert "p1/index.html" not in there
    assert "never/index.html" not in there


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("server.key", "x", "it has the name of a secret"),
        ("notes.txt", "-----BEGIN OPENSSH " + "PRIVATE KEY-----\n", "it contains a private key"),
        ("notes.txt", "AKIA" + "Z7QKX5RRTM3WABCD\n", "it contains an AWS access key"),
        ("notes.txt", "ghp_" + "Ab3" * 12 + "\n", "it contains a GitHub token"),
        ("notes.txt", "see ~root~/x\n", "it contains the path of a local folder"),
    ],
)
def test_a_likely_secret_is_refused(folder_site: Site, name: str, text: str, why: str) -> None:
    before = folder_site.tree()
    root = folder_site.project.root
    folder_site.project.write({f"content/{name}": text.replace("~root~", str(root))})
    folder_site.write(f"Get [the file]({name}).")
    result = folder_site.publish()
    assert result.code == 1
    assert f"error[likely-secret]: `{name}` looks like a secret: {why}" in result.out
    assert text.strip() not in result.out or name.endswith(".key")
    assert folder_site.tree() == before
    assert folder_site.publish("--allow-secret", name).code == 0


def test_a_page_about_keys_is_published_if_a_pattern_allows_it(folder_site: Site) -> None:
    folder_site.write("A key begins with `-----BEGIN RSA " + "PRIVATE KEY-----`.")
    refused = folder_site.publish("--allow-secret", "index.*")
    assert refused.code == 1
    assert "`--allow-secret 'search/*'` publishes it" in refused.out
    let = ("--allow-secret", "index.*", "--allow-secret", "search/*")
    assert folder_site.publish(*let).code == 0
    folder_site.write("A key still begins with `-----BEGIN RSA " + "PRIVATE KEY-----`.")
    assert folder_site.publish(*let).code == 0


@pytest.mark.parametrize("path", ["content/a.txt", "content/a.css"])
@pytest.mark.parametrize("new", ["y", "x", None])
def test_a_source_changed_during_the_build_is_refused(
    project: Project, path: str, new: str | None
) -> None:
    project.write({path: "x"})
    build = build_site(project.root)
    if new is None:
        (project.root / path).unlink()
    else:
        project.write({path: new})
    with pytest.raises(SiteError, match=f"`{path}` was changed while the site was built"):
        make_receipt(build, load_outputs(build.site.outputs))


def test_an_asset_that_changes_and_changes_back_during_the_build_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write({"content/a/a.css": "a{}", "content/index.md": "# Home\n\n[a](a/a.css)\n"})
    folder, aside = project.root / "content" / "a", project.root / "aside"
    shutil.copytree(folder, aside)
    (aside / "a.css").write_text("b{}", "utf-8")
    load = Asset.load

    def load_other(asset: Asset, root: Path) -> bytes:
        folder.rename(project.root / "was")
        aside.rename(folder)
        data = load(asset, root)
        folder.rename(aside)
        (project.root / "was").rename(folder)
        return data

    monkeypatch.setattr(Asset, "load", load_other)
    build = build_site(project.root)
    with pytest.raises(SiteError, match=r"`content/a/a\.css` was changed while the site was built"):
        make_receipt(build, load_outputs(build.site.outputs))


@pytest.mark.parametrize(
    "path",
    [
        ".proofdown.lock",
        "content/index.claims.yml",
        "content/index.md",
        "content/recordings/r",
        "diagrams/a.dot",
        "proofdown.yml",
        "templates/page.html",
    ],
)
def test_the_content_that_was_read_is_published_with_its_hash_despite_later_writes(
    project: Project, path: str
) -> None:
    project.write(
        {
            ".proofdown.lock": "/\n",
            "content/index.claims.yml": "diagrams: {a: {connections: [a -> b]}}\n",
            "content/index.md": "# Home\n\nRead.\n\n![A to B](../diagrams/a.dot)\n",
            "content/recordings/r": recording("Read.\n"),
            "diagrams/a.dot": "digraph { a -> b }\n",
            "templates/page.html": '{% extends "theme/page.html" %}\n',
        }
    )
    before = (project.root / path).read_bytes()
    build = build_site(project.root)
    project.write({path: "Written.\n"})
    files = load_outputs(build.site.outputs)
    receipt = json.loads(make_receipt(build, files).data)
    assert receipt["inputs"][path] == sha256(before).hexdigest()
    for published in ("index.html", "index.md"):
        assert b"Read." in b"".join(pieces(files[published]))


def test_the_receipt_names_every_source_and_rule_and_is_the_same_each_time(tmp_path: Path) -> None:
    receipts = []
    for name in ("one", "two"):
        project = Project.make(
            tmp_path / name,
            {
                "content/index.md": "# Home\n\n![A to B](../diagrams/a.dot)\n",
                "content/index.claims.yml": "diagrams: {a: {connections: [a -> b]}}\n",
                "diagrams/a.dot": "digraph { a -> b }\n",
                "templates/page.html": '{% extends "theme/page.html" %}\n',
            },
        )
        build = build_site(project.root)
        receipts.append(make_receipt(build, load_outputs(build.site.outputs)).data)
    assert receipts[0] == receipts[1]
    assert str(tmp_path).encode() not in receipts[0]
    receipt = json.loads(receipts[0])
    assert sorted(receipt["inputs"]) == [
        "content/index.claims.yml",
        "content/index.md",
        "diagrams/a.dot",
        "proofdown.yml",
        "templates/page.html",
    ]
    assert receipt["checked"]["claims"] == {"held": 1, "broken": 0, "not_judged": 0}
    assert receipt["rules"]["broken-link"] == "error"
    assert receipt["versions"]["proofdown"]


def test_an_undeclared_target_gets_a_suggestion(folder_site: Site) -> None:
    result = folder_site.project.run("publish", "hots")
    assert result.code == 2
    assert "error[unknown-target]: there is no target `hots`" in result.out
    assert "did you mean `host`?" in result.out


def test_the_only_target_need_not_be_named(folder_site: Site) -> None:
    result = folder_site.project.run("publish")
    assert (result.code, "nothing to send" in result.out) == (0, True)


def test_a_target_with_a_password_is_reported_and_the_password_is_not(folder_site: Site) -> None:
    text = "title: T\npublish:\n  host: {to: git, remote: 'https://me:canary@example.org/x.git'}\n"
    folder_site.project.write({"proofdown.yml": text})
    result = folder_site.publish()
    assert result.code == 2
    assert "error[likely-secret]: the settings contain a password" in result.out
    assert "canary" not in result.out


# Only on a branch.


def test_the_work_tree_the_index_and_the_branches_are_not_touched(branch_site: Site) -> None:
    root, remote = branch_site.project.root, branch_site.rig
    assert isinstance(remote, GitRig)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "remote", "add", "origin", str(remote.folder))
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    (root / "proofdown.yml").write_text("title: T\npublish:\n  host: {to: git, remote: origin}\n")
    git(root, "add", "proofdown.yml")
    git(root, "commit", "--quiet", "-m", "x")
    (root / "staged.txt").write_text("x")
    git(root, "add", "staged.txt")
    before = (git(root, "status", "--porcelain"), git(root, "for-each-ref"))
    objects = sorted((root / ".git").rglob("*"))
    tip = remote.tip()
    branch_site.write("News.")
    assert branch_site.publish().code == 0
    assert (
        git(root, "status", "--porcelain").replace(" M", "??"),
        git(root, "for-each-ref"),
    ) == before
    assert sorted((root / ".git").rglob("*")) == objects
    bare = remote.folder
    assert (
        git(bare, "log", "-1", "--format=%P %an <%ae>", BRANCH) == f"{tip} Ada <ada@example.org>\n"
    )
    built_from = git(root, "rev-parse", "HEAD").strip()
    assert f"Built from {built_from}" in git(bare, "log", "-1", "--format=%B", BRANCH)
    assert git(bare, "for-each-ref", "--format=%(refname)").split() == [f"refs/heads/{BRANCH}"]


def test_other_peoples_commits_stay_in_the_history_of_the_branch(branch_site: Site) -> None:
    remote = branch_site.rig
    assert isinstance(remote, GitRig)
    remote.put("CNAME", b"docs.example.org\n")
    theirs = remote.tip()
    branch_site.write("News.")
    assert branch_site.publish().code == 0
    assert theirs in git(remote.folder, "rev-list", BRANCH).split()
    assert remote.tree()["CNAME"] == b"docs.example.org\n"


def test_a_rollback_does_not_undo_other_peoples_commits(branch_site: Site) -> None:
    branch_site.write("News.")
    assert branch_site.publish().code == 0
    branch_site.rig.put("CNAME", b"docs.example.org\n")
    before = branch_site.tree()
    assert branch_site.publish("--rollback").code == 2
    assert branch_site.tree() == before


def test_a_refused_push_is_reported_with_its_reason(branch_site: Site) -> None:
    remote = branch_site.rig
    assert isinstance(remote, GitRig)
    hook = remote.folder / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'the branch is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = remote.tip()
    branch_site.write("News.")
    result = branch_site.publish()
    assert result.code == 2
    assert "error[failed-publish]: the branch gh-pages of" in result.out
    assert "the branch is protected" in result.out
    assert remote.tip() == before


def test_a_lock_left_by_a_killed_push_is_removed(branch_site: Site) -> None:
    lock = left_lock(branch_site)
    branch_site.write("News.")
    result = branch_site.publish()
    assert (result.code, lock.exists()) == (0, False), result.out
    assert b"News." in (branch_site.rig.read("index.html") or b"")


def test_a_push_waits_while_another_git_has_locked_the_branch(branch_site: Site) -> None:
    lock = left_lock(branch_site)
    branch_site.write("News.")
    timer = Timer(1.0, lock.unlink)
    timer.start()
    result = branch_site.publish()
    timer.join()
    assert result.code == 0, result.out
    assert b"News." in (branch_site.rig.read("index.html") or b"")


def test_a_lock_on_another_host_is_reported_and_kept(branch_site: Site) -> None:
    lock, remote = left_lock(branch_site), branch_site.rig
    assert isinstance(remote, GitRig)
    target = f"{{to: git, remote: 'file://{remote.folder}', branch: {BRANCH}}}"
    branch_site.project.write({"proofdown.yml": f"title: Test\npublish:\n  host: {target}\n"})
    branch_site.write("News.")
    result = branch_site.publish()
    assert (result.code, lock.exists()) == (2, True)
    assert f"git holds `{lock}` there" in result.out.replace("/./", "/")
    assert "remove it and publish again" in result.out


def left_lock(site: Site) -> Path:
    """Leave a lock on the branch, as a killed git does."""
    assert isinstance(site.rig, GitRig)
    lock = site.rig.folder / "refs" / "heads" / f"{BRANCH}.lock"
    lock.write_bytes(b"")
    return lock


def test_passwords_of_the_repository_are_not_printed(branch_site: Site) -> None:
    root = branch_site.project.root
    git(root, "init", "--quiet")
    git(root, "remote", "add", "origin", "https://me:canary@127.0.0.1:9/docs.git")
    branch_site.project.write({"proofdown.yml": "title: T\npublish:\n  host: {to: git}\n"})
    result = branch_site.publish()
    assert result.code == 2
    assert "127.0.0.1" in result.out
    assert "canary" not in result.out


def test_only_plain_files_are_committed(branch_site: Site) -> None:
    root = branch_site.project.root
    branch_site.project.write({"content/run.sh": "#!/bin/sh\n"})
    (root / "content" / "run.sh").chmod(0o755)
    (root / "content" / "link.sh").symlink_to("run.sh")
    branch_site.write("Run [it](run.sh) or [that](link.sh).")
    assert branch_site.publish().code == 0
    remote = branch_site.rig
    assert isinstance(remote, GitRig)
    modes = {line.split()[0] for line in git(remote.folder, "ls-tree", "-r", BRANCH).splitlines()}
    assert modes == {"100644"}
    assert remote.tree()["link.sh"] == b"#!/bin/sh\n"


# Only in a folder.


@pytest.mark.parametrize("path", [".", "..", "content", "content/x", "site", "~root~/templates"])
def test_a_folder_that_contains_or_overlaps_the_site_is_refused(tmp_path: Path, path: str) -> None:
    path = path.replace("~root~", str(tmp_path / "project"))
    site = Site(DirectoryRig(tmp_path), tmp_path, f"{{to: directory, path: {path!r}}}")
    before = site.project.tree(".")
    result = site.publish()
    assert result.code == 2
    assert "which publishing would replace" in result.out
    assert site.project.tree(".") == before


def test_a_folder_is_swapped_by_renaming_if_it_cannot_be_exchanged(
    folder_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_swap, "exchange", lambda *_: False)
    folder_site.write("News.")
    assert folder_site.project.run("publish").code == 0
    assert b"News." in (folder_site.rig.read("index.html") or b"")
    assert folder_site.project.run("publish", "--rollback").code == 0
    assert b"News." not in (folder_site.rig.read("index.html") or b"")


def test_a_web_server_can_read_the_folder(folder_site: Site) -> None:
    assert isinstance(folder_site.rig, DirectoryRig)
    folder = folder_site.rig.folder
    modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.rglob("*")}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert modes <= {0o755, 0o644}


# Only on hosts that receive one file after the other.


@pytest.mark.parametrize("rig", ["s3", "rsync"], indirect=True)
def test_a_lock_of_another_machine_is_respected(site: Site) -> None:
    site.rig.put(".proofdown/lock/0badcafe-1-00000000", b'{"base": "", "paths": []}')
    site.write("News.")
    before = site.tree()
    result = site.publish()
    assert result.code == 2
    assert "is being published to by another run" in result.out
    assert site.tree() == before
    assert site.publish("--break-lock").code == 0
    assert site.tree() != before


@pytest.mark.parametrize("rig", ["rsync"], indirect=True)
def test_after_a_failed_upload_nothing_is_deleted_and_no_page_is_sent(site: Site) -> None:
    site.project.write({"content/new.txt": "new"})
    site.write("See [the file](new.txt).")
    (site.project.root / "content" / "p0.md").unlink()
    site.rig.put("new.txt/in-the-way", b"x")
    before = site.tree()
    result = site.publish("--adopt")
    assert result.code == 2
    assert "error[failed-publish]" in result.out
    after = site.tree()
    assert before.keys() <= after.keys()
    assert {
        p for p in after if p.endswith((".html", RECEIPT)) and after[p] != before.get(p)
    } == set()


@pytest.mark.parametrize("rig", ["s3"], indirect=True)
def test_objects_get_types_and_cache_headers_and_other_keys_in_the_bucket_are_kept(
    site: Site,
) -> None:
    rig = site.rig
    assert isinstance(rig, S3Rig)
    rig.client.put_object(Bucket="docs", Key="elsewhere.html", Body=b"x")
    site.project.write({"content/a-0123456789abcdef.png": b"x", "content/b.txt": "x"})
    site.write("![A](a-0123456789abcdef.png) and [b](b.txt).")
    assert site.publish().code == 0
    heads = {}
    for path in ("index.html", "theme/theme.js", "a-0123456789abcdef.png", "b.txt", RECEIPT):
        head = rig.client.head_object(Bucket="docs", Key=f"site/{path}")
        heads[path] = (head["ContentType"], head["CacheControl"])
    assert heads == {
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "theme/theme.js": ("text/javascript; charset=utf-8", "no-cache"),
        "a-0123456789abcdef.png": ("image/png", "public, max-age=31536000, immutable"),
        "b.txt": ("text/plain; charset=utf-8", "no-cache"),
        RECEIPT: ("application/json", "no-cache"),
    }
    assert rig.client.get_object(Bucket="docs", Key="elsewhere.html")["Body"].read() == b"x"


def test_a_missing_bucket_library_or_missing_credentials_are_reported_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = "{to: s3, bucket: docs, endpoint: 'http://127.0.0.1:9', region: us-east-1}"
    site = Site(DirectoryRig(tmp_path), tmp_path, settings)
    nowhere = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(key, raising=False)
    result = run_command("publish", cwd=site.project.root, env=nowhere)
    assert (result.code, "there are no credentials" in result.out) == (2, True), result.out
    monkeypatch.setitem(sys.modules, "boto3", None)
    result = site.project.run("publish")
    assert (result.code, "`pip install 'proofdown[s3]'`" in result.out) == (2, True)

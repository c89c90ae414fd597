"""Git runs no program that the files of a site name, and only `.git` is a repository."""

import os
import shutil
import subprocess
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.support.git_sites import ENVIRONMENT, History
from tests.support.project import Project
from tests.support.running_preview import preview_of

PAGE: dict[str, str | bytes] = {"content/index.md": "# Home\n\nHello.\n"}
_CONFIG = """\
[core]
\trepositoryFormatVersion = 1
\tbare = true
\tfsmonitor = {run} fsmonitor
\tpager = {run} pager
\teditor = {run} editor
\tsshCommand = {run} sshCommand
\taskPass = {run} askPass
\tgitProxy = {run} gitProxy
\talternateRefsCommand = {run} alternateRefsCommand
\thooksPath = {here}/hooks
[extensions]
\tpartialClone = o
[remote "o"]
\turl = ext::{run} lazyfetch
\tpromisor = true
[remote "origin"]
\turl = ext::{run} origin
\tuploadpack = {run} uploadpack
\tvcs = ext
[protocol "ext"]
\tallow = always
[credential]
\thelper = !{run} credential
[diff]
\texternal = {run} external
[diff "own"]
\tcommand = {run} diff
\ttextconv = {run} textconv
[filter "own"]
\tclean = {run} clean
\tsmudge = {run} smudge
\tprocess = {run} process
\trequired = true
[pager]
\tlog = {run} pagerlog
[gpg]
\tprogram = {run} gpg
[log]
\tshowSignature = true
[alias]
\tlog = !{run} alias
\tcheckout-index = !{run} alias
[uploadpack]
\tpackObjectsHook = {run} packobjects
[include]
\tpath = {here}/more.inc
"""
_ATTRIBUTES = "* filter=own diff=own\n"
PLACES = {
    "the content": ("content", ""),
    "another content folder": ("pages", "folders: {content: pages}\n"),
    "below the content": ("content/a/b", ""),
    "the content of a site below": ("docs/content", ""),
    "the root": ("", ""),
    "the templates": ("templates", ""),
    "the diagrams": ("diagrams", ""),
}


class Trap:
    """Files that Git takes for a repository, and a program that records that it was run."""

    def __init__(self, folder: Path) -> None:
        self.told = folder / "told"
        self.told.mkdir()
        self.program = folder / "run"
        self.program.write_text(f'#!/bin/sh\ntouch "{self.told}/ran-$1"\nexit 1\n')
        self.program.chmod(0o755)

    def settings(self, here: Path) -> str:
        """Return settings of Git in which every key that can run something does."""
        return _CONFIG.format(run=self.program, here=here)

    def files(self, folder: Path) -> dict[str, str | bytes]:
        """Return the files by their paths in a folder, as any pull request can add them."""
        hook = f"#!/bin/sh\n{self.program} hook\n"
        names = ("post-checkout", "post-index-change", "reference-transaction", "pre-receive")
        return {
            "HEAD": "1" * 40 + "\n",
            "config": self.settings(folder),
            "objects/x.txt": "x\n",
            "refs/x.txt": "x\n",
            "more.inc": self.settings(folder).partition("[include]")[0],
            ".gitattributes": _ATTRIBUTES,
            **{f"hooks/{name}": hook for name in names},
        }

    def put(self, folder: Path) -> None:
        """Write the files into a folder, with its hooks for programs."""
        Project(folder).write(self.files(folder))
        for hook in (folder / "hooks").iterdir():
            hook.chmod(0o755)

    @property
    def ran(self) -> list[str]:
        """What ran."""
        return sorted(file.name for file in self.told.iterdir())


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    """Return a trap that has not been triggered."""
    (tmp_path / "trap").mkdir()
    return Trap(tmp_path / "trap")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Isolate the tests from the settings of the user who runs them."""
    for key, value in ENVIRONMENT.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


def site_in(folder: Path, location: str) -> tuple[Project, Path]:
    """Return a site, and the folder in it for a trap."""
    where, settings = PLACES[location]
    root = folder / "docs" if where.startswith("docs/") else folder
    content = "pages" if where == "pages" else "content"
    files: dict[str, str | bytes] = {
        "proofdown.yml": f"title: Test\n{settings}",
        f"{content}/index.md": "# Home\n\nHello.\n",
    }
    return Project.make(root, files), folder / where


@pytest.mark.parametrize("is_tracked", [False, True], ids=["no repository", "a repository"])
@pytest.mark.parametrize("location", PLACES)
def test_a_build_runs_no_program_of_a_fake_repository(
    tmp_path: Path, trap: Trap, location: str, is_tracked: bool
) -> None:
    project, folder = site_in(tmp_path / "site", location)
    if is_tracked:
        History(Project(tmp_path / "site")).git("init", "--quiet")
        History(Project(tmp_path / "site")).commit("One")
    trap.put(folder)
    assert project.check().code in (0, 1)
    assert project.build().code in (0, 1)
    assert trap.ran == []


def test_a_preview_runs_no_program_of_a_fake_repository(tmp_path: Path, trap: Trap) -> None:
    project = Project.make(tmp_path / "site", PAGE)
    trap.put(project.root / "content")
    with preview_of(project.root) as running:
        running.wait_until(lambda: "Hello." in running.get("").text)
    assert trap.ran == []


@pytest.mark.parametrize("way", ["the working tree", "a branch", "a patch"])
@pytest.mark.parametrize("location", PLACES)
def test_a_review_runs_no_program_of_a_fake_repository(
    tmp_path: Path, trap: Trap, location: str, way: str
) -> None:
    project, folder = site_in(tmp_path / "site", location)
    history = History(Project(tmp_path / "site"))
    history.git("init", "--quiet", "--initial-branch=main")
    history.commit("One")
    trap.put(folder)
    arguments = ["main"]
    if way != "the working tree":
        history.git("checkout", "--quiet", "-b", "evil")
        history.commit("Evil")
        history.git("checkout", "--quiet", "main")
        arguments += ["--to", "evil"]
    if way == "a patch":
        file = tmp_path / "evil.patch"
        file.write_text(history.git("diff", "main", "evil"), "utf-8")
        arguments = ["main", "--patch", str(file)]
    result = project.run("review", "--format", "text", *arguments)
    is_code = location == "the templates" and way == "a patch"
    assert result.code == (2 if is_code else 0), result.out
    assert trap.ran == []


def test_a_site_in_a_fake_repository_has_no_repository(tmp_path: Path, trap: Trap) -> None:
    project = Project.make(tmp_path / "top" / "docs", PAGE)
    trap.put(tmp_path / "top")
    result = project.run("review", "main", "--format", "text")
    assert result.code == 2
    assert f"there is no `.git` in {project.root} or above" in result.out
    assert trap.ran == []


def test_settings_that_the_user_includes_from_the_tree_run_no_program(
    tmp_path: Path, trap: Trap
) -> None:
    history = History.make(tmp_path / "site", PAGE)
    history.git("config", "include.path", "../.gitconfig")
    history.project.write({".gitattributes": _ATTRIBUTES, "content/two.md": "# Two\n\nText.\n"})
    history.commit("Two")
    file = tmp_path / "patch"
    file.write_text(history.git("diff", "HEAD~1", "HEAD"), "utf-8")
    settings = trap.settings(history.root).replace("bare = true", "bare = false")
    (history.root / ".gitconfig").write_text(settings)
    assert history.project.build().code == 0
    assert "Last changed on 2026-11-20" in history.project.html()
    assert history.review("HEAD~1").code == 0
    assert history.review("HEAD~1", "--to", "HEAD").code == 0
    assert history.review("HEAD~1", "--patch", str(file)).code == 0
    assert trap.ran == []


def test_a_review_does_not_run_the_users_filters_on_a_strangers_files(
    tmp_path: Path, trap: Trap
) -> None:
    history = History.make(tmp_path / "site", PAGE)
    history.commit("Evil", {".gitattributes": _ATTRIBUTES, "content/two.md": "# Two\n\nText.\n"})
    for kind in ("smudge", "process", "clean"):
        history.git("config", f"filter.own.{kind}", f"{trap.program} {kind}")
    assert history.points("HEAD~1", "--to", "HEAD")[0] == "added-page Two: new"
    assert trap.ran == []


@pytest.mark.parametrize("remote", ["origin", "https://127.0.0.1:9/x.git", "me@127.0.0.1:x.git"])
def test_a_folder_is_never_taken_for_a_remote(tmp_path: Path, trap: Trap, remote: str) -> None:
    target = f"publish: {{pages: {{to: git, remote: '{remote}'}}}}\n"
    files: dict[str, str | bytes] = {"proofdown.yml": f"title: Test\n{target}", **PAGE}
    history = History.make(tmp_path / "site", files)
    trap.put(history.root / remote)
    with patch.dict(os.environ, {"GIT_SSH_COMMAND": "false"}):
        assert history.project.run("publish", "pages", "--no-verify").code == 2
    assert trap.ran == []


def test_a_repository_in_the_tree_cannot_be_published_to(tmp_path: Path, trap: Trap) -> None:
    target = "publish: {pages: {to: git, remote: ./evil}}\n"
    history = History.make(tmp_path / "site", {"proofdown.yml": f"title: Test\n{target}", **PAGE})
    trap.put(history.root / "evil")
    result = history.project.run("publish", "pages", "--no-verify")
    assert result.code == 2
    assert "it is inside the site's own tree" in result.out
    assert trap.ran == []


def test_a_publish_ignores_the_settings_of_a_fake_repository(tmp_path: Path, trap: Trap) -> None:
    target = "publish: {pages: {to: git}}\n"
    project = Project.make(
        tmp_path / "top" / "docs", {"proofdown.yml": f"title: Test\n{target}", **PAGE}
    )
    for folder in (tmp_path / "top", project.root):
        trap.put(folder)
    result = project.run("publish", "pages", "--no-verify")
    assert result.code == 2
    assert "there is no remote `origin`" in result.out
    assert trap.ran == []


def test_a_work_tree_in_the_tree_can_be_published_to(tmp_path: Path) -> None:
    target = "publish: {pages: {to: git, remote: .}}\n"
    history = History.make(tmp_path / "site", {"proofdown.yml": f"title: Test\n{target}", **PAGE})
    assert history.project.run("publish", "pages", "--no-verify").code == 0
    assert "index.html" in history.git("ls-tree", "--name-only", "gh-pages").split()


@pytest.mark.parametrize("path", ["content/.git/config", "content/.git", ".GIT/hooks/x", ".git/y"])
@pytest.mark.parametrize("mode", ["100644", "120000"])
def test_a_patch_cannot_add_a_git_folder(tmp_path: Path, path: str, mode: str) -> None:
    history = History.make(tmp_path / "site", PAGE)
    file = tmp_path / "patch"
    file.write_text(
        f"diff --git a/{path} b/{path}\nnew file mode {mode}\nindex 0000000..ce01362\n"
        f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+hello\n"
    )
    result = history.review("--patch", str(file))
    assert result.code == 2
    assert f"invalid path '{path}'" in result.out


@pytest.mark.parametrize("kind", ["work tree", "submodule", "clone", "separate", "link"])
def test_pages_of_every_kind_of_work_tree_are_dated(tmp_path: Path, kind: str) -> None:
    history = History.make(tmp_path / "one", PAGE)
    root = tmp_path / "two"
    if kind == "work tree":
        history.git("worktree", "add", "--quiet", str(root))
    elif kind == "submodule":
        outer = History.make(tmp_path / "outer", {"x.txt": "x"})
        outer.git(
            *("-c", "protocol.file.allow=always", "submodule", "--quiet", "add"),
            *(str(history.root), "docs"),
        )
        root = outer.root / "docs"
    elif kind == "clone":
        history.git("clone", "--quiet", str(history.root), str(root))
    elif kind == "separate":
        separate = f"--separate-git-dir={tmp_path / 'elsewhere'}"
        history.git("clone", "--quiet", separate, str(history.root), str(root))
    else:
        history.git("clone", "--quiet", str(history.root), str(root))
        (root / ".git").rename(tmp_path / "elsewhere")
        (root / ".git").symlink_to(tmp_path / "elsewhere")
    project = Project(root)
    assert project.build().code == 0
    assert "Last changed on 2026-11-20" in project.html()
    assert project.run("review", "HEAD", "--format", "text").code == 0


def test_content_in_a_work_tree_of_its_own_is_dated_by_that_repository(
    tmp_path: Path,
) -> None:
    history = History.make(tmp_path / "site", {"proofdown.yml": "title: Test\n"})
    with patch.dict(ENVIRONMENT, {"GIT_COMMITTER_DATE": "2025-01-02T12:00:00+00:00"}):
        inner = History(Project.make(history.root / "content", {"index.md": "# Home\n\nHi.\n"}))
        inner.git("init", "--quiet")
        inner.commit("Inner")
    assert history.project.build().code == 0
    assert "Last changed on 2025-01-02" in history.project.html()


@pytest.mark.parametrize("pointer", ["gitdir: evil\n", "gitdir: /nowhere\n", "x\n", ""])
def test_a_git_file_that_points_to_no_repository_gives_no_dates(
    tmp_path: Path, trap: Trap, pointer: str
) -> None:
    project = Project.make(tmp_path / "site", PAGE)
    trap.put(project.root / "content" / "evil")
    (project.root / "content" / ".git").write_text(pointer)
    assert project.build().code == 0
    assert "Last changed" not in project.html()
    assert trap.ran == []


@pytest.mark.parametrize("filter_", ["blob:none", "tree:0"])
def test_a_partial_clone_fetches_nothing(tmp_path: Path, filter_: str) -> None:
    history = History.make(tmp_path / "one", PAGE)
    history.commit("Two", {"content/index.md": "# Home\n\nHello, reader.\n"})
    history.git("config", "uploadpack.allowFilter", "true")
    source = f"file://{history.root}"
    history.git("clone", "--quiet", f"--filter={filter_}", source, str(tmp_path / "two"))
    clone = History(Project(tmp_path / "two"))
    before = sorted((clone.root / ".git" / "objects").rglob("*"))
    assert clone.project.build().code == 0
    has_dates = "Last changed on 2026-11-20" in clone.project.html()
    assert has_dates is (filter_ == "blob:none")
    result = clone.review("HEAD~1")
    assert result.code == 2
    assert "this is a partial clone, and a review fetches nothing" in result.out
    assert sorted((clone.root / ".git" / "objects").rglob("*")) == before
    clone.git("fetch", "--quiet", "--refetch", "--no-filter")
    assert clone.points("HEAD~1") == ["changed-page Home: 2 passages changed"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user_is_read_if_it_is_a_safe_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History.make(tmp_path / "site", PAGE)
    shutil.chown(history.root / ".git", 4321)
    history.project.build()
    assert "Last changed" not in history.project.html()
    result = history.review("HEAD")
    assert result.code == 2
    assert "detected dubious ownership in repository" in result.out
    settings = tmp_path / "settings"
    settings.write_text(f"[safe]\n\tdirectory = {history.root}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    history.project.write({"content/index.md": "# Home\n\nHello again.\n"})
    history.project.build()
    assert "Last changed on 2026-11-20" in history.project.html()
    assert history.review("HEAD").code == 0


_SHIM = """\
#!/bin/sh
unset PWD OLDPWD SHLVL _
{{ echo "$@"; env -0 | tr '\\n\\0' ' \\n' | sed 's/^/  /'; }} >> {log}
exec {git} "$@"
"""


def test_every_git_command_gets_its_repository_and_a_small_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History.make(tmp_path / "site", PAGE)
    history.commit("Two", {"content/index.md": "# Home\n\nHello, reader.\n"})
    file = tmp_path / "patch"
    file.write_text(history.git("format-patch", "--stdout", "HEAD~1"), "utf-8")
    (tmp_path / "bin").mkdir()
    log, shim = tmp_path / "log", tmp_path / "bin" / "git"
    shim.write_text(_SHIM.format(log=log, git=shutil.which("git")))
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f".:{shim.parent}:{os.environ['PATH']}")
    for key in ("GIT_DIR", "GIT_WORK_TREE", "GIT_TRACE", "GIT_ALLOW_PROTOCOL", "GIT_CONFIG_COUNT"):
        monkeypatch.setenv(key, "1")
    monkeypatch.setenv("CANARY", "canary")
    assert history.project.build().code == 0
    assert history.review("HEAD~1", "--patch", str(file)).code == 0
    runs = log.read_text().split("\n--git-dir")
    assert len(runs) > 10
    for run in runs:
        line, *variables = run.removeprefix("--git-dir").splitlines()
        assert line.startswith("=/"), line
        for part in ("--work-tree=/", "safe.bareRepository=explicit", "protocol.allow=never"):
            assert part in line
        found = dict(variable.strip().partition("=")[::2] for variable in variables)
        assert found["GIT_ALLOW_PROTOCOL"] == ""
        assert found["PATH"].startswith(f"{shim.parent}:")
        assert {"CANARY", "GIT_DIR", "GIT_TRACE", "GIT_CONFIG_COUNT"} & found.keys() == set()


def test_a_program_called_git_in_the_tree_is_not_run(
    tmp_path: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History.make(tmp_path / "site", PAGE)
    for folder in ("", "content"):
        shutil.copy(trap.program, history.root / folder / "git")
    monkeypatch.setenv("PATH", f".::{os.environ['PATH']}")
    monkeypatch.chdir(history.root)
    assert history.project.build().code == 0
    assert history.review("HEAD").code == 0
    assert trap.ran == []


def test_the_trap_of_these_tests_works(tmp_path: Path, trap: Trap) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    trap.put(folder)
    command = ["git", "-c", "safe.bareRepository=all", "rev-list", "HEAD"]
    subprocess.run(command, cwd=folder, check=False, capture_output=True)
    assert trap.ran == ["ran-lazyfetch"]

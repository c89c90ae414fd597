"""Reviews and Git: nothing is left behind, and anything missing is reported."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.git_sites import ENVIRONMENT, History
from tests.support.project import run_command
from tests.support.review_sites import five_changes

_MAIL = """\
From: A writer <writer@example.org>
To: list@example.org
Subject: [PATCH{number}] Say it better
Date: Mon, 24 Oct 2011 07:50:00 +0000
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

The reader is greeted =E2=80=93 at last.
---
{diff}-- =

2.39.5
"""


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Return a site with two commits."""
    history = History.make(tmp_path / "site", {"content/index.md": "# Home\n\nHello, reader.\n"})
    history.commit("Two", {"content/index.md": "# Home\n\nGood morning, reader.\n"})
    return history


def state_of(history: History) -> dict[str, bytes | str]:
    """Return the files of a repository by path, and what Git's commands say about it."""
    kept = {
        path.relative_to(history.root).as_posix(): path.read_bytes()
        for path in sorted(history.root.rglob("*"))
        if path.is_file() and ".proofdown" not in path.parts
    }
    said = {
        command: history.git("--no-optional-locks", *command.split())
        for command in ("status --porcelain", "worktree list", "for-each-ref", "stash list")
    }
    return {**kept, **said}


@pytest.mark.parametrize("arguments", [["HEAD~1"], ["HEAD~1", "--to", "HEAD"], ["HEAD"]])
def test_a_review_does_not_change_the_repository(
    history: History, arguments: list[str], tmp_path: Path
) -> None:
    history.project.write({"content/index.md": "# Home\n\nNot committed.\n", "new.txt": "new"})
    history.git("add", "new.txt")
    before = state_of(history)
    result = history.project.run("review", *arguments, "--output", str(tmp_path / "out.html"))
    assert result.code == 0, result.out
    assert state_of(history) == before


def test_hooks_and_filters_of_the_repository_do_not_run(history: History, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        hook = history.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >> {trace}\n", "utf-8")
        hook.chmod(0o755)
    assert history.review("HEAD~1").code == 0
    assert not trace.exists()


def test_a_review_started_by_a_hook_reads_the_right_repository(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    result = history.review("HEAD~1")
    assert result.code == 0, result.out
    assert "+ Good morning, reader." in result.out


def test_a_link_in_a_revision_cannot_move_the_cache_out_of_its_copy(
    history: History, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (history.root / ".proofdown").symlink_to(outside)
    page = "# Home\n\n![One](../diagrams/one.dot)\n"
    history.commit("Trap", {"content/index.md": page, "diagrams/one.dot": "digraph { a -> b }\n"})
    (history.root / ".proofdown").unlink()
    assert history.review("HEAD", "--to", "HEAD").code == 0
    assert list(outside.iterdir()) == []


def test_a_killed_review_does_not_change_the_repository(history: History, tmp_path: Path) -> None:
    slow = (
        'digraph { node [label="x"]; ' + "; ".join(f"a{n} -> b{n % 7}" for n in range(300)) + " }"
    )
    page = "# Home\n\n![One](../diagrams/slow.dot)\n"
    history.commit("Slow", {"content/index.md": page, "diagrams/slow.dot": slow})
    before = state_of(history)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "proofdown", "review", "HEAD~1", "--to", "HEAD"],
        cwd=history.root,
        env=os.environ | ENVIRONMENT | {"TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and not list(scratch.glob("proofdown-review-*/after/*")):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert state_of(history) == before


def test_a_site_in_a_folder_of_the_repository_is_reviewed(tmp_path: Path) -> None:
    history = five_changes(tmp_path / "site")
    docs = history.root / "docs"
    docs.mkdir()
    for name in ("proofdown.yml", "content", "diagrams"):
        history.git("mv", name, "docs/")
    history.commit("Into a folder")
    (docs / "content" / "index.md").write_text("# Home\n\nSee [the flows](flows.md).\n", "utf-8")
    history.commit("Words")
    result = run_command("review", "HEAD~1", "--to", "HEAD", "--format", "text", cwd=docs)
    assert result.code == 0, result.out
    assert "+ See the flows." in result.out


def test_a_missing_revision_is_reported(history: History) -> None:
    result = history.review("no-such-branch")
    assert result.code == 2
    assert result.out.startswith(
        "error[missing-revision]: there is no revision `no-such-branch` in this repository\n"
    )


def test_a_revision_that_looks_like_an_option_is_not_an_option(history: History) -> None:
    result = history.review("--to", "--output=/tmp/x", "HEAD")
    assert result.code == 2
    assert "there is no revision `--output=/tmp/x`" in result.out


def test_a_shallow_clone_says_what_to_fetch(history: History, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    history.git("clone", "--quiet", "--depth=1", f"file://{history.root}", str(clone))
    result = run_command("review", "HEAD~1", cwd=clone)
    assert result.code == 2
    assert "this clone is shallow: fetch the whole history" in result.out


def test_a_site_without_a_repository_is_reported(tmp_path: Path) -> None:
    (tmp_path / "proofdown.yml").write_text("title: Test\n", "utf-8")
    result = run_command(
        "review", "main", cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    )
    assert result.code == 2
    assert "error[missing-revision]: the site is not in a Git repository" in result.out


def test_a_branch_is_compared_with_its_merge_base(history: History) -> None:
    history.git("checkout", "--quiet", "-b", "mine")
    history.commit("Mine", {"content/mine.md": "# Mine\n\nA page.\n"})
    history.git("checkout", "--quiet", "main")
    history.commit("Theirs", {"content/index.md": "# Home\n\nGood night, reader.\n"})
    history.git("checkout", "--quiet", "mine")
    kinds = [point.split()[0] for point in history.points("main", "--merge-base")]
    assert "added-page" in kinds
    assert "changed-page" not in kinds


def test_a_sparse_checkout_is_compared_completely(history: History) -> None:
    history.commit("Far", {"content/far/away.md": "# Far\n\nAway.\n"})
    history.git("sparse-checkout", "set", "--no-cone", "/proofdown.yml", "/content/index.md")
    assert history.points("HEAD", "--to", "HEAD~1") == [
        "removed-page Far: gone",
        "changed-frame the nav: 2 removed",
        "lost-address `far/away/` leads nowhere now",
    ]


def test_a_range_of_revisions_is_refused_with_the_right_syntax(history: History) -> None:
    result = history.review("HEAD~1..HEAD")
    assert result.code == 2
    assert "name one revision, and the other with `--to`" in result.out


def test_submodules_and_lfs_pointers_are_reported_not_hidden(history: History) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n"
    history.project.write({"content/picture.png": pointer})
    commit = history.git("rev-parse", "HEAD").strip()
    history.git("add", "--all")
    history.git("update-index", "--add", "--cacheinfo", f"160000,{commit},content/shared")
    history.git("commit", "--quiet", "--message", "Others")
    points = [p for p in history.points("HEAD", "--to", "HEAD") if p.startswith("unseen-file")]
    assert any("`content/picture.png` is a LFS pointer" in point for point in points)
    assert any("`content/shared` is a submodule" in point for point in points)


@pytest.mark.parametrize("shape", ["diff", "mail", "no-prefix"])
def test_a_patch_is_applied_to_a_copy_and_reviewed(
    history: History, tmp_path: Path, shape: str
) -> None:
    diff = history.git("diff", "HEAD~1", *(["--no-prefix"] if shape == "no-prefix" else []))
    file = tmp_path / "mail"
    quoted = diff.replace("=", "=3D")
    file.write_text(_MAIL.format(number="", diff=quoted) if shape == "mail" else diff, "utf-8")
    before = state_of(history)
    result = history.review("HEAD~1", "--patch", str(file))
    assert result.code == 0, result.out
    assert "+ Good morning, reader." in result.out
    assert state_of(history) == before


def test_a_series_in_a_mailbox_is_applied_in_the_order_of_its_numbers(
    history: History, tmp_path: Path
) -> None:
    history.commit("Three", {"content/index.md": "# Home\n\nGood evening, reader.\n"})
    history.git("format-patch", "--quiet", f"--output-directory={tmp_path / 'out'}", "HEAD~2")
    mails = sorted((tmp_path / "out").iterdir(), reverse=True)
    mailbox = tmp_path / "series.mbox"
    mailbox.write_text("\n".join(mail.read_text("utf-8") for mail in mails), "utf-8")
    result = history.review("HEAD~2", "--patch", str(mailbox))
    assert result.code == 0, result.out
    assert "with 2 patches" in result.out
    assert "+ Good evening, reader." in result.out


def test_a_patch_for_a_missing_file_is_reported(history: History, tmp_path: Path) -> None:
    diff = (
        "diff --git a/docs/migration.html.in b/docs/migration.html.in\n"
        "index ee72b00..4a16162 100644\n"
        "--- a/docs/migration.html.in\n+++ b/docs/migration.html.in\n"
        "@@ -1 +1 @@\n-Native migration\n+Native migration, and more\n"
    )
    file = tmp_path / "patch"
    file.write_text(diff, "utf-8")
    result = history.review("--patch", str(file))
    assert result.code == 2
    assert (
        "the patch edits `docs/migration.html.in`, which this tree does not have; "
        "a prerequisite patch may be missing"
    ) in result.out


def test_a_patch_for_another_version_is_reported_with_the_version(
    history: History, tmp_path: Path
) -> None:
    diff = history.git("diff", "HEAD~1").replace("-Hello, reader.", "-Hi, reader.")
    diff = diff.replace("index ", "index 9", 1)
    file = tmp_path / "patch"
    file.write_text(diff, "utf-8")
    result = history.review("HEAD~1", "--patch", str(file))
    assert result.code == 2
    assert "does not apply to `content/index.md`, which is different around line 1" in result.out
    assert "is not in this repository, so a prerequisite patch may be missing" in result.out


@pytest.mark.parametrize("text", ["", "no patch\n", "Subject: hello\n\nno patch\n"])
def test_a_file_without_a_patch_is_refused(history: History, tmp_path: Path, text: str) -> None:
    file = tmp_path / "patch"
    file.write_text(text, "utf-8")
    result = history.review("--patch", str(file))
    assert result.code == 2
    assert "there is no patch in this file" in result.out


def test_a_patch_cannot_write_outside_its_copy(history: History, tmp_path: Path) -> None:
    diff = (
        "diff --git a/../../out b/../../out\nnew file mode 100644\nindex 0000000..ce01362\n"
        "--- /dev/null\n+++ b/../../out\n@@ -0,0 +1 @@\n+hello\n"
    )
    file = tmp_path / "patch"
    file.write_text(diff, "utf-8")
    assert history.review("--patch", str(file)).code == 2


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"templates/page.html": "{{ 1 + 1 }}\n"}, "`templates/page.html`"),
        ({"proofdown.yml": "title: Test\ndiagrams: {program: ./evil}\n"}, "the program that draws"),
        (
            {"proofdown.yml": "title: Test\nmarkdown_extensions: [evil]\n"},
            "the Markdown extensions",
        ),
    ],
)
def test_a_patch_that_contains_code_is_not_built_without_trust(
    history: History, tmp_path: Path, files: dict[str, str | bytes], named: str
) -> None:
    history.commit("Code", files)
    file = tmp_path / "patch"
    file.write_text(history.git("diff", "HEAD~1"), "utf-8")
    result = history.review("HEAD~1", "--patch", str(file))
    assert result.code == 2
    assert f"the patch changes {named}" in result.out
    assert history.review("HEAD~1", "--patch", str(file), "--trust").code in (0, 2)
    assert "which runs as code" not in history.review("HEAD~1", "--patch", str(file), "--trust").out


def test_the_second_side_draws_no_diagram_that_the_first_has_drawn(tmp_path: Path) -> None:
    history = five_changes(tmp_path / "site")
    assert history.review("HEAD~1").code == 0
    drawn = {file.name for file in (history.root / ".proofdown" / "drawings").iterdir()}
    assert len(drawn) == 2
    assert history.review("HEAD~1").code == 0
    assert {file.name for file in (history.root / ".proofdown" / "drawings").iterdir()} == drawn


def test_the_second_side_renders_only_the_pages_that_changed(tmp_path: Path) -> None:
    pages: dict[str, str | bytes] = {
        f"content/p{n}.md": f"# Page {n}\n\nWords of page {n}.\n" for n in range(12)
    }
    history = History.make(tmp_path / "site", {"content/index.md": "# Home\n\nHello.\n", **pages})
    history.commit("Two", {"content/p3.md": "# Page 3\n\nMore words of page 3.\n"})
    assert history.points("HEAD~1") == ["changed-page Page 3: 1 passage changed"]
    made = list((history.root / ".proofdown" / "cache" / "bodies").iterdir())
    assert len(made) == 13 + 1

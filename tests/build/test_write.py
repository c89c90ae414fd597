"""Writing: the old site or the new one, never a mixture, and no file that is not ours."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proofdown.build.output import write
from proofdown.build.output.staging import published_path
from proofdown.config.loader import load_config
from proofdown.diagnostics import OutputError, Report
from proofdown.site.model import Output
from proofdown.source import Location
from tests.support.built_site import DIAGRAM, built_site, new_site
from tests.support.project import Project, Result, run_command


def test_a_build_writes_a_site_with_a_marker(project: Project) -> None:
    assert project.build().code == 0
    assert write.MARKER in project.tree()


def test_a_failed_build_leaves_the_old_site_as_it_was(project: Project) -> None:
    project.build()
    before = project.tree()
    project.write({"content/index.md": "# Home\n\n[x](gone.md)\n"})
    assert project.build().code == 1
    assert project.tree() == before


def test_two_pages_at_one_address_are_not_written_though_a_baseline_accepts_them(
    project: Project,
) -> None:
    project.write({"content/a.md": "# A\n", "content/a/index.md": "# B\n"})
    assert "[duplicate-address]" in project.run("check", "--write-baseline").out
    result = project.run("build")
    assert result.code == 2
    assert "error[unwritable-output]: `a/index.html` would be written twice" in result.out
    assert not (project.root / "site").exists()


def test_a_path_in_the_staging_folder_is_shown_as_it_will_be(tmp_path: Path) -> None:
    site = tmp_path / "site"
    staged = f"{tmp_path}/.site.new-7889c79e/plain/index.html"
    assert published_path(staged, site) == f"{site}/plain/index.html"
    assert published_path(f"{site}/x", site) == f"{site}/x"


def test_unchanged_files_keep_their_time_and_changed_ones_do_not(project: Project) -> None:
    project.write({"content/other.md": "# Other\n"})
    project.build()
    site = project.root / "site"
    for file in site.rglob("*"):
        os.utime(file, (1000, 1000))
    project.write(
        {"content/other.md": "# Another\n\nText.\n", "content/index.md": "# Home\n\nHello.\n"}
    )
    project.build()
    times = {name: (site / name).stat().st_mtime for name in ("theme/theme.css", "robots.txt")}
    assert times == {"theme/theme.css": 1000, "robots.txt": 1000}
    assert (site / "other" / "index.html").stat().st_mtime > 1000


def test_a_deleted_page_is_removed_from_the_site(project: Project) -> None:
    project.write({"content/other.md": "# Other\n"})
    project.build()
    (project.root / "content" / "other.md").unlink()
    project.build()
    assert "other/index.html" not in project.tree()


def test_a_folder_with_foreign_files_is_not_replaced(project: Project) -> None:
    project.write({"site/precious.txt": "keep me"})
    result = project.build()
    assert result.code == 2
    assert "holds files that Proofdown did not write" in result.out
    assert project.tree() == {"precious.txt": b"keep me"}


def test_the_folder_suggested_in_place_of_a_refused_one_is_accepted(project: Project) -> None:
    project.write({"site/mine.txt": "mine"})
    assert "`folders: {output: public}`" in project.run("build").out
    project.write({"proofdown.yml": "title: T\nfolders: {output: public}\n"})
    assert project.build().code == 0


def test_an_empty_folder_is_accepted(project: Project) -> None:
    (project.root / "site").mkdir()
    assert project.build().code == 0


@pytest.mark.parametrize(
    "output", [".", "content", "content/site", "templates", "..", "/", "~root~", "proofdown.yml"]
)
def test_an_output_folder_that_contains_or_overlaps_other_things_is_refused(
    project: Project, output: str
) -> None:
    output = str(Path.home()) if output == "~root~" else output
    project.write({"proofdown.yml": f"title: T\nfolders: {{output: '{output}'}}\n"})
    before = project.tree(".")
    result = project.build()
    assert result.code == 2
    assert "foreign-output" in result.out
    assert project.tree(".") == before


def test_a_repository_is_refused(project: Project) -> None:
    project.write({"out/.git/HEAD": "ref: x\n", "out/.proofdown-site": ""})
    project.write({"proofdown.yml": "title: T\nfolders: {output: out}\n"})
    assert project.build().code == 2


def test_a_link_is_not_followed_out_of_the_site(project: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project.root / "site").symlink_to(elsewhere)
    assert project.build().code == 2
    assert list(elsewhere.iterdir()) == []


def test_the_next_run_removes_the_folders_that_a_killed_run_left(project: Project) -> None:
    project.build()
    project.write({".site.new-abc/index.html": "half"})
    project.build()
    assert [p.name for p in project.root.iterdir() if p.name.startswith(".site")] == []


def test_the_next_run_repairs_one_that_was_killed_between_two_renames(project: Project) -> None:
    project.build()
    before = project.tree()
    (project.root / "site").rename(project.root / ".site.old")
    project.write({"content/index.md": "# Home\n\n[x](gone.md)\n"})
    project.build()
    project.write({"content/index.md": "# Home\n\nHello.\n"})
    assert project.build().code == 0
    assert project.tree() == before


def test_without_an_atomic_exchange_two_renames_are_used(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "other")
    project.build()
    project.write({"content/index.md": "# Home\n\nNew.\n"})
    assert project.build().code == 0
    assert "New." in project.html()
    assert [p.name for p in project.root.iterdir() if p.name.startswith(".site")] == []


def _unhashed(tree: dict[str, bytes]) -> list[str]:
    """Return the paths of a site, without the hashes in the names of the search index."""
    return sorted(re.sub(r"^(search/\w-).*", r"\1", path) for path in tree)


def test_a_build_killed_at_any_moment_leaves_a_whole_site(project: Project) -> None:
    pages: dict[str, str | bytes] = {f"content/p{n}.md": f"# Page {n}\n\nOld.\n" for n in range(40)}
    project.write(pages)
    project.build()
    old = project.tree()
    project.write({path: str(text).replace("Old", "New") for path, text in pages.items()})
    command = [sys.executable, "-m", "proofdown", "build", "--site", str(project.root)]
    for moment in range(12):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.25 + moment * 0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = project.tree()
        if found != old:
            assert all(b"Old" not in data for data in found.values())
            assert _unhashed(found) == _unhashed(old)
    assert project.build().code == 0
    assert [p.name for p in project.root.iterdir() if p.name.startswith(".site")] == []


WORKERS = "PROOFDOWN_WORKERS"
SHUFFLED = """
import os, random, sys
print("shuffled", file=sys.stderr)
listdir, scandir, walk = os.listdir, os.scandir, os.walk

class Shuffled:
    def __init__(self, entries):
        self.entries, found = entries, list(entries)
        random.Random(3).shuffle(found)
        self.found = iter(found)
    def __iter__(self):
        return self.found
    def __next__(self):
        return next(self.found)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self.close()
    def close(self):
        self.entries.close()

os.scandir = lambda *a: Shuffled(scandir(*a))
os.listdir = lambda *a: sorted(listdir(*a), key=lambda n: n[::-1])
"""
"""Python code that lets folders list their files in another order."""


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "proofdown.yml": "title: T\nurl: https://example.org/docs/\n",
        "content/index.md": "# Home\n\n![A to B](../diagrams/a.dot)\n\n```python\nx = 1\n```\n",
        "content/z.md": "---\nextra: {a: 1}\naliases: [old.html]\n---\n# Z\n\n[^1]: n\n\nx[^1]\n",
        "content/a/b.md": "# B\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "diagrams/a.dot": "digraph { a -> b [class=x label=é] }\n",
    }
    many: dict[str, str | bytes] = {
        f"content/many/{n}.md": f"# Page {n}\n\n[back](../a/b.md)\n" for n in range(20)
    }
    shuffled = tmp_path / "shuffled"
    Project(shuffled).write({"sitecustomize.py": SHUFFLED})
    trees = []
    for name, mask, env in (
        ("one", 0o022, {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0", WORKERS: "1"}),
        ("a much longer name", 0o077, {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"}),
        ("x", 0o022, {"LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711", WORKERS: "4"}),
        ("y", 0o022, {"PYTHONPATH": str(shuffled), WORKERS: "2", "SOURCE_DATE_EPOCH": "0"}),
        ("z", 0o077, {"PYTHONPATH": str(shuffled), WORKERS: "0", "LC_ALL": "de_DE.UTF-8"}),
    ):
        project = Project.make(tmp_path / name, files | many)
        before = os.umask(mask)
        try:
            done = run_command("build", cwd=project.root, env=env | {"HOME": str(project.root)})
            assert (done.code, done.out.count("shuffled")) == (0, int("PYTHONPATH" in env))
            trees.append(project.tree())
            project.write({"content/many/1.md": "# Another\n"})
            run_command("check", cwd=project.root, env=env)
            project.write({"content/many/1.md": str(many["content/many/1.md"])})
            run_command("build", cwd=project.root, env=env)
            trees.append(project.tree())
        finally:
            os.umask(before)
    for tree in trees:
        assert {path for path in tree | trees[0] if tree.get(path) != trees[0].get(path)} == set()


def test_a_name_that_no_disk_accepts_is_refused_before_anything_is_written(
    project: Project,
) -> None:
    project.build()
    before = project.tree()
    project.write({"content/old.md": f"---\naliases: [{'n' * 300}.html]\n---\n# Old\n"})
    result = project.run("build")
    assert result.code == 1
    assert "content/old.md:2:11: error[invalid-value]: " in result.out
    assert "help: it is longer than 255 bytes" in result.out
    assert project.tree() == before


def test_a_web_server_can_read_the_site_whatever_the_umask_and_the_modes_of_its_sources(
    project: Project,
) -> None:
    project.write({"content/a/secret.txt": "x", "content/a/run.sh": "x", "content/b/c.md": "# C\n"})
    project.write({"proofdown.yml": "title: T\nchecks: {unused-asset: off, orphan-page: off}\n"})
    (project.root / "content" / "a" / "secret.txt").chmod(0o600)
    (project.root / "content" / "a" / "run.sh").chmod(0o755)
    before = os.umask(0o077)
    try:
        for text in ("One.", "Two.", "Three."):
            project.write({"content/b/c.md": f"# C\n\n{text}\n"})
            assert project.build().code == 0
            site = project.root / "site"
            modes = {(p.is_dir(), p.stat().st_mode & 0o777) for p in (site, *site.rglob("*"))}
            assert modes == {(True, 0o755), (False, 0o644)}
    finally:
        os.umask(before)


def test_a_disk_error_leaves_the_old_site(project: Project) -> None:
    project.build()
    before = project.tree()
    project.write({"proofdown.yml": "title: Test\nfolders: {output: a/b/site}\n", "a": "a file"})
    result = project.build()
    assert (result.code, result.diagnostics[0].split(": ", 1)[1]) == (
        2,
        "error[unwritable-output]: the site cannot be written: not a directory",
    )
    assert project.tree() == before


@pytest.mark.parametrize("path", ["/index.html", "../index.html", "a/../../index.html", ""])
def test_no_output_is_written_outside_its_folder(project: Project, path: str) -> None:
    project.build()
    before = project.tree(".")
    config = load_config(project.root, Report())
    with pytest.raises(OutputError, match="is not inside the output folder"):
        write.write_site(config, [Output(path, b"x", Location("content/index.md"))])
    assert project.tree(".") == before


def test_a_full_disk_is_reported_in_one_line_and_leaves_the_old_site(project: Project) -> None:
    project.build()
    before = project.tree()
    project.write(
        {"content/long.md": "# Long\n\n" + "The guest is moved to another host.\n" * 4000}
    )
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from proofdown.cli.main import main\n"
        "main(['build'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    first, *_ = done.stderr.splitlines()
    assert (done.returncode, first.split(": ", 1)[1]) == (
        2,
        "error[unwritable-output]: the cache cannot be written: file too large",
    )
    assert "Traceback" not in done.stderr
    assert project.tree() == before


def test_unchanged_files_keep_their_time(tmp_path: Path) -> None:
    project = built_site(tmp_path, DIAGRAM)
    before = {
        path: (project.root / "site" / path).stat().st_mtime_ns
        for path in project.tree()
        if not path.startswith(("search/", "objects.inv"))
    }
    project.write({"content/flows.md": "# Flows\n\nNew. ![A](../diagrams/flow.dot)\n"})
    assert project.build().code == 0
    changed = [
        path
        for path, time in before.items()
        if (project.root / "site" / path).stat().st_mtime_ns != time
    ]
    assert set(changed) - {".proofdown-site"} == {"flows.md", "flows/index.html"}


def test_a_check_writes_no_site(tmp_path: Path) -> None:
    project = new_site(tmp_path, {"content/index.md": "# Home\n"})
    assert project.check().code == 0
    assert not (project.root / "site").exists()


def test_a_failed_build_leaves_the_old_site(tmp_path: Path) -> None:
    project = built_site(tmp_path, DIAGRAM)
    before = project.tree()
    project.write({"content/index.md": "# New\n\n[x](gone.md)\n", "content/more.md": "# More\n"})
    result: Result = project.build()
    assert (result.code, project.tree()) == (1, before)


def test_no_output_is_written_where_a_tool_keeps_its_files(project: Project) -> None:
    # Any way to an output ends here, aliases or not.
    from proofdown.build.output import write
    from proofdown.config.loader import load_config
    from proofdown.diagnostics import OutputError, Report
    from proofdown.site.model import Output
    from proofdown.source import Location

    project.build()
    before = project.tree(".")
    config = load_config(project.root, Report())
    for path in (".git/HEAD", "a/.htaccess", "a\nb", "n" * 256, "a/./b", "a//b"):
        with pytest.raises(OutputError):
            write.write_site(config, [Output(path, b"x", Location("content/index.md"))])
    assert project.tree(".") == before


def _with_redirect_in_git(project: Project) -> Path:
    assert project.build().code == 0
    redirect = project.root / "site/.git/x/index.html"
    redirect.parent.mkdir(parents=True)
    redirect.write_text("<!doctype html>\n<title>Moved</title>\n", "utf-8")
    return redirect


def test_a_redirect_that_an_alias_once_wrote_into_git_is_removed(project: Project) -> None:
    redirect = _with_redirect_in_git(project)
    project.write({"content/index.md": "# Home\n\nAnother text.\n"})
    assert project.build().code == 0
    assert not redirect.parent.parent.exists()
    assert "Another text" in project.html()


def test_an_output_folder_with_a_repository_is_not_touched(project: Project) -> None:
    _with_redirect_in_git(project)
    subprocess.run(["git", "init", "--quiet"], cwd=project.root / "site", check=True)
    before = project.tree()
    project.write({"content/index.md": "# Home\n\nAnother text.\n"})
    result = project.run("build")
    assert result.code == 2
    assert "holds a repository, or a part of one, in `.git`" in result.out
    assert (
        "help: delete the folder if nothing in it is needed, or name another folder" in result.out
    )
    assert project.tree() == before


def test_a_work_tree_that_is_the_output_folder_is_not_touched(project: Project) -> None:
    project.build()
    (project.root / "site/.git").write_text("gitdir: ../elsewhere\n", "utf-8")
    before = project.tree()
    project.write({"content/index.md": "# Home\n\nAnother text.\n"})
    assert project.build().code == 2
    assert project.tree() == before

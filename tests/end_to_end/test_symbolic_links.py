"""Symbolic links in a tree: no read, write or deletion follows one out of the site."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.git_sites import ENVIRONMENT, History
from tests.support.project import Project, Result, run_command
from tests.support.running_preview import preview_of

OUTSIDE = "precious"
PAGE = "# Home\n\nHello.\n\n![Two](../diagrams/two.dot)\n"
FILES: dict[str, str | bytes] = {
    "content/index.md": PAGE,
    "content/index.claims.yml": "diagrams: {two: {connections: [a -> b]}}\n",
    "diagrams/two.dot": "digraph { a -> b }\n",
}


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Return a folder outside the site that must not change."""
    folder = tmp_path / "victim"
    (folder / "inner").mkdir(parents=True)
    for name in ("thesis.txt", "index.md", "index.html", "half.tmp", "inner/notes.md"):
        (folder / name).write_text(f"# Notes\n\nThis is {OUTSIDE}.\n", "utf-8")
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Project:
    """Return a site with a drawing and a claim."""
    return Project.make(tmp_path / "project", FILES)


def state_of(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def plant(site: Project, path: str, target: Path | str) -> None:
    """Replace whatever is at a path of a site with a link."""
    link = site.root / path
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)


def run(site: Project, *arguments: str) -> Result:
    """Run the command in a process of its own, which must end without a crash."""
    result = run_command(*arguments, cwd=site.root, env=ENVIRONMENT)
    assert "Traceback" not in result.out
    return result


IN_THE_CACHE = (
    ".proofdown",
    ".proofdown/cache",
    ".proofdown/cache/unfinished",
    ".proofdown/cache/batches",
    ".proofdown/cache/bodies",
    ".proofdown/cache/details",
    ".proofdown/cache/pages",
    ".proofdown/cache/parts",
    ".proofdown/cache/shards",
)


@pytest.mark.parametrize("is_built_before", [False, True])
@pytest.mark.parametrize("path", IN_THE_CACHE)
def test_a_cache_behind_a_link_is_refused_and_named(
    site: Project, victim: Path, path: str, is_built_before: bool
) -> None:
    if is_built_before:
        assert site.build().code == 0
    plant(site, path, victim)
    before = state_of(victim)
    for command in ("check", "build"):
        result = run(site, command, "-f", "concise")
        assert result.code == 2
        assert (
            f"{path}: error[foreign-output]: the cache cannot be used: it is a link" in result.out
        )
    assert state_of(victim) == before


@pytest.mark.parametrize(
    "path",
    [
        *(".proofdown/cache/last", ".proofdown/cache/spare", ".proofdown/drawings"),
        *(".proofdown/cache/shards/parsed-02", ".proofdown/cache/unfinished/left"),
        *(".site.new-abc", ".site.old", ".proofdown/cache/spare/theme"),
    ],
)
def test_a_link_in_place_of_a_file_that_a_build_replaces_is_itself_replaced(
    site: Project, victim: Path, path: str
) -> None:
    assert site.build().code == 0
    clean = site.tree()
    plant(site, path, victim)
    before = state_of(victim)
    site.write({"content/index.md": PAGE.replace("Hello", "Hi")})
    assert run(site, "build").code == 0
    site.write({"content/index.md": PAGE})
    assert run(site, "build").code == 0
    assert state_of(victim) == before
    assert site.tree() == clean


def test_a_link_in_the_output_folder_is_replaced_and_not_followed(
    site: Project, victim: Path
) -> None:
    assert site.build().code == 0
    clean = site.tree()
    plant(site, "site/theme", victim)
    plant(site, "site/index.html", victim / "index.html")
    before = state_of(victim)
    assert run(site, "build").code == 0
    assert state_of(victim) == before
    assert not (site.root / "site" / "theme").is_symlink()
    assert site.tree() == clean


def test_an_output_folder_behind_a_link_is_refused(site: Project, victim: Path) -> None:
    plant(site, "out", victim)
    site.write({"proofdown.yml": "title: T\nfolders: {output: out/site}\n"})
    before = state_of(victim)
    result = run(site, "build", "-f", "concise")
    assert result.code == 2
    assert "out/site: error[foreign-output]: the output folder `out/site` lies behind" in result.out
    assert state_of(victim) == before


@pytest.mark.parametrize("name", ["lock", "last", "shards/parsed-02"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_an_endless_file_in_the_cache_does_not_hang_a_build(
    site: Project, name: str, kind: str
) -> None:
    assert site.build().code == 0
    file = site.root / ".proofdown" / "cache" / name
    file.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("/dev/zero")
    result = run(site, "build", "-f", "concise")
    assert result.code == (2 if name == "lock" else 0), result.out
    assert name != "lock" or "cache/lock: error[foreign-output]" in result.out


def test_a_review_does_not_follow_a_link_in_place_of_the_cache(site: Project, victim: Path) -> None:
    history = History(site)
    history.git("init", "--quiet", "--initial-branch=main")
    history.commit("One")
    before = state_of(victim)
    plant(site, ".proofdown/cache/unfinished", victim)
    result = run(site, "review", "HEAD")
    assert result.code == 2
    assert ".proofdown/cache/unfinished: error[foreign-output]" in result.out
    history.git("add", "--all", "--force")
    history.commit("Trap")
    shutil.rmtree(site.root / ".proofdown")
    assert run(site, "review", "HEAD", "--to", "HEAD").code == 0
    assert state_of(victim) == before


@pytest.mark.parametrize("path", [".proofdown/preview", ".proofdown/preview/unfinished"])
def test_a_preview_does_not_follow_a_link_in_place_of_its_cache(
    site: Project, victim: Path, path: str
) -> None:
    before = state_of(victim)
    plant(site, path, victim)
    with preview_of(site.root) as preview:
        preview.wait_for(
            rf"{path}: error\[foreign-output\]: the cache cannot be used: it is a link"
        )
    assert state_of(victim) == before


READ = (
    *("content", "templates", "diagrams", "content/index.md", "content/index.claims.yml"),
    *("diagrams/two.dot", ".proofdown.lock", "proofdown.yml", "proofdown.baseline.json"),
    *("content/recordings", "content/recordings/tool", "templates/page.html"),
    *("templates/words.yml", "content/notes.txt", "content/folder", "templates/static/x.css"),
)


@pytest.mark.parametrize("path", READ)
def test_no_file_outside_the_site_is_read_through_a_link(
    site: Project, victim: Path, path: str
) -> None:
    is_folder = path in ("content", "templates", "diagrams", "content/folder", "content/recordings")
    plant(site, path, victim if is_folder else victim / "thesis.txt")
    for command in ("build", "check"):
        result = run(site, command)
        assert result.code in (1, 2)
        assert OUTSIDE not in result.out
        expected = "is a link that leads outside the site"
        assert f"{path}: error[" in result.out
        assert expected in result.out
    assert not (site.root / "site").exists()


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/random", "pipe", "socket"])
@pytest.mark.parametrize(
    "path",
    [
        *("content/index.md", "content/index.claims.yml", "diagrams/two.dot", ".proofdown.lock"),
        *("proofdown.baseline.json", "templates/page.html", "content/notes.txt"),
    ],
)
def test_a_special_file_is_refused_without_waiting_for_it(
    site: Project, path: str, target: str
) -> None:
    if target == "pipe":
        (site.root / path).unlink(missing_ok=True)
        (site.root / path).parent.mkdir(exist_ok=True)
        os.mkfifo(site.root / path)
    elif target == "socket":
        code = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"
        (site.root / path).unlink(missing_ok=True)
        (site.root / path).parent.mkdir(exist_ok=True)
        where = (site.root / path).parent
        name = (site.root / path).name
        subprocess.run([sys.executable, "-c", code, name], cwd=where, check=True)
    else:
        plant(site, path, target)
    result = run(site, "check", "-f", "concise")
    assert result.code in (1, 2)
    assert f"{path}: error[" in result.out


HIDDEN = (
    ("content/n.txt", "../.env"),
    ("content/n.md", "../.env"),
    ("content/g", "../.git"),
    ("content/g.txt", "../.git/config"),
    ("content/deep", ".."),
    ("templates/page.html", "../.env"),
    ("diagrams/x.dot", "../.env"),
    (".proofdown.lock", ".env"),
    ("content/m", "../node_modules"),
)


@pytest.mark.parametrize(("path", "target"), HIDDEN)
def test_a_link_inside_the_site_cannot_reach_a_hidden_file(
    site: Project, path: str, target: str
) -> None:
    site.write({".env": f"TOKEN={OUTSIDE}\n", ".git/config": OUTSIDE, "node_modules/x.md": OUTSIDE})
    plant(site, path, target)
    result = run(site, "build")
    if path != "content/deep":  # a folder of the site, in which hidden files stay left out
        assert result.code in (1, 2), result.out
        assert f"{path}: error[" in result.out
        assert f"is a link to `{target.removeprefix('../')}`" in result.out
    assert OUTSIDE not in result.out
    built = (site.root / "site").rglob("*") if (site.root / "site").exists() else ()
    assert [f for f in built if f.is_file() and OUTSIDE.encode() in f.read_bytes()] == []


def test_a_link_to_a_file_of_the_site_is_followed(site: Project) -> None:
    site.write({"README.md": "# About\n\nAll is well.\n", "shared/one.dot": "digraph { x }\n"})
    plant(site, "content/about.md", "../README.md")
    plant(site, "diagrams/one.dot", "../shared/one.dot")
    site.write({"proofdown.yml": "title: T\nchecks: {orphan-page: off, unused-diagram: off}\n"})
    assert site.build().code == 0
    assert "All is well" in site.html("about/index.html")


def test_a_template_includes_no_file_through_a_refused_link(site: Project, victim: Path) -> None:
    plant(site, "templates/x.html", victim / "thesis.txt")
    plant(site, "templates/up", "..")
    site.write({".env": OUTSIDE, "templates/page.html": '{% include "x.html" %}'})
    for name in ("x.html", "up/.env"):
        site.write({"templates/page.html": f'{{% include "{name}" %}}'})
        result = run(site, "build")
        assert result.code == 1
        assert OUTSIDE not in result.out
        assert f"error[template-error]: no template `{name}`" in result.out
        assert f"did you mean `{name}`" not in result.out


SNIPPETS = "title: T\nmarkdown_extensions: [pymdownx.snippets]\nchecks: {orphan-page: off}\n"


@pytest.mark.parametrize("name", [".env", "inc/out.txt", "inc/env.txt", ".git/config", "inc/zero"])
def test_a_snippet_includes_no_hidden_file_and_none_from_outside(
    site: Project, victim: Path, name: str
) -> None:
    site.write({"proofdown.yml": SNIPPETS, ".env": OUTSIDE, ".git/config": OUTSIDE})
    plant(site, "inc/out.txt", victim / "thesis.txt")
    plant(site, "inc/env.txt", "../.env")
    plant(site, "inc/zero", "/dev/zero")
    site.write({"content/index.md": f'# Home\n\n--8<-- "{name}"\n'})
    result = run(site, "build", "-f", "concise")
    assert result.code == 1
    assert f"the snippet `{name}` is " in result.out
    assert OUTSIDE not in result.out


def test_a_snippet_from_a_folder_that_the_settings_name_is_included(site: Project) -> None:
    settings = SNIPPETS.replace(
        "[pymdownx.snippets]", "[{pymdownx.snippets: {base_path: [., .parts]}}]"
    )
    site.write({"proofdown.yml": settings, ".parts/one.md": "From a part.\n"})
    plant(site, "two.md", ".parts/one.md")
    site.write({"content/index.md": '# Home\n\n--8<-- "one.md"\n\n--8<-- "two.md"\n'})
    site.write({"diagrams/two.dot": "digraph { a }\n"})
    result = run(site, "build", "-f", "concise")
    assert "snippet" not in result.out
    (site.root / "diagrams" / "two.dot").unlink()
    (site.root / "content" / "index.claims.yml").unlink()
    assert run(site, "build").code == 0
    assert site.html().count("From a part.") == 2


def test_an_image_is_embedded_in_a_page_only_if_the_site_may_show_it(
    site: Project, victim: Path
) -> None:
    extension = "{pymdownx.b64: {base_path: content}}"
    site.write({"proofdown.yml": f"title: T\nmarkdown_extensions: [{extension}]\n"})
    site.write({".env": OUTSIDE, "content/good.png": b"\x89PNG good"})
    plant(site, "content/env.png", "../.env")
    plant(site, "content/out.png", victim / "thesis.txt")
    lines = [f"![A picture of {name}]({name}.png)\n" for name in ("good", "env", "out")]
    site.write({"content/index.md": "# Home\n\n" + "\n".join(lines)})
    result = run(site, "build", "-f", "concise")
    assert result.code == 1
    for name in ("env", "out"):
        assert f"content/{name}.png: error[unreadable-file]: is a link" in result.out
    for name in ("env", "out"):
        (site.root / "content" / f"{name}.png").unlink()
    site.write({"content/index.md": "# Home\n\n" + lines[0]})
    for leftover in ("content/index.claims.yml", "diagrams/two.dot"):
        (site.root / leftover).unlink()
    run(site, "build")
    assert "data:image/png;base64" in site.html()


@pytest.mark.parametrize("target", ["", "/"])
def test_a_link_to_the_whole_file_system_is_not_walked(site: Project, target: str) -> None:
    for path in ("content/all", "templates/all", "diagrams/all"):
        plant(site, path, target or site.root.anchor)
    for _ in range(2):
        result = run(site, "check", "-f", "concise")
        assert result.code == 1
        assert result.out.count("is a link that leads outside the site") == 3


def test_a_patch_cannot_bring_an_outside_page_into_a_review(site: Project, victim: Path) -> None:
    history = History(site)
    history.git("init", "--quiet", "--initial-branch=main")
    history.commit("One")
    plant(site, "content", victim)
    plant(site, ".proofdown.lock", victim / "thesis.txt")
    history.commit("Trap")
    patch = victim.with_name("trap.patch")
    patch.write_text(history.git("format-patch", "--stdout", "HEAD~1"), "utf-8")
    history.git("reset", "--quiet", "--hard", "HEAD~1")
    report = victim.with_name("out")
    for name in ("review.html", "comment.md"):
        result = run(site, "review", "--patch", str(patch), "-o", str(report.with_name(name)))
        assert OUTSIDE not in result.out
        assert OUTSIDE not in report.with_name(name).read_text("utf-8")


def test_files_are_not_written_into_the_tree_through_links(site: Project, victim: Path) -> None:
    before = state_of(victim)
    plant(site, ".proofdown.lock", victim / "new")
    plant(site, "proofdown.baseline.json", victim / "new")
    plant(site, "review.html", victim / "thesis.txt")
    for option in ("--write-lock", "--write-baseline"):
        assert run(site, "check", option).code in (1, 2)
    assert state_of(victim) == before


def test_a_recording_is_not_written_through_a_link(site: Project, victim: Path) -> None:
    settings = "title: T\nrecordings: {tool: {run: echo hello}}\n"
    site.write({"proofdown.yml": settings})
    before = state_of(victim)
    plant(site, "content/recordings", victim)
    result = run(site, "record")
    assert result.code in (1, 2), result.out
    assert state_of(victim) == before


def test_fixes_of_a_linked_page_are_written_to_its_target(site: Project) -> None:
    site.write({"text.md": "# About\n\nWe recieve guests.\n"})
    plant(site, "content/about.md", "../text.md")
    assert "1" in run(site, "check", "--fix").out
    assert "receive" in (site.root / "text.md").read_text("utf-8")
    assert (site.root / "content" / "about.md").is_symlink()


@pytest.mark.parametrize("kind", ["pages", "details", "bodies", "parts", "batches"])
@pytest.mark.parametrize("is_site_there", [True, False])
def test_a_damaged_cache_file_is_noticed_even_if_its_time_is_unchanged(
    site: Project, kind: str, is_site_there: bool
) -> None:
    site.write({f"content/p{n}.md": f"# Page {n}\n\nWords of it.\n" for n in range(3)})
    site.write({"proofdown.yml": "title: T\nchecks: {orphan-page: off}\n"})
    assert site.build().code == 0
    site.write({"content/p1.md": "# Page 1\n\nOther words of it.\n"})
    assert site.build().code == 0
    clean = site.tree()
    for file in (site.root / ".proofdown" / "cache" / kind).iterdir():
        state = file.stat()
        data = file.read_bytes()
        with file.open("r+b") as opened:
            opened.seek(len(data) // 2)
            opened.write(bytes([data[len(data) // 2] ^ 1]))
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    if not is_site_there:
        shutil.rmtree(site.root / "site")
    site.write({"content/p2.md": "# Page 2\n\nNew words of it.\n"})
    assert run(site, "build").code == 0
    site.write({"content/p2.md": "# Page 2\n\nWords of it.\n"})
    assert run(site, "build").code == 0
    assert site.tree() == clean

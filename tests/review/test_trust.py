"""Parts of a patch that run as code in a build are refused until the user trusts the patch."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.git_sites import ENVIRONMENT, History
from tests.support.project import Result

PAGE = "# Home\n\n![One](../diagrams/one.dot)\n"
DRAWS = '#!/bin/sh\nexec graphviz-pure "$@"\n'
EVIL = '#!/bin/sh\ntouch "{told}"\n'
Change = Callable[[Path, str], None]


def a_program(settings: str = "program: ./tools/draw", where: str = "tools/draw") -> Change:
    """Return a function that makes a site with its own drawing program."""

    def make(root: Path, _evil: str) -> None:
        put(root / "proofdown.yml", f"title: Test\ndiagrams: {{{settings}}}\n")
        put(root / where, DRAWS, 0o755)
        put(root / "tools" / "README", "How to draw.\n")

    return make


def put(file: Path, text: str, mode: int = 0o644) -> None:
    """Write a file, replacing any file or link at that path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_text(text, "utf-8")
    file.chmod(mode)


def edits(path: str, mode: int = 0o755) -> Change:
    """Return a function that replaces a file with a program that must not run."""
    return lambda root, evil: put(root / path, evil, mode)


def links(path: str, target: str) -> Change:
    """Return a function that replaces a file with a link."""

    def change(root: Path, _evil: str) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).unlink(missing_ok=True)
        (root / path).symlink_to(target)

    return change


def both(*changes: Change) -> Change:
    """Return a function that makes several changes."""

    def change(root: Path, evil: str) -> None:
        for one in changes:
            one(root, evil)

    return change


def settings(text: str) -> Change:
    """Return a function that replaces the settings of a site."""
    return lambda root, _evil: put(root / "proofdown.yml", f"title: Test\n{text}\n")


def patched(root: Path, made: Change, changed: Change, *arguments: str) -> Result:
    """Make a site, change it in a commit, and review the change as a patch to the first version.

    The work tree is at the first version as well.
    """
    told = root.with_name("told")
    history = History.make(
        root, {"content/index.md": PAGE, "diagrams/one.dot": "digraph { a -> b }\n"}
    )
    evil = EVIL.format(told=told)
    made(root, evil)
    history.commit("Made")
    changed(root, evil)
    history.commit("Changed")
    file = root.with_name("patch")
    file.write_bytes(history.git("diff", "HEAD~1", "HEAD").encode())
    history.git("reset", "--quiet", "--hard", "HEAD~1")
    result = history.review("HEAD", "--patch", str(file), *arguments)
    assert not told.exists()
    return result


BESIDE = a_program("program: ./draw", "draw")
THROUGH_A_LINK = both(a_program(where="tools/real/draw"), links("tools/draw", "real/draw"))
THROUGH_A_FOLDER = both(a_program(where="real/draw"), links("tools", "real"))
ROUNDABOUT = both(
    a_program("program: ./lnk/../draw", "sub/draw"),
    links("lnk", "sub/deep"),
    edits("draw", 0o644),
    edits("sub/deep/x", 0o644),
)
NO_TOOLS: Change = both(
    settings("diagrams: {program: ./real/draw}"), lambda root, _evil: put(root / "real/draw", DRAWS)
)


@pytest.mark.parametrize(
    ("made", "changed", "named"),
    [
        (a_program(), edits("tools/draw"), "tools/draw"),
        (a_program(), edits("tools/lib/draw.sh", 0o644), "tools/lib/draw.sh"),
        (a_program(), links("tools/draw", "../content/index.md"), "tools/draw"),
        (a_program(), links("tools/draw", "/bin/sh"), "tools/draw"),
        (BESIDE, edits("draw"), "draw"),
        (BESIDE, edits("lib.sh"), "lib.sh"),
        (THROUGH_A_LINK, edits("tools/real/draw"), "tools/draw"),
        (THROUGH_A_LINK, links("tools/draw", "/bin/sh"), "tools/draw"),
        (ROUNDABOUT, edits("sub/draw"), "lnk/../draw"),
        (NO_TOOLS, lambda root, _evil: (root / "real/draw").chmod(0o755), "real/draw"),
        (a_program("program: tools/draw"), edits("tools/draw"), "tools/draw"),
        (
            a_program("program: ./content/draw", "content/draw"),
            edits("content/draw"),
            "content/draw",
        ),
    ],
)
def test_a_patch_to_the_drawing_program_is_refused(
    tmp_path: Path, made: Change, changed: Change, named: str
) -> None:
    result = patched(tmp_path / "site", made, changed)
    assert result.code == 2, result.out
    assert f"the patch changes `{named}`, which runs as code" in result.out


@pytest.mark.parametrize(
    ("made", "changed"),
    [
        (a_program(), edits("content/two.txt")),
        (a_program(), edits("diagrams/README")),
        (a_program(), edits("other/tool")),
        (BESIDE, edits("content/two.txt")),
        (links("templates/unused.html", "/dev/zero"), edits("content/two.txt")),
        (settings("markdown_extensions: [footnotes]"), edits("content/two.txt")),
    ],
)
def test_a_patch_to_files_that_do_not_run_is_built(
    tmp_path: Path, made: Change, changed: Change
) -> None:
    result = patched(tmp_path / "site", made, changed)
    assert "which runs as code" not in result.out
    assert result.code == 0, result.out


def test_a_patch_to_a_program_outside_of_the_site_is_refused(tmp_path: Path) -> None:
    history = History.make(tmp_path / "top" / "docs", {"content/index.md": PAGE})
    put(history.root / "proofdown.yml", "title: Test\ndiagrams: {program: ../tools/draw}\n")
    put(history.root / "diagrams" / "one.dot", "digraph { a -> b }\n")
    (history.root / ".git").rename(tmp_path / "top" / ".git")
    put(tmp_path / "top" / "tools" / "draw", DRAWS, 0o755)
    history.git("add", "--all", "..")
    history.commit("Made")
    put(tmp_path / "top" / "tools" / "draw", EVIL.format(told=tmp_path / "told"), 0o755)
    file = tmp_path / "patch"
    file.write_text(history.git("diff"), "utf-8")
    history.git("checkout", "--quiet", "--", ":/")
    result = history.review("HEAD", "--patch", str(file))
    assert result.code == 2
    assert "the patch changes `../tools/draw`, which runs as code" in result.out
    assert not (tmp_path / "told").exists()


def test_a_program_found_by_a_relative_search_path_belongs_to_the_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"bin:{os.environ['PATH']}")
    made = settings("diagrams: {program: mydraw}")
    result = patched(tmp_path / "site", made, edits("bin/mydraw"))
    assert result.code == 2
    assert "the patch changes `bin/mydraw`, which runs as code" in result.out


@pytest.mark.parametrize(
    ("made", "changed", "named"),
    [
        (edits("templates/a/x.html"), edits("templates/a/x.html", 0o644), "templates/a/x.html"),
        (
            both(edits("layouts/x.html"), links("templates", "layouts")),
            edits("layouts/page.html"),
            "templates/page.html",
        ),
        (
            both(edits("parts/x.html"), links("templates/parts", "../parts")),
            edits("parts/x.html", 0o644),
            "templates/parts/x.html",
        ),
        (
            both(edits("a/x.html"), edits("b/y.html"), links("templates/x", "../a")),
            links("templates/x", "../b"),
            "templates/x",
        ),
        (
            both(edits("content/x.txt"), links("templates/page.html", "../content/x.txt")),
            lambda root, _evil: put(root / "content/x.txt", "x"),
            "templates/page.html",
        ),
    ],
)
def test_a_patch_to_templates_is_refused_whatever_links_lead_to_them(
    tmp_path: Path, made: Change, changed: Change, named: str
) -> None:
    result = patched(tmp_path / "site", made, changed)
    assert result.code == 2, result.out
    assert f"the patch changes `{named}`, which runs as code" in result.out


def test_templates_that_link_to_each_other_are_read_once(tmp_path: Path) -> None:
    def made(root: Path, _evil: str) -> None:
        for number in range(40):
            for name in ("a", "b"):
                links(f"templates/d{number}/{name}", f"../d{number + 1}")(root, "")
        links("templates/d40", ".")(root, "")

    result = patched(tmp_path / "site", made, edits("templates/d9/x.html"))
    assert result.code == 2
    assert "/x.html`, which runs as code" in result.out


@pytest.mark.parametrize(
    ("made", "changed", "named"),
    [
        (
            settings("markdown_extensions: [own_ext]"),
            edits("own_ext.py", 0o644),
            "`own_ext.py`",
        ),
        (
            settings("markdown_extensions: [own_pack.ext]"),
            edits("own_pack/lib/x.txt", 0o644),
            "`own_pack/lib/x.txt`",
        ),
        (
            settings("markdown_extensions: ['own_pack.ext:Ext']"),
            edits("own_pack/ext.py", 0o644),
            "`own_pack/ext.py`",
        ),
        (
            settings("markdown_extensions: [{own_ext: {run: sh ./tools/x}}]"),
            edits("tools/x", 0o644),
            "`tools/x`",
        ),
        (
            settings("markdown_extensions: [{own_ext: off}]"),
            settings("markdown_extensions: [own_ext]"),
            "the Markdown extensions",
        ),
    ],
)
def test_a_patch_to_an_extension_in_the_tree_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Change, changed: Change, named: str
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    package = both(
        lambda root, _evil: put(root / "own_ext.py", "x = 1\n"),
        lambda root, _evil: put(root / "own_pack/__init__.py", ""),
        lambda root, _evil: put(root / "own_pack/ext.py", "x = 1\n"),
    )
    result = patched(tmp_path / "site", both(package, made), changed)
    assert result.code == 2, result.out
    assert f"the patch changes {named}, which runs as code" in result.out


def test_python_does_not_import_modules_that_a_patch_adds(tmp_path: Path) -> None:
    history = History.make(tmp_path / "site", {"content/index.md": "# Home\n"})
    told = tmp_path / "told"
    for name in ("graphviz", "markdown", "resvg", "marisa_trie"):
        put(history.root / f"{name}.py", f"open({str(told)!r}, 'w')\nraise ImportError\n")
    history.commit("Two", {"content/index.md": PAGE, "diagrams/one.dot": "digraph { a -> b }\n"})
    file = tmp_path / "patch"
    file.write_text(history.git("diff", "HEAD~1", "HEAD"), "utf-8")
    history.git("reset", "--quiet", "--hard", "HEAD~1")
    code = "from proofdown.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "review", "--patch", str(file), "--format", "text"],
        cwd=history.root,
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not told.exists()


@pytest.mark.parametrize("text", ["", "title: [\n", "x"])
def test_a_patch_to_invalid_settings_is_refused(tmp_path: Path, text: str) -> None:
    result = patched(
        tmp_path / "site", settings(""), lambda root, _evil: put(root / "proofdown.yml", text)
    )
    assert result.code == 2
    assert "which runs as code" in result.out

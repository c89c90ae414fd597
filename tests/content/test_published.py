"""Published addresses stay reachable: the lock file, and anchors that moved."""

import pytest

from proofdown.build.output.write import MARKER
from proofdown.build.pipeline import build_site
from tests.support.project import Project

LOCK = ".proofdown.lock"


def locked(project: Project) -> list[str]:
    """Return the lines of the lock file without its head."""
    text = (project.root / LOCK).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_the_lock_file_lists_addresses_aliases_and_anchors(project: Project) -> None:
    project.write({"content/flows.md": "---\naliases: [old.html]\n---\n# Flows\n\n## Ports\n"})
    assert project.check("--write-lock").code == 0
    assert locked(project) == [
        "/",
        "/#home",
        "flows/",
        "flows/#flows",
        "flows/#ports",
        "old.html",
    ]


def test_the_lock_file_only_ever_grows_and_keeps_decisions(project: Project) -> None:
    project.check("--write-lock")
    project.write({LOCK: "/\n/#home\ngone/ gone\nold/\n", "content/new.md": "# New\n"})
    project.check("--write-lock")
    assert locked(project) == ["/", "/#home", "gone/ gone", "new/", "new/#new", "old/"]


def test_addresses_with_unusual_characters_are_locked_and_reported_if_missing(
    project: Project,
) -> None:
    project.write({f"content/{name}.md": "# X\n" for name in ("a b", "50%25", "Übung")})
    project.check("--write-lock")
    lines = ["50%2525/", "50%2525/#x", "a%20b/", "a%20b/#x", "Übung/", "Übung/#x"]
    assert locked(project)[2:] == lines
    assert project.check("--write-lock", "--strict").code == 0
    (project.root / "content" / "a b.md").unlink()
    assert "`a b/` was published, but no longer exists" in project.check("--write-lock").out
    assert locked(project)[2:] == lines


@pytest.mark.parametrize("lock", ["/\nold/ gon\n", b"/\n\xe9\n"])
def test_an_invalid_lock_file_is_not_overwritten(project: Project, lock: str | bytes) -> None:
    project.write({LOCK: lock})
    result = project.check("--write-lock")
    assert (result.code, len(result.diagnostics)) == (1, 1)
    assert f"{LOCK}:2" in result.diagnostics[0]
    assert "/#home" not in (project.root / LOCK).read_bytes().decode("latin-1")


def test_a_lock_file_that_is_a_folder_is_reported(project: Project) -> None:
    project.write({f"{LOCK}/a": "a"})
    message = f"{LOCK}: error[unreadable-file]: cannot be read: is a directory"
    assert project.check("--write-lock").diagnostics == [message]


def test_without_a_lock_file_nothing_is_reported_as_lost(project: Project) -> None:
    assert project.check("--strict").code == 0


def test_a_page_that_becomes_the_index_of_a_folder_keeps_its_address(project: Project) -> None:
    project.write({"content/guide.md": "# Guide\n"})
    project.check("--write-lock")
    (project.root / "content" / "guide.md").unlink()
    project.write({"content/guide/index.md": "# Guide\n"})
    assert project.check("--strict").code == 0


def test_the_suggested_alias_fixes_a_lost_page(project: Project) -> None:
    project.write({"content/setup.md": "# Set up\n\n## Ports\n"})
    project.check("--write-lock")
    (project.root / "content" / "setup.md").unlink()
    project.write({"content/install.md": "# Set up\n\n## Ports\n"})
    result = project.run("check")
    assert result.code == 1
    assert "help: add `aliases: [setup/]` to the front matter of `content/install.md`" in result.out
    project.write({"content/install.md": "---\naliases: [setup/]\n---\n# Set up\n\n## Ports\n"})
    assert project.check("--strict").code == 0


def test_the_suggested_alias_fixes_a_lost_anchor(project: Project) -> None:
    project.write({"content/index.md": "# Home\n\n## Ports\n"})
    project.check("--write-lock")
    project.write({"content/index.md": "# Home\n\n## Which ports\n"})
    offered = project.run("check").out
    assert 'add `aliases: [{"/#ports": "#which-ports"}]` to the front matter' in offered
    head = '---\naliases: [{"/#ports": "#which-ports"}]\n---\n'
    project.write({"content/index.md": f"{head}# Home\n\n## Which ports\n"})
    assert project.build("--strict").code == 0
    assert '<span id="ports"></span><h2 id="which-ports">' in project.html()
    assert {output.path for output in build_site(project.root).site.outputs} == {
        path for path in project.tree() if path != MARKER
    }


def test_an_anchor_that_moved_to_another_page_leaves_a_link(project: Project) -> None:
    project.write(
        {
            "content/index.md": "# Home\n",
            "content/b.md": '---\naliases: [{"/#limits": "#how-much"}]\n---\n# B\n\n## How much\n',
        }
    )
    assert project.build("--strict").code == 0
    assert '<p class="moved-anchor" id="limits">' in project.html()
    assert '<a href="b/#how-much">read it there</a>' in project.html()


def test_an_alias_without_an_extension_is_locked_as_a_folder(project: Project) -> None:
    project.write({"content/index.md": "---\naliases: [setup]\n---\n# Home\n"})
    project.check("--write-lock")
    assert "setup/" in locked(project)
    assert project.check("--strict").code == 0

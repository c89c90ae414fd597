"""Addresses: which are valid, and how pages link to each other."""

import json
from urllib.parse import unquote, urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proofdown.addresses import (
    encode_path,
    fault_of_address,
    fault_of_file,
    output_path,
    page_address,
    relative_href,
)
from tests.support.generated import often
from tests.support.project import Project

NAMES = st.text(st.sampled_from("abcA-_.~ éß#?%&+:=@!$'()*,漢"), min_size=1, max_size=6).filter(
    lambda name: name.strip(".") == name and name.strip() == name
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
ADDRESSES = st.just("") | PATHS | PATHS.map(lambda path: path + "/")


@given(ADDRESSES, ADDRESSES)
@often(400)
@example("a:b/", "a:c/")
@example("", "a:b")
@example("a/b", "a")
def test_a_relative_link_leads_to_its_target(start: str, target: str) -> None:
    base = "https://example.org/docs/"
    here = base + encode_path(start).removeprefix("./")
    joined = urljoin(here, relative_href(start, target))
    assert unquote(joined) == unquote(base + encode_path(target).removeprefix("./"))


@given(PATHS.map(lambda path: path + ".md"), PATHS.map(lambda path: path + ".md"))
@often(200)
def test_two_pages_have_different_outputs(one: str, other: str) -> None:
    outputs = {output_path(page_address(path)) for path in (one, other)}
    assert len(outputs) == len({one, other})


HIDDEN = "is hidden, and hosts and tools keep files of their own there"
ALIASES: dict[str, str] = {
    ".git/x": f"`.git` {HIDDEN}",
    ".git": f"`.git` {HIDDEN}",
    "/.git/hooks/post-checkout": f"`.git` {HIDDEN}",
    "a/.ssh/authorized_keys": f"`.ssh` {HIDDEN}",
    "./.htaccess": f"`.htaccess` {HIDDEN}",
    ".hidden#part": f"`.hidden` {HIDDEN}",
    ".proofdown/cache/": f"`.proofdown` {HIDDEN}",
    "..": "it leads out of the site",
    "../up.html": "it leads out of the site",
    "a/../../b.html": "it leads out of the site",
    "a/../b.html": "it leads out of the site",
    "//host/x.html": "it leads out of the site",
    "a//b.html": "it names no file",
    "C:/x.html": "`C:` is a drive on Windows",
    "c:": "`c:` is a drive on Windows",
    "a\\b.html": "it contains `\\`",
    "a\nb": r"it contains `\n`",
    "a\x1b[2J.html": r"it contains `\x1b`",
    "a\x7f": r"it contains `\x7f`",
    "a\x9b": r"it contains `\x9b`",
    "a\u202egnp.exe": r"it contains `\u202e`",
    "a\u2028b": r"it contains `\u2028`",
    "old /page.html": "it ends in a space or a dot, which Windows removes",
    "old./page.html": "it ends in a space or a dot, which Windows removes",
    "n" * 256: "it is longer than 255 bytes",
    "é" * 128 + ".html": "it is longer than 255 bytes",
    "a/" * 2000: "it is longer than 1000 bytes",
    "a/" * 100: "it is more than 64 folders deep",
    "https://example.org/x": "it is not relative to the site's home, as `old/page.html` is",
    "x?y": "it is not relative to the site's home, as `old/page.html` is",
}
"""Old addresses that no page can have, and why."""


@pytest.mark.parametrize(("alias", "reason"), ALIASES.items(), ids=[a[:20] for a in ALIASES])
def test_an_alias_that_is_no_valid_address_is_reported_at_its_location(
    project: Project, alias: str, reason: str
) -> None:
    project.build()
    before = project.tree()
    project.write({"content/index.md": f"---\naliases: [{json.dumps(alias)}]\n---\n# Home\n"})
    result = project.run("build")
    assert result.code == 1
    assert "content/index.md:2:11: error[invalid-value]: `" in result.out
    assert "` is not an address in this site\n" in result.out
    assert f"= help: {reason}\n" in result.out
    assert project.tree() == before


@pytest.mark.parametrize(
    "alias", ["old.html", "/old/", "./old.html", ".well-known/x", "a:b", "ü é/"]
)
def test_a_valid_alias_is_accepted(project: Project, alias: str) -> None:
    project.write({"content/index.md": f"---\naliases: [{json.dumps(alias)}]\n---\n# Home\n"})
    assert project.build("--strict").diagnostics == []
    assert len(project.tree()) > 1


def test_files_may_have_any_name_that_a_browser_shows(project: Project) -> None:
    names = ("a b", "é", "c#d", "می\u200cخواهم", "👩\u200d💻", "1.2.3", "a:b", "con")
    links = "".join(f"[x](<{name}.md>)\n".replace("#", "%23") for name in names)
    project.write({f"content/{name}.md": "# A page\n" for name in names})
    project.write({"content/index.md": f"# Home\n\n{links}"})
    assert project.build().diagnostics == []


@pytest.mark.parametrize(
    "path",
    [
        "content/a\u202eb.md",
        "content/a\x9b.md",
        "content/a\x7f.png",
        "content/a\u2028.png",
        "content/a .md",
        "content/a..md",
        "content/dots.",
        "content/space /x.md",
        "diagrams/a\x1b.dot",
        "diagrams/a .dot",
        "templates/static/a\n.css",
        "content/recordings/a\x1b",
    ],
)
def test_a_file_whose_name_cannot_be_an_address_is_refused(project: Project, path: str) -> None:
    project.write({path: "digraph { a }\n" if path.endswith(".dot") else "# A\n"})
    result = project.run("build")
    assert result.code == 1
    assert "error[unusable-name]: the name `" in result.out
    assert "= help: rename the file: it " in result.out


def test_a_path_longer_than_hosts_accept_is_refused(project: Project) -> None:
    for length, code in ((120, 0), (249, 1)):
        folder = project.root.joinpath("content", *["a" * length] * 4)
        folder.mkdir(parents=True)
        (folder / "page.md").write_text("# A page\n", "utf-8")
        assert project.build().code == code


@pytest.mark.parametrize(
    "line", [".git/x/", "../up/", "a%0Ab/", "%1b[2J/", "a%00/", "a//b/", "C:/x/", "a/" * 600]
)
def test_an_invalid_address_in_the_lock_file_is_refused(project: Project, line: str) -> None:
    project.write({".proofdown.lock": f"# Head\n{line}\n"})
    result = project.check()
    assert result.code == 1
    assert [d.partition("`")[0] for d in result.diagnostics] == [
        ".proofdown.lock:2:1: error[invalid-value]: nothing can be published at "
    ]


def test_addresses_and_files_follow_the_same_rule() -> None:
    for name in ("a\x1b", "a ", "a.", "a\\b", "\ud800", "n" * 256):
        assert fault_of_file(f"x/{name}") == fault_of_address(f"x/{name}") != ""
    assert fault_of_file("a .md") == fault_of_address("a /")

"""Limits on what untrusted files can cost, and how files beyond them are reported."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from proofdown.source import LONGEST_SNIPPET, Source
from tests.support.project import Project, run_command

HOME: dict[str, str | bytes] = {"content/index.md": "# Home\n\nHello.\n"}
MOST = 1000
"""How many problems of one kind are listed per file."""


def _lines(project: Project, code: str) -> list[str]:
    return [line for line in project.check().diagnostics if f"[{code}]" in line]


def test_a_location_in_a_long_line_copies_only_a_snippet() -> None:
    class Counting(str):
        __slots__ = ()
        copied = 0

        def __getitem__(self, at: Any) -> str:
            found = super().__getitem__(at)
            Counting.copied += len(found)
            return found

    source = Source("a.md", Counting("word " * 100_000))
    location = source.location(250_000, 250_004)
    assert (location.line, location.column, len(location.snippet)) == (1, 250_001, LONGEST_SNIPPET)
    assert Counting.copied <= LONGEST_SNIPPET


LARGE = {
    "one line of words": ("a b " * 2_500_000, "convert"),
    "a block of code": ("```python\n" + "x = 1\n" * 1_600_000 + "```", "convert"),
    "a paragraph of lines": ("word another\n" * 800_000, "convert"),
    "one word": ("x" * 10_000_000, "convert"),
    "paragraphs": ("word\n\n" * 1_600_000, "convert"),
    "empty lines": ("\n" * 10_000_000, "convert"),
    "spaces": (" " * 10_000_000 + "x", "convert"),
    "rows of a table": ("| a | b |\n|---|---|\n" + "| x | y |\n" * 900_000, "convert"),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_page_too_large_for_its_memory_is_reported_and_the_others_are_built(
    tmp_path: Path, name: str
) -> None:
    text, _ = LARGE[name]
    files = HOME | {
        "proofdown.yml": "title: T\nbudget: {seconds: 2, megabytes: 60}\n",
        "content/bad.md": f"# Bad\n\n{text}\n",
        "content/other.md": "# Other\n\n[lost](nowhere.md)\n",
    }
    project = Project.make(tmp_path / "project", files)
    done = run_command("check", "--format", "concise", cwd=project.root)
    assert "Traceback" not in done.out
    other = "content/other.md:3:8: error[broken-link]: no page or file at `nowhere.md`"
    assert (done.code, other in done.diagnostics) == (1, True)
    bad = [line for line in done.diagnostics if line != other]
    assert bad
    assert all(line.startswith("content/bad.md") and "[over-budget]" in line for line in bad)


def test_a_worker_out_of_memory_outside_markdown_is_over_budget_too(tmp_path: Path) -> None:
    files = HOME | {
        "proofdown.yml": "title: T\nbudget: {seconds: 5, megabytes: 1}\n",
        "content/bad.md": "# Bad\n\n" + "word\n\n" * 100_000,
    }
    project = Project.make(tmp_path / "project", files)
    done = run_command("check", "--format", "concise", cwd=project.root)
    assert "Traceback" not in done.out
    assert [
        line for line in done.diagnostics if "content/bad.md" in line and "[over-budget]" in line
    ]


FLOODS: dict[str, tuple[str, Callable[[int], dict[str, str | bytes]]]] = {
    "words written twice": (
        "repeated-word",
        lambda n: {"content/a.md": "# A\n\n" + "word " * (2 * n) + "\n"},
    ),
    "links that lead nowhere": (
        "broken-link",
        lambda n: {"content/a.md": "# A\n\n" + "[x](b.md)\n" * n},
    ),
    "anchors that are not there": (
        "broken-anchor",
        lambda n: {"content/a.md": "# A\n\n" + "".join(f"[x](#b{i})\n" for i in range(n))},
    ),
    "pictures that are not there": (
        "missing-asset",
        lambda n: {"content/a.md": "# A\n\n" + "![x](b.png)\n" * n},
    ),
    "addresses that are lost": (
        "lost-address",
        lambda n: {".proofdown.lock": "".join(f"old-{i}/\n" for i in range(n))},
    ),
    "anchors that are lost": (
        "lost-anchor",
        lambda n: {".proofdown.lock": "".join(f"/#old-{i}\n" for i in range(n))},
    ),
    "lines of the lock file that are none": (
        "invalid-value",
        lambda n: {".proofdown.lock": "".join(f"old-{i}/ x\n" for i in range(n))},
    ),
    "pages of the nav that are not there": (
        "missing-nav-target",
        lambda n: {"proofdown.yml": "title: T\nnav:\n" + "".join(f"- n{i}.md\n" for i in range(n))},
    ),
    "keys of front matter that are none": (
        "unknown-key",
        lambda n: {
            "content/a.md": "---\n" + "".join(f"k{i}: x\n" for i in range(n)) + "---\n# A\n"
        },
    ),
    "levels of rules that are none": (
        "unknown-rule",
        lambda n: {
            "proofdown.yml": "title: T\nchecks:\n" + "".join(f"  r{i}: off\n" for i in range(n))
        },
    ),
}


@pytest.mark.parametrize("name", FLOODS)
def test_only_the_first_of_many_equal_problems_are_listed_but_all_are_counted(
    tmp_path: Path, name: str
) -> None:
    code, make = FLOODS[name]
    files = HOME | make(MOST) | {"content/z.md": "# Z\n\nThe [x](gone.md) link is is lost.\n"}
    project = Project.make(tmp_path / "project", files)
    others = [line for line in _lines(project, code) if "content/z.md" in line]
    listed = [line for line in _lines(project, code) if line not in others]
    count = len(listed)
    assert count == MOST
    assert not listed[-1].endswith(" of these")
    project.write(make(MOST + 2345))
    done = project.check()
    found = [line for line in done.diagnostics if f"[{code}]" in line]
    assert [line for line in found if line in others] == others
    found = [line for line in found if line not in others]
    assert (len(found), found[-1].partition("]: ")[2]) == (MOST + 1, "and 2,345 more of these")
    level = "warnings" if code == "repeated-word" else "errors"
    more = sum(f" {level[:-1]}[" in line for line in done.diagnostics) + 2344
    assert f"{more} {level}" in done.out


def test_a_flood_of_one_kind_hides_no_other_kind_and_no_other_file(tmp_path: Path) -> None:
    flood = "# A\n\n" + "[x](gone.md)\n" * 3000 + "\n![](x.png)\n\n[y](#none)\n"
    files = HOME | {"content/a.md": flood, "content/b.md": "# B\n\n[x](gone.md)\n"}
    project = Project.make(tmp_path / "project", files)
    found = project.check().diagnostics
    for part in ("[missing-asset]", "[missing-alt-text]", "[broken-anchor]", "content/b.md:3:5:"):
        assert [line for line in found if part in line], part


def test_a_flood_is_reported_the_same_with_and_without_a_cache(tmp_path: Path) -> None:
    files = HOME | {"content/a.md": "# A\n\n" + "[x](gone.md) is is\n" * 3000}
    project = Project.make(tmp_path / "project", files)
    first = project.check()
    assert project.check() == first
    project.write({"content/b.md": "# B\n\nText.\n"})
    project.check()
    (project.root / "content/b.md").unlink()
    assert project.check() == first


def test_a_page_may_allow_a_flood(tmp_path: Path) -> None:
    text = "---\nallow: [broken-link]\n---\n# A\n\n" + "[x](gone.md)\n" * 3000
    project = Project.make(tmp_path / "project", HOME | {"content/a.md": text})
    assert project.check("--strict").diagnostics == []


def test_allowing_a_rule_on_a_block_allows_no_unlisted_problem(tmp_path: Path) -> None:
    text = "# A\n\n<!-- allow broken-link -->\n" + "[x](gone.md)\n" * 1500 + "\n[y](lost.md)\n"
    project = Project.make(tmp_path / "project", HOME | {"content/a.md": text})
    done = project.check()
    assert done.code == 1
    assert [line.partition("]: ")[2] for line in done.diagnostics] == ["and 501 more of these"]


def test_an_allow_comment_for_unlisted_problems_is_not_reported_as_unused(tmp_path: Path) -> None:
    text = "# A\n\n" + "[x](gone.md)\n" * 1500 + "\n<!-- allow broken-link -->\n[y](lost.md)\n"
    project = Project.make(tmp_path / "project", HOME | {"content/a.md": text})
    assert not [line for line in project.check().diagnostics if "[unused-allow]" in line]


def _flood(count: int) -> dict[str, str | bytes]:
    return {"content/a.md": "# A\n\n" + "".join(f"[x](gone-{i}.md)\n" for i in range(count))}


def test_a_baseline_accepts_a_flood_and_shrinks_with_it(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "project", HOME | _flood(3000))
    assert project.check("--write-baseline").code == 0
    assert project.check("--strict").code == 0
    project.write(
        {"content/a.md": str(_flood(3000)["content/a.md"]).replace("gone-5.md", "index.md")}
    )
    assert project.check("--strict").code == 0
    assert project.check("--write-baseline").code == 0
    known = json.loads((project.root / "proofdown.baseline.json").read_text("utf-8"))["known"]
    assert sum(entry["count"] for entry in known) == 2999
    assert project.check("--strict").code == 0
    project.write(_flood(3000))
    assert project.check().code == 1


def test_a_baseline_refuses_more_of_a_flood(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "project", HOME | _flood(3000))
    assert project.check("--write-baseline").code == 0
    project.write(_flood(3001))
    assert project.check().code == 1


def _calls(project: Project, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many Python functions a check calls, without workers."""
    monkeypatch.setenv("PROOFDOWN_WORKERS", "0")
    count = 0

    def look(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(look)
    try:
        project.check()
    finally:
        sys.setprofile(None)
    return count


def _pages(count: int, text: str = "Hello.") -> dict[str, str | bytes]:
    return {f"content/page-{i}.md": f"# Page {i}\n\n{text}\n" for i in range(count)}


GROWING: dict[str, Callable[[int], dict[str, str | bytes]]] = {
    "lost addresses and new pages": lambda n: (
        {".proofdown.lock": "".join(f"pag-{i}/\n" for i in range(n))} | _pages(n)
    ),
    "lost anchors and new headings": lambda n: {
        ".proofdown.lock": "".join(f"a/#headin-{i}\n" for i in range(n)),
        "content/a.md": "# A\n" + "".join(f"\n## Heading {i}\n\nText.\n" for i in range(n)),
    },
    "links to anchors that a page has otherwise": lambda n: {
        "content/a.md": "# A\n"
        + "".join(f"\n## Heading {i}\n\n[x](#headin-{i})\n" for i in range(n)),
    },
    "entries of the nav and pages": lambda n: (
        {"proofdown.yml": "title: T\nnav:\n" + "".join(f"- pag-{i}.md\n" for i in range(n))}
        | _pages(n)
    ),
    "claims files and pages": lambda n: (
        {f"content/pag-{i}.claims.yml": "quotes: []\n" for i in range(n)} | _pages(n)
    ),
    "queries and pages": lambda n: (
        {
            "proofdown.yml": "title: T\nsearch:\n  expect:\n"
            + "".join(f"    word{i}: pag-{i}.md\n" for i in range(n))
        }
        | _pages(n)
    ),
    "allowances and problems": lambda n: {
        f"content/{name}.md": "# A\n\n" + "<!-- allow broken-link -->\n[x](gone.md)\n\n" * n
        for name in "abcdefgh"
    },
}


@pytest.mark.parametrize("name", GROWING)
def test_work_is_linear_in_the_size_of_the_site(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = {
        n: Project.make(tmp_path / f"site-{n}", HOME | GROWING[name](n)) for n in (5, 120, 360)
    }
    _calls(sites[5], monkeypatch)  # warm the caches of this process
    first, second, third = (_calls(sites[n], monkeypatch) for n in (5, 120, 360))
    # With a share of n² the second step would cost up to six times as much for each page.
    assert (third - second) / 240 < 2 * (second - first) / 115


D = "9" * 5000
LAYOUT = '{% extends "theme/page.html" %}\n{% block content %}\n'
HALF = "the template outputs `\\ud800`, half of a surrogate pair"
TOO_MUCH: dict[str, tuple[dict[str, str | bytes], int, list[str]]] = {
    "seconds of a drawing": (
        {"proofdown.yml": f"title: T\ndiagrams: {{seconds: {D}}}\n"},
        1,
        [
            f"proofdown.yml:2:21: error[invalid-value]: "
            f"`seconds` is `{D[:40]}`, not a whole number above 0"
        ],
    ),
    "megabytes of a page": (
        {"proofdown.yml": f"title: T\nbudget: {{megabytes: {D}}}\n"},
        1,
        [
            f"proofdown.yml:2:21: error[invalid-value]: "
            f"`megabytes` is `{D[:40]}`, not a whole number above 0"
        ],
    ),
    "days of a recording": (
        {"proofdown.yml": f"title: T\nrecordings:\n  a: {{run: 'true', days: {D}}}\n"},
        1,
        [
            f"proofdown.yml:3:26: error[invalid-value]: "
            f"`days` is `{D[:40]}`, not a whole number above 0"
        ],
    ),
    "the port of a host": (
        {
            "proofdown.yml": f"title: T\npublish: {{a: {{to: rsync, host: h, path: /p, "
            f"port: {D}}}}}\n"
        },
        1,
        [
            f"proofdown.yml:2:51: error[invalid-value]: "
            f"`port` is `{D[:40]}`, not a number from 1 to 65535"
        ],
    ),
    "the number of a table": (
        {"content/index.claims.yml": f"tables:\n  ? '#a {D}'\n  : {{}}\n"},
        1,
        [f"content/index.claims.yml:2:5: error[invalid-claim]: `#a {D}` names no table"],
    ),
    "a pattern in brackets": (
        {
            "content/index.claims.yml": f"quotes:\n- {{matches: '{'(' * 3000}a"
            f"{')' * 3000}', recording: x}}\n"
        },
        1,
        [],
    ),
    "a pattern that repeats": (
        {"content/index.claims.yml": "quotes:\n- {matches: 'a{99999999999}', recording: x}\n"},
        1,
        [
            "content/index.claims.yml:2:13: error[invalid-claim]: "
            "`a{99999999999}` is not a pattern: the repetition number is too large"
        ],
    ),
    "lists in a baseline": (
        {"proofdown.baseline.json": "[" * 100_000},
        2,
        [
            "proofdown.baseline.json: error[invalid-value]: "
            "the baseline cannot be read: it is not as Proofdown writes it"
        ],
    ),
    "a count in a baseline": (
        {
            "proofdown.baseline.json": '{"known": [{"code": "a", "path": "b", '
            '"message": "c", "count": 1e999}]}'
        },
        2,
        [
            "proofdown.baseline.json: error[invalid-value]: "
            "the baseline cannot be read: it is not as Proofdown writes it"
        ],
    ),
    "brackets in a template": (
        {"templates/page.html": f"{LAYOUT}{{{{ {'(' * 20_000}1{')' * 20_000} }}}}{{% endblock %}}"},
        1,
        ["templates/page.html: error[template-error]: this template is nested too deeply"],
    ),
    "sums in a template": (
        {"templates/page.html": f"{LAYOUT}{{{{ {'1+' * 20_000}1 }}}}{{% endblock %}}"},
        1,
        ["templates/page.html: error[template-error]: this template is nested too deeply"],
    ),
    "loops in a template": (
        {
            "templates/page.html": LAYOUT
            + "{% for a in 'ab' %}" * 25
            + "{% endfor %}" * 25
            + "{% endblock %}"
        },
        1,
        ["templates/page.html: error[template-error]: too many statically nested blocks"],
    ),
    "a template that includes itself": (
        {
            "templates/page.html": f'{LAYOUT}{{% include "a.html" %}}{{% endblock %}}',
            "templates/a.html": '\n{% include "a.html" %}',
        },
        1,
        ["templates/a.html:2: error[template-error]: a template includes itself endlessly"],
    ),
    "half a character in a layout": (
        {"templates/page.html": LAYOUT + "{{ '\\ud800' }}{% endblock %}"},
        1,
        [f"templates/page.html: error[template-error]: {HALF}"],
    ),
    "half a character in the nav": (
        {"templates/nav.html": "{{ '\\ud800' }}"},
        1,
        [f"templates/nav.html: error[template-error]: {HALF}"],
    ),
    "half a character in what is not found": (
        {"templates/404.html": "{{ '\\ud800' }}"},
        1,
        [f"templates/404.html: error[template-error]: {HALF}"],
    ),
    "half a character in a redirect": (
        {
            "templates/redirect.html": "{{ '\\ud800' }}",
            "content/a.md": "---\naliases: [old/]\n---\n# A\n",
        },
        1,
        [f"templates/redirect.html: error[template-error]: {HALF}"],
    ),
    "half a character in a figure": (
        {
            "templates/figure.html": "{{ '\\ud800' }}",
            "content/a.md": "# A\n\n![x](../diagrams/a.dot)\n",
            "diagrams/a.dot": "digraph { a -> b }",
        },
        1,
        [f"templates/figure.html: error[template-error]: {HALF}"],
    ),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_input_that_is_too_large_or_too_deep_gives_a_diagnostic(tmp_path: Path, name: str) -> None:
    files, code, expected = TOO_MUCH[name]
    project = Project.make(tmp_path / "project", HOME | files)
    done = project.check()
    assert (done.code, done.diagnostics[: len(expected)]) == (code, expected)
    assert done.diagnostics


@pytest.mark.parametrize("depth", [65, 300, 500, 1200])
@pytest.mark.parametrize("folder", ["content", "diagrams", "templates"])
def test_folders_that_are_too_deep_are_reported_and_the_rest_is_built(
    tmp_path: Path, folder: str, depth: int
) -> None:
    project = Project.make(tmp_path / "project", HOME)
    opened = os.open(project.root, os.O_RDONLY)
    for name in (folder, *["a"] * depth):
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=opened)
        below = os.open(name, os.O_RDONLY, dir_fd=opened)
        os.close(opened)
        opened = below
    os.close(os.open("page.md", os.O_WRONLY | os.O_CREAT, dir_fd=opened))
    os.close(opened)
    try:
        done = project.build()
        again = project.build()
    finally:
        subprocess.run(["rm", "-rf", project.root / folder / "a"], check=True)
    named = f"{folder}/{'/'.join(['a'] * 65)}: error[unreadable-file]: is more than 64 folders deep"
    assert (done.code, done.diagnostics) == (1, [named])
    assert again == done


def test_folders_of_the_maximum_depth_give_a_nav_and_a_page(tmp_path: Path) -> None:
    deep = "/".join(["a"] * 64)
    project = Project.make(tmp_path / "project", HOME | {f"content/{deep}/page.md": "# Page\n"})
    assert project.build("--strict").diagnostics == []
    assert "Page" in project.html(f"{deep}/page/index.html")


def test_no_title_or_description_starts_a_new_line_in_llms_txt(tmp_path: Path) -> None:
    head = '---\ntitle: "a\\n## b"\ndescription: "c\\n- [x](y)"\n---\n# A\n'
    settings = 'title: "T\\n## c"\ndescription: "d\\n## e"\nnav: [{"n\\n## m": [a.md, index.md]}]\n'
    files = HOME | {"proofdown.yml": settings, "content/a.md": head}
    project = Project.make(tmp_path / "project", files)
    assert project.build().code == 0
    assert project.html("llms.txt").splitlines() == [
        "# T ## c",
        "",
        "> d ## e",
        "",
        "## n ## m",
        "",
        "- [a ## b](a.md): c - [x](y)",
        "- [Home](index.md)",
    ]


@pytest.mark.parametrize("chunk", ["x" * 300_000 + "!", "x1" * 100_000, "-x" * 100_000])
def test_a_word_of_any_length_is_read_within_the_budget(tmp_path: Path, chunk: str) -> None:
    project = Project.make(tmp_path / "project", HOME | {"content/a.md": f"# A\n\nA {chunk} b.\n"})
    done = run_command("check", "--format", "concise", cwd=project.root)
    assert [line for line in done.diagnostics if "[over-budget]" in line] == []


def test_only_the_first_unknown_words_of_a_page_get_a_suggestion(tmp_path: Path) -> None:
    words = [
        f"{word[:at]}{letter}{word[at + 1 :]}"
        for word in ("direction", "migration", "president")
        for at in range(1, 8)
        for letter in "jqxz"
    ]
    text = "# A\n\n" + "".join(f"One {word} is here.\n\n" for word in [*words, *words])
    project = Project.make(tmp_path / "project", HOME | {"content/a.md": text})
    found = json.loads(project.run("check", "--format", "json").out)["diagnostics"]
    guessed = ["did you mean" in d["help"] for d in found if d["code"] == "unknown-word"]
    assert guessed == [True] * 100 + [False] * (2 * len(words) - 100)


TOO_LARGE = {
    "content/bad.md": "content/bad.md: error[unreadable-file]: has more than 16 MB",
    "content/index.claims.yml": (
        "content/index.claims.yml: error[unreadable-file]: has more than 16 MB"
    ),
    "content/recordings/a.txt": (
        "content/recordings/a.txt: error[unreadable-file]: has more than 16 MB"
    ),
    "diagrams/a.dot": "diagrams/a.dot: error[unreadable-file]: has more than 16 MB",
    "templates/page.html": "templates/page.html: error[unreadable-file]: has more than 16 MB",
    "templates/words.yml": "templates/words.yml: error[unreadable-file]: has more than 16 MB",
    "templates/static/a.css": "templates/static/a.css: error[unreadable-file]: has more than 16 MB",
    ".proofdown.lock": ".proofdown.lock: error[unreadable-file]: has more than 16 MB",
    "proofdown.yml": "proofdown.yml: error[unreadable-file]: has more than 16 MB",
    "proofdown.baseline.json": (
        "proofdown.baseline.json: error[invalid-value]: the baseline cannot be read: "
        "it has more than 16 MB"
    ),
    "content/a.css": "",
    "content/a.png": "content/a.png: warning[unused-asset]: nothing refers to this file",
}
WITHIN = ("bash", "-c", 'ulimit -v 2000000; exec "$@"', "bash")
"""Runs a command with two gigabytes of address space, half the size of the files."""


@pytest.mark.parametrize("path", TOO_LARGE)
def test_a_file_of_4_gb_is_refused_before_it_is_read(tmp_path: Path, path: str) -> None:
    files = HOME | {path: "", "content/z.md": "# Z\n\n[x](gone.md)\n", "content/b.png": ""}
    project = Project.make(tmp_path / "project", files)
    with (project.root / path).open("r+b") as opened:
        opened.truncate(4 << 30)
    done = run_command("check", "--format", "concise", cwd=project.root, before=WITHIN)
    assert "Traceback" not in done.out
    found = [line for line in done.diagnostics if line.startswith(path)]
    assert [line[: len(TOO_LARGE[path])] for line in found] == [TOO_LARGE[path]] * bool(
        TOO_LARGE[path]
    )
    is_last = path in ("proofdown.yml", "proofdown.baseline.json")
    assert is_last or [line for line in done.diagnostics if "`gone.md`" in line]


def test_a_patch_of_4_gb_is_refused(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "project", HOME)
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "a")):
        name = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *name, *command], cwd=project.root, check=True)
    patch = tmp_path / "large.patch"
    with patch.open("wb") as opened:
        opened.truncate(4 << 30)
    done = run_command("review", "--patch", str(patch), cwd=project.root, before=WITHIN)
    assert (done.code, "Traceback" in done.out) == (2, False)
    assert "the patch has more than 64 MB" in done.out

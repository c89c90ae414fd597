"""Limits: what a stranger's files may cost, and how what is beyond is reported."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from proofdown.source import LONGEST_EXCERPT, Source
from support import Project, run_command

HOME: dict[str, str | bytes] = {"content/index.md": "# Home\n\nHello.\n"}
MOST = 1000
"""Problems of a kind in a file that are listed."""


def _lines(project: Project, code: str) -> list[str]:
    return [line for line in project.check().diagnostics if f"[{code}]" in line]


def test_a_place_in_a_long_line_copies_no_more_than_an_excerpt() -> None:
    class Counting(str):
        __slots__ = ()
        copied = 0

        def __getitem__(self, at: Any) -> str:
            found = super().__getitem__(at)
            Counting.copied += len(found)
            return found

    source = Source("a.md", Counting("word " * 100_000))
    place = source.place(250_000, 250_004)
    assert (place.line, place.column, len(place.excerpt)) == (1, 250_001, LONGEST_EXCERPT)
    assert Counting.copied <= LONGEST_EXCERPT


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
def test_a_page_too_large_for_its_memory_is_named_and_the_others_go_on(
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
    heads = "".join(f"- {'x' * 40_000}\n" for _ in range(1))
    files = HOME | {
        "proofdown.yml": "title: T\nbudget: {seconds: 5, megabytes: 1}\n",
        "content/bad.md": f"---\naliases:\n{heads}---\n# Bad\n\n" + "word\n\n" * 100_000,
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
def test_of_many_problems_of_a_kind_the_first_are_listed_and_all_are_counted(
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


def test_a_flood_is_reported_the_same_with_and_without_what_is_kept(tmp_path: Path) -> None:
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


def test_what_is_allowed_on_a_block_lets_nothing_pass_that_is_not_listed(tmp_path: Path) -> None:
    text = "# A\n\n<!-- allow broken-link -->\n" + "[x](gone.md)\n" * 1500 + "\n[y](lost.md)\n"
    project = Project.make(tmp_path / "project", HOME | {"content/a.md": text})
    done = project.check()
    assert done.code == 1
    assert [line.partition("]: ")[2] for line in done.diagnostics] == ["and 501 more of these"]


def test_an_allowance_among_what_is_not_listed_is_not_called_unused(tmp_path: Path) -> None:
    text = "# A\n\n" + "[x](gone.md)\n" * 1500 + "\n<!-- allow broken-link -->\n[y](lost.md)\n"
    project = Project.make(tmp_path / "project", HOME | {"content/a.md": text})
    assert not [line for line in project.check().diagnostics if "[unused-allow]" in line]


def _flood(count: int) -> dict[str, str | bytes]:
    return {"content/a.md": "# A\n\n" + "".join(f"[x](gone-{i}.md)\n" for i in range(count))}


def test_a_baseline_knows_a_flood_and_shrinks_with_it(tmp_path: Path) -> None:
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
    """Return how many functions of Python a check calls, made in this process alone."""
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
    "allowances and problems": lambda n: _pages(
        n, "<!-- allow broken-link -->\n[x](gone.md)\n\n[y](gone.md)"
    ),
}


@pytest.mark.parametrize("name", GROWING)
def test_work_grows_with_the_site_and_not_with_its_square(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = {
        n: Project.make(tmp_path / f"site-{n}", HOME | GROWING[name](n)) for n in (5, 120, 360)
    }
    _calls(sites[5], monkeypatch)  # what is made once in a process
    first, second, third = (_calls(sites[n], monkeypatch) for n in (5, 120, 360))
    # With a share of n² the second step would cost up to six times as much for each page.
    assert (third - second) / 240 < 2 * (second - first) / 115

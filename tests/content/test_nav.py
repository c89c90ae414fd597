"""The nav: from folders, or as the settings say."""

import re
from pathlib import Path

import pytest

from tests.support.built_site import Files, built_site, links_of, nav_of, text_of


def test_the_nav_is_built_from_folders_and_titles(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "content/index.md": "# Home\n",
            "content/b.md": "# Zebra\n",
            "content/a/README.md": "# Section A\n",
            "content/a/y.md": "# Y\n",
            "content/a/x.md": "# X\n",
            "content/c-d/e.md": "# E\n",
            "content/404.md": "# Gone\n",
        },
    )
    assert text_of(nav_of(project.html())) == "Close Home Section A Section A X Y Zebra C d E"


@pytest.mark.parametrize(("first", "title"), [("index", "All of it"), ("a", "Concepts")])
def test_a_section_and_its_first_page_of_the_same_name_are_one_entry(
    tmp_path: Path, first: str, title: str
) -> None:
    project = built_site(
        tmp_path,
        {
            "proofdown.yml": f"title: T\nnav: [index.md, {{Concepts: [c/{first}.md, c/b.md]}}]\n",
            "content/index.md": "# Home\n",
            f"content/c/{first}.md": f"# {title}\n",
            "content/c/b.md": "# Deep\n",
        },
    )
    links = links_of(nav_of(project.html("c/b/index.html")))
    assert [text for _, text in links] == ["Home", "Concepts", "Deep"]


def test_the_nav_follows_the_settings(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "proofdown.yml": (
                "title: T\nnav:\n  - Start: index.md\n  - Concepts:\n      - c/index.md\n"
                "      - Uniform: c/uris.md\n      - Deeper:\n          - c/deep.md\n"
                "  - Project: https://example.org/\n"
            ),
            "content/index.md": "# Home\n",
            "content/c/index.md": "# All concepts\n",
            "content/c/uris.md": "# URIs\n",
            "content/c/deep.md": "# Deep\n",
        },
    )
    page = project.html("c/deep/index.html")
    assert links_of(nav_of(page)) == [
        ("../../", "Start"),
        ("../../c/", "Concepts"),
        ("../../c/uris/", "Uniform"),
        ("../../c/deep/", "Deep"),
        ("https://example.org/", "Project"),
    ]
    assert links_of(nav_of(page), "aria-current") == [("../../c/deep/", "Deep")]
    assert nav_of(page).count("<details open>") == 2
    assert links_of(page, 'rel="prev"') == [("../uris/", "Previous Uniform")]
    assert links_of(page, 'rel="next"') == []
    crumbs = re.search(r'<nav class="breadcrumbs".*?</nav>', page, re.DOTALL)
    assert crumbs
    assert text_of(crumbs[0]) == "Concepts Deeper"
    assert links_of(crumbs[0]) == [("../", "Concepts")]


def test_previous_and_next_follow_the_nav(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "proofdown.yml": "title: T\nnav: [index.md, b.md, a.md]\n",
            "content/index.md": "# Home\n",
            "content/a.md": "# A\n",
            "content/b.md": "# B\n",
        },
    )
    page = project.html("b/index.html")
    assert links_of(page, "rel=") == [("../", "Previous Home"), ("../a/", "Next A")]


def test_a_large_nav_lists_only_the_pages_of_the_current_section(tmp_path: Path) -> None:
    files: Files = {f"content/s{s}/p{p}.md": f"# S{s} P{p}\n" for s in range(20) for p in range(20)}
    project = built_site(tmp_path, files | {"content/index.md": "# Home\n"})
    nav = nav_of(project.html("s3/p4/index.html"))
    targets = [href for href, _ in links_of(nav)]
    assert "../../s3/p19/" in targets
    assert "../../s4/p1/" not in targets
    assert links_of(nav, "aria-current") == [("../../s3/p4/", "S3 P4")]
    assert len(targets) < 60

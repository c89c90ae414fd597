"""Pages: their titles, addresses and links, drafts, and custom keys."""

import re
from pathlib import Path

import pytest

from tests.support.built_site import article_of, built_site, links_of, nav_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: Front\n---\n# Heading\n", "Front"),
        ("Text.\n\n# Heading with *emphasis* & `code`\n", "Heading with emphasis &amp; code"),
        ("---\nallow: [missing-title]\n---\nText.\n", "Before you start"),
    ],
)
def test_a_title_comes_from_front_matter_heading_or_file_name(
    tmp_path: Path, text: str, title: str
) -> None:
    project = built_site(
        tmp_path, {"content/index.md": "# Home\n", "content/before-you_start.md": text}
    )
    assert f"<title>{title} · Test</title>" in project.html("before-you_start/index.html")
    assert [text for href, text in links_of(nav_of(project.html())) if "before" in href] == [title]


def test_addresses_have_no_extension_and_index_or_readme_is_the_page_of_its_folder(
    tmp_path: Path,
) -> None:
    project = built_site(
        tmp_path,
        {
            "content/README.md": "# Home\n",
            "content/flows.md": "# Flows\n",
            "content/guide/index.md": "# Guide\n",
            "content/guide/deep/readme.md": "# Deep\n",
            "content/data.csv": "1",
            "content/a.md": "# A\n\n[d](data.csv)\n",
        },
    )
    pages = [path for path in project.tree() if path.endswith("index.html") or "data" in path]
    assert pages == [
        "a/index.html",
        "data.csv",
        "flows/index.html",
        "guide/deep/index.html",
        "guide/index.html",
        "index.html",
    ]


def test_links_to_markdown_files_become_addresses(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "content/guide/index.md": (
                "# Guide\n\n[flows](../flows.md#ports) [home](../index.md) [root](/flows.md)\n"
                "[self](index.md) [here](#guide) [folder](../guide/) [a b](<a b.md?x=1#a>)\n"
                "[out](https://example.org/a.md) [mail](mailto:a@b.c) [data](../data.txt)\n\n"
                "<a href='../flows.md#ports'>raw</a> <a href=../flows.md>bare</a>\n\n"
                "`[code](../flows.md)`\n"
            ),
            "content/index.md": "# Home\n",
            "content/flows.md": "# Flows\n\n## Ports\n",
            "content/guide/a b.md": "# A\n",
            "content/data.txt": "1",
        },
    )
    links = [
        pair
        for pair in links_of(article_of(project.html("guide/index.html")), "^(?!.*permalink)")
        if pair[1]
    ]
    assert links == [
        ("../flows/#ports", "flows"),
        ("../", "home"),
        ("../flows/", "root"),
        ("./", "self"),
        ("#guide", "here"),
        ("./", "folder"),
        ("a%20b/?x=1#a", "a b"),
        ("https://example.org/a.md", "out"),
        ("mailto:a@b.c", "mail"),
        ("../data.txt", "data"),
        ("../flows/#ports", "raw"),
        ("../flows/", "bare"),
    ]


def test_a_draft_is_not_built_and_not_in_the_nav(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "proofdown.yml": "title: T\nurl: https://example.org/\n",
            "content/index.md": "# Home\n",
            "content/soon.md": "---\ndraft: true\naliases: [old.html]\n---\n# Soon\n",
        },
    )
    assert [
        path for path, data in project.tree().items() if b"Soon" in data or "soon" in path
    ] == []
    assert "old.html" not in project.tree()


def test_custom_keys_reach_the_template(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "templates/scenario.html": (
                '{% extends "page.html" %}{% block content %}<dl>{% for k, v in '
                "page.extra.items() %}<dt>{{ k }}</dt><dd>{{ v }}</dd>{% endfor %}</dl>"
                "{{ super() }}{% endblock %}"
            ),
            "content/index.md": (
                "---\nlayout: scenario\nextra:\n  port: 49152\n  on: true\n  none: ~\n"
                "  since: 2011-04-01\n  version: 1.10\n  'no': no\n  text: <b>\n---\n# Home\n"
            ),
        },
    )
    found = re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", project.html())
    assert found == [
        ("port", "49152"),
        ("on", "True"),
        ("none", "None"),
        ("since", "2011-04-01"),
        ("version", "1.1"),
        ("no", "no"),
        ("text", "&lt;b&gt;"),
    ]

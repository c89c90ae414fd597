"""Markdown as HTML, end to end: what a page can contain, and its table of contents."""

import re
from pathlib import Path

import pytest

from tests.support.built_site import body_of, built_site, links_of
from tests.support.project import Project


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("| a | b |\n|:--|--:|\n| 1 | 2 |", '<td class="right">2</td>'),
        ("Text.[^1]\n\n[^1]: Note.", '<li id="fn:1">'),
        ("Term\n:   Meaning", "<dt>Term</dt>"),
        ("A paragraph.\n{: #own .c }", '<p class="c" id="own">A paragraph.</p>'),
        ("HTML\n\n*[HTML]: Hyper", '<abbr title="Hyper">HTML</abbr>'),
        ("!!! warning \"Mind\"\n    x", '<div class="admonition warning">'),
        ('??? note "More"\n    x', "<summary>More</summary>"),
        ('=== "One"\n    a\n\n=== "Two"\n    b', "tabbed-set"),
        ('```python hl_lines="1"\nx = 1\n```', '<span class="hll">'),
        ('```python title="a.py"\nx = 1\n```', '<span class="filename">a.py</span>'),
        ("```python\nx = 1\n```", '<span class="n">x</span>'),
        ("```\n<b>\n```", "&lt;b&gt;"),
        ("## Ports {#p}", '<h2 id="p">Ports'),
        ("## Größe", '<h2 id="größe">'),
        ("<div markdown>\n*x*\n</div>", "<em>x</em>"),
    ],
)  # fmt: skip
def test_markdown_is_converted(tmp_path: Path, markdown: str, expected: str) -> None:
    assert expected in body_of(tmp_path, markdown)


@pytest.mark.parametrize("kind", ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"])
def test_alerts_of_code_hosts_become_admonitions(tmp_path: Path, kind: str) -> None:
    body = body_of(tmp_path, f"> [!{kind}]\n> Mind *this*.")
    assert f'class="admonition {kind.lower()}"' in body
    assert "[!" not in body
    assert "<em>this</em>" in body


def test_task_items_are_labelled_done_or_to_do(tmp_path: Path) -> None:
    body = body_of(tmp_path, "- [x] a\n- [ ] b\n")
    assert re.findall('<input[^>]*aria-label="(.*?)"', body) == ["done", "to do"]


def test_a_heading_has_a_named_permalink(tmp_path: Path) -> None:
    body = body_of(tmp_path, "## Ports and *hosts*")
    link = '<a aria-label="Link to this section" class="permalink" href="#ports-and-hosts">#</a>'
    assert link in body


def test_scrolling_areas_have_a_label_and_keyboard_focus(tmp_path: Path) -> None:
    body = body_of(tmp_path, "## Ports\n\n| a |\n|---|\n| 1 |\n\n```sh\nls\n```")
    assert '<div aria-label="Table: Ports" class="table" role="region" tabindex="0">' in body
    assert '<pre tabindex="0" role="group" aria-label="Code: sh">' in body


def test_a_page_has_a_table_of_contents_of_its_headings(tmp_path: Path) -> None:
    project = built_site(tmp_path, {"content/index.md": "# Home\n\n## A & B\n\n### C\n\n## D\n"})
    toc = re.search(r'<details class="toc">.*?</details>', project.html(), re.DOTALL)
    assert toc
    assert links_of(toc[0]) == [("#a-b", "A &amp; B"), ("#c", "C"), ("#d", "D")]


def test_the_depth_of_the_table_of_contents_affects_neither_title_nor_search(
    tmp_path: Path,
) -> None:
    project = built_site(
        tmp_path,
        {
            "proofdown.yml": "title: T\nmarkdown_extensions:\n  - toc: {toc_depth: 2-3}\n",
            "content/index.md": "# Start here\n\n[TOC]\n\n## A\n\n### B\n\n#### C\n\nDeep.\n",
        },
    )
    page = project.html()
    assert re.findall(r"<h1[^>]*>([^<]*)", page) == ["Start here"]
    for table in (r'<details class="toc">.*?</details>', r'<div class="toc">.*?</div>'):
        found = re.search(table, page, re.DOTALL)
        assert found
        assert links_of(found[0]) == [("#a", "A"), ("#b", "B")]
    search = "".join(text.decode() for path, text in project.tree().items() if "search/" in path)
    assert '"c"' in search


def test_a_page_whose_only_heading_is_its_title_has_no_table_of_contents(project: Project) -> None:
    project.write({"content/index.md": "# Home\n", "content/a.md": "# A\n\n## Part\n"})
    project.build()
    assert 'class="toc"' not in project.html()
    assert 'class="toc"' in project.html("a/index.html")

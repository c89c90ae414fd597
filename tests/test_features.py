"""What a site gets, end to end: settings, pages, Markdown, templates, diagrams and writing."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from support import Project, Result

FILES = dict[str, str | bytes]


def _project(tmp_path: Path, files: FILES) -> Project:
    return Project.make(tmp_path / "site", files)


def _built(tmp_path: Path, files: FILES) -> Project:
    """Return a site that was built without a problem; a note is none."""
    project = _project(tmp_path, files)
    result = project.build("--strict")
    assert (result.code, [line for line in result.diagnostics if ": note[" not in line]) == (0, [])
    return project


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def _article(html: str) -> str:
    """Return the page's own text, without the layout around it."""
    found = re.search(r'<article class="text">(.*?)</article>', html, re.DOTALL)
    assert found
    return found[1]


def _body(tmp_path: Path, markdown: str, **files: str | bytes) -> str:
    project = _built(tmp_path, {"content/index.md": f"# Home\n\n{markdown}\n", **files})
    return _article(project.html())


def _links(html: str, pattern: str = "") -> list[tuple[str, str]]:
    """Return target and text of the links whose tag has a pattern in it."""
    link = r"""<a\b([^>]*)\shref=(["'])(.*?)\2([^>]*)>(.*?)</a>"""
    found = re.findall(link, html, re.DOTALL)
    return [(href, _text(text)) for a, _, href, b, text in found if re.search(pattern, a + b)]


def _nav(html: str) -> str:
    found = re.search(r'<nav class="menu".*?</nav>', html, re.DOTALL)
    assert found
    return found[0]


def _help(project: Project) -> list[str]:
    """Return the help lines of a check."""
    out = project.run("check").out
    return [line.partition("help: ")[2] for line in out.splitlines() if "= help: " in line]


# Settings


def test_settings_come_out_in_the_page(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "proofdown.yml": (
                "title: Guest <b>migration</b>\ndescription: All & everything\n"
                "url: https://example.org/docs\nlanguage: he-IL\n"
                "repository: https://github.com/a/b\nedit: edit/main/content/{path}\n"
            ),
            "content/index.md": "# Home\n",
            "content/a b/c.md": "# C\n",
        },
    )
    page = project.html("a b/c/index.html")
    assert '<html lang="he-IL" dir="rtl">' in page
    assert "<title>C · Guest &lt;b&gt;migration&lt;/b&gt;</title>" in page
    assert '<meta name="description" content="All &amp; everything">' in page
    assert '<link rel="canonical" href="https://example.org/docs/a%20b/c/">' in page
    assert '<a class="tool" href="https://github.com/a/b">GitHub</a>' in page
    edit = "https://github.com/a/b/edit/main/content/a%20b/c.md"
    assert f'<a href="{edit}">Edit this page on GitHub</a>' in page


def test_a_page_has_no_edit_link_unless_it_is_set(tmp_path: Path) -> None:
    project = _built(tmp_path, {"content/index.md": "# Home\n"})
    assert "Edit this page" not in project.html()


@pytest.mark.parametrize(
    ("settings", "line", "help_"),
    [
        (
            "descripton: x",
            "2:1: error[unknown-key]: `descripton` is not a setting",
            "`description`",
        ),
        (
            "checks: {orphan-pge: off}",
            "2:10: error[unknown-rule]: there is no rule `orphan-pge`",
            "`orphan-page`",
        ),
        (
            "checks: {orphan-page: wanring}",
            "2:23: error[invalid-value]: the level of `orphan-page` is the text `wanring`",
            "`warning`",
        ),
        (
            "markdown_extensions: [pymdownx.tidle, pymdownx.quote]",
            "2:23: error[unknown-extension]: there is no Markdown extension `pymdownx.tidle`",
            "",
        ),
        *(
            (
                f"markdown_extensions: [{name}]",
                f"2:23: error[unknown-extension]: there is no Markdown extension `{name}`",
                f"did you mean `{guess}`?",
            )
            for name, guess in (
                ("pymdownx.tilda", "pymdownx.tilde"),
                ("pymdownx.emojy", "pymdownx.emoji"),
                ("sane_list", "sane_lists"),
            )
        ),
        (
            "nav: [indx.md]",
            "2:7: error[missing-nav-target]: no page at `indx.md`",
            "`index.md`",
        ),
    ],
)
def test_a_slip_in_the_settings_is_named_with_its_place_and_a_guess(
    tmp_path: Path, settings: str, line: str, help_: str
) -> None:
    project = _project(
        tmp_path,
        {"proofdown.yml": f"title: T\n{settings}\n", "content/index.md": "# Home\n"},
    )
    assert f"proofdown.yml:{line}" in project.check().diagnostics
    assert any(help_ in text for text in _help(project))


def test_folders_may_have_other_names(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "proofdown.yml": (
                "title: T\nfolders:\n  content: docs\n  templates: layouts\n"
                "  diagrams: pictures/dot\n  output: out/html\n"
            ),
            "docs/index.md": "# Home\n\n![A](../pictures/dot/a.dot)\n",
            "layouts/page.html": (
                '{% extends "theme/page.html" %}{% block footer %}mine{% endblock %}'
            ),
            "pictures/dot/a.dot": "digraph { a -> b }",
        },
    )
    page = (project.root / "out/html/index.html").read_text("utf-8")
    assert ("mine" in page, "drawing-svg" in page) == (True, True)


def test_options_of_an_extension_are_its_own(tmp_path: Path) -> None:
    body = _body(
        tmp_path,
        "## Ports\n\n~~a~~",
        **{
            "proofdown.yml": (
                "title: T\nmarkdown_extensions:\n  - toc: {permalink: false}\n  - pymdownx.tilde\n"
            )
        },
    )
    assert '<h2 id="ports">Ports</h2>' in body
    assert "<del>a</del>" in body


def test_an_extension_can_be_left_out(tmp_path: Path) -> None:
    body = _body(
        tmp_path,
        "| a | b |\n|---|---|\n| 1 | 2 |",
        **{"proofdown.yml": "title: T\nmarkdown_extensions: [tables: off]\n"},
    )
    assert "<table>" not in body


def test_an_unknown_option_of_an_extension_is_refused_by_name(tmp_path: Path) -> None:
    project = _project(
        tmp_path,
        {
            "proofdown.yml": "title: T\nmarkdown_extensions:\n  - toc: {permalinks: true}\n",
            "content/index.md": "# Home\n",
        },
    )
    assert project.check().diagnostics == [
        "proofdown.yml:3:5: error[invalid-value]: `permalinks` is not an option of `toc`"
    ]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("error", ["content/a.md: error[orphan-page]: the page is in no nav"]),
        ("note", ["content/a.md: note[orphan-page]: the page is in no nav"]),
        ('"off"', []),
        ("off", []),
    ],
)
def test_a_level_is_what_the_settings_say(tmp_path: Path, level: str, expected: list[str]) -> None:
    project = _project(
        tmp_path,
        {
            "proofdown.yml": f"title: T\nnav: [index.md]\nchecks: {{orphan-page: {level}}}\n",
            "content/index.md": "# Home\n",
            "content/a.md": "# A\n",
        },
    )
    assert project.check().diagnostics == expected


def test_own_styles_and_scripts_are_linked_from_every_page(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "proofdown.yml": "title: T\nstyles: [css/own.css]\nscripts: [own.js]\n",
            "content/css/own.css": "p{}",
            "content/own.js": "1",
            "content/index.md": "# Home\n",
            "content/a/b.md": "# B\n",
        },
    )
    page = project.html("a/b/index.html")
    assert '<link rel="stylesheet" href="../../css/own.css">' in page
    assert '<script src="../../own.js" defer></script>' in page


@pytest.mark.parametrize(
    ("link", "href"),
    [
        ("news/new.md#two", "../news/new/#two"),
        ("/news/new/", "../news/new/"),
        ("news/new", "../news/new/"),
        ("https://example.org/", "https://example.org/"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_an_announcement_leads_from_every_page_to_where_it_says(
    tmp_path: Path, link: str, href: str
) -> None:
    project = _built(
        tmp_path,
        {
            "proofdown.yml": f"title: T\nannouncement: {{text: News, link: '{link}'}}\n",
            "content/index.md": "# Home\n",
            "content/a.md": "# A\n",
            "content/news/new.md": "# New\n\n## Two\n",
        },
    )
    assert (href, "News") in _links(project.html("a/index.html"))


def test_own_styles_may_be_written_as_links_are(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "proofdown.yml": "title: T\nstyles: [/a.css, 'b%20c.css?v=2']\n",
            "content/a.css": "p{}",
            "content/b c.css": "p{}",
            "content/a/b.md": "# B\n",
            "content/index.md": "# Home\n",
        },
    )
    assert '<link rel="stylesheet" href="../../a.css">' in project.html("a/b/index.html")
    assert '<link rel="stylesheet" href="../../b%20c.css?v=2">' in project.html("a/b/index.html")


# Pages


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: Front\n---\n# Heading\n", "Front"),
        ("Text.\n\n# Heading with *emphasis* & `code`\n", "Heading with emphasis &amp; code"),
        ("---\nallow: [missing-title]\n---\nText.\n", "Before you start"),
    ],
)
def test_a_title_is_from_front_matter_else_heading_else_name(
    tmp_path: Path, text: str, title: str
) -> None:
    project = _built(
        tmp_path, {"content/index.md": "# Home\n", "content/before-you_start.md": text}
    )
    assert f"<title>{title} · Test</title>" in project.html("before-you_start/index.html")
    assert [text for href, text in _links(_nav(project.html())) if "before" in href] == [title]


def test_addresses_are_pretty_and_index_and_readme_are_their_folders_page(tmp_path: Path) -> None:
    project = _built(
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


def test_links_to_markdown_files_come_out_as_addresses(tmp_path: Path) -> None:
    project = _built(
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
        for pair in _links(_article(project.html("guide/index.html")), "^(?!.*permalink)")
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
    project = _built(
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


def test_own_keys_reach_the_template(tmp_path: Path) -> None:
    project = _built(
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


# The nav


def test_the_nav_is_taken_from_folders_and_titles(tmp_path: Path) -> None:
    project = _built(
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
    assert _text(_nav(project.html())) == "Close Home Section A Section A X Y Zebra C d E"


@pytest.mark.parametrize(("first", "title"), [("index", "All of it"), ("a", "Concepts")])
def test_a_section_and_its_first_page_of_the_same_name_are_one_entry(
    tmp_path: Path, first: str, title: str
) -> None:
    project = _built(
        tmp_path,
        {
            "proofdown.yml": f"title: T\nnav: [index.md, {{Concepts: [c/{first}.md, c/b.md]}}]\n",
            "content/index.md": "# Home\n",
            f"content/c/{first}.md": f"# {title}\n",
            "content/c/b.md": "# Deep\n",
        },
    )
    links = _links(_nav(project.html("c/b/index.html")))
    assert [text for _, text in links] == ["Home", "Concepts", "Deep"]


def test_the_nav_is_what_the_settings_say(tmp_path: Path) -> None:
    project = _built(
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
    assert _links(_nav(page)) == [
        ("../../", "Start"),
        ("../../c/", "Concepts"),
        ("../../c/uris/", "Uniform"),
        ("../../c/deep/", "Deep"),
        ("https://example.org/", "Project"),
    ]
    assert _links(_nav(page), "aria-current") == [("../../c/deep/", "Deep")]
    assert _nav(page).count("<details open>") == 2
    assert _links(page, 'rel="prev"') == [("../uris/", "Previous Uniform")]
    assert _links(page, 'rel="next"') == []
    crumbs = re.search(r'<nav class="breadcrumbs".*?</nav>', page, re.DOTALL)
    assert crumbs
    assert _text(crumbs[0]) == "Concepts Deeper"
    assert _links(crumbs[0]) == [("../", "Concepts")]


def test_previous_and_next_follow_the_nav(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "proofdown.yml": "title: T\nnav: [index.md, b.md, a.md]\n",
            "content/index.md": "# Home\n",
            "content/a.md": "# A\n",
            "content/b.md": "# B\n",
        },
    )
    page = project.html("b/index.html")
    assert _links(page, "rel=") == [("../", "Previous Home"), ("../a/", "Next A")]


def test_a_large_nav_is_folded_and_still_leads_everywhere(tmp_path: Path) -> None:
    files: FILES = {f"content/s{s}/p{p}.md": f"# S{s} P{p}\n" for s in range(20) for p in range(20)}
    project = _built(tmp_path, files | {"content/index.md": "# Home\n"})
    nav = _nav(project.html("s3/p4/index.html"))
    targets = [href for href, _ in _links(nav)]
    assert "../../s3/p19/" in targets
    assert "../../s4/p1/" not in targets
    assert _links(nav, "aria-current") == [("../../s3/p4/", "S3 P4")]
    assert len(targets) < 60


# Markdown


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
def test_markdown_has(tmp_path: Path, markdown: str, expected: str) -> None:
    assert expected in _body(tmp_path, markdown)


@pytest.mark.parametrize("kind", ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"])
def test_alerts_of_code_hosts_are_admonitions(tmp_path: Path, kind: str) -> None:
    body = _body(tmp_path, f"> [!{kind}]\n> Mind *this*.")
    assert f'class="admonition {kind.lower()}"' in body
    assert "[!" not in body
    assert "<em>this</em>" in body


def test_task_lists_say_what_is_done(tmp_path: Path) -> None:
    body = _body(tmp_path, "- [x] a\n- [ ] b\n")
    assert re.findall('<input[^>]*aria-label="(.*?)"', body) == ["done", "to do"]


def test_a_heading_has_a_named_permalink(tmp_path: Path) -> None:
    body = _body(tmp_path, "## Ports and *hosts*")
    link = '<a aria-label="Link to this section" class="permalink" href="#ports-and-hosts">#</a>'
    assert link in body


def test_what_scrolls_can_be_reached_and_has_a_name(tmp_path: Path) -> None:
    body = _body(tmp_path, "## Ports\n\n| a |\n|---|\n| 1 |\n\n```sh\nls\n```")
    assert '<div aria-label="Table: Ports" class="table" role="region" tabindex="0">' in body
    assert '<pre tabindex="0" role="group" aria-label="Code: sh">' in body


def test_a_page_has_a_table_of_contents_of_its_headings(tmp_path: Path) -> None:
    project = _built(tmp_path, {"content/index.md": "# Home\n\n## A & B\n\n### C\n\n## D\n"})
    toc = re.search(r'<details class="toc">.*?</details>', project.html(), re.DOTALL)
    assert toc
    assert _links(toc[0]) == [("#a-b", "A &amp; B"), ("#c", "C"), ("#d", "D")]


# Templates


def test_the_depth_of_tables_of_contents_changes_no_title_and_no_search(tmp_path: Path) -> None:
    project = _built(
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
        assert _links(found[0]) == [("#a", "A"), ("#b", "B")]
    search = "".join(text.decode() for path, text in project.tree().items() if "search/" in path)
    assert '"c"' in search


def test_a_template_of_the_theme_is_overridden_whole(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "templates/page.html": "<p>{{ page.title }}</p>{{ page.content }}",
            "content/index.md": "# H\n",
        },
    )
    assert project.html().startswith("<p>H</p><h1")


def test_a_template_of_the_theme_is_overridden_by_block(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "templates/base.html": (
                '{% extends "theme/base.html" %}{% block footer %}F{% endblock %}'
            ),
            "content/index.md": "# H\n",
        },
    )
    assert re.search(r"</div>F<script", project.html())
    assert '<main class="main"' in project.html()


def test_a_page_picks_its_layout(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "templates/plain.html": "plain {{ page.content }}",
            "content/index.md": "# H\n",
            "content/a.md": "---\nlayout: plain\n---\n# A\n",
        },
    )
    assert project.html("a/index.html").startswith("plain <h1")
    assert project.html().startswith("<!doctype html>")


def test_values_are_escaped_in_every_template(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "templates/x.html": "{{ page.title }}{% include 'part.html.j2' %}{{ page.content }}",
            "templates/part.html.j2": "{{ page.title }}",
            "content/index.md": "---\ntitle: <b>\nlayout: x\n---\nText.\n",
        },
    )
    assert project.html() == "&lt;b&gt;&lt;b&gt;<p>Text.</p>"


def test_url_and_asset_in_a_template_are_relative_to_the_page(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "templates/x.html": (
                "{{ url('flows/#a') }} {{ url() }} {{ asset('theme.css') }}{{ page.content }}"
            ),
            "content/index.md": "# H\n",
            "content/flows.md": "# A\n",
            "content/deep/er.md": "---\nlayout: x\n---\n# E\n",
        },
    )
    assert re.match(
        r"\.\./\.\./flows/#a \.\./\.\./ \.\./\.\./theme/theme\.css\?v=\w{8}<h1",
        project.html("deep/er/index.html"),
    )


# Diagrams

DIAGRAM: FILES = {
    "diagrams/flow.dot": (
        'digraph { client -> source [class="control"]; '
        'source -> destination [class="data", label="TLS"] }'
    ),
    "content/flows.md": '# Flows\n\n![Who connects to whom](../diagrams/flow.dot "The flow")\n',
    "content/index.md": (
        "# Home\n\nIn a line: ![Small](../diagrams/flow.dot) [it](../diagrams/flow.dot)\n"
    ),
}


def test_a_diagram_is_inlined_with_its_title_and_its_description(tmp_path: Path) -> None:
    page = _built(tmp_path, DIAGRAM).html("flows/index.html")
    svg = re.search(r"<svg class=\"drawing-svg\".*?</svg>", page, re.DOTALL)
    assert svg
    root = ElementTree.fromstring(svg[0])  # noqa: S314
    assert root.get("role") == "img"
    texts = {
        element.get("id"): element.text for element in root if element.tag in ("title", "desc")
    }
    assert [texts[root.get("aria-labelledby")], texts[root.get("aria-describedby")]] == [
        "Who connects to whom",
        "client to source: control. source to destination: data, TLS.",
    ]
    assert {"edge control", "edge data"} <= {e.get("class") for e in root.iter()}
    assert "<figcaption>The flow</figcaption>" in page


def test_a_diagram_is_described_with_its_arrows_as_they_are_drawn(tmp_path: Path) -> None:
    dot = """digraph {
      hidden [style=invis]
      a -> b [dir=back]; b -> c [dir=both]; c -> d [dir=none]; a -> d [style=invis]; hidden -> a
      e [label="<e>"]
    }"""
    page = _built(tmp_path, {**DIAGRAM, "diagrams/flow.dot": dot}).html("flows/index.html")
    assert ">b to a. b to c. c to b. c and d. &lt;e&gt;.</desc>" in page


def test_a_diagram_is_a_picture_at_a_stable_address(tmp_path: Path) -> None:
    project = _built(tmp_path, DIAGRAM)
    tree = project.tree()
    assert tree["drawings/flow.png"].startswith(b"\x89PNG\r\n\x1a\n")
    root = ElementTree.fromstring(tree["drawings/flow.svg"])  # noqa: S314
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    page = project.html("flows/index.html")
    assert [pair for pair in _links(page) if pair[1] in ("SVG", "PNG")] == [
        ("../drawings/flow.svg", "SVG"),
        ("../drawings/flow.png", "PNG"),
    ]


def test_a_link_to_a_diagram_leads_to_its_picture(tmp_path: Path) -> None:
    page = _built(tmp_path, DIAGRAM).html()
    assert [href for href, text in _links(page) if text == "it"] == ["drawings/flow.svg"]
    assert "<figure" not in page
    assert page.count('<svg class="drawing-svg"') == 1


def test_a_link_in_a_diagram_leads_to_the_page(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "diagrams/a.dot": 'digraph { a [URL="../content/flows.md#ports"] }',
            "content/deep/index.md": "# Deep\n\n![A](../../diagrams/a.dot)\n",
            "content/flows.md": "# Flows\n\n## Ports\n",
            "content/index.md": "# H\n",
        },
    )
    page = project.html("deep/index.html")
    assert [href for href, text in _links(_article(page)) if text == "a"] == ["../flows/#ports"]
    assert 'role="group"' in page


def test_a_link_in_a_diagrams_own_picture_leads_to_the_page(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "diagrams/a.dot": 'digraph { a [URL="../content/flows.md"] }',
            "content/index.md": "# H\n\n![A](../diagrams/a.dot)\n",
            "content/flows.md": "# Flows\n",
        },
    )
    # Fails until figures.py links pictures from where they stand: it writes the DOT file's path.
    assert _links(project.html("drawings/a.svg")) == [("../flows/", "a")]


def test_defaults_of_the_settings_are_drawn(tmp_path: Path) -> None:
    settings = 'title: T\ndiagrams: {node: {shape: box, color: "#123456"}, graph: {rankdir: LR}}\n'
    project = _built(tmp_path, DIAGRAM | {"proofdown.yml": settings})
    assert ("#123456" in project.html(), "<polygon" in project.html()) == (True, True)


# Fails until build.py and its proof page agree on when there is something to prove.
def test_a_diagram_that_no_page_shows_makes_no_link_to_a_page_that_is_not_there(
    tmp_path: Path,
) -> None:
    project = _project(
        tmp_path, {"content/index.md": "# H\n", "diagrams/a.dot": "digraph { a -> b }"}
    )
    assert project.build().code == 0
    has_page = "proof/index.html" in project.tree()
    assert ('href="proof/"' in project.html()) == has_page


# Files made for the site


def test_a_sitemap_lists_every_page_and_robots_name_it(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "proofdown.yml": "title: T\nurl: https://example.org/docs\n",
            "content/index.md": "---\naliases: [old.html]\n---\n# Home\n",
            "content/a & b/é.md": "# E\n",
            "content/404.md": "# Gone\n",
        },
    )
    root = ElementTree.fromstring(project.html("sitemap.xml"))  # noqa: S314
    assert [element.text for element in root.iter() if element.tag.endswith("loc")] == [
        "https://example.org/docs/",
        "https://example.org/docs/a%20&%20b/%C3%A9/",
    ]
    assert project.html("robots.txt") == (
        "User-agent: *\nAllow: /\n\nSitemap: https://example.org/docs/sitemap.xml\n"
    )


def test_the_address_of_the_site_is_encoded_wherever_it_stands(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {"proofdown.yml": "title: T\nurl: https://example.org/ä b/\n", "content/index.md": "# H\n"},
    )
    address = "https://example.org/%C3%A4%20b/"
    assert f"<loc>{address}</loc>" in project.html("sitemap.xml")
    assert f'<link rel="canonical" href="{address}">' in project.html()
    assert f"Sitemap: {address}sitemap.xml" in project.html("robots.txt")
    assert 'href="/%C3%A4%20b/theme/' in project.html("404.html")


@pytest.mark.parametrize("url", ["https://example.org:80a/", "https://a b.org/", "https://[::1/"])
def test_an_address_that_cannot_be_one_is_refused(tmp_path: Path, url: str) -> None:
    project = _project(
        tmp_path,
        {"proofdown.yml": f"title: T\nurl: '{url}'\n", "content/index.md": "# Home\n"},
    )
    assert project.check().diagnostics == [
        f"proofdown.yml:2:6: error[invalid-value]: `{url}` is not a web address"
    ]


def test_without_an_address_there_is_no_sitemap(tmp_path: Path) -> None:
    project = _built(tmp_path, {"content/index.md": "# Home\n"})
    assert ("sitemap.xml" in project.tree(), "canonical" in project.html()) == (False, False)
    assert project.html("robots.txt") == "User-agent: *\nAllow: /\n"


@pytest.mark.parametrize("own", [True, False])
def test_the_404_page_links_from_the_sites_path_on_its_host(tmp_path: Path, own: bool) -> None:
    files: FILES = {"content/404.md": "# Gone\n\n[a](a.md#a) ![x](x.png)\n"} if own else {}
    project = _built(
        tmp_path,
        {
            "proofdown.yml": "title: T\nurl: https://example.org/docs/\n",
            "content/index.md": "# Home\n\n![x](x.png)\n",
            "content/a.md": "# A\n",
            "content/x.png": "1",
            **files,
        },
    )
    page = project.html("404.html")
    links = re.findall(r'\s(?:href|src)="([^"#]+)', page)
    assert [link for link in links if not link.startswith(("/docs/", "https://"))] == []
    assert ("/docs/a/" in links, "/docs/x.png" in links) == (True, own)
    heading = "Gone" if own else "There is no page at this address"
    assert re.findall(r"<h1[^>]*>([^<]*)", page) == [heading]


def test_an_alias_leads_to_its_page_and_its_anchors_to_theirs(tmp_path: Path) -> None:
    project = _built(
        tmp_path,
        {
            "proofdown.yml": "title: T\nurl: https://example.org/docs/\n",
            "content/index.md": "# Home\n",
            "content/flows.md": (
                '---\naliases:\n  - migration.html\n  - migration.html#p2p: "#peer"\n'
                "  - old/folder/\n---\n# Flows\n\n## Peer to peer {#peer}\n"
            ),
            "content/uris.md": "---\naliases: ['migration.html#uris']\n---\n# URIs\n",
        },
    )
    page = project.html("migration.html")
    assert 'content="0; url=flows/"' in page
    assert 'data-target="flows/"' in page
    assert _links(page, "data-anchor") == [("flows/#peer", "Peer to peer"), ("uris/", "URIs")]
    assert re.findall('data-anchor="(.*?)"', page) == ["p2p", "uris"]
    assert 'data-target="../../flows/"' in project.html("old/folder/index.html")


# Writing


def test_unchanged_files_keep_their_time(tmp_path: Path) -> None:
    project = _built(tmp_path, DIAGRAM)
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
    project = _project(tmp_path, {"content/index.md": "# Home\n"})
    assert project.check().code == 0
    assert not (project.root / "site").exists()


def test_a_failed_build_leaves_the_old_site(tmp_path: Path) -> None:
    project = _built(tmp_path, DIAGRAM)
    before = project.tree()
    project.write({"content/index.md": "# New\n\n[x](gone.md)\n", "content/more.md": "# More\n"})
    result: Result = project.build()
    assert (result.code, project.tree()) == (1, before)


def test_an_include_that_is_not_there_is_a_fault_at_its_block(project: Project) -> None:
    project.write(
        {
            "proofdown.yml": "title: T\nmarkdown_extensions: [pymdownx.snippets]\n",
            "content/index.md": '# Home\n\nText.\n\n--8<-- "gone.md"\n',
        }
    )
    assert project.check().diagnostics == [
        "content/index.md:5: error[markdown-error]: Markdown failed on this: "
        "Snippet at path 'gone.md' could not be found"
    ]


def test_an_include_is_looked_for_in_the_site_wherever_the_build_is_run(project: Project) -> None:
    project.write(
        {
            "proofdown.yml": "title: T\n"
            "markdown_extensions: [{pymdownx.snippets: {base_path: [includes]}}]\n",
            "content/index.md": '# Home\n\n--8<-- "part.md"\n',
            "includes/part.md": "What is included.\n",
        }
    )
    assert project.build().code == 0
    assert "<p>What is included.</p>" in project.html()


def test_a_page_whose_only_heading_is_its_title_has_no_table_of_contents(project: Project) -> None:
    project.write({"content/index.md": "# Home\n", "content/a.md": "# A\n\n## Part\n"})
    project.build()
    assert 'class="toc"' not in project.html()
    assert 'class="toc"' in project.html("a/index.html")


def test_extensions_that_load_alone_and_not_together_are_told_and_left_out(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "from markdown.extensions import Extension\n"
        "class Alone(Extension):\n"
        "    def extendMarkdown(self, md):\n"
        "        if hasattr(md, 'is_taken'):\n"
        "            raise ValueError('the other one is there')\n"
        "        md.is_taken = True\n"
        "makeExtension = Alone\n"
    )
    for name in ("one_alone", "other_alone"):
        (tmp_path / f"{name}.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    project.write({"proofdown.yml": "title: T\nmarkdown_extensions: [one_alone, other_alone]\n"})
    assert project.check().diagnostics == [
        "proofdown.yml:2:23: error[unknown-extension]: the Markdown extensions do not load "
        "together: the other one is there"
    ]

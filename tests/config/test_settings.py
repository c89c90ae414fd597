"""Settings: what each does to a site, and how mistakes in them are reported."""

from pathlib import Path

import pytest

from tests.support.built_site import built_site, helps_of, links_of, new_site


def test_settings_are_written_into_the_page(tmp_path: Path) -> None:
    project = built_site(
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
    project = built_site(tmp_path, {"content/index.md": "# Home\n"})
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
def test_a_typo_in_the_settings_is_reported_with_its_location_and_a_suggestion(
    tmp_path: Path, settings: str, line: str, help_: str
) -> None:
    project = new_site(
        tmp_path,
        {"proofdown.yml": f"title: T\n{settings}\n", "content/index.md": "# Home\n"},
    )
    assert f"proofdown.yml:{line}" in project.check().diagnostics
    assert any(help_ in text for text in helps_of(project))


def test_folders_may_have_other_names(tmp_path: Path) -> None:
    project = built_site(
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


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("error", ["content/a.md: error[orphan-page]: the page is not in the nav"]),
        ("note", ["content/a.md: note[orphan-page]: the page is not in the nav"]),
        ('"off"', []),
        ("off", []),
    ],
)
def test_the_settings_decide_the_level_of_a_rule(
    tmp_path: Path, level: str, expected: list[str]
) -> None:
    project = new_site(
        tmp_path,
        {
            "proofdown.yml": f"title: T\nnav: [index.md]\nchecks: {{orphan-page: {level}}}\n",
            "content/index.md": "# Home\n",
            "content/a.md": "# A\n",
        },
    )
    assert project.check().diagnostics == expected


def test_custom_styles_and_scripts_are_linked_from_every_page(tmp_path: Path) -> None:
    project = built_site(
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
def test_an_announcement_links_to_its_target_from_every_page(
    tmp_path: Path, link: str, href: str
) -> None:
    project = built_site(
        tmp_path,
        {
            "proofdown.yml": f"title: T\nannouncement: {{text: News, link: '{link}'}}\n",
            "content/index.md": "# Home\n",
            "content/a.md": "# A\n",
            "content/news/new.md": "# New\n\n## Two\n",
        },
    )
    assert (href, "News") in links_of(project.html("a/index.html"))


def test_custom_styles_are_resolved_as_links_are(tmp_path: Path) -> None:
    project = built_site(
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


@pytest.mark.parametrize("url", ["https://example.org:80a/", "https://a b.org/", "https://[::1/"])
def test_an_invalid_url_of_the_site_is_refused(tmp_path: Path, url: str) -> None:
    project = new_site(
        tmp_path,
        {"proofdown.yml": f"title: T\nurl: '{url}'\n", "content/index.md": "# Home\n"},
    )
    assert project.check().diagnostics == [
        f"proofdown.yml:2:6: error[invalid-value]: `{url}` is not a web address"
    ]

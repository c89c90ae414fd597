"""Templates: the theme's, and those with which a site overrides them."""

import re
from pathlib import Path

from tests.support.built_site import built_site


def test_a_template_of_the_theme_is_overridden_whole(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "templates/page.html": "<p>{{ page.title }}</p>{{ page.content }}",
            "content/index.md": "# H\n",
        },
    )
    assert project.html().startswith("<p>H</p><h1")


def test_a_template_of_the_theme_is_overridden_by_block(tmp_path: Path) -> None:
    project = built_site(
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
    project = built_site(
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
    project = built_site(
        tmp_path,
        {
            "templates/x.html": "{{ page.title }}{% include 'part.html.j2' %}{{ page.content }}",
            "templates/part.html.j2": "{{ page.title }}",
            "content/index.md": "---\ntitle: <b>\nlayout: x\n---\nText.\n",
        },
    )
    assert project.html() == "&lt;b&gt;&lt;b&gt;<p>Text.</p>"


def test_url_and_asset_in_a_template_are_relative_to_the_page(tmp_path: Path) -> None:
    project = built_site(
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

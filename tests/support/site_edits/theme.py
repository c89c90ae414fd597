"""Edits of the site's own templates, static files and words."""

import shutil
from pathlib import Path

from tests.support.site_edits.kinds import edit, pick, toggle


@edit
def template(root: Path, number: int) -> None:
    name = pick(number, "page", "special", "nav", "evidence", "figure", "404", "proof", "redirect")
    body = pick(
        number // 8,
        "<!doctype html><title>{{ page.title }}</title>{{ page.content }}{{ nav }}",
        "<!doctype html><title>T</title>{{ page.nothing }}{{ page.content }}",
        "<!doctype html><title>{{ site.title }}</title>{{ page.content }}<a href=gone.html>x</a>",
        "{% if %}",
        "<!doctype html><title>x</title>{% include 'parts/x.html' ignore missing %}",
        "<a href='{{ href }}'>{{ measured_on }}</a>{{ text }}{{ words.search }}{{ page.content }}",
    )
    toggle(root / "templates" / f"{name}.html", body)


@edit
def part_of_a_template(root: Path, number: int) -> None:
    toggle(root / "templates" / "parts" / "x.html", f"Part {number % 3}")


@edit
def template_folder_that_is_a_link(root: Path, number: int) -> None:
    elsewhere = root / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "x.html").write_text(f"Linked {number % 3}", "utf-8")
    folder = root / "templates" / "parts"
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    if not folder.is_symlink():
        folder.symlink_to("../elsewhere")  # relative: within the site, also in a copy of it
    special = "<!doctype html><title>x</title>{% include 'parts/x.html' %}{{ page.content }}"
    (root / "templates" / "page.html").write_text(special, "utf-8")


@edit
def static_file(root: Path, number: int) -> None:
    name = pick(number, "own.css", "theme.css")
    toggle(root / "templates" / "static" / name, f"/* {number // 2 % 3} */")


@edit
def words_of_the_theme(root: Path, number: int) -> None:
    toggle(root / "templates" / "words.yml", pick(number, "search: Find\n", "no_such: x\n", "- a"))

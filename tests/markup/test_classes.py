"""The table of HTML classes matches the converter, the templates and the style sheet."""

import re
from collections.abc import Iterator

import pytest

from proofdown.config.loader import load_config
from proofdown.diagnostics import Report
from proofdown.markup.classes import CLASSES, LANGUAGE, HtmlClass, Maker
from proofdown.markup.converter import make_converter
from proofdown.site.templating.environment import theme_folder
from tests.support.project import REPOSITORY

SHOWCASE = REPOSITORY / "tests" / "browser" / "showcase"
STYLES = (theme_folder() / "static" / "theme.css").read_text("utf-8")
NAMES = {one.name for one in CLASSES}


def classes_in(html: str) -> Iterator[str]:
    """Yield the classes of elements, except those of highlighted code and languages."""
    html = re.sub(r"<(pre|code)\b([^>]*)>.*?</\1>", r"<\1\2>", html, flags=re.DOTALL)
    for written in re.findall(r'<[a-z][^>]*? class="([^"{]*)"', html):
        yield from (name for name in written.split() if not name.startswith(LANGUAGE))


def test_every_class_is_in_the_table_once() -> None:
    assert len(NAMES) == len(CLASSES)


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.name)
def test_a_class_is_in_the_style_sheet_exactly_if_the_table_says_so(one: HtmlClass) -> None:
    assert bool(re.search(rf"\.{one.name}(?![\w-])", STYLES)) is one.is_styled


def test_every_class_that_the_converter_makes_is_in_the_table() -> None:
    converter = make_converter(load_config(SHOWCASE, Report()), Report())
    pages = [file.read_text("utf-8") for file in sorted(SHOWCASE.rglob("*.md"))]
    found = {name for page in pages for name in classes_in(converter.convert_text(page).html)}
    assert len(found) > 15
    made = {one.name for one in CLASSES if one.maker is Maker.CONVERTER}
    assert sorted(found - made) == []


@pytest.mark.parametrize("template", ["figure.html", "recording.html", "evidence.html"])
def test_every_class_of_a_template_is_in_the_table(template: str) -> None:
    found = set(classes_in((theme_folder() / template).read_text("utf-8")))
    assert found
    assert sorted(found - NAMES) == []

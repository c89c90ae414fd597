"""A site that is written from right to left, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import served
from tests.support.project import Project

pytestmark = pytest.mark.browser

ARABIC = {
    "proofdown.yml": "title: دليل\nlanguage: ar\nchecks: {misspelling: off, unknown-word: off}\n"
    "nav: [index.md, second.md, {الموقع: https://example.org/}]\n",
    "diagrams/two.dot": "digraph { a -> b }\n",
    "content/index.md": "# دليل\n\nنص عن `virsh migrate`.[^1]\n\n[^1]: حاشية.\n\n"
    "## المنافذ\n\nنص.\n\n"
    "- واحد\n- [x] تم\n\n## `--live`\n\nنص.\n\n"
    '```console title="جلسة"\n$ virsh list --all\n```\n\n```sh\nmake\n```\n\n'
    "![رسم: من ا إلى ب](../diagrams/two.dot)\n",
    "content/second.md": "# صفحة\n\n[الأولى](index.md)\n",
}


@pytest.fixture(scope="module")
def arabic_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a site in Arabic; yield its address."""
    project = Project.make(tmp_path_factory.mktemp("rtl") / "ar", dict(ARABIC))
    assert project.build().code == 0, project.build().out
    with served(project.root / "site") as address:
        yield address


@pytest.fixture
def arabic(browser: Browser, arabic_address: str) -> Iterator[Page]:
    """Yield its home page on a wide screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(arabic_address)
    yield page
    context.close()


def edges(page: Page, part: str) -> tuple[float, float]:
    """Return the left and the right edge of the first element that matches."""
    box = page.locator(part).first.bounding_box()
    assert box, part
    return box["x"], box["x"] + box["width"]


def text_edges(page: Page, part: str) -> tuple[float, float]:
    """Return the left and the right edge of an element's text, without the rest of its box."""
    found = page.locator(part).first.evaluate(
        """(part) => {
          const range = document.createRange();
          range.selectNodeContents(part);
          const { left, right } = range.getBoundingClientRect();
          return [left, right];
        }"""
    )
    return found[0], found[1]


def test_a_page_in_arabic_reads_from_right_to_left(arabic: Page) -> None:
    assert edges(arabic, ".menu")[0] > edges(arabic, "h1")[0]
    assert arabic.evaluate("document.documentElement.scrollWidth") <= 1280
    arabic.keyboard.press("/")
    arabic.get_by_role("combobox").fill("المنا")
    assert arabic.get_by_role("option").first.inner_text().startswith("المنافذ")


def test_code_stays_left_to_right_in_a_page_in_arabic(arabic: Page) -> None:
    for block in (".highlight:has(.filename)", ".highlight:not(:has(.filename))"):
        code, copy = text_edges(arabic, f"{block} code"), edges(arabic, f"{block} .copy")
        assert edges(arabic, block)[0] + 20 > code[0]
        assert code[1] < copy[0]
        assert copy[1] <= edges(arabic, block)[1] + 1
    assert text_edges(arabic, ".filename")[1] < edges(arabic, ".copy")[0] - 200


def test_parts_at_the_end_of_a_line_are_on_the_left_in_a_page_in_arabic(arabic: Page) -> None:
    key, label = edges(arabic, ".search-button kbd"), edges(arabic, ".search-button span")
    assert key[0] - edges(arabic, ".search-button")[0] < 20
    assert key[1] < label[0]
    assert text_edges(arabic, ".toc a:has-text('live')")[1] > edges(arabic, ".toc")[1] - 40
    assert abs(edges(arabic, ".drawing-svg")[1] - edges(arabic, ".drawing")[1]) < 2
    arrow = "getComputedStyle(document.querySelector('.external > a'), '::after').content"
    assert "↖" in arabic.evaluate(arrow)


def test_an_option_keeps_its_direction_in_the_search_of_a_page_in_arabic(arabic: Page) -> None:
    arabic.keyboard.press("/")
    arabic.get_by_role("combobox").fill("--live")
    first = arabic.get_by_role("option").first
    first.wait_for()
    assert first.inner_text().startswith("--live")
    for part in (".search input", "#search-results strong"):
        styles = arabic.locator(part).first.evaluate(
            "e => [getComputedStyle(e).unicodeBidi, getComputedStyle(e).textAlign]"
        )
        assert styles == ["plaintext", "right"]

"""axe-core on every kind of page: light and dark, wide and narrow, with menus and search open."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import Visitor

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = (
    "wcag2a wcag2aa wcag21a wcag21aa wcag22a wcag22aa best-practice section508 TTv5 EN-301-549 ACT"
).split()
JUDGED = """async (tags) => {
  const rules = {"color-contrast-enhanced": {enabled: true}};
  const {violations} = await axe.run(document, {
    runOnly: {type: "tag", values: tags}, rules,
    resultTypes: ["violations"],  // of what passes, nobody asks where it is
  });
  const found = violations.flatMap(
    ({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
  // 7 : 1 for all text, save the colours of code, which have 4.5 : 1.
  const isCode = /^color-contrast-enhanced: <span class="[a-z]{1,3}[0-9]?">/;
  return found.filter((line) => !isCode.test(line));
}"""
PAGES = (
    "",
    "flows/",
    "configuration/",
    "scenarios/native-direct/",
    "manual/rules/",
    "manual/settings/",
    "about/review-2011/",
    "proof/",
    "no/such/page/",
)
SHOWN = ("", "everything/", "deep/second/")


def violations(page: Page) -> str:
    """Return the violations that axe finds on a page in its current state, one per line."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(JUDGED, RULES)
    return "\n".join(found)


@pytest.fixture(scope="module", params=["light", "dark"])
def desk(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visitor]:
    """Return a visitor with a wide screen, in light and in dark mode, shared by the tests."""
    yield from _visitor(browser, address, request.param, 1280)


@pytest.fixture(scope="module", params=["light", "dark"])
def hand(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visitor]:
    """Return a visitor with a phone, in light and in dark mode, shared by the tests."""
    yield from _visitor(browser, address, request.param, 390)


@pytest.fixture(
    scope="module",
    params=product(["light", "dark"], [1280, 390]),
    ids=lambda shown: f"{shown[0]}-{shown[1]}",
)
def looker(
    request: pytest.FixtureRequest, browser: Browser, showcase_address: str
) -> Iterator[Visitor]:
    """Return a visitor of the showcase, the site with one of everything."""
    yield from _visitor(browser, showcase_address, *request.param)


def _visitor(browser: Browser, address: str, scheme: str, width: int) -> Iterator[Visitor]:
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    yield Visitor(context, address)
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_on_a_wide_screen(desk: Visitor, path: str) -> None:
    assert violations(desk.go(path)) == ""


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_on_a_phone(hand: Visitor, path: str) -> None:
    assert violations(hand.go(path)) == ""


@pytest.mark.parametrize("path", SHOWN)
def test_axe_finds_nothing_on_the_showcase(looker: Visitor, path: str) -> None:
    assert violations(looker.go(path)) == ""


def test_axe_finds_nothing_with_the_drawer_open(hand: Visitor) -> None:
    page = hand.go("flows/")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Close").wait_for()
    assert violations(page) == ""


def test_axe_finds_nothing_with_the_contents_open(hand: Visitor) -> None:
    page = hand.go("flows/")
    page.locator(".toc summary").click()
    page.get_by_role("link", name="If something breaks").first.wait_for()
    assert violations(page) == ""


@pytest.mark.parametrize("query", ["peer to peer", "--undefinesource", "zzzz", ""])
def test_axe_finds_nothing_with_the_search_open(desk: Visitor, query: str) -> None:
    page = desk.go("flows/")
    _search(page, query)
    assert violations(page) == ""


def test_axe_finds_nothing_with_the_search_open_on_a_phone(hand: Visitor) -> None:
    page = hand.go("flows/")
    _search(page, "peer to peer")
    assert violations(page) == ""


def test_axe_detects_a_violation(desk: Visitor) -> None:
    page = desk.go("flows/")
    page.evaluate("document.querySelector('.search-button').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('.search-button span').remove()")
    assert "button-name" in violations(page)


def _search(page: Page, query: str) -> None:
    page.keyboard.press("/")
    page.get_by_role("combobox").fill(query)
    said = {"zzzz": "Nothing found", "": ""}.get(query, "Found in")
    page.locator(".search-note").filter(has_text=said).wait_for(state="attached")

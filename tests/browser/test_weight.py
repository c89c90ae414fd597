"""The cost of a visit in bytes and requests, which do not depend on the machine."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Response

pytestmark = pytest.mark.browser

KIB = 1024
HEADERS = 300
"""Bytes of the response headers that hosts of static sites send."""

Visit = Callable[[Page], None]


def transferred(browser: Browser, *visits: Visit) -> list[dict[str, int]]:
    """Return the requests of each visit of one reader: address and compressed bytes."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    kept: set[str] = set()
    found: list[dict[str, int]] = []
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    for visit in visits:
        answers.clear()
        visit(page)
        page.wait_for_load_state("networkidle")
        costs = {
            answer.url: len(gzip.compress(answer.body(), 9)) + HEADERS
            for answer in answers
            if answer.url not in kept
        }
        kept |= set(costs)
        found.append(costs)
    context.close()
    return found


def open_page(url: str) -> Visit:
    """Return a function that visits a page."""

    def visit(page: Page) -> None:
        page.goto(url)

    return visit


def test_a_first_visit_takes_24_kib_in_5_requests_and_a_second_page_8(
    browser: Browser, address: str
) -> None:
    first, second = transferred(
        browser,
        open_page(f"{address}flows/"),
        open_page(f"{address}scenarios/native-tls/"),
    )
    assert sum(first.values()) <= 24 * KIB, first
    assert len(first) <= 5, first
    assert sum(second.values()) <= 8 * KIB, second
    assert len(second) == 1, second


def test_the_stylesheet_takes_7_kib_and_the_scripts_6(browser: Browser, address: str) -> None:
    (costs,) = transferred(browser, open_page(f"{address}flows/"))
    kinds = {
        kind: sum(n - HEADERS for url, n in costs.items() if url.split("?")[0].endswith(kind))
        for kind in (".css", ".js", ".woff2")
    }
    assert 0 < kinds[".css"] <= 7 * KIB
    assert 0 < kinds[".js"] <= 6 * KIB
    assert kinds[".woff2"] == 0


@pytest.mark.parametrize(
    "query", ["peer to peer", "--undefinesource", "how to copy storage", "undefinesorce", "m"]
)
def test_a_first_query_takes_100_kib(browser: Browser, address: str, query: str) -> None:
    def ask(page: Page) -> None:
        page.keyboard.press("/")
        page.get_by_role("combobox").fill(query)
        page.locator(".search-note:not(:empty)").wait_for()

    _, costs = transferred(browser, open_page(f"{address}flows/"), ask)
    assert costs
    assert sum(costs.values()) <= 100 * KIB, costs

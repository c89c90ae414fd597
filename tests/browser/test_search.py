"""Search in a real browser: by keyboard, from disk, with the queries that people type."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from proofdown.build.pipeline import build_site
from proofdown.site.search.ranking import Index, rank
from tests.support.browser import Visitor, served
from tests.support.project import Project

pytestmark = pytest.mark.browser

RANKED = """async (queries) => {
  const found = [];
  for (const query of queries) {
    const hits = await window.proofdownSearch.rank(query);
    found.push(hits.map(({page, section, score}) => [page, section, score]));
  }
  return found;
}"""


def search(page: Page, query: str) -> list[str]:
    """Type a query into the search, wait for results and return them."""
    page.keyboard.press("/")
    page.get_by_role("combobox").fill(query)
    page.get_by_role("option").first.wait_for()
    return page.get_by_role("option").locator("strong").all_inner_texts()


def words_asked_for(visitor: Visitor) -> set[str]:
    """Return the word shards of the index that were requested so far."""
    return {url for url in visitor.requests if "/search/w-" in url}


def test_search_is_opened_used_and_closed_by_keyboard(visitor: Visitor) -> None:
    page = visitor.go("flows/")
    search(page, "danger")
    page.get_by_role("option").locator("strong", has_text="The danger window").wait_for()
    box = page.get_by_role("combobox")
    first = page.locator("[aria-selected=true]").inner_text()
    page.keyboard.press("ArrowDown")
    assert page.locator("[aria-selected=true]").inner_text() != first
    page.keyboard.press("ArrowUp")
    assert page.locator("[aria-selected=true]").inner_text() == first
    assert box.get_attribute("aria-activedescendant")
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    page.keyboard.press("Control+k")
    assert page.get_by_role("dialog").is_visible()
    box.fill("if something breaks")
    page.get_by_role("option", name="If something breaks").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/flows/#if-something-breaks")
    assert visitor.faults == []


def test_a_slash_typed_into_the_search_is_a_slash(visitor: Visitor) -> None:
    page = visitor.go()
    search(page, "etc")
    page.keyboard.press("End")
    page.keyboard.type("/libvirt")
    assert page.get_by_role("combobox").input_value() == "etc/libvirt"


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("VIR_MIGRATE_TUNNELLED", "--tunnelled"),
        ("vir_migrate_tun", "--tunnelled"),
        ("saving into files", "To a file"),
        ("unmanged direct", "Unmanaged direct"),
    ],
)
def test_queries_that_people_type_find_what_they_mean(
    visitor: Visitor, query: str, heading: str
) -> None:
    assert heading in search(visitor.go(), query)[:3]


def test_an_option_is_found_exactly_and_shown_in_place(visitor: Visitor) -> None:
    page = visitor.go()
    search(page, "--undefinesource")
    marked = page.get_by_role("option").locator("span mark").all_inner_texts()
    assert set(marked) == {"--undefinesource"}


def test_search_works_from_disk(visitor: Visitor, guide: Path) -> None:
    page = visitor.page
    page.goto((guide / "flows" / "index.html").as_uri())
    search(page, "if something breaks")
    page.keyboard.press("Enter")
    page.wait_for_url("file:///**/flows/index.html#if-something-breaks")
    search(page, "transports")
    page.keyboard.press("Enter")
    page.wait_for_url("file:///**/transports/index.html")
    assert visitor.faults == []


def test_nothing_of_search_is_loaded_before_it_is_used(visitor: Visitor) -> None:
    visitor.go("flows/")
    assert [url for url in visitor.requests if "search" in url] == []


def test_the_first_letter_requests_no_more_words(visitor: Visitor) -> None:
    page = visitor.go("flows/")
    with page.expect_request_finished(lambda request: "/search/w-" in request.url):
        page.keyboard.press("/")
    page.wait_for_load_state("networkidle")
    held: list[str] = []
    page.route("**/search/w-*.js", lambda route: held.append(route.request.url))
    page.get_by_role("combobox").fill("a")
    page.locator("mark").first.wait_for()
    asked = words_asked_for(visitor) - set(held)
    assert len(asked) == 1, asked


def test_words_for_the_next_letter_are_loaded_before_it_is_typed(visitor: Visitor) -> None:
    page = visitor.go("flows/")
    with page.expect_request_finished(lambda request: "/search/w-" in request.url):
        page.keyboard.press("/")
    box = page.get_by_role("combobox")
    with page.expect_request(lambda _: len(words_asked_for(visitor)) == 3):
        box.fill("p")
    for query in ("pr", "prepare"):
        box.fill(query)
        page.locator("mark").filter(
            has_text=re.compile(f"^{query}", re.IGNORECASE)
        ).first.wait_for()
    assert len(words_asked_for(visitor)) == 3


def test_only_the_matching_part_of_a_long_page_is_loaded(browser: Browser, tmp_path: Path) -> None:
    filling = "A guest moves from host to host. " * 150
    sections = "".join(f"\n## Part {number}\n\n{filling}\n" for number in range(40))
    project = Project.make(
        tmp_path / "long",
        {
            "proofdown.yml": "title: Test\n",
            "content/index.md": f"# Test\n{sections}\n## Storage\n\nDisks.\n",
        },
    )
    assert project.build().code == 0
    with served(project.root / "site") as address:
        visitor = Visitor(browser.new_context(), address)
        page = visitor.go()
        assert search(page, "disks")[0] == "Storage"
        texts = {url.rsplit("/", 1)[1] for url in visitor.requests if "/search/t-" in url}
    assert len(texts) == 1
    assert (project.root / "site/search" / texts.pop()).stat().st_size < 15_000


def test_a_letter_left_over_from_a_longer_query_requests_its_own_words(visitor: Visitor) -> None:
    page = visitor.go("flows/")
    search(page, "p danger")
    with page.expect_request("**/search/w-*.js"):
        page.get_by_role("combobox").fill("p")


def test_a_typing_error_requests_only_the_terms_close_to_it(
    browser: Browser, tmp_path: Path
) -> None:
    letters = "abcdefghij"
    words = " ".join(f"s{''.join(four)}" for four in product(letters, repeat=4))
    project = Project.make(
        tmp_path / "many",
        {
            "proofdown.yml": "title: Test\nchecks: {misspelling: off, unknown-word: off}\n",
            "content/index.md": f"# Words\n\n{words}.\n\n## Storage\n\nDisks.\n",
        },
    )
    assert project.build().code == 0
    assert len(list((project.root / "site/search").glob("w-*.js"))) > 5
    with served(project.root / "site") as address:
        visitor = Visitor(browser.new_context(), address)
        page = visitor.go()
        assert search(page, "strage")[0] == "Storage"
        assert len(words_asked_for(visitor)) <= 2  # of its first letters, and of the word meant


def test_search_still_works_after_the_index_was_published_again(
    visitor: Visitor,
) -> None:
    page = visitor.go("flows/")
    before = search(page, "danger window")
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            return route.continue_()
        refused.append(route.request.url)
        return route.fulfill(status=404)

    page.route("**/search/w-*.js", refuse_once)
    box = page.get_by_role("combobox")
    box.fill("undefinesource")
    page.get_by_role("option").locator("strong", has_text="--undefinesource").first.wait_for()
    assert refused
    box.fill("danger window")
    page.get_by_role("option").locator("strong", has_text=before[0]).first.wait_for()


def until(is_so: Callable[[], bool], page: Page) -> None:
    """Let the browser run until a condition is true."""
    for _ in range(1000):
        if is_so():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it never came to that")


def test_the_best_page_is_shown_while_the_others_are_loading(visitor: Visitor) -> None:
    page = visitor.go("flows/")
    held: list[Route] = []

    def hold_cache(route: Route) -> None:
        held.append(route)
        if len(held) == 1:
            route.continue_()

    page.route("**/search/t-*.js", hold_cache)
    first = search(page, "migration")
    until(lambda: len(held) > 1, page)
    assert page.get_by_role("option").locator("strong").all_inner_texts() == first
    for route in held[1:]:
        route.continue_()
    page.get_by_role("option").nth(len(first)).wait_for()
    assert page.get_by_role("option").locator("strong").all_inner_texts()[: len(first)] == first


def test_the_browser_ranks_as_the_build_does(visitor: Visitor, guide: Path) -> None:
    site = build_site(guide.parent).site
    index = Index.of((built.entries for built in site.searchable), is_english=True)
    headings = [h.text for built in site.searchable for h in built.headings]
    queries = [
        *headings,
        *(text[: len(text) // 2] for text in headings),
        *(text[:3] + text[4:] for text in headings),
        *(f"{text[:2]}{text[3:4]}{text[2:3]}{text[4:]}" for text in headings),
        *(
            "--live",
            "qemu+ssh://",
            "virDomainMigrateToURI3",
            "naïve Größe",
            "don't",
            "移行する",
            "ﷺ",
        ),
    ]
    page = visitor.go()
    search(page, "x86")
    in_browser = page.evaluate(RANKED, queries)
    for query, found in zip(queries, in_browser, strict=True):
        hits = [[hit.page, hit.section, hit.score] for hit in rank(index, query)]
        assert found == hits, query


def test_a_query_without_results_says_so(visitor: Visitor) -> None:
    page = visitor.go()
    page.keyboard.press("/")
    page.get_by_role("combobox").fill("<zzzz>")
    page.get_by_text("Nothing found for <zzzz>").wait_for()
    assert page.get_by_role("option").count() == 0

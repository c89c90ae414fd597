"""The review report in a real browser, opened from disk."""

from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from tests.support.review_sites import five_changes, story_of_2011

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
VIOLATIONS = """async () => {
  const {violations} = await axe.run(document, {resultTypes: ["violations"]});
  return violations.flatMap(
    ({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`)).join("\\n");
}"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the reports of two sites as files."""
    folder = tmp_path_factory.mktemp("reports")
    found = {}
    for make in (five_changes, story_of_2011):
        history = make(folder / make.__name__ / "site")
        history.report("HEAD~1", "--to", "HEAD")
        found[make.__name__] = history.root.with_name("report.html")
    return found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return an empty page of the browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def open_report(page: Page, file: Path) -> Page:
    """Open a report from disk."""
    page.goto(file.as_uri())
    return page


def test_a_reader_of_the_report_finds_the_five_changes(
    page: Page, reports: dict[str, Path]
) -> None:
    open_report(page, reports["five_changes"])
    points = page.locator(".rv-points li")
    kinds = [text.strip() for text in points.locator(".rv-code").all_inner_texts()]
    assert kinds == [
        *("changed-page", "lost-anchor", "changed-table", "changed-diagram", "changed-command")
    ]
    shown = page.locator(".rv-left")
    assert shown.locator("td.changed").inner_text() == "49152 49153"
    assert shown.locator("svg .edge.added").count() == 1
    assert shown.locator("svg .edge").count() == 2 + 3
    assert "--p2p" in shown.locator(".line.added ins").inner_text()
    assert shown.locator("p ins").all_inner_texts() == ["goes on."]
    assert shown.locator("p del").all_inner_texts() == ["is aborted."]
    assert page.locator("#addresses li").all_inner_texts() == [
        "gained flows/#open-ports",
        "lost flows/#ports",
    ]


def test_every_point_links_to_its_place_in_the_report(page: Page, reports: dict[str, Path]) -> None:
    open_report(page, reports["story_of_2011"])
    links = page.locator(".rv-points a")
    targets = [link.get_attribute("href") or "" for link in links.all()]
    assert targets
    assert [target for target in targets if page.locator(f"[id='{target[1:]}']").count() != 1] == []


def test_side_by_side_each_side_shows_its_own_version(page: Page, reports: dict[str, Path]) -> None:
    open_report(page, reports["five_changes"])
    page.get_by_label("Side by side").check()
    left, right = page.locator(".rv-left").first, page.locator(".rv-right").first
    assert left.is_visible()
    assert right.is_visible()
    both = left.bounding_box(), right.bounding_box()
    assert both[0] is not None
    assert both[1] is not None
    assert both[0]["x"] + both[0]["width"] <= both[1]["x"]
    cells = page.locator("td.changed")
    assert [cell.inner_text().strip() for cell in cells.all()] == ["49152", "49153"]
    assert [svg.count() for svg in (left.locator("svg:visible"), right.locator("svg:visible"))] == [
        *(1, 1)
    ]


def test_the_report_sends_no_requests_and_logs_nothing(
    page: Page, reports: dict[str, Path]
) -> None:
    requests: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for file in reports.values():
        open_report(page, file)
    assert requests == [file.as_uri() for file in reports.values()]
    assert said == []


@pytest.mark.parametrize("name", ["five_changes", "story_of_2011"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("view", ["Inline", "Side by side"])
def test_axe_finds_nothing(
    page: Page, reports: dict[str, Path], name: str, scheme: str, width: int, view: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_report(page, reports[name])
    page.get_by_label(view).check()
    for folded in page.locator("summary").all():
        folded.click()
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_the_points_the_view_switch_and_folded_parts(
    page: Page, reports: dict[str, Path]
) -> None:
    open_report(page, reports["five_changes"])
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.tagName + '.' + document.activeElement.id")
        )
    assert {"INPUT.view-inline", "SUMMARY."} <= reached
    assert any(name.startswith("INPUT.point-") for name in reached)


def test_in_print_the_marks_are_kept_and_the_controls_are_left_out(
    page: Page, reports: dict[str, Path]
) -> None:
    open_report(page, reports["five_changes"])
    page.emulate_media(media="print")
    assert not page.locator(".rv-view").is_visible()
    style = page.locator(".rv-left p ins").first.evaluate(
        "e => [getComputedStyle(e).textDecorationLine, getComputedStyle(e).printColorAdjust]"
    )
    assert style == ["underline", "exact"]
    assert page.locator("svg .edge.added").first.is_visible()


def test_active_content_does_not_run_even_if_it_gets_into_the_report(
    page: Page, reports: dict[str, Path], tmp_path: Path
) -> None:
    report = reports["five_changes"].read_text("utf-8")
    evil = "<script>document.title = 'evil'</script><img src=x onerror=\"document.title = 'evil'\">"
    file = tmp_path / "report.html"
    file.write_text(report.replace("<main>", f"<main>{evil}"), "utf-8")
    open_report(page, file)
    assert page.title().startswith("Review: Migration")

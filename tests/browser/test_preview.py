"""The preview in a real browser: how it shows edits and problems."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Locator, Page, expect

from tests.support.browser import Visitor
from tests.support.project import Project
from tests.support.running_preview import FULL, PATIENCE, RunningPreview, preview_of, recording

pytestmark = pytest.mark.browser

LONG = "# Home\n\n" + "".join(f"Paragraph {n} of the text.\n\n" for n in range(200))


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[RunningPreview]:
    """Return the preview of a site with sources of every kind."""
    project = Project.make(tmp_path / "site", FULL)
    with preview_of(project.root) as running:
        yield running


@pytest.fixture
def reader(browser: Browser, preview: RunningPreview) -> Iterator[Visitor]:
    """Return a visitor of the preview."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visitor = Visitor(context, preview.url)
    yield visitor
    context.close()


def panel(page: Page) -> Locator:
    """Wait for the panel of problems over a page; return it."""
    shown = page.locator("proofdown-preview .panel")
    expect(shown).to_be_visible()
    return shown


def listening(page: Page) -> Page:
    """Wait until a page receives changes; set a mark in it that a reload removes."""
    expect(page.locator("proofdown-preview")).to_have_attribute("data-state", "ready")
    page.evaluate("window.mark = 'not loaded again'")
    return page


def wait_until(page: Page, condition: str) -> None:
    """Wait until a condition is true; the policy blocks Playwright's own way to do this."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(Error):  # the page is being reloaded
            if page.evaluate(condition):
                return
        page.wait_for_timeout(20)
    raise AssertionError(condition)


EDITS = {
    "a page": ("content/index.md", "# Home\n\nThe edit.\n", "The edit"),
    "a template": ("templates/page.html", "{% extends 'theme/page.html' %}{% block footer %}"
                   "<p>The edit</p>{% endblock %}", "The edit"),
    "a diagram": ("diagrams/flow.dot", "digraph { a -> b; b -> edited }\n", "edited"),
    "a recording": ("content/recordings/help", recording("The edit"), "The edit"),
    "the title": ("proofdown.yml", "title: The edit\nstyles: [own.css]\n", "The edit"),
    "the nav": ("proofdown.yml", "title: Test\nstyles: [own.css]\nnav: [The edit: index.md]\n",
                "The edit"),
}  # fmt: skip


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_is_shown_without_touching_the_browser(
    reader: Visitor, preview: RunningPreview, kind: str
) -> None:
    page = listening(reader.go())
    path, text, expected = EDITS[kind]
    Project(preview.root).write({path: text})
    expect(page.locator("body")).to_contain_text(expected)
    assert reader.faults == []


def test_new_text_is_shown_before_the_page_is_reloaded_and_no_script_runs_twice(
    reader: Visitor, preview: RunningPreview
) -> None:
    count = "sessionStorage.runs = Number(sessionStorage.runs ?? 0) + 1;\n"
    Project(preview.root).write({"content/own.js": count})
    page = listening(reader.go())
    page.evaluate(
        """new MutationObserver(() => {
          const isThere = document.querySelector("main").textContent.includes("The edit");
          if (isThere) sessionStorage.firstSeen ??= window.mark;
        }).observe(document.body, { childList: true, subtree: true })"""
    )
    text = '# Home\n\nThe edit.\n\n<script src="own.js"></script>\n'
    Project(preview.root).write({"content/index.md": text, "content/index.claims.yml": "{}\n"})
    wait_until(page, "document.readyState === 'complete' && window.mark === undefined")
    assert page.evaluate("sessionStorage.firstSeen") == "not loaded again"
    assert page.evaluate("sessionStorage.runs") == "1"


def test_a_hidden_tab_is_reloaded_once_it_is_visible(
    reader: Visitor, preview: RunningPreview
) -> None:
    def look(state: str) -> None:
        page.evaluate(
            """state => {
              const now = { value: state, configurable: true };
              Object.defineProperty(document, "visibilityState", now);
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            state,
        )

    page = listening(reader.go())
    look("hidden")
    Project(preview.root).write({"content/index.md": "# Home\n\n[Gone](gone.md)\n"})
    preview.wait_until_shown("Gone")
    page.wait_for_timeout(200)
    assert page.evaluate("window.mark") == "not loaded again"
    look("visible")
    expect(page.get_by_role("main").get_by_text("Gone")).to_be_visible()
    wait_until(page, "window.mark === undefined")


def test_a_changed_claim_is_shown_on_the_proof_page(
    reader: Visitor, preview: RunningPreview
) -> None:
    page = listening(reader.go("proof/"))
    expect(page.get_by_text("1 hold, 0 are broken")).to_be_visible()
    claims = "diagrams:\n  flow: {connections: [b -> a]}\n"
    Project(preview.root).write({"content/index.claims.yml": claims})
    expect(page.get_by_text("0 hold, 1 are broken")).to_be_visible()


def test_a_reload_keeps_the_scroll_position(reader: Visitor, preview: RunningPreview) -> None:
    Project(preview.root).write({"content/index.md": LONG})
    preview.wait_until_shown("Paragraph 199")
    page = listening(reader.go("#home"))
    page.evaluate("scrollTo(0, 2500)")
    for number in range(3):
        edited = LONG + f"Edit {number}.\n"
        Project(preview.root).write({"content/index.md": edited})
        expect(page.get_by_text(f"Edit {number}.")).to_be_attached()
        wait_until(page, "scrollY === 2500")


@pytest.mark.parametrize(
    ("path", "address"),
    [("content/own.css", "own.css"), ("templates/static/theme.css", "theme/theme.css")],
    ids=["of the site", "of the theme"],
)
def test_a_changed_stylesheet_is_replaced_without_a_reload(
    reader: Visitor, preview: RunningPreview, path: str, address: str
) -> None:
    Project(preview.root).write({path: "footer.bottom { color: rgb(1, 2, 3) }\n"})
    preview.wait_until_shown("1,", address)
    page = listening(reader.go())
    Project(preview.root).write({path: "footer.bottom { color: rgb(0, 0, 255) }\n"})
    expect(page.locator("footer")).to_have_css("color", "rgb(0, 0, 255)")
    expect(page.locator("head link[rel=stylesheet]")).to_have_count(2)
    assert page.evaluate("window.mark") == "not loaded again"


def test_a_change_that_a_page_does_not_show_does_not_reload_it(
    reader: Visitor, preview: RunningPreview
) -> None:
    Project(preview.root).write({
        "proofdown.yml": "title: Test\nstyles: [own.css]\nnav: [index.md, other.md]\n",
        "content/other.md": "# Other\n\nText.\n",
    })  # fmt: skip
    preview.wait_until_shown("Other", "other/")
    page = listening(reader.go())
    Project(preview.root).write({"content/other.md": "# Other\n\n[Gone](gone.md)\n"})
    expect(panel(page)).to_contain_text("1 error")
    assert page.evaluate("window.mark") == "not loaded again"


def test_problems_are_shown_over_the_page_until_they_are_fixed(
    reader: Visitor, preview: RunningPreview
) -> None:
    page = listening(reader.go())
    good = FULL["content/index.md"]
    assert isinstance(good, str)
    Project(preview.root).write({"content/index.md": good + "\nSee [the start](indx.md).\n"})
    shown = panel(page)
    expect(shown.get_by_text("1 error", exact=True)).to_be_visible()
    expect(shown.get_by_text("content/index.md:7:17")).to_be_visible()
    expect(shown.locator(".rule")).to_have_text("broken-link")
    expect(shown.locator(".message")).to_have_text("no page or file at indx.md")
    expect(shown.locator("mark")).to_have_text("indx.md")
    expect(shown.get_by_text("Help: did you mean index.md?")).to_be_visible()
    expect(shown.get_by_text("On this page")).to_be_visible()
    # The page itself has the newest text.
    expect(page.get_by_role("main").get_by_text("See the start.")).to_be_attached()
    Project(preview.root).write({"content/index.md": good})
    expect(page.locator("proofdown-preview .panel")).to_be_hidden()
    expect(page.locator("proofdown-preview .pill")).to_be_hidden()
    assert reader.faults == []


def test_a_problem_links_to_its_page(reader: Visitor, preview: RunningPreview) -> None:
    page = listening(reader.go())
    Project(preview.root).write({"content/a/other.md": "# Other\n\n[Gone](gone.md)\n"})
    panel(page).get_by_role("link", name="Go to the page").click()
    page.wait_for_url("**/a/other/")
    expect(panel(page).get_by_text("On this page")).to_be_visible()


def test_escape_folds_the_problems_away_until_there_is_a_new_error(
    reader: Visitor, preview: RunningPreview
) -> None:
    page = listening(reader.go())
    project = Project(preview.root)
    project.write({"content/other.md": "# Other\n\n[Gone](gone.md)\n"})
    expect(panel(page)).to_contain_text("1 error")
    page.keyboard.press("Escape")
    expect(page.locator("proofdown-preview .panel")).to_be_hidden()
    pill = page.locator("proofdown-preview .pill")
    expect(pill).to_have_text("1 error")
    # The same error again, after a reload: still folded away.
    project.write({"content/index.md": "# Home\n\nText.\n", "content/index.claims.yml": "{}\n"})
    expect(page.get_by_role("main").get_by_text("Text.")).to_be_visible()
    expect(pill).to_be_visible()
    expect(page.locator("proofdown-preview .panel")).to_be_hidden()
    project.write({"content/other.md": "# Other\n\n[Gone](gone.md) [Lost](lost.md)\n"})
    expect(panel(page).get_by_text("no page or file at lost.md")).to_be_visible()
    page.get_by_role("button", name="Hide").click()
    pill.click()
    expect(page.locator("proofdown-preview .panel")).to_be_visible()


def test_if_there_are_only_warnings_the_corner_shows_their_number(
    reader: Visitor, preview: RunningPreview
) -> None:
    page = listening(reader.go())
    Project(preview.root).write({
        "content/index.md": "# Home\n\nThe the text.\n", "content/index.claims.yml": "{}\n"
    })  # fmt: skip
    pill = page.locator("proofdown-preview .pill")
    expect(pill).to_have_text(re.compile(r"\d warnings?"))
    expect(page.locator("proofdown-preview .panel")).to_be_hidden()
    pill.focus()
    page.keyboard.press("Enter")
    expect(panel(page).get_by_text("is repeated")).to_be_visible()
    page.keyboard.press("Escape")
    expect(pill).to_be_focused()


def test_broken_settings_keep_the_page_and_are_shown_over_it(
    reader: Visitor, preview: RunningPreview
) -> None:
    page = listening(reader.go())
    Project(preview.root).write({"proofdown.yml": "title: [\n"})
    expect(panel(page).locator(".location")).to_have_text("proofdown.yml:2:1")
    assert page.evaluate("window.mark") == "not loaded again"
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    Project(preview.root).write({"proofdown.yml": "title: Mended\nstyles: [own.css]\n"})
    expect(page).to_have_title(re.compile("Mended"))


def test_a_broken_template_keeps_the_page_and_is_shown_over_it(
    reader: Visitor, preview: RunningPreview
) -> None:
    page = listening(reader.go())
    broken = "{% extends 'theme/page.html' %}{% block content %}{{ page.titel }}{% endblock %}"
    Project(preview.root).write({"templates/page.html": broken})
    expect(panel(page).locator(".location").first).to_have_text(
        re.compile(r"templates/page\.html:1")
    )
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


def test_text_from_sources_is_never_parsed_as_markup(
    reader: Visitor, preview: RunningPreview
) -> None:
    page = listening(reader.go())
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    hostile = "<img src=x onerror=alert(1)> [x](%3Cb%3E%3Cscript%3Ealert(2).md)"
    Project(preview.root).write({
        "content/index.md": f"# Home\n\n{hostile}\n", "content/index.claims.yml": "{}\n"
    })  # fmt: skip
    shown = panel(page)
    expect(shown.get_by_text("no page or file at <b><script>alert(2).md")).to_be_visible()
    expect(shown.locator(".snippet").first).to_contain_text("<img src=x onerror=alert(1)>")
    assert shown.locator("img, b, script").count() == 0
    assert dialogs == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_in_a_page_with_problems(
    reader: Visitor, preview: RunningPreview, scheme: str, width: int
) -> None:
    reader.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    reader.page.set_viewport_size({"width": width, "height": 800})
    Project(preview.root).write({
        "content/index.md": "# Home\n\n[x](gone.md) the the word.\n\n" + LONG[8:],
        "content/other.md": f"# Other\n\n[x](lost.md) {'a long line ' * 30}\n",
        "content/index.claims.yml": "{}\n",
        "content/own.css": "",
    })  # fmt: skip
    preview.wait_for("2 errors")
    page = listening(reader.go())
    expect(panel(page)).to_contain_text("2 errors")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_an_open_page_reconnects_to_a_restarted_preview(tmp_path: Path, browser: Browser) -> None:
    project = Project.make(tmp_path / "site", {"content/index.md": "# Home\n\nFirst.\n"})
    context = browser.new_context()
    page = context.new_page()
    with preview_of(project.root) as first:
        page.goto(first.url)
        listening(page)
        first.interrupt()
        expect(page.get_by_text("The preview has ended")).to_be_visible()
    project.write({"content/index.md": "# Home\n\nSecond.\n"})
    with preview_of(project.root, "--port", str(first.port)):
        expect(page.get_by_text("Second.")).to_be_visible()
        expect(page.get_by_text("The preview has ended")).to_be_hidden()
    context.close()


def test_a_site_that_cannot_be_built_says_why_and_appears_once_it_can(
    tmp_path: Path, browser: Browser
) -> None:
    project = Project.make(tmp_path / "site", {"proofdown.yml": "title: [\n"})
    context = browser.new_context()
    page = context.new_page()
    with preview_of(project.root) as running:
        page.goto(running.url)
        expect(page.get_by_role("heading")).to_have_text("There is no site to show yet")
        expect(panel(page).locator(".location")).to_have_text("proofdown.yml:2:1")
        project.write(
            {"proofdown.yml": "title: T\n", "content/index.md": "# Here it is\n\nText.\n"}
        )
        expect(page.get_by_role("heading", name="Here it is")).to_be_visible()
    context.close()


def test_the_page_loads_nothing_from_other_hosts_and_logs_nothing(
    reader: Visitor,
) -> None:
    listening(reader.go())
    origin = "/".join(reader.address.split("/")[:3])
    assert [url for url in reader.requests if not url.startswith(origin)] == []
    assert reader.faults == []

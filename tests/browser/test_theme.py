"""The theme in a real browser, on the showcase, a site with one of everything."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Visitor, served

pytestmark = pytest.mark.browser

INLINE = """() => [...document.querySelectorAll("*")].flatMap((e) => [
  ...(e.localName === "style" || (e.localName === "script" && !e.src) ? [e.outerHTML] : []),
  ...[...e.attributes].filter(({name}) => name === "style" || name.startsWith("on"))
    .map(({name}) => `${e.localName} ${name}`)])"""


def test_copy_copies_the_commands_without_prompt_and_output(reader: Visitor) -> None:
    page = reader.go("everything/")
    page.get_by_role("button", name="Copy A session").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "virsh list --all\nvirsh start \\\n    web1"


def test_copy_copies_a_program_unchanged(reader: Visitor) -> None:
    page = reader.go("everything/")
    page.locator(".language-sh").get_by_role("button", name="Copy").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == "make install"


def test_the_copy_button_covers_no_code(reader: Visitor) -> None:
    page = reader.go("everything/")
    overlaps = page.eval_on_selector_all(
        ".highlight:has(.copy)",
        """blocks => blocks.map(block => {
          const pre = block.querySelector("pre").getBoundingClientRect();
          const button = block.querySelector(".copy").getBoundingClientRect();
          const title = block.querySelector(".filename");
          return title ? button.bottom - pre.top : pre.right - button.left;
        })""",
    )
    assert len(overlaps) >= 4
    assert max(overlaps) <= 0.5


def test_tabs_with_the_same_name_switch_together_and_are_remembered(reader: Visitor) -> None:
    page = reader.go("everything/")
    page.get_by_text("Fedora").first.click()
    assert page.get_by_text("Run dnf.").is_visible()
    assert page.get_by_text("The same choice again.").is_visible()
    page.get_by_text("Debian").last.click()
    assert page.get_by_text("Run apt.").is_visible()
    reader.go("deep/second/")
    assert page.get_by_text("Run apt.").is_visible()


def test_tabs_work_by_keyboard(reader: Visitor) -> None:
    page = reader.go("everything/")
    page.get_by_role("radio", name="Debian").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_text("Run dnf.").is_visible()


def test_the_contents_mark_the_current_heading(reader: Visitor) -> None:
    page = reader.go("everything/")
    marked = page.locator(".toc [aria-current]")
    for heading in ("Code", "A heading below", "Tables", "The last one"):
        page.get_by_role("heading", name=heading, exact=False).first.scroll_into_view_if_needed()
        page.evaluate(
            """name => [...document.querySelectorAll("h2, h3")]
              .find(h => h.textContent.startsWith(name)).scrollIntoView()""",
            heading,
        )
        marked.filter(has_text=heading).wait_for()
        assert marked.count() == 1


def test_the_drawer_takes_the_focus_and_returns_it(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}scenarios/native-direct/")
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    focused = "document.activeElement.className"
    page.get_by_role("button", name="Close").wait_for()
    page.wait_for_timeout(50)
    assert page.evaluate(focused) == "menu-close"
    current = page.locator(".menu [aria-current=page]").bounding_box()
    assert current
    assert 0 <= current["y"] < 800
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "menu-button"
    context.close()


def test_fixed_bars_take_little_room_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}flows/")
    page.mouse.wheel(0, 3000)
    page.wait_for_timeout(200)
    fixed = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
          .filter(e => ["fixed", "sticky"].includes(getComputedStyle(e).position))
          .map(e => e.getBoundingClientRect())
          .filter(b => b.top <= 0 && b.bottom > 0 && b.width > 300).map(b => b.bottom)"""
    )
    assert fixed
    assert max(fixed) <= 56
    bar = page.locator(".toc summary")
    assert "On this page" in bar.inner_text()
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .bar summary, header a, .pager a")]
          .filter(e => e.checkVisibility() && e.getBoundingClientRect().width)
          .map(e => [e.className, e.getBoundingClientRect()])
          .filter(([, b]) => b.height < 44 || b.width < 44).map(([name]) => name)"""
    )
    assert small == []
    context.close()


@pytest.mark.parametrize("path", ["", "everything/", "deep/second/", "no/such/page/"])
def test_a_page_has_no_inline_scripts_or_styles(reader: Visitor, path: str) -> None:
    page = reader.go(path)
    assert page.evaluate(INLINE) == []
    policy = page.locator("head > :first-child").get_attribute("content") or ""
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert reader.violations == []


def test_the_policy_forbids_scripts_to_insert_markup(reader: Visitor) -> None:
    page = reader.go("everything/")
    refused = page.evaluate(
        """() => { try { document.body.innerHTML = "<b>x</b>"; return ""; }
                   catch (fault) { return fault.name; } }"""
    )
    assert refused == "TypeError"


@pytest.mark.parametrize("width", [1280, 390])
def test_boxes_that_scroll_sideways_have_a_name_and_keyboard_focus(
    browser: Browser, showcase_address: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    page.goto(f"{showcase_address}everything/")
    page.wait_for_timeout(100)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter(e => ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
          .filter(e => e.scrollWidth > e.clientWidth + 1)
          .map(e => [e.tabIndex, e.getAttribute("aria-label") || "",
                     getComputedStyle(e).backgroundImage.includes("gradient")])"""
    )
    assert boxes
    assert [box for box in boxes if box[0] != 0 or not box[1] or not box[2]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_columns_of_a_table_stay_readable_on_a_phone(
    browser: Browser, showcase_address: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{showcase_address}everything/")
    widths = page.eval_on_selector_all(
        ".table th", "cells => cells.map(e => e.getBoundingClientRect().width)"
    )
    assert min(widths) >= 110
    context.close()


def test_lines_have_66_to_75_characters(visitor: Visitor) -> None:
    page = visitor.go("flows/")
    counts = page.evaluate(
        """() => [...document.querySelectorAll(".text > p")].flatMap(p => {
          const range = document.createRange(), lines = new Map();
          const walk = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) for (let i = 0; i < walk.currentNode.length; i++) {
            range.setStart(walk.currentNode, i); range.setEnd(walk.currentNode, i + 1);
            const box = range.getClientRects()[0];
            const line = Math.round((box?.bottom ?? 0) / 12);
            lines.set(line, (lines.get(line) ?? 0) + 1);
          }
          return [...lines.values()].slice(0, -1);
        }).sort((a, b) => a - b)"""
    )
    longest = counts[int(len(counts) * 0.9)]
    assert 66 <= longest <= 75, counts


@pytest.mark.parametrize("width", [1160, 1280, 1440])
def test_the_text_is_centred_between_menu_and_contents(
    browser: Browser, address: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{address}flows/")
    parts = [page.locator(part).first.bounding_box() for part in (".menu", ".text > p", ".toc")]
    menu, text, contents = (part for part in parts if part)
    before = text["x"] - menu["x"] - menu["width"]
    after = contents["x"] - text["x"] - text["width"]
    assert min(before, after) >= 48
    assert max(before, after) <= 2.2 * min(before, after)
    context.close()


def test_an_option_in_a_text_is_not_broken_after_its_hyphens(visitor: Visitor) -> None:
    page = visitor.go("configuration/")
    broken, looked_at = set(), 0
    for width in range(320, 480, 20):
        page.set_viewport_size({"width": width, "height": 800})
        found = page.eval_on_selector_all(
            "article :is(p, li, p > a, li > a) > code",
            """codes => codes.filter((code) => code.textContent.length <= 20).map((code) => {
              const range = document.createRange();
              range.selectNodeContents(code);
              const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
              return [code.textContent, tops.size];
            })""",
        )
        looked_at += len(found)
        broken |= {f"{text} at {width} px" for text, lines in found if lines > 1}
    assert looked_at > 100
    assert broken == set()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_copy_button_does_not_change_the_height_of_its_code_block(
    browser: Browser, showcase_address: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{showcase_address}everything/")
    page.locator(".copy").first.wait_for()
    heights = "blocks => blocks.map((block) => block.getBoundingClientRect().height)"
    with_button = page.eval_on_selector_all(".highlight", heights)
    page.evaluate("for (const button of document.querySelectorAll('.copy')) button.remove()")
    assert with_button
    assert page.eval_on_selector_all(".highlight", heights) == with_button
    context.close()


def test_without_scripts_every_visible_control_works(
    browser: Browser, showcase_address: str
) -> None:
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{showcase_address}everything/")
    assert page.locator("[data-search]").is_hidden()
    assert page.locator("[data-theme-switch]").is_hidden()
    assert page.locator(".copy").count() == 0
    assert page.get_by_role("navigation", name="Pages").is_visible()
    page.get_by_text("Fedora").first.click()
    assert page.get_by_text("Run dnf.").is_visible()
    context.close()


def test_print_shows_only_the_text(reader: Visitor) -> None:
    page = reader.go("everything/")
    page.emulate_media(media="print")
    for gone in ("header.top", ".menu", ".bar", ".copy", ".pager", ".announcement", "footer"):
        for part in page.locator(gone).all():
            assert part.is_hidden(), gone
    assert page.locator("h1").is_visible()
    assert page.get_by_text("Run apt.").is_visible()
    assert page.get_by_text("Run dnf.").is_visible()


def test_versions_are_listed_and_link_to_the_same_page(
    browser: Browser, showcase: Path, tmp_path: Path
) -> None:
    for version in ("1.0", "2.0"):
        shutil.copytree(showcase, tmp_path / "sites" / version)
    shutil.rmtree(tmp_path / "sites" / "1.0" / "deep")
    listed = [
        {"version": "2.0", "title": "2.0 (new)", "aliases": ["latest"]},
        {"version": "1.0", "title": "1.0", "aliases": []},
    ]
    (tmp_path / "sites" / "versions.json").write_text(json.dumps(listed), "utf-8")
    with served(tmp_path / "sites") as address:
        page = browser.new_page()
        page.goto(f"{address}2.0/everything/")
        page.get_by_label("Versions").select_option("1.0")
        page.wait_for_url("**/1.0/everything/")
        page.goto(f"{address}2.0/deep/second/")
        page.get_by_label("Versions").select_option("1.0")
        page.wait_for_url("**/migration/1.0/")
        page.close()


def test_a_section_with_its_own_page_links_to_it_and_has_a_separate_toggle(
    visitor: Visitor,
) -> None:
    page = visitor.go("flows/")
    menu = page.get_by_role("navigation", name="Pages")
    section = menu.locator("li:has(> a + details)").filter(has_text="Scenarios")
    below = section.get_by_role("link", name="Peer to peer", exact=True)
    assert not below.is_visible()
    section.locator("summary").click()
    assert below.is_visible()
    assert page.url.endswith("/flows/")
    menu.get_by_role("link", name="Scenarios", exact=True).click()
    page.wait_for_url("**/scenarios/")
    assert below.is_visible()
    assert menu.get_by_role("link", name="Scenarios", exact=True).count() == 1

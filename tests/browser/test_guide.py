"""The built guide in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Visitor

pytestmark = pytest.mark.browser

PAGES = ("", "flows/", "configuration/", "scenarios/native-direct/", "about/review-2011/")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_without_console_messages(visitor: Visitor, path: str) -> None:
    visitor.go(path)
    assert visitor.faults == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sends_no_requests_to_other_hosts(visitor: Visitor, path: str) -> None:
    visitor.go(path)
    assert [url for url in visitor.requests if not url.startswith(visitor.address)] == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_page_is_wider_than_the_window(visitor: Visitor, path: str, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    page = visitor.go(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_nav_opens_another_page_and_marks_it(visitor: Visitor) -> None:
    page = visitor.go("flows/")
    menu = page.get_by_role("navigation", name="Pages")
    menu.get_by_role("link", name="Transports").click()
    assert page.url == f"{visitor.address}transports/"
    assert menu.locator("[aria-current=page]").inner_text() == "Transports"


def test_the_theme_switch_changes_the_colours_and_is_remembered(visitor: Visitor) -> None:
    page = visitor.go("flows/")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    switch = page.locator("[data-theme-switch]")
    for _ in range(3):
        switch.click()
        if page.evaluate(colour) != light:
            break
    dark = page.evaluate(colour)
    assert dark != light
    visitor.go("transports/")
    assert page.evaluate(colour) == dark


def test_drawings_have_a_name_a_description_and_the_colours_of_the_theme(visitor: Visitor) -> None:
    page = visitor.go("flows/")
    drawing = page.get_by_role("img", name="Managed peer to peer")
    assert drawing.count() == 1
    described = drawing.get_attribute("aria-describedby") or ""
    words = page.locator(f"#{described}").text_content() or ""
    assert "libvirtd (Source host) to libvirtd (Destination host): control" in words
    text_colour = "e => getComputedStyle(e.querySelector('.node text')).fill"
    light = drawing.evaluate(text_colour)
    page.emulate_media(color_scheme="dark")
    assert drawing.evaluate(text_colour) != light


def test_a_drawing_fits_a_phone(phone: Visitor) -> None:
    page = phone.go("flows/")
    widths = page.eval_on_selector_all(
        ".drawing-svg", "all => all.map(e => e.getBoundingClientRect().width)"
    )
    assert widths
    assert max(widths) <= 390


def test_the_phone_opens_and_closes_its_menu(phone: Visitor) -> None:
    page = phone.go("flows/")
    menu = page.get_by_role("navigation", name="Pages")
    assert not menu.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert menu.is_visible()
    page.keyboard.press("Escape")
    assert not menu.is_visible()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("migration.html", ""),
        ("migration.html#flowpeer2peer", "flows/#managed-peer-to-peer"),
        ("migration.html#config", "configuration/"),
        ("migration.html#uris", "uris/"),
    ],
)
def test_links_to_the_page_of_2011_still_work(visitor: Visitor, old: str, new: str) -> None:
    page = visitor.go(old)
    page.wait_for_url(f"{visitor.address}{new}**")
    assert page.url.removeprefix(visitor.address).startswith(new)


def test_without_scripts_a_page_can_be_read_and_its_links_work(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{address}flows/")
    assert page.locator("h1").is_visible()
    assert not page.locator("[data-theme-switch]").is_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Transports").first.click()
    assert page.url == f"{address}transports/"
    context.close()


def test_the_site_works_from_disk(visitor: Visitor, guide: Path) -> None:
    visitor.page.goto((guide / "flows" / "index.html").as_uri())
    assert visitor.page.locator("h1").inner_text().startswith("Migration types")
    assert visitor.page.evaluate("getComputedStyle(document.body).margin") == "0px"
    assert visitor.faults == []


def test_a_missing_page_offers_help(visitor: Visitor, guide: Path) -> None:
    html = (guide / "404.html").read_text("utf-8")
    assert 'href="/migration/flows/"' in html
    assert visitor.go("404.html").locator("h1").inner_text() == "There is no page at this address"

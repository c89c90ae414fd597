"""Hostile strings, in indexed titles and texts, and in the search box."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from tests.support.browser import Visitor, served
from tests.support.project import Project

pytestmark = pytest.mark.browser

MARKUP = [
    '<script>pwned=1</script>',
    '<img src=x onerror="pwned=1">',
    '"><svg onload=pwned=1>',
    "'><iframe srcdoc='<script>parent.pwned=1</script>'>",
    "</script><script>pwned=1</script>",
    "]]><script>pwned=1</script>",
    "<a href=javascript:pwned=1>x</a>",
    "javascript:pwned=1//",
    "<style>*{display:none}</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0>",
    "--><script>pwned=1</script><!--",
    "{{ 7 * 7 }}", "${pwned=1}", "<%= 1 %>", "`${pwned=1}`", "{% raw %}",
    "\\u003cscript\\u003epwned=1", "&lt;script&gt;pwned=1", "%3Cscript%3E",
    "');pwned=1;//", '");pwned=1;//', '\\");pwned=1;//', "\u2028pwned=1\u2029",
    "proofdownSearch.part('x',[])", "__proto__", "constructor", "toString", "hasOwnProperty",
    "__proto__=0:99999", "a=0:1,1:1 b=0:1", "0:1", "1 2 3", "= = =", "\x7f", "\u200b\u200d\u2060",
    "\u202egnp.exe", "ﷺ", "İstanbul ı", "e\u0301\u0301\u0301" * 20, "👩‍👩‍👧‍👦", "𝓼𝓮𝓪𝓻𝓬𝓱",
    "移行する",
    "a" * 5000, "- " * 500, "/" * 300, "(((((((((", "[[[[[", "*+?^$|\\", ".*", "\\d+",
    "' OR 1=1 --", "../../../etc/passwd", "file:///etc/passwd", "C:\\Windows", "NUL", "nan", "-0",
]  # fmt: skip
WRAPPED = ["{}", "x {} y", '"{}"', "{}{}"]
STRINGS = [wrap.replace("{}", text) for text in MARKUP for wrap in WRAPPED]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a site whose titles and texts are hostile."""
    root = tmp_path_factory.mktemp("hostile") / "root"
    pages: dict[str, str | bytes] = {"content/index.md": "# Home\n\nHello needle.\n"}
    for number, text in enumerate(STRINGS):
        line = yaml.safe_dump(text, default_style='"', width=10**6).strip()
        body = text.replace("<", "&lt;").replace("\x7f", "")
        pages[f"content/p{number}.md"] = f"---\ntitle: {line}\n---\n\nneedle {body}\n\n## needle\n"
    project = Project.make(root, pages)
    # How the sentences are written does not matter here.
    codes = "misspelling unknown-word run-together missing-stop unbalanced-pair ragged-table"
    settings = "".join(f"  {code}: off\n" for code in codes.split())
    project.write({"proofdown.yml": f"title: Hostile\nchecks:\n{settings}"})
    built = project.build()
    assert built.code == 0, built.out[:2000]
    with served(root / "site") as address:
        yield address


def test_there_are_more_than_200_hostile_strings() -> None:
    assert len(set(STRINGS)) > 200


def test_nothing_typed_into_the_search_runs_or_breaks_it(browser: Browser, hostile: str) -> None:
    context = browser.new_context()
    visitor = Visitor(context, hostile)
    page = visitor.go()
    page.keyboard.press("/")
    box = page.get_by_role("combobox")
    for text in STRINGS:
        box.fill(text)
    box.fill("needle")
    page.get_by_role("option").first.wait_for()
    assert page.evaluate("typeof pwned") == "undefined"
    assert visitor.faults == []
    assert page.url == hostile
    context.close()


def test_every_hostile_title_is_shown_literally(browser: Browser, hostile: str) -> None:
    context = browser.new_context()
    visitor = Visitor(context, hostile)
    page = visitor.go()
    page.keyboard.press("/")
    page.get_by_role("combobox").fill("needle")
    more = page.get_by_role("button", name="Show more pages")
    page.get_by_role("option").first.wait_for()
    for _ in range(100):
        if not more.is_visible():
            break
        shown = page.get_by_role("group").count()
        more.click()
        page.wait_for_timeout(10)
        page.locator(f"#search-page-{shown}").wait_for(state="attached")
    titles = set(page.locator(".search-page").all_text_contents())
    assert {text for text in MARKUP[:30] if text.strip() == text} <= titles
    inside = page.locator("#search-results").evaluate(
        "box => [...new Set([...box.querySelectorAll('*')].map(e => e.localName))].sort()"
    )
    assert inside == ["a", "div", "mark", "span", "strong"]
    links = page.locator("#search-results a").evaluate_all("all => all.map(a => a.href)")
    assert [link for link in links if not link.startswith(hostile)] == []
    assert page.evaluate("typeof pwned") == "undefined"
    assert visitor.faults == []
    context.close()


def test_no_page_with_a_hostile_title_runs_it(browser: Browser, hostile: str) -> None:
    context = browser.new_context()
    visitor = Visitor(context, hostile)
    for number in range(0, len(STRINGS), 4):
        visitor.go(f"p{number}/")
        assert visitor.page.evaluate("typeof pwned") == "undefined"
    assert visitor.faults == []
    context.close()


def test_the_search_script_inserts_no_markup(guide: Path) -> None:
    scripts = [(guide / "theme" / name).read_text("utf-8") for name in ("search.js", "theme.js")]
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert [sink in script for script in scripts] == [False, False], sink

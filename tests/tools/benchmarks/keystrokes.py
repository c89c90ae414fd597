"""The time from a key to its results, in Chromium, with no part of the index loaded before.

Each query is typed by a new reader, letter by letter with a pause. A key's time ends in the task
after the frame that first shows the results, or the line that says that there are none.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from tests.tools.benchmarks.preview import CHROMIUM

PAUSE = 250
"""Milliseconds between two keys."""
QUERIES = ("peer to peer", "--undefinesource", "migration does not end", "cancle", "tls certif")
_WATCHES = """() => {
  const input = document.querySelector(".search input");
  let typed, at = 0;
  window.seen = [];
  input.addEventListener("input", (event) => ([typed, at] = [input.value, event.timeStamp]), true);
  const look = () => {
    if (!at) return;
    const [key, start] = [typed, at];
    at = 0;
    requestAnimationFrame(() => {
      const drawn = new MessageChannel();
      drawn.port1.onmessage = () => window.seen.push([key, performance.now() - start]);
      drawn.port2.postMessage("");
    });
  };
  const observer = new MutationObserver(look);
  for (const part of document.querySelectorAll("#search-results, .search-note")) {
    observer.observe(part, { childList: true, characterData: true, subtree: true });
  }
}"""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was pressed."""

    typed: str
    """The text in the box after the key."""
    milliseconds: float
    """Milliseconds until its results were shown."""


def measure_typing(address: str, queries: Sequence[str] = QUERIES) -> list[Key]:
    """Type all queries on a page; return the keys whose results were shown."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        return [key for query in queries for key in _type(chromium, address, query)]


def _type(chromium: Browser, address: str, query: str) -> Iterator[Key]:
    page = chromium.new_page()
    page.goto(address)
    page.keyboard.press("/")
    page.locator(".search[open]").wait_for()
    page.evaluate(_WATCHES)
    page.wait_for_timeout(PAUSE)
    for letter in query:
        page.keyboard.type(letter)
        page.wait_for_timeout(PAUSE)
    yield from (Key(*seen) for seen in page.evaluate("window.seen"))
    page.close()


def typing_table(keys: Sequence[Key]) -> str:
    """Return the median and the slowest key as a line of text."""
    slowest = max(keys, key=lambda key: key.milliseconds)
    middle = median(key.milliseconds for key in keys)
    return (
        f"{len(keys)} keys: median {middle:.0f} ms, "
        f"slowest {slowest.milliseconds:.0f} ms (`{slowest.typed}`)\n"
    )

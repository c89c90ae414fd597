"""Chromium and the built guide on a server of its own, for the tests of this folder."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from support import REPOSITORY, run_command

CHROMIUM = os.environ.get("PROOFDOWN_CHROMIUM") or shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and prints nothing."""

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Chromium; without one the tests are skipped, unless they are required."""
    if CHROMIUM is None:
        if os.environ.get("PROOFDOWN_REQUIRE_BROWSER"):
            pytest.fail("PROOFDOWN_REQUIRE_BROWSER is set and there is no chromium")
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built guide."""
    root = tmp_path_factory.mktemp("guide")
    for name in ("content", "diagrams", "templates"):
        shutil.copytree(REPOSITORY / name, root / name)
    shutil.copy(REPOSITORY / "proofdown.yml", root)
    result = run_command("build", cwd=root)
    assert result.code == 0, result.out
    return root / "site"


@pytest.fixture(scope="session")
def address(guide: Path) -> Iterator[str]:
    """Return the address that serves the guide."""
    handler = functools.partial(QuietHandler, directory=str(guide))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Visitor:
    """A page in the browser that remembers what went wrong in it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def go(self, path: str = "") -> Page:
        """Open a page of the guide."""
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    """Return a visitor at a desk."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Visitor(context, address)
    context.close()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visitor]:
    """Return a visitor with a phone."""
    size = {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, has_touch=True)  # type: ignore[arg-type]
    yield Visitor(context, address)
    context.close()

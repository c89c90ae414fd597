"""Fixtures for browser tests: Chromium, and servers for the built guide and the showcase."""

import contextlib
import functools
import http.server
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.support.project import REPOSITORY, run_command

CHROMIUM = os.environ.get("PROOFDOWN_CHROMIUM") or shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


SUBPATH = "/migration/"
"""The path at which the sites are served, as on a host of many projects."""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files below a folder of the host, with the site's own 404 page, and prints nothing."""

    def translate_path(self, path: str) -> str:
        """Return the file for a path."""
        inside = path.removeprefix(SUBPATH) if path.startswith(SUBPATH) else "no/such/file"
        return super().translate_path("/" + inside)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer 404 with the site's own page."""
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.is_file():
            return super().send_error(code, message, explain)
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.read_bytes())
        return None

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


class QuietServer(http.server.ThreadingHTTPServer):
    """Prints nothing if a reader closes the connection early."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print an error, except a closed connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield Chromium. Without it, skip, or fail if browser tests are required."""
    if CHROMIUM is None:
        if os.environ.get("PROOFDOWN_REQUIRE_BROWSER"):
            pytest.fail("PROOFDOWN_REQUIRE_BROWSER is set and there is no chromium")
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a built site; yield its address."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with QuietServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{SUBPATH}"
        server.shutdown()


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
def showcase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built showcase, the site with one of everything."""
    root = tmp_path_factory.mktemp("showcase") / "root"
    shutil.copytree(REPOSITORY / "tests" / "browser" / "showcase", root)
    result = run_command("build", cwd=root)
    assert result.code == 0, result.out
    return root / "site"


@pytest.fixture(scope="session")
def address(guide: Path) -> Iterator[str]:
    """Yield the address that serves the guide."""
    with served(guide) as found:
        yield found


@pytest.fixture(scope="session")
def showcase_address(showcase: Path) -> Iterator[str]:
    """Yield the address that serves the showcase."""
    with served(showcase) as found:
        yield found


class Visitor:
    """A page in the browser that records requests and errors."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.violations: list[str] = []
        """What the content security policy refused."""
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _note(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "TrustedScript" in message.text:
            self.violations.append(message.text)
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def go(self, path: str = "") -> Page:
        """Open a page of the site."""
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    """Yield a visitor with a wide screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Visitor(context, address)
    context.close()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visitor]:
    """Yield a visitor with a phone."""
    size = {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, has_touch=True)  # type: ignore[arg-type]
    yield Visitor(context, address)
    context.close()


@pytest.fixture
def reader(browser: Browser, showcase_address: str) -> Iterator[Visitor]:
    """Yield a visitor of the showcase."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield Visitor(context, showcase_address)
    context.close()

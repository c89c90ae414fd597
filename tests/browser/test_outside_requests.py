"""The rule `outside-request` reports all requests that Chromium sends to other hosts by itself."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.browser import QuietServer, served
from tests.support.project import Project

pytestmark = pytest.mark.browser

LOADS = r"""
<link rel="stylesheet" href="{}">
<link rel="alternate stylesheet" title="T" href="{}">
<link rel="icon" href="{}">
<link rel="apple-touch-icon" href="{}">
<link rel="manifest" href="{}">
<link rel="prefetch" href="{}">
<link rel="preload" as="image" href="{}">
<link rel="preload" as="image" imagesrcset="{} 1x">
<link rel="modulepreload" href="{}">
<script src="{}"></script>
<script type="module" src="{}"></script>
<script type="module">import "{}"</script>
<script type="module">import("{}")</script>
<script type="importmap">{"imports": {"m": "{}"}}</script><script type="module">import "m"</script>
<script type="speculationrules">{"prefetch": [{"urls": ["{}"], "eagerness": "immediate"}]}</script>
<img src="{}" alt="">
<img srcset="{} 1x, {} 2x" alt="">
<image src="{}">
<picture><source srcset="{}"><img src="a.png" alt=""></picture>
<video poster="{}"></video>
<video src="{}" preload="auto"></video>
<video preload="auto"><source src="{}"></video>
<video src="a.mp4" preload="auto"><track default kind="subtitles" src="{}"></video>
<audio src="{}" preload="auto"></audio>
<iframe src="{}"></iframe>
<iframe srcdoc="<img src='{}'>"></iframe>
<iframe srcdoc="&lt;img src=&quot;{}&quot;&gt;"></iframe>
<iframe src="data:text/html,<img src='{}'>"></iframe>
<frameset><frame src="{}"></frameset>
<embed src="{}">
<object data="{}"></object>
<object><param name="src" value="{}"></object>
<applet code="a" codebase="{}"></applet>
<portal src="{}"></portal>
<bgsound src="{}">
<input type="image" src="{}" alt="">
<body background="{}"></body>
<table background="{}"><tr background="{}"><td background="{}">x</td></tr></table>
<svg><image href="{}" width="9" height="9"/></svg>
<svg><image xlink:href="{}" width="9" height="9"/></svg>
<svg><use href="{}#a"/></svg>
<svg><filter id="f"><feImage href="{}"/></filter><rect filter="url(#f)" width="9" height="9"/></svg>
<svg><script href="{}"></script></svg>
<svg><script xlink:href="{}"></script></svg>
<svg><rect fill="url({}#a)" width="9" height="9"/></svg>
<svg><rect mask="url({}#a)" width="9" height="9"/></svg>
<svg><rect filter="url({}#a)" width="9" height="9"/></svg>
<svg><rect clip-path="url({}#a)" width="9" height="9"/></svg>
<svg><path marker-start="url({}#a)" d="M0 0L9 9"/></svg>
<svg><rect cursor="url({}), auto" width="9" height="9"/></svg>
<svg><image width="9" height="9"><set attributeName="href" to="{}"/></image></svg>
<svg><image width="9" height="9"><animate attributeName="href" values="{};{}"/></image></svg>
<svg><style>@import "{}";</style></svg>
<svg><style>@im&#112;ort "{}";</style></svg>
<p style="background: url({})">x</p>
<p style='background: \75rl("{}")'>x</p>
<p style="background: &#117;rl({})">x</p>
<p style="background: image-set('{}' 1x)">x</p>
<p style="background: -webkit-image-set(url({}) 1x)">x</p>
<p style="background: cross-fade(url({}), url({}), 50%)">x</p>
<p style="border-image: url({}) 30; border-style: solid">x</p>
<p style="mask-image: url({}); list-style: url({})">x</p>
<p style="filter: url({}#a); cursor: url({}), auto">x</p>
<style>@import "{}"; @import url({}); @im\70ort url("{}");</style>
<style>@font-face { font-family: F; src: url("{}") } .f { font-family: F }</style><p class="f">x</p>
<style>.g::before { content: url({}) }</style><p class="g">x</p>
<style>.h { background: u\72 l({}) }</style><p class="h">x</p>
<style>.i { --p: url({}); background: var(--p) }</style><p class="i">x</p>
<style><!-- .k { background: url({}) } --></style><p class="k">x</p>
<link rel="stylesheet" href="data:text/css,@import '{}';">
<!--><img src="{}" alt=""><!-- -->
<style-guide><img src="{}" alt=""></style-guide>
<svg><style><img src="{}" alt=""></style></svg>
<svg><desc></svg></desc><style><img src="{}" alt=""></style></svg>
<svg><title><img src="{}" alt=""></title></svg>
<math><mtext><img src="{}" alt=""></mtext></math>
<noscript><p title="</noscript><img src='{}'>"></p></noscript>
<a title="<img src=a.png>" href=/ x='>' ><img alt=a"b src='{}'></a>
<img attributionsrc="{}" src="a.png" alt="">
<template shadowrootmode="open"><img src="{}" alt=""></template>
""".strip().splitlines()
URLS = r"""
https:/{}/
https:{}/
//{}/
///{}/
\\{}\
/\{}/
\/{}/
HTTPS://{}/
ht&#9;tps://{}/
ht&#10;tps://{}/
/&Tab;/{}/
&#1; https://{}/
&#104;ttps&colon;&sol;&sol;{}/
https:\\{}\
https://name:word@{}/
http://{}?x
http://{}#x
""".strip().splitlines()
GOING = """
<meta http-equiv="refresh" content="0;url={}">
<meta http-equiv="Refresh" content="0; URL='{}'">
<meta http-equiv="refresh" content="0,{}">
<base href="{}"><img src="no-such-file.png" alt="">
<form action="{}"><button>Go</button></form>
<form action="{}" method="post"><button>Go</button></form>
<form><button formaction="{}">Go</button></form>
<form><input type="submit" class="go" formaction="{}"></form>
<form id="e"></form><button form="e" formaction="{}">Go</button>
<a class="go" href="#home" ping="{}">x</a>
<map name="m"><area class="go" href="#home" ping="{}" coords="0,0,9,9"></map>
""".strip().splitlines()
LEAST_ASKED = 90
"""Of 117 ways; Chromium has removed some of them, such as `<applet>`."""


class Elsewhere(BaseHTTPRequestHandler):
    """Another host: records the names under which it receives requests."""

    asked: set[str]

    def do_GET(self) -> None:
        self.asked.add((self.headers["Host"] or "").partition(":")[0])
        self.send_response(204)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()

    do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


class Ways:
    """The pages. Each way to send a request has its own name of the other host."""

    def __init__(self, port: int) -> None:
        self.port, self.number = port, 0
        loads = [self.fill(line, "http://{}/") for line in LOADS]
        loads += [self.fill(f'<img src="{line}" alt="">', "{}") for line in URLS]
        self.pages = {"index.md": loads}
        self.pages |= {f"go{n}.md": [self.fill(line, "http://{}/")] for n, line in enumerate(GOING)}

    def fill(self, line: str, url: str) -> str:
        while "{}" in line:
            self.number += 1
            line = line.replace("{}", url.format(f"w{self.number}.localhost:{self.port}"), 1)
        return line

    def files(self, policy: str) -> dict[str, str | bytes]:
        found: dict[str, str | bytes] = {
            "proofdown.yml": f"title: T\n{policy}\nchecks: {{missing-asset: off}}\n",
            "content/a.png": "",
            "content/a.mp4": "",
        }
        for path, lines in self.pages.items():
            blocks = "\n\n".join(f"<div>\n{line}\n</div>" for line in lines)
            found[f"content/{path}"] = f"# Home\n\n{blocks}\n"
        return found


@pytest.fixture
def elsewhere() -> Iterator[tuple[int, set[str]]]:
    """Yield the port of the other host, and the set of names that were requested."""
    asked: set[str] = set()
    handler = type("Handler", (Elsewhere,), {"asked": asked})
    with QuietServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


def visit_all(context: BrowserContext, ways: Ways, folder: Path) -> None:
    """Open every page of the built site, and close the browser."""
    with served(folder) as address:
        for path in ways.pages:
            visit(context.new_page(), address + path.removesuffix("index.md").replace(".md", "/"))
        context.close()


def visit(page: Page, address: str) -> None:
    """Open a page, and click everything that can be clicked."""
    page.goto(address, wait_until="commit")
    page.wait_for_load_state("networkidle")
    if "go" in address and page.url == address:
        for button in page.locator("main button, main .go").all():
            button.dispatch_event("click")
        page.wait_for_load_state("networkidle")


def test_every_request_of_chromium_to_another_host_is_reported(
    browser: Browser, tmp_path: Path, elsewhere: tuple[int, set[str]]
) -> None:
    port, asked = elsewhere
    ways = Ways(port)
    project = Project.make(tmp_path / "site", ways.files("policy: off"))
    reported = set(re.findall(rf"\[outside-request\].*`([\w.]+):{port}`", project.build().out))
    context = browser.new_context()
    context.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
    visit_all(context, ways, tmp_path / "site" / "site")
    names = {name for name in asked if name.endswith(".localhost")}
    assert names - reported == set()
    assert len(names) >= LEAST_ASKED


def test_the_policy_blocks_every_request_except_a_refresh(
    browser: Browser, tmp_path: Path, elsewhere: tuple[int, set[str]]
) -> None:
    port, asked = elsewhere
    ways = Ways(port)
    project = Project.make(tmp_path / "site", ways.files("policy: strict"))
    assert project.build().code == 0
    context = browser.new_context()
    visit_all(context, ways, tmp_path / "site" / "site")
    refreshes = [line for lines in ways.pages.values() for line in lines if "efresh" in line]
    assert asked == {name for line in refreshes for name in re.findall(r"w\d+\.localhost", line)}

"""After a publish, what readers get is compared with the receipt; differences are reported."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from tests.support.project import Project, Result


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder; for some addresses it behaves like a slow host or a stale cache."""

    stale: ClassVar[dict[str, bytes]] = {}
    """Stale content of a cache, by address; a query bypasses it."""
    late: ClassVar[dict[str, int]] = {}
    """How many more times an address answers 404."""
    kinds: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        if self.late.get(self.path, 0) > 0:
            self.late[self.path] -= 1
            self.send_error(404)
        elif self.path in self.stale:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(self.stale[self.path])
        else:
            super().do_GET()

    def guess_type(self, path: str) -> str:  # type: ignore[override]
        name = Path(path).name
        return self.kinds.get(name) or super().guess_type(path)

    def log_message(self, *_: object) -> None:
        pass


class Live:
    """A site that is published to a folder that a web server serves."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder / "public"
        self.url = f"http://127.0.0.1:{port}/"
        target = f"{{to: directory, path: {self.folder}, patience: 1}}"
        settings = f"title: T\nurl: {self.url}\npublish:\n  host: {target}\n"
        files: dict[str, str | bytes] = {"proofdown.yml": settings, "content/index.md": "# Home\n"}
        files["content/a.md"] = "# A\n"
        self.project = Project.make(folder / "project", files)

    def publish(self, *arguments: str) -> Result:
        return self.project.run("publish", "host", *arguments)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """Yield a site that a web server serves."""
    folder = tmp_path / "public"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        _Handler.stale, _Handler.late, _Handler.kinds = {}, {}, {}
        try:
            yield Live(tmp_path, server.server_port)
        finally:
            server.shutdown()
            thread.join()


def test_served_files_are_compared_after_every_publish(live: Live) -> None:
    result = live.publish()
    assert result.code == 0, result.out
    files = len([path for path in live.folder.rglob("*") if path.is_file()])
    line = f"published; verified: readers get {files} files at {live.url} as checked"
    assert result.out.splitlines()[-1] == line
    result = live.publish()
    line = f"nothing to send; verified: readers get 1 file at {live.url} as checked"
    assert result.out.splitlines()[-1] == line


def test_a_host_may_serve_new_files_with_a_delay(live: Live) -> None:
    settings = live.project.root / "proofdown.yml"
    settings.write_text(settings.read_text().replace("patience: 1", "patience: 60"))
    _Handler.late = {"/": 1, "/theme/theme.css": 1}
    assert live.publish().code == 0
    assert set(_Handler.late.values()) == {0}


def test_a_changed_byte_is_reported(live: Live) -> None:
    assert live.publish().code == 0
    page = live.folder / "a" / "index.html"
    page.write_bytes(page.read_bytes().replace(b"A", b"B", 1))
    result = live.publish("--verify")
    assert result.code == 1
    message = f"error[differs-live]: {live.url}a/ is not what was published"
    assert [line.split(": ", 1)[1] for line in result.diagnostics] == [message]
    assert result.out.splitlines()[-1].endswith(", 1 do not")


def test_a_missing_file_a_stale_cache_and_a_wrong_type_are_reported(live: Live) -> None:
    assert live.publish().code == 0
    (live.folder / "robots.txt").unlink()
    _Handler.stale = {"/": b"<!doctype html>old"}
    _Handler.kinds = {"theme.js": "text/plain"}
    result = live.publish("--verify")
    assert [line.split(": ", 1)[1] for line in result.diagnostics] == [
        f"error[differs-live]: {live.url} is an older version from a cache",
        f"error[differs-live]: {live.url}robots.txt is missing: the host answers 404",
        f"error[differs-live]: {live.url}theme/theme.js is served as `text/plain`",
    ]


def test_a_publish_exits_with_1_if_readers_do_not_get_it(live: Live) -> None:
    _Handler.late = {"/a/": 10**6}
    result = live.publish()
    assert result.code == 1
    assert f"{live.url}a/ is missing: the host answers 404" in result.out
    assert result.out.splitlines()[-1] == f"published; 1 file differs at {live.url}"


def test_a_live_site_without_a_target_is_verified_against_its_own_receipt(live: Live) -> None:
    assert live.publish().code == 0
    settings = f"title: T\nurl: {live.url}\n"
    live.project.write({"proofdown.yml": settings})
    result = live.project.run("publish", "--verify")
    assert result.code == 0, result.out
    assert result.out.splitlines()[-1].endswith(f"match the receipt of {live.url}, 0 do not")


def test_without_an_address_the_report_says_that_nothing_was_verified(live: Live) -> None:
    text = (live.project.root / "proofdown.yml").read_text()
    live.project.write({"proofdown.yml": text.replace(f"url: {live.url}\n", "")})
    result = live.publish()
    assert (result.code, result.out.splitlines()[-1]) == (
        0,
        "published; not verified: the site has no `url`",
    )
    assert live.publish("--verify").code == 2


def test_an_unreachable_server_is_reported(live: Live) -> None:
    assert live.publish("--no-verify").code == 0
    target = f"{{to: directory, path: {live.folder}, url: 'http://127.0.0.1:9/', patience: 1}}"
    live.project.write({"proofdown.yml": f"title: T\npublish:\n  host: {target}\n"})
    result = live.publish("--verify")
    assert result.code == 1
    assert "http://127.0.0.1:9/ cannot be reached: " in result.out

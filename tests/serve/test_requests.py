"""What the preview answers, and to whom: raw requests over a socket.

The numbers D1 to D13 are those of a list of faults that development servers have had, from
`GET /../../etc/passwd` to websockets that any open web page could use.
"""

import base64
import os
import random
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from tests.support.project import Project
from tests.support.running_preview import Answer, RunningPreview, preview_of

SECRET = b"the secret of this machine"
PAGE = "# Home\n\n[Guide](guide/index.md) ![Rack](rack.png)\n"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPreview]:
    """Return a preview of a site with secrets of every kind around the files to serve."""
    top = tmp_path_factory.mktemp("served")
    project = Project.make(
        top / "docs",
        {
            "proofdown.yml": "title: Test\nurl: https://example.org/docs/\n",
            "content/index.md": PAGE,
            "content/guide/index.md": "# Guide\n\nText.\n",
            "content/rack.png": PNG,
            "content/.env": SECRET,
            "content/.hidden/x": SECRET,
            ".env": SECRET,
            ".git/config": SECRET,
            "templates/secret.html": SECRET,
        },
    )
    (top / "docs_secret").mkdir()
    (top / "docs_secret" / "x").write_bytes(SECRET)
    (top / "x").write_bytes(SECRET)
    content = project.root / "content"
    (content / "link.txt").symlink_to(top / "x")
    (content / "folder-link").symlink_to(top / "docs_secret")
    (content / "chain.txt").symlink_to(content / "link.txt")
    os.mkfifo(content / "pipe")
    with preview_of(project.root) as running:
        yield running


def assert_sane(preview: RunningPreview) -> None:
    assert preview.get().status == 200
    assert "Traceback" not in preview.said


PATHS = [
    "/../x", "/..%2fx", "/%2e%2e/x", "/%252e%252e/x", "/..%5cx", "/..\\x", "//x", "///etc/passwd",
    "/./../x", "/a/../../x", "/%00", "/a%00.html", "/%ff", "/..;/x", "/.env", "/.git/config",
    "/.hidden/x", "/index.html/", "/index.html::$DATA", "/con", "/C:/x", "/file:///etc/passwd",
    "http://evil/x", "*", "/link.txt", "/chain.txt", "/folder-link/x", "/pipe", "/proofdown.yml",
    "/templates/secret.html", "/content/index.md", "/_proofdown/../x", "/_proofdown/server.py",
    "/_proofdown/%2e%2e/guards.py", "/forcereload?path=*", "/livereload", "/livereload.js",
    "/docs", "/docs_secret/x", "/.proofdown-site", "/guide/.", "/@fs/etc/passwd", "/%5c%5cevil",
]  # fmt: skip


def spellings(path: str) -> Iterator[str]:
    """Yield a path unchanged, and in the spellings that have bypassed other servers' checks."""
    encoded = "".join(f"%{byte:02x}" for byte in path.encode()[1:])
    for start in ("", "/docs"):
        yield start + path
        yield f"{start}/{encoded}"
        yield f"{start}/{encoded.replace('%', '%25')}"
    yield from (f"/docs{path}{end}" for end in ("?x", "?raw??", "#x", ";x", "/", "/.", "?.svg"))
    yield "/docs" + path.upper()


@pytest.mark.parametrize("path", PATHS)
def test_d1_d4_no_spelling_of_a_path_escapes_the_manifest(
    preview: RunningPreview, path: str
) -> None:
    found = {target: preview.ask(target) for target in spellings(path)}
    assert [target for target, answer in found.items() if SECRET in answer.raw] == []
    served = {target for target, a in found.items() if a.status not in (400, 403, 404)}
    # A spelling of `/docs` itself may be answered, but only by a redirect to the start.
    is_start = {t for t in served if t == "/docs/" or found[t].headers.get("location") == "/docs/"}
    assert served - is_start == set()
    assert_sane(preview)


def test_d1_a_very_long_path_is_refused(preview: RunningPreview) -> None:
    assert preview.ask("/" + "a" * 65536).status == 414
    assert_sane(preview)


@pytest.mark.parametrize("path", ["", "guide/", "guide/index.html", "index.html?x=1", "%67uide/"])
def test_a_page_is_served_with_the_script_in_it(preview: RunningPreview, path: str) -> None:
    answer = preview.get(path)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.body.count(b'<script type="module" src="/_proofdown/live.js?token=') == 1


def test_a_file_is_served_unchanged(preview: RunningPreview) -> None:
    answer = preview.get("rack.png")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.body == PNG


def test_an_unknown_address_gets_the_site_s_own_404_page(preview: RunningPreview) -> None:
    answer = preview.get("nowhere/")
    assert answer.status == 404
    assert "There is no page at this address" in answer.text


def test_the_root_redirects_to_the_path_that_the_site_has_on_its_host(
    preview: RunningPreview,
) -> None:
    answer = preview.ask("/")
    assert (answer.status, answer.headers["location"]) == (302, "/docs/")


def test_head_returns_the_headers_without_a_body(preview: RunningPreview) -> None:
    for path in ("", "rack.png", "nowhere"):
        get, head = preview.get(path), preview.ask(f"/docs/{path}", method="HEAD")
        assert head.body == b""
        assert head.status == get.status
        assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("folder", ["sub/docs", "docs", "späte/docs", "link"])
def test_d2_a_site_is_served_from_a_folder_of_any_name(tmp_path: Path, folder: str) -> None:
    project = Project.make(
        tmp_path / "real" / folder,
        {"content/index.md": PAGE.replace("[Guide](guide/index.md)", ""), "content/rack.png": PNG},
    )
    root = project.root
    if folder == "link":
        root = tmp_path / "link"
        root.symlink_to(project.root)
    with preview_of(root) as running:
        assert [running.get(path).status for path in ("", "rack.png")] == [200, 200]


def test_d3_a_sibling_folder_whose_name_starts_the_same_is_not_served(
    preview: RunningPreview,
) -> None:
    for target in ("/docs_secret/x", "/docs/../docs_secret/x", "/docs/folder-link/x"):
        assert preview.ask(target).status == 404


def test_d5_a_file_that_becomes_a_link_out_of_the_site_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(SECRET)
    project = Project.make(
        tmp_path / "docs",
        {"content/index.md": "# Home\n\n![R](rack.png)\n", "content/rack.png": PNG},
    )
    # Broken settings freeze the manifest while the file is replaced.
    with preview_of(project.root) as running:
        before = len(running.lines)
        project.write({"proofdown.yml": "title: [\n"})
        running.wait_for_build(before)
        rack = project.root / "content" / "rack.png"
        rack.unlink()
        rack.symlink_to(tmp_path / "x")
        assert running.get("rack.png").status == 404
        rack.unlink()
        os.mkfifo(rack)
        assert running.get("rack.png").status == 404


@pytest.mark.parametrize("path", ["", "rack.png", "nowhere", "../_proofdown/live.js"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:1", "file://"]
)
def test_d6_another_origin_is_refused_and_no_header_allows_it_to_read(
    preview: RunningPreview, path: str, origin: str
) -> None:
    target = "/_proofdown/live.js" if path.startswith("..") else f"/docs/{path}"
    answer = preview.ask(target, f"Host: localhost:{preview.port}", f"Origin: {origin}")
    assert answer.status == 403
    assert [name for name in answer.headers if name.startswith("access-control-")] == []


def test_d6_every_answer_forbids_the_browser_to_share_it(preview: RunningPreview) -> None:
    for target in ("/docs/", "/docs/rack.png", "/docs/nowhere", "/", "/_proofdown/live.js"):
        headers = preview.ask(target).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("site", "mode", "dest", "status"),
    [
        ("none", "navigate", "document", 200),
        ("same-origin", "no-cors", "image", 200),
        ("cross-site", "navigate", "document", 200),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "no-cors", "script", 403),
        ("same-site", "no-cors", "image", 403),
        ("cross-site", "cors", "empty", 403),
    ],
)
def test_d6_pages_of_other_sites_may_link_here_but_load_nothing(
    preview: RunningPreview, site: str, mode: str, dest: str, status: int
) -> None:
    fetch = {"Site": site, "Mode": mode, "Dest": dest}
    lines = [f"Sec-Fetch-{name}: {value}" for name, value in fetch.items()]
    assert preview.ask("/docs/", f"Host: 127.0.0.1:{preview.port}", *lines).status == status


HOSTS = {
    "localhost": 200, "localhost:{port}": 200, "LocalHost:{port}": 200, "127.0.0.1": 200,
    "127.0.0.1:{port}": 200, "[::1]": 200, "[::1]:{port}": 200, "127.8.8.8": 200,
    "x.localhost": 200, "evil.example": 403, "localhost.evil.example": 403,
    "127.0.0.1.nip.io": 403, "LOCALHOST.": 403, "0.0.0.0": 403, "192.168.1.7": 403,  # noqa: S104
    "2130706433": 403, "0x7f.1": 403, "a b": 400, "[::1": 400, "localhost:x": 400, "": 400,
    "localhost@evil.example": 400, "localhost, evil.example": 400, "ｌocalhost": 400,
}  # fmt: skip


@pytest.mark.parametrize(("host", "status"), HOSTS.items())
@pytest.mark.parametrize("target", ["/docs/", "/_proofdown/live.js", "/_proofdown/live"])
def test_d7_only_names_of_this_machine_are_answered(
    preview: RunningPreview, host: str, status: int, target: str
) -> None:
    answer = preview.send(
        f"GET {target} HTTP/1.1\r\nHost: {host.format(port=preview.port)}\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    is_socket = target.endswith("/live")
    assert answer.status == (403 if is_socket and status == 200 else status)
    assert_sane(preview)


def test_d7_requests_with_no_host_or_two_hosts_are_refused(preview: RunningPreview) -> None:
    assert preview.ask("/docs/", "X: y").status == 400
    two = ("Host: localhost", "Host: evil.example")
    assert preview.ask("/docs/", *two).status == 400
    assert preview.ask("/docs/", *reversed(two)).status == 400
    old = preview.send(b"GET /docs/ HTTP/1.0\r\n\r\n")
    assert old.status == 400


def test_d7_refusing_a_host_names_the_option_that_allows_it(preview: RunningPreview) -> None:
    text = preview.ask("/docs/", "Host: docs.test").text
    assert "`--allow-host docs.test`" in text


def test_d7_an_allowed_host_is_answered(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "docs", {"content/index.md": "# Home\n\nText.\n"})
    with preview_of(project.root, "--allow-host", "Docs.test") as running:
        assert running.ask("/", "Host: docs.test:8000").status == 200
        assert running.ask("/", "Host: other.test").status == 403


def test_d8_a_proxy_may_add_tls_to_an_allowed_host(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "docs", {"content/index.md": "# Home\n\nText.\n"})
    with preview_of(project.root, "--allow-host", "docs.test") as running:
        token = token_of(running)
        for host, status in (("docs.test", 101), (f"127.0.0.1:{running.port}", 403)):
            lines = (f"Host: {host}", f"Origin: https://{host}")
            assert running.send(upgrade(token, *lines), b"\r\n\r\n").status == status


@pytest.mark.parametrize("path", ["dökü", "d%C3%B6kü", "a b", "a%20b", "/x/"])
def test_a_site_is_served_at_the_path_of_its_address_as_browsers_encode_it(
    tmp_path: Path, path: str
) -> None:
    shown = quote(unquote(path)).strip("/")
    settings = f'title: T\nurl: "https://example.org/{path}"\n'
    files: dict[str, str | bytes] = {
        "proofdown.yml": settings,
        "content/index.md": "# Home\n\nText.\n",
    }
    with preview_of(Project.make(tmp_path / "docs", files).root) as running:
        assert running.url.endswith(f":{running.port}/{shown}/")
        assert running.ask("/").headers["location"] == f"/{shown}/"
        assert running.get().status == 200


def test_a_site_without_a_home_page_says_so_at_its_address(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "docs", {"content/a.md": "# A\n"})
    with preview_of(project.root) as running:
        assert running.get().status == 404
        assert "/_proofdown/live.js" in running.get().text


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.webp", "image/webp"), ("a.woff2", "font/woff2"), ("a.x", "application/octet-stream")],
)
def test_a_file_has_the_same_type_on_every_machine(
    preview: RunningPreview, name: str, kind: str
) -> None:
    Project(preview.root).write({f"content/{name}": "x"})
    preview.wait_until(lambda: preview.get(name).status == 200)
    assert preview.get(name).headers["content-type"] == kind


def token_of(preview: RunningPreview) -> str:
    return preview.get().text.partition("token=")[2].partition("&")[0]


def upgrade(token: str, *headers: str) -> bytes:
    """Return a websocket's handshake."""
    target = f"/_proofdown/live?token={token}&seen=1&page=/docs/"
    lines = (
        f"GET {target} HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers,
    )  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


ORIGINS = [
    "", "null", "http://evil.example", "http://127.0.0.1:1", "http://[", "file://",
    "https://127.0.0.1:{port}", "http://localhost:{port}", "ws://127.0.0.1:{port}",
]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("kind", ["none", "wrong", "right"])
def test_d8_a_websocket_needs_both_the_token_and_the_origin(
    preview: RunningPreview, origin: str, kind: str
) -> None:
    right = token_of(preview)
    tokens = {"none": "", "wrong": "x" * len(right), "right": right}
    host = f"Host: 127.0.0.1:{preview.port}"
    lines = [f"Origin: {origin.format(port=preview.port)}"] if origin else []
    assert preview.send(upgrade(tokens[kind], host, *lines), b"\r\n\r\n").status == 403
    own = f"Origin: http://127.0.0.1:{preview.port}"
    if kind != "right":
        assert preview.send(upgrade(tokens[kind], host, own), b"\r\n\r\n").status == 403
    assert_sane(preview)


def test_d8_a_websocket_whose_host_and_origin_are_both_evil_is_refused(
    preview: RunningPreview,
) -> None:
    evil = ("Host: evil.example", "Origin: http://evil.example")
    assert preview.send(upgrade(token_of(preview), *evil), b"\r\n\r\n").status == 403


def masked(opcode: int, payload: bytes) -> bytes:
    """Return a short websocket frame as clients send it."""
    return bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload


@pytest.mark.parametrize("frame", [masked(1, b'{"command":"hello"}'), masked(2, b"x"),
                                   masked(1, b"")])  # fmt: skip
def test_d9_any_message_from_a_client_closes_the_websocket(
    preview: RunningPreview, frame: bytes
) -> None:
    own = (f"Host: 127.0.0.1:{preview.port}", f"Origin: http://127.0.0.1:{preview.port}")
    with socket.create_connection((preview.host, preview.port), 30) as connection:
        connection.sendall(upgrade(token_of(preview), *own))
        received = connection.recv(65536)
        assert Answer(received).status == 101
        connection.sendall(frame)
        while piece := connection.recv(65536):
            received += piece
            if b"\x03\xf0" in piece:
                connection.sendall(masked(8, b"\x03\xf0"))
    # 0x88 is a close frame, 0x03f0 is 1008: policy violation.
    assert b"\x88\x18\x03\xf0this socket is one-way" in received


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"]
)
@pytest.mark.parametrize("target", ["/docs/", "/_proofdown/live.js", "/_proofdown/live"])
def test_d9_a_preview_is_read_only(preview: RunningPreview, method: str, target: str) -> None:
    answer = preview.ask(target, f"Host: localhost:{preview.port}", method=method)
    assert (answer.status, answer.headers.get("allow")) == (405, "GET, HEAD")
    assert_sane(preview)


def test_d10_no_headers_crash_it(preview: RunningPreview) -> None:
    dice = random.Random(10)  # noqa: S311 (the same requests every time)
    names = ["Host", "Origin", "Connection", "Upgrade", "Content-Length", "Transfer-Encoding",
             "Range", "Cookie", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Expect",
             "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Sec-Fetch-Site"]  # fmt: skip
    parts = ["localhost", "evil", ":", "[", "]", "::1", "\x00", "%", "\xff", " ", "\t",
             "é", "\\", "-1", "9999999999999999999", "chunked", "websocket", "13", ","]  # fmt: skip
    requests = []
    for _ in range(5000):
        lines = [
            f"{dice.choice(names)}: {''.join(dice.choices(parts, k=dice.randrange(6)))}"
            for _ in range(dice.randrange(6))
        ]
        target = dice.choice(["/docs/", "/_proofdown/live", "/%", "*", "/\xff", "?"])
        head = "\r\n".join((f"GET {target} HTTP/1.1", *lines))
        requests.append(head.encode("latin-1") + b"\r\n\r\n")
    for data in requests:
        with socket.create_connection((preview.host, preview.port), 30) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            # The answer does not matter, only that the server survives.
            connection.recv(12)
    assert_sane(preview)


@pytest.mark.parametrize(
    "target", ["//evil", "//evil/%2e%2e", "/\\evil", "/%2f%2fevil", "//evil.example/docs", "/docs",
               "/docs/guide", "/docs/guide?//evil", "/docs//evil", "/docs/guide%2f"]
)  # fmt: skip
def test_d11_a_redirect_never_leaves_the_server(preview: RunningPreview, target: str) -> None:
    location = preview.ask(target).headers.get("location", "/docs/")
    assert location.startswith("/docs/")


def test_d12_requests_that_are_too_large_are_refused_with_an_explanation(
    preview: RunningPreview,
) -> None:
    host = f"Host: localhost:{preview.port}"
    assert preview.ask("/docs/", host, "X: " + "a" * 1024 * 1024).status == 431
    cookies = preview.ask("/docs/", host, "Cookie: " + "; ".join(f"c{n}=1" for n in range(10_000)))
    assert cookies.status == 431
    assert "delete the cookies" in cookies.text
    many = preview.ask("/docs/", host, *(f"X-{n}: y" for n in range(10_000)))
    assert many.status in (400, 431)
    for method in ("GET", "HEAD", "POST"):
        answer = preview.ask("/docs/", host, "Content-Length: 100000000", method=method)
        assert answer.status == (405 if method == "POST" else 413)
    assert preview.ask("/docs/", host, "Transfer-Encoding: chunked").status == 413
    assert_sane(preview)


def test_d12_a_body_sent_despite_a_refusal_is_not_read(preview: RunningPreview) -> None:
    head = f"POST /docs/ HTTP/1.1\r\nHost: localhost:{preview.port}\r\nContent-Length: 100000000"
    assert preview.send(head.encode() + b"\r\n\r\n" + b"x" * 10_000_000).status in (0, 405)
    assert_sane(preview)


def test_d13_it_listens_on_the_loopback_only(preview: RunningPreview) -> None:
    listening = "0A"
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{preview.process.pid}/net/{name}")
        .read_text("ascii")
        .splitlines()[1:]
    ]
    opened = Path(f"/proc/{preview.process.pid}/fd").iterdir()
    own = {str(fd.readlink()) for fd in opened if stat.S_ISSOCK(fd.stat().st_mode)}
    addresses = {row[1] for row in rows if row[3] == listening and f"socket:[{row[9]}]" in own}
    assert addresses == {f"0100007F:{preview.port:04X}"}

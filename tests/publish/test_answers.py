"""Files and answers of a host are read within limits, and reported if they are invalid."""

import json
import os
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from unittest.mock import patch

import pytest

from proofdown.publish import verify
from proofdown.publish.hosts import rsync
from tests.support.project import Project, Result
from tests.support.publish_hosts import DirectoryRig, Rig, RsyncRig

RECEIPT = "proofdown-receipt.json"
DEEP = b"[" * 100_000
DEEP_VALUE = (
    b'[{"version": "1", "title": "1", "aliases": [], "x": ' + b"[" * 900 + b"]" * 900 + b"}]"
)
SHA = "0" * 64
VERSIONS = {
    "deep": DEEP,
    "deep in what others wrote": DEEP_VALUE,
    "deep mappings": b'{"a":' * 50_000,
    "cut off": b'[{"version": "1"',
    "empty": b"",
    "no text": b"\xff\xfe[]",
    "a NUL": b"\0",
    "a mapping": b'{"version": "1"}',
    "a number": b"7",
    "null": b"null",
    "a list of numbers": b"[1]",
    "a number of 5000 digits": b'[{"version": "1", "x": ' + b"9" * 5000 + b"}]",
    "a version without a name": b'[{"title": "1"}]',
    "a version that is a number": b'[{"version": 1}]',
    "a version that is infinite": b'[{"version": "1", "x": Infinity}]',
    "a version that is nothing": b'[{"version": ""}]',
    "a version outside": b'[{"version": "../../victim"}]',
    "a version with a folder": b'[{"version": "a/b"}]',
    "a version on Windows": b'[{"version": "a\\\\b"}]',
    "a hidden version": b'[{"version": ".git"}]',
    "a version with a line break": b'[{"version": "a\\nb"}]',
    "a version with half a character": b'[{"version": "\\ud800"}]',
    "a long version": b'[{"version": "' + b"a" * 1000 + b'"}]',
    "aliases that are text": b'[{"version": "1", "aliases": "latest"}]',
    "aliases that are numbers": b'[{"version": "1", "aliases": [1]}]',
    "an alias outside": b'[{"version": "1", "aliases": ["../victim"]}]',
    "a title that is a list": b'[{"version": "1", "title": []}]',
}


def receipt(outputs: object, form: object = 1) -> bytes:
    return json.dumps({"receipt": form, "outputs": outputs}).encode()


RECEIPTS = {
    "deep": DEEP,
    "deep where nobody looks": b'{"receipt": 1, "outputs": {}, "x": ' + DEEP,
    "cut off": b'{"receipt": 1, "outp',
    "empty": b"",
    "no text": b"\xff\xfe{}",
    "a list": b"[]",
    "a number": b"1",
    "no outputs": b'{"receipt": 1}',
    "a form that is text": receipt({}, "1"),
    "outputs that are a list": receipt([]),
    "an output that is a list": receipt({"a": []}),
    "a hash that is none": receipt({"a": {"sha256": "x", "bytes": 1}}),
    "a hash that is a number": receipt({"a": {"sha256": 1, "bytes": 1}}),
    "a size that is infinite": b'{"receipt": 1, "outputs": {"a": {"sha256": "%s", "bytes": 1e999}}}'
    % SHA.encode(),
    "a size below nothing": receipt({"a": {"sha256": SHA, "bytes": -1}}),
    "a size of 5000 digits": b'{"receipt": 1, "outputs": {"a": {"sha256": "%s", "bytes": %s}}}'
    % (SHA.encode(), b"9" * 5000),
    "a file outside": receipt({"../victim/x": {"sha256": SHA, "bytes": 1}}),
    "an absolute file": receipt({"/victim/x": {"sha256": SHA, "bytes": 1}}),
    "a file with a NUL": receipt({"a\0b": {"sha256": SHA, "bytes": 1}}),
}


class Site:
    """A site that is published to a host."""

    def __init__(self, rig: Rig, folder: Path) -> None:
        self.rig = rig
        self.project = Project.make(
            folder / "project",
            {
                "proofdown.yml": f"title: T\npublish:\n  host: {rig.settings}\n",
                "content/index.md": "# Home\n",
            },
        )

    def publish(self, *arguments: str) -> Result:
        with patch.dict(os.environ, self.rig.environment):
            return self.project.run("publish", "host", "--no-verify", *arguments)


@pytest.fixture
def folder_site(tmp_path: Path) -> Site:
    """Return a site that is published to a folder."""
    made = Site(DirectoryRig(tmp_path), tmp_path)
    assert made.publish().code == 0
    return made


def test_an_invalid_list_of_versions_is_reported(folder_site: Site) -> None:
    for name, data in VERSIONS.items():
        folder_site.rig.put("versions.json", data)
        result = folder_site.publish("--list")
        assert result.code == 2, (name, result.out)
        message = "error[unusable-version]: `versions.json` of the folder "
        assert message in result.out, name
        assert "is not a list of versions" in result.out, name


@pytest.mark.parametrize("arguments", [(), ("--version", "2"), ("--delete-version", "1")])
def test_nothing_is_published_if_the_list_of_versions_is_invalid(
    folder_site: Site, arguments: tuple[str, ...]
) -> None:
    folder_site.rig.put("versions.json", DEEP)
    before = folder_site.rig.tree()
    result = folder_site.publish(*arguments)
    assert (result.code, "is not a list of versions" in result.out) == (2, True), result.out
    assert folder_site.rig.tree() == before


@pytest.mark.parametrize("data", RECEIPTS.values(), ids=RECEIPTS)
def test_an_invalid_receipt_is_reported(folder_site: Site, data: bytes) -> None:
    folder_site.rig.put(RECEIPT, data)
    before = folder_site.rig.tree()
    result = folder_site.publish()
    assert result.code == 2, result.out
    assert f"`{RECEIPT}` is not what Proofdown writes there" in result.out
    assert "error[failed-publish]: the folder " in result.out
    assert folder_site.rig.tree() == before


def test_adopt_recreates_a_receipt_that_was_removed(folder_site: Site) -> None:
    assert isinstance(folder_site.rig, DirectoryRig)
    (folder_site.rig.folder / RECEIPT).unlink()
    assert folder_site.publish("--adopt").code == 0
    assert folder_site.rig.read(RECEIPT)


def test_a_receipt_in_a_later_format_is_not_ours(folder_site: Site) -> None:
    folder_site.rig.put(RECEIPT, receipt({}, 2))
    result = folder_site.publish()
    assert (result.code, "error[foreign-files]" in result.out) == (1, True)


@pytest.mark.parametrize("name", ["versions.json", "index.html", RECEIPT])
@pytest.mark.parametrize("rig", ["directory", "rsync"], indirect=True)
def test_a_file_of_four_gigabytes_is_not_read(rig: Rig, tmp_path: Path, name: str) -> None:
    assert isinstance(rig, DirectoryRig | RsyncRig)
    site = Site(rig, tmp_path)
    assert site.publish().code == 0
    rig.put(name, b"[")
    os.truncate(rig.folder / name, 4 << 30)
    result = site.publish()
    assert result.code == 2, result.out
    assert f"`{name}` is larger than 64 MB" in result.out


@pytest.mark.parametrize("rig", ["git", "s3"], indirect=True)
def test_a_large_list_of_versions_is_not_read(rig: Rig, tmp_path: Path) -> None:
    site = Site(rig, tmp_path)
    assert site.publish().code == 0
    rig.put("versions.json", b" " * ((64 << 20) + 1))
    result = site.publish()
    assert result.code == 2, result.out
    assert "`versions.json` is larger than 64 MB" in result.out


def test_a_home_in_another_encoding_is_kept_for_a_rollback(rig: Rig, tmp_path: Path) -> None:
    home = (
        b'<meta name="generator" content="proofdown versions">\xff'
        b'<meta http-equiv="refresh" content="0; url=./\xff/">'
    )
    rig.put("index.html", home)
    site = Site(rig, tmp_path)
    assert site.publish("--adopt").code == 0
    assert site.rig.read("index.html") != home
    assert site.publish("--rollback").code == 0
    assert site.rig.read("index.html") == home


@pytest.mark.parametrize("rig", ["s3", "rsync"], indirect=True)
@pytest.mark.parametrize(
    "data", [DEEP, b"", b"7", b"{}", b'{"base": 1, "paths": []}', b'{"base": "", "paths": 7}']
)
def test_an_invalid_journal_counts_as_empty(rig: Rig, tmp_path: Path, data: bytes) -> None:
    site = Site(rig, tmp_path)
    rig.put(".proofdown/unfinished/0badcafe-1-00000000", data)
    assert site.publish().code == 0
    assert site.rig.read("index.html")


@pytest.mark.parametrize("rig", ["s3", "rsync"], indirect=True)
def test_a_journal_with_paths_outside_the_target_is_not_followed(rig: Rig, tmp_path: Path) -> None:
    site = Site(rig, tmp_path)
    assert site.publish().code == 0
    outside = {"base": "../../../../victim", "paths": ["../victim/x", "/victim", "a\0b"]}
    rig.put(".proofdown/unfinished/0badcafe-1-00000000", json.dumps(outside).encode())
    site.project.write({"content/index.md": "# Home\n\nNews.\n"})
    assert site.publish().code == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        {"project", "ssh", "public"} & {p.name for p in tmp_path.iterdir()}
    )


@pytest.mark.parametrize("rig", ["s3", "rsync"], indirect=True)
@pytest.mark.parametrize(
    "data",
    [
        DEEP,
        b"",
        b"[]",
        b'{"records": [], "adopted": []}',
        b'{"records": {"a": 1}, "adopted": []}',
        b'{"records": {}, "adopted": 7}',
        b'{"records": {}, "adopted": [7]}',
        b'{"records": {"../victim": "x"}, "adopted": []}',
        b'{"records": {}, "adopted": ["../../victim"]}',
        b'{"records": {"a": "\\ud800"}, "adopted": []}',
    ],
)
def test_an_invalid_record_of_the_previous_site_is_reported(
    rig: Rig, tmp_path: Path, data: bytes
) -> None:
    site = Site(rig, tmp_path)
    rig.put(".proofdown/kept/0123456789abcdef/before.json", data)
    result = site.publish("--rollback")
    assert result.code == 2, result.out
    assert "`.proofdown/kept/0123456789abcdef/before.json` is not what Proofdown" in result.out


@pytest.mark.parametrize("rig", ["s3", "rsync"], indirect=True)
def test_a_receipt_kept_for_rollback_cannot_restore_a_file_outside_the_target(
    rig: Rig, tmp_path: Path
) -> None:
    site = Site(rig, tmp_path)
    evil = b"owned"
    outputs = {"../../owned": {"sha256": sha256(evil).hexdigest(), "bytes": len(evil)}}
    records = {RECEIPT: receipt(outputs).decode()}
    folder = ".proofdown/kept/0123456789abcdef/"
    rig.put(f"{folder}before.json", json.dumps({"records": records, "adopted": []}).encode())
    rig.put(f"{folder}run/x", evil)
    result = site.publish("--rollback")
    assert (result.code, "is not what Proofdown writes there" in result.out) == (2, True)


# Programs on the host.


def test_an_rsync_that_lists_outside_or_impossible_files_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = {
        "../victim/x": "-rw-r--r-- 1 2026/01/01 00:00:00 ../victim/x",
        "/etc/passwd": "-rw-r--r-- 1 2026/01/01 00:00:00 /etc/passwd",
        "2026/99/99": "-rw-r--r-- 1 2026/99/99 00:00:00 x",
        "99999999999999999999": f"-rw-r--r-- {'9' * 5000} 2026/01/01 00:00:00 x",
    }
    for shown, line in lines.items():
        result = publish_by(
            tmp_path / sha256(line.encode()).hexdigest(), monkeypatch, f"echo '{line}'"
        )
        assert result.code == 2, result.out
        assert "error[failed-publish]: the folder /srv of host: it lists" in result.out
        assert shown in result.out


def test_an_rsync_that_lists_forever_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rsync.LONGEST_LISTING == 512 << 20
    monkeypatch.setattr(rsync, "LONGEST_LISTING", 1 << 20)
    line = "-rw-r--r-- 1 2026/01/01 00:00:00 x"
    result = publish_by(tmp_path / "one", monkeypatch, f"yes -- '{line}'")
    assert result.code == 2, result.out
    assert "it lists more than" in result.out
    result = publish_by(tmp_path / "two", monkeypatch, "yes words >&2")
    assert (result.code, "words; words" in result.out) == (2, True), result.out


def test_an_rsync_that_prints_errors_at_length_is_read_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "yes complaint | head -c 10000000 >&2; exit 12"
    result = publish_by(tmp_path / "one", monkeypatch, script)
    assert (result.code, "complaint; complaint" in result.out) == (2, True)
    assert len(result.out) < 5000


def publish_by(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Result:
    """Publish with an `rsync` that runs a script when it should list files."""
    programs = folder / "programs"
    programs.mkdir(parents=True)
    for name, text in (("rsync", f'case "$*" in *--list-only*) {script};; esac'), ("shell", ":")):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    project = Project.make(
        folder / "project",
        {
            "proofdown.yml": "title: T\npublish:\n  host: {to: rsync, host: host, path: /srv}\n",
            "content/index.md": "# Home\n",
        },
    )
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("RSYNC_RSH", str(programs / "shell"))
    return project.run("publish", "host", "--no-verify")


# Servers.


class _Handler(socketserver.BaseRequestHandler):
    """Answers every request with the same bytes, then sends others for as long as it can."""

    head = b""
    rest = b""
    pause = 0.0

    def handle(self) -> None:
        with suppress(OSError):
            self.request.recv(65536)
            self.request.sendall(self.head)
            while self.rest:
                self.request.sendall(self.rest)
                if self.pause:
                    self.server.is_over.wait(self.pause)  # type: ignore[attr-defined]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def serving(head: bytes, rest: bytes, pause: float = 0) -> Iterator[str]:
    """Yield the address of a server that never ends an answer."""
    handler = type("Handler", (_Handler,), {"head": head, "rest": rest, "pause": pause})
    with _Server(("127.0.0.1", 0), handler) as server:
        server.is_over = Event()  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.is_over.set()  # type: ignore[attr-defined]
            server.shutdown()
            thread.join()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: /again/\r\n\r\n"
ENDLESS = {
    "an endless page": (HEAD, b"x" * 65536, 0),
    "an endless page in pieces": (CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n", 0),
    "a page that claims to be large": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"x" * 65536,
        0,
    ),
    "endless headers": (b"HTTP/1.1 200 OK\r\n", b"X-Y: z\r\n", 0),
    "an endless header": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536, 0),
    "an endless status": (b"HTTP/1.1 200 ", b"x" * 65536, 0),
    "an endless redirect": (REDIRECT, b"x" * 65536, 0),
    "an endless error": (b"HTTP/1.1 500 No\r\n\r\n", b"x" * 65536, 0),
    "a page that trickles": (HEAD, b"x", 0.1),
    "headers that trickle": (b"HTTP/1.1 200 OK\r\n", b"X", 0.1),
    "no answer": (b"", b"", 0),
    "a redirect to a file": (b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n", b"", 0),
    "a redirect to FTP": (b"HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\n\r\n", b"", 0),
    "no HTTP": (b"\0\xff" * 100, b"", 0),
    "a length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"", 0),
    "a length of 5000 digits": (
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"",
        0,
    ),
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_answer_is_reported_as_a_page_that_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: tuple[bytes, bytes, float]
) -> None:
    monkeypatch.setattr(verify, "_SECONDS", 1)
    rig = DirectoryRig(tmp_path)
    with serving(*answer) as url:
        target = f"{{to: directory, path: {rig.folder}, url: '{url}', patience: 1}}"
        project = Project.make(
            tmp_path / "project",
            {
                "proofdown.yml": f"title: T\npublish:\n  host: {target}\n",
                "content/index.md": "# Home\n",
            },
        )
        assert project.run("publish", "host", "--no-verify").code == 0
        result = project.run("publish", "host", "--verify")
    assert result.code == 1, result.out
    assert f"error[differs-live]: {url} " in result.out
    assert "0 match the receipt of the folder" in result.out


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (DEEP, "`versions.json` of {url} is not a list of versions"),
        (b"[] " * (22 << 20), "`versions.json` is larger than 64 MB"),
        (b"[]", f"`{RECEIPT}` is not what Proofdown writes there"),
    ],
)
def test_invalid_records_from_a_server_are_reported(
    tmp_path: Path, body: bytes, message: str
) -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    with serving(head + body, b"") as url:
        project = Project.make(
            tmp_path / "project",
            {"proofdown.yml": f"title: T\nurl: {url}\n", "content/index.md": "# Home\n"},
        )
        result = project.run("publish", "--verify")
    assert result.code == 2, result.out
    assert message.format(url=url) in result.out

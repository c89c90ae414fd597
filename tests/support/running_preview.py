"""A running preview for tests: start it, write files, wait for its output, end it."""

import datetime
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from proofdown.content.evidence.recordings import recording_text

PATIENCE = 10
"""Seconds after which a test gives up."""


def recording(printed: str) -> str:
    """Return a recording of what a tool printed."""
    return recording_text("tool --help", datetime.date(2026, 11, 1), (), printed + "\n")


FULL: dict[str, str | bytes] = {
    "proofdown.yml": "title: Test\nstyles: [own.css]\n",
    "content/index.md": "# Home\n\n![Flow](../diagrams/flow.dot)\n\n![Help](recordings/help)\n",
    "content/index.claims.yml": "diagrams:\n  flow: {connections: [a -> b]}\n",
    "content/own.css": "p { color: red }\n",
    "content/recordings/help": recording("Output"),
    "diagrams/flow.dot": "digraph { a -> b }\n",
}
"""A site with sources of every kind."""


@dataclass(frozen=True)
class Answer:
    """The raw bytes that a server sent on a connection."""

    raw: bytes

    @property
    def status(self) -> int:
        """The status, or 0 if the connection was closed without one."""
        found = re.match(rb"HTTP/1\.[01] (\d{3})", self.raw)
        return int(found[1]) if found else 0

    @property
    def headers(self) -> dict[str, str]:
        """The headers, names in lower case."""
        head = self.raw.partition(b"\r\n\r\n")[0].decode("latin-1")
        pairs = (line.partition(": ") for line in head.split("\r\n")[1:])
        return {name.lower(): value for name, _, value in pairs}

    @property
    def body(self) -> bytes:
        """The bytes after the headers."""
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class RunningPreview:
    """A preview in a process of its own."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.root = root
        self.lines: list[str] = []
        self._more = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "proofdown", "serve", "-s", str(root), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = self.wait_for(r"(http://\S+) shows")[1]
        parts = urlsplit(self.url)
        self.host, self.port = parts.hostname or "", parts.port or 0

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.rstrip("\n"))
                self._more.notify_all()
        with self._more:
            self._more.notify_all()

    @property
    def said(self) -> str:
        """Everything printed so far."""
        return "\n".join(self.lines)

    @property
    def builds(self) -> int:
        """The number of builds so far."""
        return sum("built in " in line for line in self.lines)

    def wait_for(self, pattern: str, after: int = 0) -> re.Match[str]:
        """Wait for a match in the output after a number of lines, and return it."""
        with self._more:
            self._more.wait_for(
                lambda: (
                    any(re.search(pattern, line) for line in self.lines[after:])
                    or self.process.poll() is not None
                ),
                PATIENCE,
            )
            for line in self.lines[after:]:
                if found := re.search(pattern, line):
                    return found
        raise AssertionError(f"no {pattern!r} in:\n{self.said}")

    def wait_for_build(self, after: int | None = None) -> None:
        """Wait for a build in the output after a number of lines, by default the first."""
        self.wait_for("built in ", after or 0)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait until a condition is true, checking it again after each build."""
        after, deadline = len(self.lines), time.monotonic() + PATIENCE
        while not is_so():
            with self._more:
                self._more.wait_for(lambda seen=after: len(self.lines) > seen, 0.5)  # type: ignore[misc]
            after = len(self.lines)
            assert time.monotonic() < deadline, self.said
            assert self.process.poll() is None, self.said

    def wait_until_shown(self, text: str, path: str = "") -> None:
        """Wait until a page contains a text."""
        self.wait_until(lambda: text in self.get(path).text)

    def ask(self, target: str, *headers: str, method: str = "GET") -> Answer:
        """Send a request without normalizing it. The default header is the right host."""
        lines = headers or (f"Host: {self.host}:{self.port}",)
        head = "\r\n".join((f"{method} {target} HTTP/1.1", *lines, "Connection: close"))
        return self.send(head.encode("latin-1") + b"\r\n\r\n")

    def get(self, path: str = "") -> Answer:
        """Request an address of the site."""
        return self.ask(urlsplit(self.url).path + path)

    def send(self, data: bytes, end: bytes | None = None) -> Answer:
        """Send bytes and return the answer, up to the end of the connection or to an end mark."""
        received = b""
        with socket.create_connection((self.host, self.port), PATIENCE) as connection:
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(data)
            with suppress(ConnectionResetError):
                while piece := connection.recv(65536):
                    received += piece
                    if end and end in received:
                        break
        return Answer(received)

    def interrupt(self) -> int:
        """Interrupt it as Ctrl-C does, and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def close(self) -> None:
        """Make sure that it has exited."""
        self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()


@contextmanager
def preview_of(root: Path, *arguments: str) -> Iterator[RunningPreview]:
    """Run a preview, and yield it once the site has been built."""
    running = RunningPreview(root, "--port", "0", *arguments)
    try:
        running.wait_for_build()
        yield running
    finally:
        running.close()

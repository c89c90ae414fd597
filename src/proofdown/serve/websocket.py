"""The websocket that speaks and never obeys: it tells each open page what changed for it.

A page says in the address of its socket what it shows and how old that is; whatever it sends over
the socket closes it.
"""

import contextlib
from typing import Any, ClassVar

from livereload.handlers import LiveReloadHandler
from tornado.ioloop import IOLoop
from tornado.websocket import WebSocketClosedError

from proofdown.serve.handlers import GuardedHandler, RefusedError
from proofdown.site.links.resolve import NOT_FOUND_ADDRESS

MOST_TABS = 500
"""Pages that may be connected at a time."""
MOST_UNSENT = 1024 * 1024
"""Bytes that a page may leave unread before it is let go."""


class LiveSocket(GuardedHandler, LiveReloadHandler):  # type: ignore[misc]
    """A page that is open in a browser."""

    waiters: ClassVar[set["LiveSocket"]] = set()

    async def prepare(self) -> None:
        """Refuse a socket that is not opened by a page of this run."""
        await super().prepare()
        if self.guard.refuses_socket(self.request_info) or not self.has_token:
            raise RefusedError(403, "the socket is for pages of this preview")
        if len(self.waiters) >= MOST_TABS:
            raise RefusedError(503, f"there are {MOST_TABS} pages open already")

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002 (tornado's signature)
        """Let the guard's word stand, which was asked before."""
        return True

    def open(self, *_arguments: str, **_named: str) -> None:
        """Remember what the page shows, and tell it what it missed."""
        self.page = self.get_query_argument("page", "/")
        seen = self.get_query_argument("seen", "0")
        self.seen = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
        self.set_nodelay(True)
        self.waiters.add(self)
        if self.preview_loop.first_build.is_set():
            self.send_changes()

    def on_message(self, message: str | bytes) -> None:  # noqa: ARG002
        """Close: there is nothing that a page may ask for."""
        self.close(1008, "this socket only speaks")

    def on_close(self) -> None:
        """Forget the page."""
        self.waiters.discard(self)

    def send_changes(self) -> None:
        """Tell the page what changed since it was last told, in LiveReload's words.

        https://web.archive.org/web/2020/http://livereload.com/api/protocol/
        """
        preview = self.preview_loop.current
        changed = preview.manifest.changed_since(self.seen)
        self.seen = preview.number
        message: dict[str, Any] = {
            "command": "state",
            "number": preview.number,
            "base": preview.manifest.base,
            "problems": preview.problems.as_json(),
        }
        if changed:
            files = {p: since for p, since in changed.items() if not p.endswith(".html")}
            message |= {"command": "reload", "page": self._is_changed(changed), "files": files}
        self.send(message)

    def _is_changed(self, changed: dict[str, int]) -> bool:
        """Whether the page itself changed, has come or has gone."""
        manifest = self.preview_loop.current.manifest
        path = manifest.path_of(self.page)
        is_missing = path not in manifest.files
        return path is None or path in changed or (is_missing and NOT_FOUND_ADDRESS in changed)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; a page that does not read them is let go."""
        with contextlib.suppress(WebSocketClosedError):
            self.write_message(message)
            stream = self.ws_connection and self.ws_connection.stream
            if stream and len(stream._write_buffer) > MOST_UNSENT:
                stream.close()


def notify_all() -> None:
    """Tell every open page what is new, those behind the first in the next turns of the loop."""
    loop = IOLoop.current()
    for waiter in list(LiveSocket.waiters):
        loop.add_callback(waiter.send_changes)


def close_all() -> None:
    """Close every socket because the preview ends."""
    for waiter in list(LiveSocket.waiters):
        waiter.close(1001, "the preview has ended")

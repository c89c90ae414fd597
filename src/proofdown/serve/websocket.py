"""The websocket that notifies each open page of what has changed for it.

It is one-way. A page passes its path and the number of its preview in the socket's URL; any message
that it sends closes the socket.
"""

import contextlib
from typing import Any, ClassVar

from livereload.handlers import LiveReloadHandler
from tornado.ioloop import IOLoop
from tornado.websocket import WebSocketClosedError

from proofdown.serve.handlers import GuardedHandler, RefusedError
from proofdown.site.links.resolve import NOT_FOUND_ADDRESS

MOST_TABS = 500
"""Limit of connected pages."""
MOST_UNSENT = 1024 * 1024
"""Bytes of unread messages after which a page is disconnected."""


class LiveSocket(GuardedHandler, LiveReloadHandler):  # type: ignore[misc]
    """The connection of a page that is open in a browser."""

    waiters: ClassVar[set["LiveSocket"]] = set()

    async def prepare(self) -> None:
        """Refuse a socket that no page of this run has opened."""
        await super().prepare()
        if self.guard.refuses_socket(self.request_info) or not self.has_token:
            raise RefusedError(403, "the socket is for pages of this preview")
        if len(self.waiters) >= MOST_TABS:
            raise RefusedError(503, f"{MOST_TABS} pages are open already")

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002 (tornado's signature)
        """Return True: `prepare` has checked the origin already."""
        return True

    def open(self, *_arguments: str, **_named: str) -> None:
        """Note what the page shows, and send it the changes since then."""
        self.page = self.get_query_argument("page", "/")
        seen = self.get_query_argument("seen", "0")
        self.seen = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
        self.set_nodelay(True)  # Nagle's algorithm would hold back small messages
        self.waiters.add(self)
        if self.preview_loop.first_build.is_set():
            self.send_changes()

    def on_message(self, message: str | bytes) -> None:  # noqa: ARG002
        """Close the socket, because it accepts no messages."""
        self.close(1008, "this socket is one-way")

    def on_close(self) -> None:
        """Remove the page from the connected ones."""
        self.waiters.discard(self)

    def send_changes(self) -> None:
        """Send the page what has changed since the last message, in LiveReload's protocol.

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
        """Return whether the page itself has changed, appeared or disappeared."""
        manifest = self.preview_loop.current.manifest
        path = manifest.path_of(self.page)
        is_missing = path not in manifest.files
        return path is None or path in changed or (is_missing and NOT_FOUND_ADDRESS in changed)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; disconnect a page that does not read its messages."""
        with contextlib.suppress(WebSocketClosedError):
            self.write_message(message)
            stream = self.ws_connection and self.ws_connection.stream
            if stream and len(stream._write_buffer) > MOST_UNSENT:
                stream.close()


def notify_all() -> None:
    """Send every open page what has changed."""
    loop = IOLoop.current()
    for waiter in list(LiveSocket.waiters):
        # One callback each, so that requests are answered between them.
        loop.add_callback(waiter.send_changes)


def close_all() -> None:
    """Close every socket at the end of the preview."""
    for waiter in list(LiveSocket.waiters):
        waiter.close(1001, "the preview has ended")

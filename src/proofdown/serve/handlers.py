"""Request handlers for the site's pages and files, and for the preview's own scripts."""

import asyncio
import os
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tornado import web
from tornado.iostream import StreamClosedError

from proofdown.addresses import encode_path
from proofdown.serve.access import Guard, RequestInfo
from proofdown.serve.client_files import client_files, plain_page, with_script
from proofdown.serve.manifest import ServedFile, media_type, open_copied
from proofdown.serve.preview import PreviewLoop
from proofdown.site.links.resolve import NOT_FOUND_ADDRESS

PATIENCE, LONG_PATIENCE = 2.0, 60.0
"""Seconds that a browser's navigation, and any other request, waits for the first build."""

PIECE = 256 * 1024
"""Bytes of a file to read and send at a time."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Server": "Proofdown",
}


class RefusedError(web.HTTPError):
    """Ends a request with a status and a message."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(status)
        self.text = text or HTTPStatus(status).phrase


class GuardedHandler(web.RequestHandler):
    """Base of all handlers: refuses what the guard refuses, before anything else is done."""

    def initialize(self, preview_loop: PreviewLoop, guard: Guard, token: str) -> None:
        """Store the arguments that `Application` passes to each handler."""
        self.preview_loop, self.guard, self.token = preview_loop, guard, token

    @property
    def request_info(self) -> RequestInfo:
        """The request as the guard sees it."""
        request = self.request
        headers = tuple(request.headers.get_all())
        return RequestInfo(request.method or "", request.uri or "", headers)

    @property
    def has_token(self) -> bool:
        """Whether the request has the token of this run, which only our pages know."""
        return self.get_query_arguments("token") == [self.token]

    def set_default_headers(self) -> None:
        """Set the headers of every response; none of them grants access to another origin."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    async def prepare(self) -> None:
        """Refuse the request if the guard does."""
        refusal = self.guard.refusal(self.request_info)
        if refusal:
            raise RefusedError(refusal.status, refusal.text)

    def data_received(self, chunk: bytes) -> None:
        """Drop the body: a request that has one is refused."""

    def compute_etag(self) -> str | None:
        """Return None for no `ETag`, because `no-store` keeps browsers from caching anything."""
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send the reason why a request was refused, as plain text."""
        fault = kwargs.get("exc_info", (None, None, None))[1]
        text = fault.text if isinstance(fault, RefusedError) else HTTPStatus(status_code).phrase
        self.set_default_headers()
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", "GET, HEAD")
        self.finish(f"{status_code}: {text}\n")

    def log_exception(self, *fault: Any) -> None:
        """Log errors of our own, but not refused requests or closed tabs."""
        if not isinstance(fault[1], web.HTTPError | StreamClosedError):
            super().log_exception(*fault)


@web.stream_request_body
class SiteHandler(GuardedHandler):
    """Serves the manifest of the newest preview."""

    async def get(self) -> None:
        """Send a page or a file."""
        target = self.request.uri or ""
        # Browsers read a backslash as a slash, and drop control characters.
        if not target.startswith("/") or any(ord(c) < 33 or c == "\\" for c in target):
            raise RefusedError(400)
        await self._wait_for_first_build()
        manifest = self.preview_loop.current.manifest
        path = manifest.find(target)
        if not self.preview_loop.current.is_good:
            self._send_placeholder()
        elif path is not None:
            await self._send(path, manifest.files[path])
        elif (location := self._redirect_target(target)) is not None:
            self.redirect(location)
        elif NOT_FOUND_ADDRESS in manifest.files:
            self.set_status(404)
            await self._send(NOT_FOUND_ADDRESS, manifest.files[NOT_FOUND_ADDRESS])
        else:
            number = self.preview_loop.current.number
            self._send_own_page(404, "Not found", "There is no page at this address.", number)

    head = get

    async def _wait_for_first_build(self) -> None:
        is_reader = self.request.headers.get("Sec-Fetch-Mode") == "navigate"
        patience = PATIENCE if is_reader else LONG_PATIENCE
        try:
            await asyncio.wait_for(self.preview_loop.first_build.wait(), patience)
        except TimeoutError:
            return

    def _redirect_target(self, target: str) -> str | None:
        """Return where to redirect a request, always on this server, or None."""
        manifest = self.preview_loop.current.manifest
        _, mark, query = target.partition("?")
        folder = manifest.folder_of(target)
        if folder is not None:
            return manifest.base + encode_path(folder).removeprefix("./") + mark + query
        return manifest.base if target == "/" != manifest.base else None

    def _send_placeholder(self) -> None:
        if self.preview_loop.first_build.is_set():
            text = "The errors that prevent it from being built are shown over this page."
            self._send_own_page(503, "There is no site to show yet", text)
        else:
            self._send_own_page(503, "The site is being built", "This page will show it shortly.")

    async def _send(self, path: str, served: ServedFile) -> None:
        self.set_header("Content-Type", media_type(path))
        if served.is_copied:
            await self._send_copied(served)
            return
        data = served.read()
        if data is None:
            # The cache was deleted while the preview runs; another build restores the pages.
            await self.preview_loop.rebuild()
            data = self.preview_loop.current.manifest.files.get(path, served).read()
        if data is None:
            raise RefusedError(503, "the page is no longer in the cache and cannot be rebuilt")
        if path.endswith((".html", ".htm")):
            data = with_script(data, self.token, self.preview_loop.current.number)
        self.finish(data)

    async def _send_copied(self, served: ServedFile) -> None:
        config = self.preview_loop.current.config
        opened = None
        if config and isinstance(served.data, Path):
            with suppress(OSError):
                opened = open_copied(served.data, config.root)
        if opened is None:
            raise RefusedError(404)
        with opened:
            left = os.fstat(opened.fileno()).st_size
            self.set_header("Content-Length", left)
            while left and self.request.method == "GET":
                piece = opened.read(min(left, PIECE))
                if not piece:
                    # The file has shrunk. Only a closed connection shows that the body is short.
                    self.detach().close()
                    return
                left -= len(piece)
                self.write(piece)
                await self.flush()

    def _send_own_page(self, status: int, title: str, text: str, number: int = 0) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(plain_page(title, text, self.token, number))


@web.stream_request_body
class ClientHandler(GuardedHandler):
    """Serves the preview's own scripts and style sheets."""

    def get(self, name: str) -> None:
        """Send one of the client's files."""
        if name not in client_files():
            raise RefusedError(404)
        self.set_header("Content-Type", media_type(name))
        self.finish(client_files()[name])

    head = get

"""Answers to requests: pages and files of the newest preview, and the preview's own script."""

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
"""Seconds for which a reader, and a program, are kept waiting for the first build."""

PIECE = 256 * 1024
"""Bytes of a file that are read and sent at a time."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Server": "Proofdown",
}


class RefusedError(web.HTTPError):
    """Ends a request with a status and plain words."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(status)
        self.text = text or HTTPStatus(status).phrase


class GuardedHandler(web.RequestHandler):
    """Refuses whatever the guard refuses, before anything else is done with a request."""

    def initialize(self, preview_loop: PreviewLoop, guard: Guard, token: str) -> None:
        """Keep what all answers need."""
        self.preview_loop, self.guard, self.token = preview_loop, guard, token

    @property
    def request_info(self) -> RequestInfo:
        """The request as the guard sees it."""
        request = self.request
        headers = tuple(request.headers.get_all())
        return RequestInfo(request.method or "", request.uri or "", headers)

    @property
    def has_token(self) -> bool:
        """Whether the request comes from a page of this run."""
        return self.get_query_arguments("token") == [self.token]

    def set_default_headers(self) -> None:
        """Give every answer the same headers; none of them lets another origin in."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    async def prepare(self) -> None:
        """Refuse a request by the guard's word."""
        refusal = self.guard.refusal(self.request_info)
        if refusal:
            raise RefusedError(refusal.status, refusal.text)

    def data_received(self, chunk: bytes) -> None:
        """Drop the body of a request, which was refused already."""

    def compute_etag(self) -> str | None:
        """Give no entity tag: nothing is ever kept by the browser."""
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say in plain words why a request is not answered."""
        fault = kwargs.get("exc_info", (None, None, None))[1]
        text = fault.text if isinstance(fault, RefusedError) else HTTPStatus(status_code).phrase
        self.set_default_headers()
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", "GET, HEAD")
        self.finish(f"{status_code}: {text}\n")

    def log_exception(self, *fault: Any) -> None:
        """Say nothing of refused requests and closed tabs; a fault of ours is logged as usual."""
        if not isinstance(fault[1], web.HTTPError | StreamClosedError):
            super().log_exception(*fault)


@web.stream_request_body
class SiteHandler(GuardedHandler):
    """Serves the manifest of the newest preview."""

    async def get(self) -> None:
        """Answer with a page or a file."""
        target = self.request.uri or ""
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
        """Return where a request is sent on to, always on this server; None if nowhere."""
        manifest = self.preview_loop.current.manifest
        _, mark, query = target.partition("?")
        folder = manifest.folder_of(target)
        if folder is not None:
            return manifest.base + encode_path(folder).removeprefix("./") + mark + query
        return manifest.base if target == "/" != manifest.base else None

    def _send_placeholder(self) -> None:
        if self.preview_loop.first_build.is_set():
            text = "What keeps it from being built lies over this page."
            self._send_own_page(503, "There is no site to show yet", text)
        else:
            self._send_own_page(503, "The site is being built", "It will be here in a moment.")

    async def _send(self, path: str, served: ServedFile) -> None:
        self.set_header("Content-Type", media_type(path))
        if served.is_copied:
            await self._send_copied(served)
            return
        made = served.read()
        if made is None:
            # Somebody has emptied the cache; the build makes its pages anew.
            await self.preview_loop.rebuild()
            made = self.preview_loop.current.manifest.files.get(path, served).read()
        if made is None:
            raise RefusedError(503, "the page has gone from the cache, and is not made again")
        if path.endswith((".html", ".htm")):
            made = with_script(made, self.token, self.preview_loop.current.number)
        self.finish(made)

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
    """Serves the preview's own scripts and styles."""

    def get(self, name: str) -> None:
        """Answer with a file of the client."""
        if name not in client_files():
            raise RefusedError(404)
        self.set_header("Content-Type", media_type(name))
        self.finish(client_files()[name])

    head = get

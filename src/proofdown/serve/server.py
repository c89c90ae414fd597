"""LiveReload's server with a guard in front: sockets, limits and the end."""

import asyncio
import contextlib
import errno
import logging
import resource
import secrets
import signal
import socket

from livereload import Server
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from proofdown.runtime.system import signals
from proofdown.serve.access import Guard
from proofdown.serve.client_files import OWN_FOLDER, SOCKET_PATH
from proofdown.serve.handlers import ClientHandler, SiteHandler
from proofdown.serve.preview import PreviewLoop
from proofdown.serve.websocket import LiveSocket, close_all

MOST_FILES = 4096
"""Files and connections that the process may have open; each page takes one or two."""
MOST_PORTS = 100
"""Ports that are tried from the one asked for upward."""
MOST_READ = 1024 * 1024 + 64 * 1024
"""Bytes of headers that are read at all, so that too many of them can be refused in words."""
MOST_BODY = 64 * 1024
"""Bytes of a refused request's body that are read and dropped."""
IDLE = 75
"""Seconds after which a connection without a request is closed."""


def bind_next(host: str, port: int) -> tuple[list[socket.socket], int]:
    """Return sockets that listen on a host, at the first free port from one upward; and the port.

    Raises:
        OSError: none is free, or this machine is not called so.
    """
    try:
        host.encode("idna")
    except UnicodeError as fault:
        raise OSError(errno.EINVAL, "this can be no host's name") from fault
    for candidate in range(port, min(port + MOST_PORTS, 65536)):
        try:
            sockets = bind_sockets(candidate, host)
            return sockets, sockets[0].getsockname()[1]
        except OSError as fault:
            if fault.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise OSError(errno.EADDRINUSE, f"no port from {port} upward is free")


def allow_many_files() -> None:
    """Let as many pages be open as the system allows, where it allows fewer at first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or soft < hard:
        wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


class PreviewServer(Server):  # type: ignore[misc]
    """Serves one preview.

    LiveReload's own handlers answer any host and any origin, reload on anybody's request and serve
    a folder; none of them is used but the websocket's, from which ours is made.
    """

    def __init__(
        self, preview_loop: PreviewLoop, guard: Guard, sockets: list[socket.socket]
    ) -> None:
        super().__init__(watcher=object())
        token = secrets.token_urlsafe(16)
        self._sockets = sockets
        self._handler_arguments = {"preview_loop": preview_loop, "guard": guard, "token": token}

    def application(self, *_arguments: object, **_named: object) -> Application:
        """Return the application: everything that is answered at all."""
        return Application(
            [
                (SOCKET_PATH, LiveSocket, self._handler_arguments),
                (OWN_FOLDER + r"([a-z.]+)", ClientHandler, self._handler_arguments),
                (r"(?s).*", SiteHandler, self._handler_arguments),
            ],
            log_function=_log_nothing,
            websocket_ping_interval=20,
            websocket_max_message_size=1024,
        )

    def listen(self) -> HTTPServer:
        """Begin to answer."""
        _silence_tornado()
        server = HTTPServer(
            self.application(),
            max_header_size=MOST_READ,
            max_body_size=MOST_BODY,
            idle_connection_timeout=IDLE,
            body_timeout=5,
        )
        server.add_sockets(self._sockets)
        return server


def interruption() -> asyncio.Event:
    """Return an event that is set when the process is asked to end."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals.ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` has it
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, asked.set)
    return asked


async def shut_down(server: HTTPServer) -> None:
    """Close all that is open, without waiting for anybody."""
    server.stop()
    close_all()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(server.close_all_connections(), 0.2)


def _log_nothing(_handler: object) -> None:
    """Print no line per request."""


def _silence_tornado() -> None:
    """Say nothing about requests that are not HTTP: anybody can send those."""
    for name in ("tornado.access", "tornado.general"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False

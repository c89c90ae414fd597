"""The HTTP server: sockets, limits, signals and shutdown."""

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
"""Limit to set for open files and connections; each page in a browser takes one or two."""
MOST_PORTS = 100
"""Ports to try, from the requested one upward."""
MOST_READ = 1024 * 1024 + 64 * 1024
"""Bytes of headers to read; more than are accepted, so that the refusal can explain why."""
MOST_BODY = 64 * 1024
"""Bytes to read and drop of the body of a refused request."""
IDLE = 75
"""Seconds after which an idle connection is closed."""


def bind_next(host: str, port: int) -> tuple[list[socket.socket], int]:
    """Listen on the first free port from this one upward; return the sockets and the port.

    Raises:
        OSError: no port is free, or the host is not an address of this machine.
    """
    try:
        host.encode("idna")
    except UnicodeError as fault:
        raise OSError(errno.EINVAL, "this is not a valid host name") from fault
    for candidate in range(port, min(port + MOST_PORTS, 65536)):
        try:
            sockets = bind_sockets(candidate, host)
            return sockets, sockets[0].getsockname()[1]
        except OSError as fault:
            if fault.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise OSError(errno.EADDRINUSE, f"no port from {port} upward is free")


def allow_many_files() -> None:
    """Raise the soft limit of open files as far as the hard limit allows, up to `MOST_FILES`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or soft < hard:
        limit = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, limit), hard))


class PreviewServer(Server):  # type: ignore[misc]
    """Serves one preview with our own handlers.

    LiveReload's handlers accept any host and any origin, reload on any request and serve a whole
    folder. Only the one for the websocket is used, as a base class.
    """

    def __init__(
        self, preview_loop: PreviewLoop, guard: Guard, sockets: list[socket.socket]
    ) -> None:
        super().__init__(watcher=object())  # LiveReload would start a watcher of its own
        token = secrets.token_urlsafe(16)
        self._sockets = sockets
        self._handler_arguments = {"preview_loop": preview_loop, "guard": guard, "token": token}

    def application(self, *_arguments: object, **_named: object) -> Application:
        """Return the application: every path that is answered."""
        return Application(
            [
                (SOCKET_PATH, LiveSocket, self._handler_arguments),
                (OWN_FOLDER + r"([a-z.]+)", ClientHandler, self._handler_arguments),
                (r"(?s).*", SiteHandler, self._handler_arguments),
            ],
            log_function=_log_nothing,
            websocket_ping_interval=20,  # finds browsers that vanished without closing
            websocket_max_message_size=1024,  # pages send no messages at all
        )

    def listen(self) -> HTTPServer:
        """Start answering requests."""
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
    """Return an event that is set by SIGINT, SIGTERM or SIGHUP."""
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals.ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` ignores SIGHUP
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, interrupted.set)
    return interrupted


async def shut_down(server: HTTPServer) -> None:
    """Close all connections, waiting for 0.2 s at most."""
    server.stop()
    close_all()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(server.close_all_connections(), 0.2)


def _log_nothing(_handler: object) -> None:
    """Suppress Tornado's log line per request."""


def _silence_tornado() -> None:
    """Suppress log messages about malformed requests, because any program can send those."""
    for name in ("tornado.access", "tornado.general"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False

"""Run a preview, from the first build to Ctrl-C."""

import asyncio
import contextlib
import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from proofdown.build.report.text import Style
from proofdown.config.loader import load_config
from proofdown.config.model import Config
from proofdown.diagnostics import Report, SiteError
from proofdown.runtime.progress import no_progress
from proofdown.runtime.system import signals
from proofdown.runtime.system.crash import print_thread_crash
from proofdown.runtime.system.programs import show_in_browser
from proofdown.serve.access import Guard
from proofdown.serve.announce import Announcer, Echo
from proofdown.serve.inputs import Inputs
from proofdown.serve.manifest import base_of
from proofdown.serve.preview import BuildEvent, PreviewLoop
from proofdown.serve.rebuild import Rebuilder
from proofdown.serve.server import PreviewServer, allow_many_files, interruption, shut_down
from proofdown.serve.watch import Watch
from proofdown.serve.websocket import notify_all
from proofdown.source import printable


class ServeOptions(Struct, frozen=True, kw_only=True):
    """The options of `proofdown serve`."""

    host: str
    port: int
    names: frozenset[str]
    """Host names to accept in addition to those of the loopback interface."""
    opens: bool
    """Whether to open the site in the browser."""

    @property
    def is_open(self) -> bool:
        """Whether the preview listens on more than the loopback interface."""
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"


def serve_site(
    root: Path,
    options: ServeOptions,
    listening: tuple[list[socket.socket], int],
    echo: Echo,
    style: Style,
) -> None:
    """Serve a preview of a site until the process is interrupted.

    Args:
        root: root folder of the site.
        options: the options of the command.
        listening: the listening sockets and their port, as `bind_next` returns them.
        echo: prints a text to the terminal.
        style: styles a text.

    Raises:
        OSError: standard output was closed.
    """
    sockets, port = listening
    allow_many_files()
    config = _first_config(root)
    url = _url(options.host, port, config)
    names = frozenset(name.lower() for name in options.names)
    guard = Guard(names, options.host.lower(), options.is_open)
    announcer = Announcer(root, echo, style)
    on_wait = partial(echo, "another build of this site is running; the preview waits for it")
    preview_loop = PreviewLoop(Rebuilder(root, no_progress, on_wait), notify_all, [announcer])
    server = PreviewServer(preview_loop, guard, sockets)

    def begin() -> None:
        for line in _greeting(
            options, port, f"{url} shows {printable(config.title) or 'the site'}"
        ):
            echo(line)
        if options.opens:
            show_in_browser(url)

    # The build runs in a thread of this process. The default of 5 ms would delay each answer by
    # several such intervals while it does.
    sys.setswitchinterval(0.0005)
    threading.excepthook = print_thread_crash
    try:
        asyncio.run(_run(preview_loop, server, Inputs.of(config), begin, echo))
    finally:
        signals.catch()
    if preview_loop.is_building:
        # Abandon the running build. That is safe, because it writes nothing but the cache.
        sys.stdout.flush()
        signals.run_exit_functions()
        os._exit(0)


async def _run(
    preview_loop: PreviewLoop,
    server: PreviewServer,
    inputs: Inputs,
    begin: Callable[[], None],
    echo: Echo,
) -> None:
    """Watch, build and answer requests until a signal ends the process."""
    loop = asyncio.get_running_loop()
    end = asyncio.create_task(interruption().wait())

    def changed(paths: frozenset[str]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may have been closed just now
            loop.call_soon_threadsafe(preview_loop.request_build, paths)

    watch = Watch(changed, lambda text: echo(f"warning: {printable(text)}"))

    def follow(event: BuildEvent) -> None:
        if event.preview.config:
            watch.follow(Inputs.of(event.preview.config))

    preview_loop.listeners.append(follow)
    listening = server.listen()
    begin()
    watch.follow(inputs)
    preview_loop.request_build(frozenset())
    building = asyncio.create_task(preview_loop.run())
    await asyncio.wait({end, building}, return_when=asyncio.FIRST_COMPLETED)
    watch.stop()
    await shut_down(listening)
    if building.done():
        building.result()  # raises what ended it
    building.cancel()
    signals.block()


def _greeting(options: ServeOptions, port: int, shown: str) -> Iterator[str]:
    """Yield the lines to print at the start, the URL last."""
    if options.port not in (0, port):
        yield f"port {options.port} is taken"
    if options.is_open:
        yield "warning: anyone who can reach this machine can read the site, including its drafts"
    yield f"{shown}; press Ctrl-C to stop"


def _url(host: str, port: int, config: Config) -> str:
    name = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104 (the user asked for it)
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{port}{base_of(config.url)}"


def _first_config(root: Path) -> Config:
    """Return the settings, or empty ones if they are invalid, so that they can be fixed live."""
    try:
        return load_config(root, Report())
    except SiteError:
        return Config(root=root, title="")

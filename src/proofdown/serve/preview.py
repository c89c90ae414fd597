"""The build loop: turn changes into builds, and notify listeners of the newest preview.

A build starts with the first change. Changes that arrive while it runs are coalesced into one more
build, which starts once there are no further ones. So at most two builds follow the last change.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from functools import partial

from msgspec import Struct

from proofdown.serve.rebuild import Preview, Rebuilder, Show

MOST_HELD_BACK = 3
"""Failed builds in a row that are not reported, because sources had changed meanwhile."""

QUIET = 0.03
"""Seconds without a change before a further build; longer than the watcher gathers changes."""
MOST_WAITS = 16
"""Times to wait for `QUIET` in a row: about half a second in all."""


class BuildEvent(Struct, frozen=True):
    """A finished build."""

    preview: Preview
    changed: frozenset[str]
    """Paths of the sources that changed; empty for the first build."""
    seconds: float
    """How long the build took."""


BuildListener = Callable[[BuildEvent], None]


class PreviewLoop:
    """Builds a site and keeps its newest preview; used from one event loop.

    Args:
        rebuilder: builds the next preview.
        show: called when there is something new to show, perhaps before a build has finished.
        listeners: called after each build, in order.
    """

    def __init__(
        self, rebuilder: Rebuilder, show: Callable[[], None], listeners: list[BuildListener]
    ) -> None:
        self.current = Preview()
        self.first_build = asyncio.Event()
        """Set after the first build, whether it succeeded or not."""
        self.is_building = False
        self.listeners = listeners
        self._rebuilder, self._show = rebuilder, show
        self._changed: set[str] = set()
        self._requested, self._built = asyncio.Event(), asyncio.Event()

    def request_build(self, changed: frozenset[str]) -> None:
        """Request a build because these sources have changed."""
        self._changed |= changed
        self._requested.set()

    async def rebuild(self) -> None:
        """Build although nothing has changed, and wait until the build has finished."""
        built = self._built
        self.request_build(frozenset())
        await built.wait()

    async def run(self) -> None:
        """Build on every request, until canceled."""
        held_back, changed = 0, frozenset[str]()
        while True:
            if self._requested.is_set():
                await self._debounce()
            await self._requested.wait()
            self._requested.clear()
            changed |= self._changed
            self._changed.clear()
            start = time.monotonic()
            self.is_building = True
            preview = await _run_in_daemon_thread(
                partial(self._rebuilder.rebuild, changed=changed), self.current, self._show_early
            )
            self.is_building = False
            # In the middle of a `git checkout` errors are expected. But if sources never stop
            # changing, they have to be reported at some time.
            if self._requested.is_set() and preview.problems.errors and held_back < MOST_HELD_BACK:
                held_back += 1
                continue
            self._notify(BuildEvent(preview, changed, time.monotonic() - start))
            held_back, changed = 0, frozenset[str]()

    async def _debounce(self) -> None:
        """Wait until no more sources change, or for half a second."""
        for _ in range(MOST_WAITS):
            self._requested.clear()
            await asyncio.sleep(QUIET)
            if not self._requested.is_set():
                break
        self._requested.set()

    def _show_early(self, preview: Preview) -> None:
        if not self._requested.is_set():
            self.current = preview
            self._show()

    def _notify(self, event: BuildEvent) -> None:
        self.current = event.preview
        self._show()
        self.first_build.set()
        self._built.set()
        self._built = asyncio.Event()  # who waits already has the old one; others need the next
        for listener in self.listeners:
            listener(event)


async def _run_in_daemon_thread(
    rebuild: Callable[[Preview, Show], Preview], last: Preview, show: Show
) -> Preview:
    """Run a build in a daemon thread, so that Ctrl-C exits at once."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Preview] = loop.create_future()

    def in_loop(call: Callable[[Preview], None], preview: Preview) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may have been closed just now
            loop.call_soon_threadsafe(call, preview)

    def work() -> None:
        preview = rebuild(last, lambda early: in_loop(show, early))
        in_loop(lambda built: None if done.done() else done.set_result(built), preview)

    threading.Thread(target=work, daemon=True, name="build").start()
    return await done

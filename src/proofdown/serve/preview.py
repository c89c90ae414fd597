"""Changes → builds → the newest preview, told to whoever listens.

A build starts with the first change and reads whatever is there; changes that come while it runs
are one further build, however many they are, once they have come to rest. So after the last change
there are at most two.
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
"""Builds in a row whose problems are not told, because what they read had changed meanwhile."""

QUIET = 0.03
"""Seconds without a change after which sources are at rest; longer than changes are gathered."""
MOST_WAITS = 16
"""How often that is waited for in a row."""


class BuildEvent(Struct, frozen=True):
    """A preview that was just made, with what led to it."""

    preview: Preview
    changed: frozenset[str]
    """Paths of the sources that changed; empty for the first build."""
    seconds: float


BuildListener = Callable[[BuildEvent], None]


class PreviewLoop:
    """Keeps the newest preview of one site; used from one event loop.

    Args:
        rebuilder: makes the next preview.
        show: called whenever there is something new to show, also before a build is done.
        listeners: called with what came of each build, in the order given.
    """

    def __init__(
        self, rebuilder: Rebuilder, show: Callable[[], None], listeners: list[BuildListener]
    ) -> None:
        self.current = Preview()
        self.first_build = asyncio.Event()
        """Set when there was a build, good or not."""
        self.is_building = False
        self.listeners = listeners
        self._rebuilder, self._show = rebuilder, show
        self._changed: set[str] = set()
        self._requested, self._built = asyncio.Event(), asyncio.Event()

    def request_build(self, changed: frozenset[str]) -> None:
        """Ask for a build because these sources changed."""
        self._changed |= changed
        self._requested.set()

    async def rebuild(self) -> None:
        """Ask for a build though nothing changed, and wait for what comes of it."""
        told = self._built
        self.request_build(frozenset())
        await told.wait()

    async def run(self) -> None:
        """Build whenever that is asked for, until cancelled."""
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
            # Half of a `git checkout` is no news, but a source that never rests must not starve it.
            if self._requested.is_set() and preview.problems.errors and held_back < MOST_HELD_BACK:
                held_back += 1
                continue
            self._notify(BuildEvent(preview, changed, time.monotonic() - start))
            held_back, changed = 0, frozenset[str]()

    async def _debounce(self) -> None:
        """Wait until sources that changed during a build are at rest, or for half a second."""
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
        self._built = asyncio.Event()
        for listener in self.listeners:
            listener(event)


async def _run_in_daemon_thread(
    rebuild: Callable[[Preview, Show], Preview], last: Preview, show: Show
) -> Preview:
    """Run a build in a thread that nobody waits for at the end, so that Ctrl-C ends all at once."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Preview] = loop.create_future()

    def in_loop(call: Callable[[Preview], None], preview: Preview) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has just ended
            loop.call_soon_threadsafe(call, preview)

    def work() -> None:
        preview = rebuild(last, lambda early: in_loop(show, early))
        in_loop(lambda made: None if done.done() else done.set_result(made), preview)

    threading.Thread(target=work, daemon=True, name="build").start()
    return await done

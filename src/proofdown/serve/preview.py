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

REST = 0.03
"""Seconds without a change after which sources are at rest; longer than changes are gathered."""
LONGEST_REST = 16
"""How often that is waited for in a row."""


class Made(Struct, frozen=True):
    """A preview that was just made, with what led to it."""

    preview: Preview
    changed: frozenset[str]
    """Paths of the sources that changed; empty for the first build."""
    seconds: float


Listener = Callable[[Made], None]


class PreviewLoop:
    """Keeps the newest preview of one site; used from one event loop.

    Args:
        rebuilder: makes the next preview.
        show: called whenever there is something new to show, also before a build is done.
        listeners: called with what came of each build, in the order given.
    """

    def __init__(
        self, rebuilder: Rebuilder, show: Callable[[], None], listeners: list[Listener]
    ) -> None:
        self.current = Preview()
        self.first = asyncio.Event()
        """Set when there was a build, good or not."""
        self.is_building = False
        self.listeners = listeners
        self._rebuilder, self._show = rebuilder, show
        self._changed: set[str] = set()
        self._asked, self._told = asyncio.Event(), asyncio.Event()

    def ask(self, changed: frozenset[str]) -> None:
        """Ask for a build because these sources changed."""
        self._changed |= changed
        self._asked.set()

    async def again(self) -> None:
        """Ask for a build though nothing changed, and wait for what comes of it."""
        told = self._told
        self.ask(frozenset())
        await told.wait()

    async def run(self) -> None:
        """Build whenever that is asked for, until cancelled."""
        held_back, changed = 0, frozenset[str]()
        while True:
            if self._asked.is_set():
                await self._rest()
            await self._asked.wait()
            self._asked.clear()
            changed |= self._changed
            self._changed.clear()
            start = time.monotonic()
            self.is_building = True
            preview = await _beside_the_loop(
                partial(self._rebuilder.rebuild, changed=changed), self.current, self._show_early
            )
            self.is_building = False
            # Half of a `git checkout` is no news, but a source that never rests must not starve it.
            if self._asked.is_set() and preview.problems.errors and held_back < MOST_HELD_BACK:
                held_back += 1
                continue
            self._tell(Made(preview, changed, time.monotonic() - start))
            held_back, changed = 0, frozenset[str]()

    async def _rest(self) -> None:
        """Wait until sources that changed during a build are at rest, or for half a second."""
        for _ in range(LONGEST_REST):
            self._asked.clear()
            await asyncio.sleep(REST)
            if not self._asked.is_set():
                break
        self._asked.set()

    def _show_early(self, preview: Preview) -> None:
        if not self._asked.is_set():
            self.current = preview
            self._show()

    def _tell(self, made: Made) -> None:
        self.current = made.preview
        self._show()
        self.first.set()
        self._told.set()
        self._told = asyncio.Event()
        for listener in self.listeners:
            listener(made)


async def _beside_the_loop(
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

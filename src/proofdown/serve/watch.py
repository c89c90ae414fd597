"""Tells of changes to what a site is made from, from threads of its own.

The system's own notices come within milliseconds, but not on every file system, not for what lies
behind a link, and not when there are too many folders to watch. So all inputs are looked at once a
second as well, and what no notice came for is told then.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from watchfiles import Change, watch

from proofdown.serve.inputs import Inputs, Snapshot, missed_changes

_BAD_NAME = "Unable to decode path"
"""What the library says of a file whose name is not in UTF-8."""

OnChange = Callable[[frozenset[str]], None]
"""Called from another thread with the paths that changed."""

GATHER_MS = 2
"""Milliseconds without a further notice after which the notices so far are told."""
LONGEST_GATHER_MS = 20
"""Milliseconds after which notices are told, however many more come."""
JOIN_TIMEOUT = 0.5
"""Seconds that the end of a thread is waited for."""
ACTIVE = 120.0
"""Seconds after a change in which the next one is looked out for at every step."""
IDLE_DELAY = 0.02
"""Seconds that a step takes longer at other times."""
POLL_INTERVAL = 1.0
"""Seconds between two looks, where a look takes no time to speak of."""
POLL_RATIO = 50
"""How many times longer than a look the pause before the next one is."""


class _StopEvent:
    """Tells `watch`, which asks at every step, whether it is to end; the answer may take a while.

    Every step wakes the processor. Who has just saved will soon save again, and shall not wait.

    Args:
        end: the end of watching.
        awake: seconds after a change in which the answer comes at once.
    """

    def __init__(self, end: threading.Event, active_seconds: float) -> None:
        self._end, self._active_seconds = end, active_seconds
        self.wake()

    def wake(self) -> None:
        """Take note of a change."""
        self._idle_from = time.monotonic() + self._active_seconds

    @property
    def is_over(self) -> bool:
        """Whether watching has ended."""
        return self._end.is_set()

    def is_set(self) -> bool:
        """Return whether watching has ended, after a while or at once."""
        is_awake = time.monotonic() < self._idle_from
        return self._end.is_set() if is_awake else self._end.wait(IDLE_DELAY)


class Watch:
    """Watches one site; what is watched follows its settings.

    Args:
        told: called with the paths that changed.
        complain: called with what keeps the system's notices from coming.
    """

    def __init__(self, on_change: OnChange, warn: Callable[[str], None]) -> None:
        self._on_change, self._warn = on_change, warn
        self._inputs: Inputs | None = None
        self._end = threading.Event()
        self._reported: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.RLock()

    def follow(self, inputs: Inputs) -> None:
        """Watch these inputs from now on, in place of those before."""
        with self._lock:
            if inputs == self._inputs:
                return
            is_another = self._inputs is not None
            self._restart(inputs)
        if is_another:  # nobody watched what was added while a build read it
            self._on_change(frozenset())

    def stop(self) -> None:
        """Watch nothing any more, and wait until nobody does.

        A thread that is in the library when Python ends would bring the process down.
        """
        with self._lock:
            self._end.set()
            threads = tuple(self._threads)
        for thread in threads:
            thread.join(JOIN_TIMEOUT)

    def _restart(self, inputs: Inputs) -> None:
        self._end.set()
        self._end, self._inputs = threading.Event(), inputs
        self._reported = set()
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._start(self._watch_ancestors, inputs, self._end)
        self._start(self._watch_folders, inputs, self._end)
        self._start(self._poll, inputs, inputs.snapshot(), self._end)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch_ancestors(self, inputs: Inputs, end: threading.Event) -> None:
        """Tell of the settings, and watch anew where a folder appears or vanishes."""
        for changed in self._events(inputs, inputs.ancestors, _StopEvent(end, 0), is_deep=False):
            with self._lock:
                if inputs.affects_folder(changed) and not end.is_set():
                    self._restart(inputs)
            self._report(changed)

    def _watch_folders(self, inputs: Inputs, end: threading.Event) -> None:
        """Tell of what is in the folders."""
        there = tuple(folder for folder in inputs.folders if folder.is_dir())
        pace = _StopEvent(end, ACTIVE)
        for changed in self._events(inputs, there, pace, is_deep=True):
            self._report(changed)
            pace.wake()

    def _events(
        self, inputs: Inputs, paths: tuple[Path, ...], pace: _StopEvent, *, is_deep: bool
    ) -> Iterator[frozenset[str]]:
        """Yield the paths of inputs that the system tells of, until the end."""

        def is_input(_change: Change, path: str) -> bool:
            return inputs.contains(path)

        while not pace.is_over:
            try:
                for changes in watch(
                    *paths,
                    watch_filter=is_input,
                    step=GATHER_MS,
                    debounce=LONGEST_GATHER_MS,
                    stop_event=pace,
                    raise_interrupt=False,
                    recursive=is_deep,
                    ignore_permission_denied=True,
                ):
                    yield frozenset(path for _, path in changes)
            except FileNotFoundError:
                # It has just gone: the watch above it begins anew, and a look sees what is there.
                return
            except (OSError, RuntimeError) as fault:
                if _BAD_NAME in str(fault):  # a look sees it, and the build tells of it
                    continue
                self._warn(f"changes are seen within a second or so, and not at once: {fault}")
            return

    def _poll(self, inputs: Inputs, before: Snapshot, end: threading.Event) -> None:
        took = 0.0
        while not end.wait(max(POLL_INTERVAL, took * POLL_RATIO)):
            start = time.monotonic()
            after = inputs.snapshot()
            took = time.monotonic() - start
            with self._lock:
                noticed, self._reported = frozenset(self._reported), set()
            if unseen := missed_changes(before, after, noticed):
                self._on_change(unseen)
            before = after

    def _report(self, paths: frozenset[str]) -> None:
        with self._lock:
            self._reported |= paths
        self._on_change(paths)

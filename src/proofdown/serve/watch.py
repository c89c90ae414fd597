"""Watch the inputs of a site in background threads, and report changes.

The kernel's file events arrive within milliseconds. But there are none on some file systems, behind
links, and if there are too many folders to watch. So the inputs are also polled once a second, and
changes without an event are reported then.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from watchfiles import Change, watch

from proofdown.serve.inputs import Inputs, Snapshot, missed_changes

_BAD_NAME = "Unable to decode path"
"""The error message of `watchfiles` for a file name that is not UTF-8."""

OnChange = Callable[[frozenset[str]], None]
"""Called from another thread with the changed paths."""

GATHER_MS = 2
"""Milliseconds to wait for further events before reporting those so far."""
LONGEST_GATHER_MS = 20
"""Milliseconds after which events are reported although more arrive."""
JOIN_TIMEOUT = 0.5
"""Seconds to wait for a thread to end."""
ACTIVE = 120.0
"""Seconds after a change in which the watcher reacts without delay."""
IDLE_DELAY = 0.02
"""Seconds by which it reacts later at other times, to wake the processor less often."""
POLL_INTERVAL = 1.0
"""Seconds between two polls."""
POLL_RATIO = 50
"""How many times longer than a poll the pause before the next is, if polls are slow."""


class _StopEvent:
    """The `stop_event` of `watchfiles.watch`, which slows it down while nothing changes.

    `watch` calls `is_set` at every step, and each step wakes the processor. Someone who has just
    saved a file will soon save again, so the delay begins only some time after a change.

    Args:
        end: set when watching should end.
        active_seconds: seconds after a change in which there is no delay.
    """

    def __init__(self, end: threading.Event, active_seconds: float) -> None:
        self._end, self._active_seconds = end, active_seconds
        self.wake()

    def wake(self) -> None:
        """Avoid delays for some time, because there was a change."""
        self._idle_from = time.monotonic() + self._active_seconds

    @property
    def is_over(self) -> bool:
        """Whether watching should end."""
        return self._end.is_set()

    def is_set(self) -> bool:
        """Return whether watching should end; while idle, after a delay."""
        is_awake = time.monotonic() < self._idle_from
        return self._end.is_set() if is_awake else self._end.wait(IDLE_DELAY)


class Watch:
    """Watches the inputs of one site, which may change with its settings.

    Args:
        on_change: called with the changed paths.
        warn: called with a message if file events are not available.
    """

    def __init__(self, on_change: OnChange, warn: Callable[[str], None]) -> None:
        self._on_change, self._warn = on_change, warn
        self._inputs: Inputs | None = None
        self._end = threading.Event()
        self._reported: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.RLock()

    def follow(self, inputs: Inputs) -> None:
        """Watch these inputs instead of the previous ones."""
        with self._lock:
            if inputs == self._inputs:
                return
            is_first = self._inputs is None
            self._restart(inputs)
        if not is_first:  # nothing watched the new inputs while the build read them
            self._on_change(frozenset())

    def stop(self) -> None:
        """Stop watching, and wait for the threads to end."""
        with self._lock:
            self._end.set()
            threads = tuple(self._threads)
        # A thread inside the library's native code would crash the process when Python exits.
        for thread in threads:
            thread.join(JOIN_TIMEOUT)

    def _restart(self, inputs: Inputs) -> None:
        # Each generation of threads has an event of its own, which ends it and no other.
        self._end.set()
        self._end, self._inputs = threading.Event(), inputs
        self._reported = set()
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._start(self._watch_ancestors, inputs, self._end)
        self._start(self._watch_folders, inputs, self._end)
        # The snapshot is taken here and not in the thread, so that no later change is missed.
        self._start(self._poll, inputs, inputs.snapshot(), self._end)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch_ancestors(self, inputs: Inputs, end: threading.Event) -> None:
        """Report changes of single files; restart when a folder appears or disappears."""
        for changed in self._events(inputs, inputs.ancestors, _StopEvent(end, 0), is_deep=False):
            with self._lock:
                if inputs.affects_folder(changed) and not end.is_set():
                    self._restart(inputs)
            self._report(changed)

    def _watch_folders(self, inputs: Inputs, end: threading.Event) -> None:
        """Report changes in the folders."""
        existing = tuple(folder for folder in inputs.folders if folder.is_dir())
        stop_event = _StopEvent(end, ACTIVE)
        for changed in self._events(inputs, existing, stop_event, is_deep=True):
            self._report(changed)
            stop_event.wake()

    def _events(
        self, inputs: Inputs, paths: tuple[Path, ...], stop_event: _StopEvent, *, is_deep: bool
    ) -> Iterator[frozenset[str]]:
        """Yield the changed inputs that the kernel reports, until the end."""

        def is_input(_change: Change, path: str) -> bool:
            return inputs.contains(path)

        while not stop_event.is_over:
            try:
                for changes in watch(
                    *paths,
                    watch_filter=is_input,
                    step=GATHER_MS,
                    debounce=LONGEST_GATHER_MS,
                    stop_event=stop_event,
                    raise_interrupt=False,
                    recursive=is_deep,
                    ignore_permission_denied=True,
                ):
                    yield frozenset(path for _, path in changes)
            except FileNotFoundError:
                # A folder was deleted: the watcher of its parent restarts, and polling continues.
                return
            except (OSError, RuntimeError) as fault:
                if _BAD_NAME in str(fault):  # polling finds the file, and the build reports it
                    continue
                self._warn(f"changes are noticed only by polling, about a second late: {fault}")
            return

    def _poll(self, inputs: Inputs, before: Snapshot, end: threading.Event) -> None:
        took = 0.0
        # With `POLL_RATIO` polling takes at most 2 % of the time, however large the site is.
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

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

from proofdown.serve.inputs import Inputs, InputStates, missed

_NO_TEXT = "Unable to decode path"
"""What the library says of a file whose name is not in UTF-8."""

Told = Callable[[frozenset[str]], None]
"""Called from another thread with the paths that changed."""

STEP = 2
"""Milliseconds without a further notice after which the notices so far are told."""
LONGEST_GATHERING = 20
"""Milliseconds after which notices are told, however many more come."""
LONGEST_END = 0.5
"""Seconds that the end of a thread is waited for."""
AWAKE = 120.0
"""Seconds after a change in which the next one is looked out for at every step."""
DROWSY = 0.02
"""Seconds that a step takes longer at other times."""
LOOKING = 1.0
"""Seconds between two looks, where a look takes no time to speak of."""
SHARE = 50
"""How many times longer than a look the pause before the next one is."""


class _Pace:
    """Tells `watch`, which asks at every step, whether it is to end; the answer may take a while.

    Every step wakes the processor. Who has just saved will soon save again, and shall not wait.

    Args:
        end: the end of watching.
        awake: seconds after a change in which the answer comes at once.
    """

    def __init__(self, end: threading.Event, awake: float) -> None:
        self._end, self._awake = end, awake
        self.stir()

    def stir(self) -> None:
        """Take note of a change."""
        self._drowsy_at = time.monotonic() + self._awake

    @property
    def is_over(self) -> bool:
        """Whether watching has ended."""
        return self._end.is_set()

    def is_set(self) -> bool:
        """Return whether watching has ended, after a while or at once."""
        is_awake = time.monotonic() < self._drowsy_at
        return self._end.is_set() if is_awake else self._end.wait(DROWSY)


class Watch:
    """Watches one site; what is watched follows its settings.

    Args:
        told: called with the paths that changed.
        complain: called with what keeps the system's notices from coming.
    """

    def __init__(self, told: Told, complain: Callable[[str], None]) -> None:
        self._told, self._complain = told, complain
        self._inputs: Inputs | None = None
        self._end = threading.Event()
        self._noticed: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.RLock()

    def follow(self, inputs: Inputs) -> None:
        """Watch these inputs from now on, in place of those before."""
        with self._lock:
            if inputs == self._inputs:
                return
            is_another = self._inputs is not None
            self._begin(inputs)
        if is_another:  # nobody watched what was added while a build read it
            self._told(frozenset())

    def stop(self) -> None:
        """Watch nothing any more, and wait until nobody does.

        A thread that is in the library when Python ends would bring the process down.
        """
        with self._lock:
            self._end.set()
            threads = tuple(self._threads)
        for thread in threads:
            thread.join(LONGEST_END)

    def _begin(self, inputs: Inputs) -> None:
        self._end.set()
        self._end, self._inputs = threading.Event(), inputs
        self._noticed = set()
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._start(self._watch_above, inputs, self._end)
        self._start(self._watch_below, inputs, self._end)
        self._start(self._look_again, inputs, inputs.look(), self._end)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch_above(self, inputs: Inputs, end: threading.Event) -> None:
        """Tell of the settings, and watch anew where a folder appears or vanishes."""
        for changed in self._notices(inputs, inputs.above, _Pace(end, 0), is_deep=False):
            with self._lock:
                if inputs.has_folder_in(changed) and not end.is_set():
                    self._begin(inputs)
            self._tell(changed)

    def _watch_below(self, inputs: Inputs, end: threading.Event) -> None:
        """Tell of what is in the folders."""
        there = tuple(folder for folder in inputs.folders if folder.is_dir())
        pace = _Pace(end, AWAKE)
        for changed in self._notices(inputs, there, pace, is_deep=True):
            self._tell(changed)
            pace.stir()

    def _notices(
        self, inputs: Inputs, paths: tuple[Path, ...], pace: _Pace, *, is_deep: bool
    ) -> Iterator[frozenset[str]]:
        """Yield the paths of inputs that the system tells of, until the end."""

        def is_input(_change: Change, path: str) -> bool:
            return inputs.holds(path)

        while not pace.is_over:
            try:
                for changes in watch(
                    *paths,
                    watch_filter=is_input,
                    step=STEP,
                    debounce=LONGEST_GATHERING,
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
                if _NO_TEXT in str(fault):  # a look sees it, and the build tells of it
                    continue
                self._complain(f"changes are seen within a second or so, and not at once: {fault}")
            return

    def _look_again(self, inputs: Inputs, before: InputStates, end: threading.Event) -> None:
        took = 0.0
        while not end.wait(max(LOOKING, took * SHARE)):
            start = time.monotonic()
            after = inputs.look()
            took = time.monotonic() - start
            with self._lock:
                noticed, self._noticed = frozenset(self._noticed), set()
            if unseen := missed(before, after, noticed):
                self._told(unseen)
            before = after

    def _tell(self, paths: frozenset[str]) -> None:
        with self._lock:
            self._noticed |= paths
        self._told(paths)

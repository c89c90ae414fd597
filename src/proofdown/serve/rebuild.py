"""The seam to the build: one build → the next preview.

A page that cannot be made stays as it was made last, and so does a whole site that the settings
leave nothing of: whoever writes sees the last good page, with what is wrong laid over it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from proofdown.addresses import output_path, page_address
from proofdown.build.options import BuildOptions
from proofdown.build.pipeline import Build, PagesCallback
from proofdown.build.run import run_build
from proofdown.config.loader import load_config
from proofdown.config.model import Config
from proofdown.config.root import SETTINGS_FILE
from proofdown.diagnostics import Diagnostic, Report, Severity, SiteError
from proofdown.digests import checksum
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.cache.lock import PREVIEW_FOLDER, hold_cache, wait_silently
from proofdown.runtime.progress import Progress
from proofdown.runtime.system.crash import crash_of, diagnostic_of
from proofdown.runtime.workers.forks import worker_count
from proofdown.serve.fast_path import FastPath
from proofdown.serve.manifest import Manifest, base_of
from proofdown.serve.problems import Problem, Problems, addresses_of, make_problems
from proofdown.site.model import BuiltPage, Output
from proofdown.source import Location, printable

FETCH_TIME = 0.06
"""Seconds in which new pages are fetched before the rest of the build takes up the processor."""
_EMPTY_CHECKSUM = checksum(b"")


class Preview(Struct, frozen=True):
    """What is shown from one build to the next."""

    number: int = 0
    """How many builds there were; 0 before the first."""
    config: Config | None = None
    """The settings of the last build that had any."""
    manifest: Manifest = field(default_factory=Manifest)
    problems: Problems = field(default_factory=Problems)
    diagnostics: tuple[Diagnostic, ...] = ()
    is_stopped: bool = False
    """Whether the last build came to nothing, so that nobody knows what else stands."""
    pages: int = 0

    @property
    def is_good(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.manifest.files)


Show = Callable[[Preview], None]
"""Called from the thread of the build."""


class _ShownCache(BuildCache):
    """A memo that keeps the pages that are shown, whether or not a build still makes them."""

    shown: frozenset[str] = frozenset()

    def prune(self, kind: str, used: set[str]) -> None:
        """Drop large texts that are neither used nor shown."""
        super().prune(kind, used | self.shown)


class Rebuilder:
    """Builds one site again and again, each time from what is on disk.

    Args:
        root: folder of the site.
        progress: told how far a build is.
        waits: told when another process has the memo.
    """

    def __init__(
        self, root: Path, progress: Progress, on_wait: Callable[[], None] = wait_silently
    ) -> None:
        self._root, self._progress, self._on_wait = root, progress, on_wait
        self._cache: _ShownCache | None = None
        self._fast_path: FastPath | None = None

    def rebuild(self, last: Preview, show: Show, changed: frozenset[str] = frozenset()) -> Preview:
        """Return the preview that follows another; takes as long as a build and raises nothing.

        Args:
            last: the preview before.
            show: called with a preview of the new pages as soon as they are made, while the rest
                of the site is still being made and checked.
            changed: paths of the sources that changed since.
        """
        newest = self._show_saved_page(last, show, changed)

        def show_pages(config: Config, built: Sequence[BuiltPage], report: Report) -> None:
            nonlocal newest
            early = _with_pages(newest, config, built, report)
            if early:
                newest = early
                show(early)
                time.sleep(FETCH_TIME)

        try:
            build = self._build(last.manifest, show_pages)
        except SiteError as stop:
            found = (stop.diagnostic,)
            problems = make_problems(found, {})
            return replace(
                newest,
                number=newest.number + 1,
                diagnostics=found,
                problems=problems,
                is_stopped=True,
            )
        except Exception as fault:
            number = newest.number + 1
            return replace(newest, number=number, problems=_crash_problems(fault), diagnostics=())
        if worker_count():
            with suppress(OSError):  # no process can be had: pages are then shown when all is built
                self._fast_path = FastPath(build, changed).start()
        return _next_preview(newest, build)

    def _show_saved_page(self, last: Preview, show: Show, changed: frozenset[str]) -> Preview:
        """Show the page whose text alone changed before anything else is done, if it can be made.

        What keeps it from being made is found again by the build that follows, and told.
        """
        fast_path, self._fast_path = self._fast_path, None
        if fast_path is None:
            return last
        newest = last
        page = fast_path.make(changed) if last.is_good else None
        if page and page.path in last.manifest.files:
            number = last.number + 1
            manifest = last.manifest.with_pages([page], number)
            if manifest.changed_since(last.number):
                newest = replace(last, number=number, manifest=manifest)
                show(newest)
        fast_path.end()
        if newest is not last:
            time.sleep(FETCH_TIME)
        return newest

    def _build(self, shown: Manifest, show_pages: PagesCallback) -> Build:
        """Build with what this process knows from its last build, wherever that is kept."""
        if not self._root.is_dir():  # it was moved away, and is not to be made anew by the memo
            load_config(self._root, Report())
        with hold_cache(self._root, PREVIEW_FOLDER, self._on_wait) as storage:
            if self._cache is None or self._cache.storage.folder != storage.folder:
                self._cache = _ShownCache(storage)
            self._cache.storage = storage
            self._cache.shown = shown.cached_files
            options = BuildOptions(with_drafts=True)
            cache, progress = self._cache, self._progress
            return run_build(self._root, options, progress, cache, on_composed=show_pages)[0]


def _crash_problems(fault: Exception) -> Problems:
    """Return a fault of the build itself as a problem, with where it came about."""
    found = diagnostic_of(crash_of(fault))
    message = f"the build broke off: {found.message}"
    return Problems((Problem("error", "", printable(message), "", found.help),), errors=1)


def _with_pages(
    last: Preview, config: Config, built: Sequence[BuiltPage], report: Report
) -> Preview | None:
    """Return a preview with new pages in it; None where not all is well enough for that."""
    is_sound = last.is_good and built and not _has_error_in(report, SETTINGS_FILE)
    if not is_sound or last.config is None or config.url != last.config.url:
        return None
    number = last.number + 1
    outputs = [
        Output(b.page.output, b.file, Location(b.page.source.path), b.summary.checksum)
        for b in built
        if b.summary.is_whole and b.summary.checksum != _EMPTY_CHECKSUM
    ]
    manifest = last.manifest.with_pages(outputs, number)
    is_new = bool(manifest.changed_since(last.number))
    return replace(last, number=number, manifest=manifest) if is_new else None


def _next_preview(last: Preview, build: Build) -> Preview:
    site, number = build.site, last.number + 1
    problems = make_problems(build.diagnostics, addresses_of(site))
    changed = replace(
        last,
        number=number,
        config=site.config,
        problems=problems,
        diagnostics=build.diagnostics,
        is_stopped=False,
    )
    if last.is_good and (not site.pages or _has_error_in(build.diagnostics, SETTINGS_FILE)):
        return changed
    base, outputs = base_of(site.config.url), _outputs(last.manifest, build)
    manifest = last.manifest.followed_by(outputs, base, number)
    return replace(changed, manifest=manifest, pages=len(site.pages))


def _has_error_in(diagnostics: Iterable[Diagnostic], path: str) -> bool:
    return any(d.severity is Severity.ERROR and d.location.path == path for d in diagnostics)


def _outputs(before: Manifest, build: Build) -> Iterator[Output]:
    """Yield what is served: the outputs, and the last good ones of pages that could not be made."""
    site = build.site
    broken = {b.page.output for b in site.pages if not b.summary.is_whole}
    empty = {o.path for o in site.outputs if o.data == b"" or o.checksum == _EMPTY_CHECKSUM}
    broken |= empty - {b.page.path for b in site.pages}  # Markdown may well be empty
    broken |= {output_path(page_address(p)) for p in site.content.lost if p.endswith(".md")}
    kept = broken & before.files.keys()
    yield from (output for output in site.outputs if output.path not in kept)
    for path in sorted(kept):
        served = before.files[path]
        yield Output(path, served.data, Location(path), served.checksum)

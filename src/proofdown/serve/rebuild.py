"""Run a build and return the next preview. This is the interface to the build.

A page that cannot be rendered keeps its last good version, and so does the whole site if the
settings are invalid. So the author sees the last good page, with the problems shown over it.
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
from proofdown.site.model import ComposedPage, Output
from proofdown.source import Location, printable

FETCH_TIME = 0.06
"""Seconds to pause a build so that browsers can fetch the new pages first."""
_EMPTY_CHECKSUM = checksum(b"")


class Preview(Struct, frozen=True, kw_only=True):
    """The state of the site that browsers show."""

    number: int = 0
    """Increases with every new state; 0 before the first build."""
    config: Config | None = None
    """The settings of the last build that could read them."""
    manifest: Manifest = field(default_factory=Manifest)
    problems: Problems = field(default_factory=Problems)
    diagnostics: tuple[Diagnostic, ...] = ()
    is_stopped: bool = False
    """Whether the last build was aborted, so that it may not have found all problems."""
    pages: int = 0

    @property
    def is_good(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.manifest.files)


Show = Callable[[Preview], None]
"""Called with a preview, from the thread of the build."""


class _ShownCache(BuildCache):
    """A build cache that keeps the shown pages, even if a build no longer uses them."""

    shown: frozenset[str] = frozenset()

    def prune(self, kind: str, used: set[str]) -> None:
        """Remove entries that are neither used nor shown."""
        super().prune(kind, used | self.shown)


class Rebuilder:
    """Builds one site repeatedly, each time from the files on disk.

    Args:
        root: root folder of the site.
        progress: called with the progress of a build.
        on_wait: called if another process has locked the cache.
    """

    def __init__(
        self, root: Path, progress: Progress, on_wait: Callable[[], None] = wait_silently
    ) -> None:
        self._root, self._progress, self._on_wait = root, progress, on_wait
        self._cache: _ShownCache | None = None
        self._fast_path: FastPath | None = None

    def rebuild(self, last: Preview, show: Show, changed: frozenset[str] = frozenset()) -> Preview:
        """Run a build and return the next preview; errors become problems of the preview.

        Args:
            last: the previous preview.
            show: called with a preview of the new pages as soon as they are rendered, while the
                rest of the site is still being built and checked.
            changed: paths of the sources that changed since the last build.
        """
        newest = self._show_saved_page(last, show, changed)

        def show_pages(config: Config, built: Sequence[ComposedPage], report: Report) -> None:
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
            with suppress(OSError):  # without a process there is no fast path, but the build works
                self._fast_path = FastPath(build, changed).start()
        return _next_preview(newest, build)

    def _show_saved_page(self, last: Preview, show: Show, changed: frozenset[str]) -> Preview:
        """Show the saved page before the build, if its body alone has changed.

        If it cannot be rendered, the build that follows reports why.
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
        """Build, reusing what this process has in memory from the last build."""
        if not self._root.is_dir():
            # The root was moved away. This raises, whereas the cache would create it again.
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
    """Return an internal error of the build as a problem, with its location in the code."""
    found = diagnostic_of(crash_of(fault))
    message = printable(f"the build was aborted: {found.message}")
    problem = Problem(severity="error", code="", message=message, location="", help=found.help)
    return Problems(shown=(problem,), errors=1)


def _with_pages(
    last: Preview, config: Config, built: Sequence[ComposedPage], report: Report
) -> Preview | None:
    """Return a preview with the new pages, or None if they cannot be shown yet or are equal."""
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
    """Yield the outputs to serve, with the last good version of pages that cannot be rendered."""
    site = build.site
    broken = {b.page.output for b in site.pages if not b.summary.is_whole}
    empty = {o.path for o in site.outputs if o.data == b"" or o.checksum == _EMPTY_CHECKSUM}
    broken |= empty - {b.page.path for b in site.pages}  # a page's Markdown source may be empty
    broken |= {output_path(page_address(p)) for p in site.content.lost if p.endswith(".md")}
    kept = broken & before.files.keys()
    yield from (output for output in site.outputs if output.path not in kept)
    for path in sorted(kept):
        served = before.files[path]
        yield Output(path, served.data, Location(path), served.checksum)

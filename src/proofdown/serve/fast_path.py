"""The fast path: render a page that was just saved, in the context of the last build.

If only a page's body has changed, no other page is affected. So the page is rendered and shown at
once. The build that follows renders it again with all else, and replaces it if it differs.
"""

from typing import Self

from proofdown.build.parse import convert_page
from proofdown.build.parse_all import converter_for
from proofdown.build.pipeline import Build
from proofdown.content.discovery import load_page
from proofdown.diagnostics import Report
from proofdown.files import load_source
from proofdown.runtime.workers.pool import WarmWorker
from proofdown.runtime.workers.worker import allow_seconds
from proofdown.site.model import Output
from proofdown.source import Location


class FastPath:
    """A warm worker that renders single pages in the context of a build.

    It does not check them: the build that follows does.

    Args:
        last: the last build.
        likely: paths of the sources that changed last, which are likely to change next.
    """

    def __init__(self, last: Build, likely: frozenset[str]) -> None:
        self._pages, self._composer = last.site.pages, last.composer
        self._config = last.site.config
        folder = self._config.root / self._config.content
        self._numbers = {
            str(folder / built.page.path): number for number, built in enumerate(self._pages)
        }
        self._first = next((self._numbers[p] for p in sorted(likely) if p in self._numbers), 0)
        self._worker: WarmWorker | None = None

    def start(self) -> Self:
        """Fork the worker, and return `self`.

        Raises:
            OSError: no process can be started.
        """
        self._worker = WarmWorker.start(self._compose, self._config.budget, self._first)
        return self

    def make(self, changed: frozenset[str]) -> Output | None:
        """Render the page if its body alone has changed; return None otherwise.

        Args:
            changed: paths of the sources that changed since the last build.
        """
        numbers = [self._numbers.get(path) for path in changed]
        if len(numbers) != 1 or numbers[0] is None:
            return None
        html = self._worker.do(numbers[0]) if self._worker else None
        page = self._pages[numbers[0]].page
        return Output(page.output, html, Location(page.source.path)) if html else None

    def end(self) -> None:
        """Stop the worker."""
        if self._worker:
            self._worker.end()

    def _compose(self, number: int) -> bytes:
        """Return a page, or empty bytes if it is incomplete or more than its body has changed."""
        old, config, report = self._pages[number], self._config, Report()
        file = config.root / config.content / old.page.path
        source = load_source(file, config.root, report)
        if source is None:
            return b""
        page = load_page(source, old.page.path, report)
        body = convert_page(page, converter_for(config), config.budget, report)
        if page.front != old.page.front or (not page.front.title and body.title != old.title):
            return b""  # navigation and titles are shown on other pages, too
        allow_seconds(config.budget.seconds)
        laid_out = self._composer.lay_out(page, old.title, body)
        return laid_out.file if laid_out.is_whole(page) else b""

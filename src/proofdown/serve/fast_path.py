"""The page that was saved just now, made on the ground of the last build, before the site is.

A text that says what it said but for its body changes its own page and nothing that other pages
show. So its page is made at once and shown; the build that follows makes it again with all else,
and comes to the same bytes, or puts right what has changed meanwhile.
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
    """A worker with the ground of a build, which makes single pages anew.

    They are not checked: what is wrong with them is found by the build that follows.

    Args:
        last: the build.
        likely: paths of the sources that were changed last, and may well be next.
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
        """Fork the worker; return this.

        Raises:
            OSError: no process can be had.
        """
        self._worker = WarmWorker.start(self._compose, self._config.budget, self._first)
        return self

    def make(self, changed: frozenset[str]) -> Output | None:
        """Return the page whose text alone has changed; None where that is not so.

        Args:
            changed: paths of the sources that changed since the build.
        """
        numbers = [self._numbers.get(path) for path in changed]
        if len(numbers) != 1 or numbers[0] is None:
            return None
        html = self._worker.do(numbers[0]) if self._worker else None
        page = self._pages[numbers[0]].page
        return Output(page.output, html, Location(page.source.path)) if html else None

    def end(self) -> None:
        """Let the worker go."""
        if self._worker:
            self._worker.end()

    def _compose(self, number: int) -> bytes:
        """Return a page, or nothing if it does not hold all that its author wrote."""
        old, config, report = self._pages[number], self._config, Report()
        file = config.root / config.content / old.page.path
        source = load_source(file, config.root, report)
        if source is None:
            return b""
        page = load_page(source, old.page.path, report)
        body = convert_page(page, converter_for(config), config.budget, report)
        if page.front != old.page.front or (not page.front.title and body.title != old.title):
            return b""
        allow_seconds(config.budget.seconds)
        laid_out = self._composer.lay_out(page, old.title, body)
        return laid_out.file if laid_out.is_whole(page) else b""

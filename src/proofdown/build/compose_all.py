"""Compose all pages: those with unchanged inputs come from the cache, the others from workers."""

from collections.abc import Sequence
from functools import partial

import msgspec
from msgspec import Struct

from proofdown.build.compose import NewPage, PageComposer, PageRef, lost_page
from proofdown.build.page_keys import CacheKeys
from proofdown.checks.prose.proofread import Terms
from proofdown.content.evidence.claims import Judgement
from proofdown.diagnostics import Diagnostic
from proofdown.digests import digest, has_checksum
from proofdown.markup.html.requests import Request, find_requests
from proofdown.markup.page_text import PageText
from proofdown.markup.parsed_page import ParsedPage
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.progress import Progress
from proofdown.runtime.stage import BlobRef, CachedStage, CacheEntry, StageSpec, TaskResult, encoded
from proofdown.runtime.workers.forks import worker_count
from proofdown.runtime.workers.pool import Failure
from proofdown.runtime.workers.worker import OverBudgetError, allow_seconds
from proofdown.site.model import ComposedPage
from proofdown.site.page import PageDetails, PageFindings, PageSummary
from proofdown.site.search.entries import PageEntries
from proofdown.source import Location

_PAGES_A_WORKER = 8
"""The number of pages that are worth one more worker."""
USUAL_TEMPLATES = ("base.html", "nav.html", "page.html")
"""Templates that nearly every build needs if it composes any page."""
_Parts = tuple[msgspec.Raw, msgspec.Raw, msgspec.Raw]
"""Details, judgements and search entries. They share a blob, but are decoded one at a time."""

_encode = msgspec.msgpack.Encoder().encode
_decode_parts = msgspec.msgpack.Decoder(_Parts).decode
_decode_details = msgspec.msgpack.Decoder(PageDetails).decode
_decode_judgements = msgspec.msgpack.Decoder(tuple[Judgement, ...]).decode
_decode_entries = msgspec.msgpack.Decoder(PageEntries).decode


class Composition(Struct, frozen=True, kw_only=True):
    """The composed pages of a site, each with the findings of checking it alone."""

    pages: tuple[ComposedPage, ...]
    findings: tuple[PageFindings, ...]


class _Composed(Struct, frozen=True):
    """The cache entry of a page, loaded in every build."""

    summary: PageSummary
    findings: PageFindings


class _Task(Struct, frozen=True):
    number: int
    parsed: ParsedPage
    ref: PageRef


class _StoredParts(Struct, frozen=True):
    """The parts of a page, loaded from the cache; see `PageParts`."""

    cache: BuildCache
    ref: PageRef

    def details(self) -> PageDetails:
        return _decode_details(self._load()[0])

    def text(self) -> PageText:
        return PageText(self.ref.page)

    def html(self, details: PageDetails) -> str:
        if details.html is not None:
            return details.html
        start, end = details.span
        return self.ref.file.read_text("utf-8")[start:end]

    def requests(self, html: str) -> list[Request]:
        return find_requests(html)

    def judgements(self, built: ComposedPage) -> tuple[Judgement, ...]:  # noqa: ARG002 (they are stored)
        return _decode_judgements(self._load()[1])

    def entries(self) -> PageEntries:
        return _decode_entries(self._load()[2])

    def _load(self) -> _Parts:
        return _decode_parts(self.cache.load_blob("details", self.ref.key))


class ComposeStage:
    """Composes the pages of one site.

    Args:
        composer: composes a page.
        keys: the cache keys of the pages.
        terms: the terms to count in each page; done here, because its text is loaded anyway.
        cache: the build cache.
    """

    def __init__(
        self, composer: PageComposer, keys: CacheKeys, terms: Terms, cache: BuildCache
    ) -> None:
        self._composer, self._keys, self._terms = composer, keys, terms
        self._cache, self._budget = cache, composer.context.config.budget
        spec = StageSpec(
            kind="composed",
            value_type=_Composed,
            name_of=_path_of,
            budget=self._budget,
            progress_text="composing pages",
        )
        self._stage = CachedStage(spec, cache)

    def run(self, pages: Sequence[ParsedPage], progress: Progress) -> Composition:
        """Compose all pages, and return them in the same order.

        Args:
            pages: the parsed pages.
            progress: called to report progress.

        Raises:
            OutputError: the cache cannot be written.
        """
        tasks = [_Task(number, p, self._ref_of(p)) for number, p in enumerate(pages)]
        known = {task.number: self._load(task) for task in tasks}
        fresh = [task for task in tasks if known[task.number] is None]
        fresh.sort(key=lambda task: -task.parsed.size)  # a long page that starts last is waited for
        self._composer.context.templates.compile(_templates_of(fresh))
        max_workers = min(worker_count(), 1 + len(fresh) // _PAGES_A_WORKER)
        self._stage.start(fresh, self._work, self._on_failure, max_workers=max_workers)
        results = self._stage.results(progress)
        # Results come in the order in which workers finish.
        new = {task.number: entry for task, entry in results}
        composed = [known[task.number] or new[task.number] for task in tasks]
        return Composition(
            pages=tuple(
                task.ref.composed(c.summary, _StoredParts(self._cache, task.ref))
                for task, c in zip(tasks, composed, strict=True)
            ),
            findings=tuple(c.findings for c in composed),
        )

    def _ref_of(self, parsed: ParsedPage) -> PageRef:
        page, title = parsed.page, parsed.title
        key = digest(self._keys.of_page(page, title), parsed.key)
        return PageRef(
            page=page,
            title=title,
            key=key,
            file=self._cache.blob("pages", key),
            markdown=self._cache.blob("sources", page.source.checksum),
        )

    def _load(self, task: _Task) -> _Composed | None:
        """Return a page's entry from the cache, if its blobs are intact."""
        path, key = task.ref.page.path, task.ref.key
        known = self._stage.load(path, key)
        if known is None or not self._cache.has_blob("details", path, key):
            return None
        is_whole = partial(has_checksum, expected=known.summary.checksum)
        return known if self._cache.has_blob("pages", path, key, is_whole) else None

    def _work(self, task: _Task) -> TaskResult:
        """Compose a page, in a worker."""
        text, ref = task.parsed.load_text(), task.ref
        counts = self._terms.count(text.prose)
        allow_seconds(self._budget.seconds)
        try:
            laid_out = self._composer.lay_out(ref.page, ref.title, text.body)
            del text  # frees the body, which is large; the linked HTML has replaced it
            page = self._composer.compose(ref, laid_out)
        except OverBudgetError:
            page = lost_page(ref, _over_budget(task, f"{self._budget.seconds:g} s"))
        except MemoryError:
            page = lost_page(ref, _over_budget(task, f"{self._budget.megabytes} MB"))
        return self._write(task, page, counts)

    def _on_failure(self, task: _Task, failure: Failure) -> TaskResult:
        most = f"{self._budget.megabytes} MB" if failure.is_out_of_memory else "what one page may"
        counts = self._terms.count(task.parsed.load_text().prose)
        return self._write(task, lost_page(task.ref, _over_budget(task, most)), counts)

    def _write(self, task: _Task, page: NewPage, counts: dict[str, int]) -> TaskResult:
        """Write a page's file and its large parts to the cache; return the rest."""
        path, key = task.ref.page.path, task.ref.key
        parts = (page.details, page.judgements, page.entries)
        self._cache.write_blob("pages", key, page.file)
        self._cache.write_checksummed("details", key, _encode(parts))
        terms = CacheEntry(
            kind="terms",
            name=path,
            key=self._terms.key(task.parsed.key),
            value=encoded(counts),
        )
        return TaskResult(
            value=encoded(_Composed(page.summary, page.findings)),
            key=key,
            blobs=tuple(BlobRef(kind=kind, name=path, key=key) for kind in ("details", "pages")),
            extra_entries=(terms,),
        )


def _path_of(task: _Task) -> str:
    return task.ref.page.path


def _templates_of(tasks: Sequence[_Task]) -> list[str]:
    """Return the templates to compile before the fork, because most workers need them."""
    layouts = {task.parsed.page.front.layout for task in tasks}
    # Authors may write `layout: wide` as well as `layout: wide.html`.
    names = {f"{layout.text.removesuffix('.html')}.html" for layout in layouts if layout}
    if tasks:
        names.update(USUAL_TEMPLATES)
    if any(task.parsed.head.shows_diagrams for task in tasks):
        names |= {"figure.html", "evidence.html"}
    return sorted(names)


def _over_budget(task: _Task, what: str) -> Diagnostic:
    message = f"composing this page takes more than {what}"
    help_ = "break it up, or raise `budget:` in the settings"
    return Diagnostic("over-budget", message, Location(task.ref.page.source.path), help_)

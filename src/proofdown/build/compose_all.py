"""Compose all pages: those that nothing concerns come from the cache, the others from workers."""

from collections.abc import Sequence
from functools import partial

import msgspec
from msgspec import Struct

from proofdown.build.compose import NewPage, PageComposer, PagePlace, lost_page
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
from proofdown.runtime.stage import BlobRef, CachedStage, CacheEntry, Made, StageSpec, encoded
from proofdown.runtime.workers.forks import worker_count
from proofdown.runtime.workers.pool import Failure
from proofdown.runtime.workers.worker import OverBudgetError, allow_seconds
from proofdown.site.model import BuiltPage
from proofdown.site.page import PageDetails, PageFindings, PageSummary
from proofdown.site.search.entries import PageEntries
from proofdown.source import Location

_PAGES_A_WORKER = 8
"""Pages for which it is worth to start one more worker."""
USUAL_TEMPLATES = ("base.html", "nav.html", "page.html")
"""Templates that nearly every build takes that composes a page."""
_Parts = tuple[msgspec.Raw, msgspec.Raw, msgspec.Raw]
"""Details, judgements and search entries: one file in the cache, of which one part is decoded."""

_encode = msgspec.msgpack.Encoder().encode
_decode_parts = msgspec.msgpack.Decoder(_Parts).decode
_decode_details = msgspec.msgpack.Decoder(PageDetails).decode
_decode_judgements = msgspec.msgpack.Decoder(tuple[Judgement, ...]).decode
_decode_entries = msgspec.msgpack.Decoder(PageEntries).decode


class Composition(Struct, frozen=True, kw_only=True):
    """The pages of a site, composed, each with what the checks found of it by itself."""

    pages: tuple[BuiltPage, ...]
    findings: tuple[PageFindings, ...]


class _Composed(Struct, frozen=True):
    """What is stored of a page in every build."""

    summary: PageSummary
    findings: PageFindings


class _Task(Struct, frozen=True):
    number: int
    parsed: ParsedPage
    place: PagePlace


class _StoredParts(Struct, frozen=True):
    """The parts of a page in the cache; see `PageParts`."""

    cache: BuildCache
    place: PagePlace

    def details(self) -> PageDetails:
        return _decode_details(self._load()[0])

    def text(self) -> PageText:
        return PageText(self.place.page)

    def html(self, details: PageDetails) -> str:
        if details.html is not None:
            return details.html
        start, end = details.span
        return self.place.file.read_text("utf-8")[start:end]

    def requests(self, html: str) -> list[Request]:
        return find_requests(html)

    def judgements(self, built: BuiltPage) -> tuple[Judgement, ...]:  # noqa: ARG002 (they are kept)
        return _decode_judgements(self._load()[1])

    def entries(self) -> PageEntries:
        return _decode_entries(self._load()[2])

    def _load(self) -> _Parts:
        return _decode_parts(self.cache.load_blob("details", self.place.key))


class ComposeStage:
    """Composes the pages of one site.

    Args:
        composer: composes one of them.
        keys: tell what each is made from.
        terms: counted in each page on the way, while its text is at hand.
        cache: what earlier builds made.
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
            work=self._work,
            give_up=self._give_up,
            budget=self._budget,
            doing="making pages",
        )
        self._stage = CachedStage(spec, cache)

    def run(self, pages: Sequence[ParsedPage], progress: Progress) -> Composition:
        """Return every page composed, in the same order.

        Args:
            pages: the parsed pages.
            progress: told how far it is.

        Raises:
            OutputError: what is made cannot be written.
        """
        tasks = [_Task(number, p, self._place_of(p)) for number, p in enumerate(pages)]
        known = {task.number: self._load(task) for task in tasks}
        fresh = [task for task in tasks if known[task.number] is None]
        fresh.sort(key=lambda task: -task.parsed.size)  # the longest last would be waited for
        self._composer.context.templates.compile(_templates_of(fresh))
        most = min(worker_count(), 1 + len(fresh) // _PAGES_A_WORKER)
        made = {t.number: c for t, c in self._stage.start(fresh, most).results(progress)}
        composed = [known[task.number] or made[task.number] for task in tasks]
        return Composition(
            pages=tuple(
                self._built(task.place, c.summary) for task, c in zip(tasks, composed, strict=True)
            ),
            findings=tuple(c.findings for c in composed),
        )

    def _place_of(self, parsed: ParsedPage) -> PagePlace:
        page, title = parsed.page, parsed.title
        key = digest(self._keys.of_page(page, title), parsed.key)
        return PagePlace(
            page=page,
            title=title,
            key=key,
            file=self._cache.blob("pages", key),
            markdown=self._cache.blob("sources", page.source.checksum),
        )

    def _load(self, task: _Task) -> _Composed | None:
        """Return what is known of a page that was composed before, if its files are whole."""
        path, key = task.place.page.path, task.place.key
        known = self._stage.load(path, key)
        if known is None or not self._cache.has_blob("details", path, key):
            return None
        is_whole = partial(has_checksum, expected=known.summary.checksum)
        return known if self._cache.has_blob("pages", path, key, is_whole) else None

    def _built(self, place: PagePlace, summary: PageSummary) -> BuiltPage:
        return BuiltPage(
            page=place.page,
            title=place.title,
            summary=summary,
            parts=_StoredParts(self._cache, place),
            key=place.key,
            file=place.file,
            markdown=place.markdown,
        )

    def _work(self, task: _Task) -> Made:
        """Compose a page, in a worker."""
        text, place = task.parsed.load_text(), task.place
        counts = self._terms.count(text.prose)
        allow_seconds(self._budget.seconds)
        try:
            laid_out = self._composer.lay_out(place.page, place.title, text.body)
            del text  # the body is large, and its HTML is another one by now
            made = self._composer.compose(place, laid_out)
        except OverBudgetError:
            made = lost_page(place, _over_budget(task, f"{self._budget.seconds:g} s"))
        except MemoryError:
            made = lost_page(place, _over_budget(task, f"{self._budget.megabytes} MB"))
        return self._write(task, made, counts)

    def _give_up(self, task: _Task, failure: Failure) -> Made:
        most = f"{self._budget.megabytes} MB" if failure.is_short else "what one page may"
        counts = self._terms.count(task.parsed.load_text().prose)
        return self._write(task, lost_page(task.place, _over_budget(task, most)), counts)

    def _write(self, task: _Task, made: NewPage, counts: dict[str, int]) -> Made:
        """Write a page's file and its large parts; return the rest."""
        path, key = task.place.page.path, task.place.key
        parts = (made.details, made.judgements, made.entries)
        self._cache.write_blob("pages", key, made.file)
        self._cache.write_checksummed("details", key, _encode(parts))
        terms = CacheEntry(
            kind="terms",
            name=path,
            key=self._terms.key(task.parsed.key),
            value=encoded(counts),
        )
        return Made(
            value=encoded(_Composed(made.summary, made.findings)),
            key=key,
            blobs=tuple(BlobRef(kind=kind, name=path, key=key) for kind in ("details", "pages")),
            beside=(terms,),
        )


def _path_of(task: _Task) -> str:
    return task.place.page.path


def _templates_of(tasks: Sequence[_Task]) -> list[str]:
    """Return the templates that most workers would compile, to be compiled once before them."""
    layouts = {task.parsed.page.front.layout for task in tasks}
    names = {f"{layout.text.removesuffix('.html')}.html" for layout in layouts if layout}
    if tasks:
        names.update(USUAL_TEMPLATES)
    if any(task.parsed.head.shows_diagrams for task in tasks):
        names |= {"figure.html", "evidence.html"}
    return sorted(names)


def _over_budget(task: _Task, what: str) -> Diagnostic:
    message = f"making this page takes more than {what}"
    help_ = "break it up, or raise `budget:` in the settings"
    return Diagnostic("over-budget", message, Location(task.place.page.source.path), help_)

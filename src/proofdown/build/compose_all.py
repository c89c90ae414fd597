"""All pages made: those that nothing concerns as they were, the others by workers."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from proofdown.build.compose import MadePage, PageComposer, lost_page
from proofdown.build.page_keys import CacheKeys
from proofdown.build.parse_all import Written, load_text
from proofdown.checks.prose.proofread import Terms
from proofdown.content.discovery import Page
from proofdown.diagnostics import Diagnostic
from proofdown.digests import digest, has_checksum
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.progress import Progress
from proofdown.runtime.workers.forks import worker_count
from proofdown.runtime.workers.pool import Failure, run_tasks
from proofdown.runtime.workers.worker import OverBudgetError, allow_seconds
from proofdown.site.model import BuiltPage, PageDetails, PageSummary
from proofdown.site.search.entries import PageEntries
from proofdown.source import Location

_PAGES_A_WORKER = 8
"""Pages for which it is worth to start one more worker."""
USUAL_TEMPLATES = ("base.html", "nav.html", "page.html")
"""Templates that nearly every build takes that makes a page."""
_encode = msgspec.msgpack.Encoder().encode


class _Answer(Struct, frozen=True):
    summary: msgspec.Raw
    terms: dict[str, int]


_decode = msgspec.msgpack.Decoder(_Answer).decode
_decode_details = msgspec.msgpack.Decoder(tuple[PageDetails, msgspec.Raw]).decode
_decode_entries = msgspec.msgpack.Decoder(tuple[msgspec.Raw, PageEntries]).decode


class _Task(Struct, frozen=True):
    number: int
    written: Written
    page: Page
    title: str
    key: str


def compose_all(
    maker: PageComposer,
    pages: Sequence[tuple[Written, Page, str]],
    keys: CacheKeys,
    terms: Terms,
    cache: BuildCache,
    progress: Progress,
) -> list[BuiltPage]:
    """Return every page made, in the same order; their files are among the memo's large texts.

    Args:
        maker: makes one of them.
        pages: the pages with their manuscripts and titles.
        keys: tell what each is made from.
        terms: what is counted in each on the way, while its text is at hand.
        cache: what is known of them.
        progress: told how far it is.

    Raises:
        OutputError: what is made cannot be written.
    """
    tasks, built = [], dict[int, BuiltPage]()
    for number, (written, page, title) in enumerate(pages):
        key = digest(keys.of_page(page, title), written.key)
        summary = _known_summary(cache, page.path, key)
        if summary is not None:
            built[number] = _lazy_page(cache, page, title, key, summary)
        else:
            tasks.append(_Task(number, written, page, title, key))
    tasks.sort(key=lambda task: -task.written.size)  # the longest last would be waited for
    for task, summary in _make_fresh(maker, tasks, terms, cache, progress):
        built[task.number] = _lazy_page(cache, task.page, task.title, task.key, summary)
    return [built[number] for number in range(len(pages))]


def _known_summary(cache: BuildCache, path: str, key: str) -> PageSummary | None:
    """Return what is known of a page that was made before, if its file is as it was made."""
    summary = cache.load("ties", path, key, PageSummary)
    if summary is None or not cache.has_blob("facts", path, key):
        return None
    is_whole = partial(has_checksum, expected=summary.checksum)
    return summary if cache.has_blob("pages", path, key, is_whole) else None


def _lazy_page(
    cache: BuildCache, page: Page, title: str, key: str, summary: PageSummary
) -> BuiltPage:
    file = cache.blob("pages", key)
    return BuiltPage(
        page,
        title,
        summary,
        lambda: _decode_details(cache.load_blob("facts", key))[0],
        lambda: file.read_text("utf-8"),
        lambda: _decode_entries(cache.load_blob("facts", key))[1],
        key,
        file,
        cache.blob("sources", page.source.checksum),
    )


def _make_fresh(
    maker: PageComposer, tasks: Sequence[_Task], terms: Terms, cache: BuildCache, progress: Progress
) -> Iterator[tuple[_Task, PageSummary]]:
    budget = maker.context.config.budget
    maker.context.templates.compile(_templates_of(tasks))

    def work(task: _Task) -> bytes:
        text = load_text(cache, task.written.key)
        counts, bodies = terms.count(text.prose), [text.body]
        del text
        allow_seconds(budget.seconds)
        try:
            made = maker.make(task.page, task.title, bodies.pop)
        except OverBudgetError:
            made = lost_page(task.page, _over_budget(task.page, f"{budget.seconds:g} s"))
        except MemoryError:
            made = lost_page(task.page, _over_budget(task.page, f"{budget.megabytes} MB"))
        return _keep(cache, task.key, made, counts)

    def give_up(task: _Task, failure: Failure) -> bytes:
        most = f"{budget.megabytes} MB" if failure.is_short else "what one page may"
        lost = lost_page(task.page, _over_budget(task.page, most))
        return _keep(cache, task.key, lost, terms.count(load_text(cache, task.written.key).prose))

    most = min(worker_count(), 1 + len(tasks) // _PAGES_A_WORKER)
    for done, (number, result) in enumerate(run_tasks(tasks, work, budget, most)):
        progress("making pages", done, len(tasks))
        task = tasks[number]
        answer = _decode(give_up(task, result) if isinstance(result, Failure) else result)
        path = task.page.path
        summary = msgspec.msgpack.decode(answer.summary, type=PageSummary)
        cache.store_encoded("ties", path, task.key, answer.summary, summary)
        for kind in ("facts", "pages"):
            cache.has_blob(kind, path, task.key, Path.is_file)
        cache.store("terms", path, terms.key(task.written.key), answer.terms)
        yield task, summary


def _templates_of(tasks: Sequence[_Task]) -> list[str]:
    """Return the templates that most workers would compile, to be compiled once before them."""
    layouts = {task.page.front.layout for task in tasks}
    names = {f"{layout.text.removesuffix('.html')}.html" for layout in layouts if layout}
    if tasks:
        names.update(USUAL_TEMPLATES)
    if any(task.written.manuscript.shows_diagrams for task in tasks):
        names |= {"figure.html", "evidence.html"}
    return sorted(names)


def _keep(cache: BuildCache, key: str, made: MadePage, terms: dict[str, int]) -> bytes:
    """Write a page's file and what is looked up of it; return the rest."""
    cache.write_blob("pages", key, made.file)
    cache.write_checksummed("facts", key, _encode((made.details, made.entries)))
    return _encode(_Answer(msgspec.Raw(_encode(made.summary)), terms))


def _over_budget(page: Page, what: str) -> Diagnostic:
    message = f"making this page takes more than {what}"
    help_ = "break it up, or raise `budget:` in the settings"
    return Diagnostic("over-budget", message, Location(page.source.path), help_)

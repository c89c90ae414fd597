"""All pages made: those that nothing concerns as they were, the others by workers."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from proofdown.build.compose import MadePage, PageMaker, lost_page
from proofdown.build.page_keys import PageKeys
from proofdown.build.parse_all import Written, load_text
from proofdown.checks.prose.proofread import Terms
from proofdown.content.discovery import Page
from proofdown.diagnostics import Diagnostic
from proofdown.digests import digest, has_checksum
from proofdown.runtime.cache.build_cache import Memo
from proofdown.runtime.progress import Progress
from proofdown.runtime.workers.forks import how_many
from proofdown.runtime.workers.pool import Failure, run_all
from proofdown.runtime.workers.worker import OverBudgetError, allow_seconds
from proofdown.site.model import BuiltPage, Facts, Ties
from proofdown.site.search.entries import PageEntries
from proofdown.source import Place

_PAGES_A_WORKER = 8
"""Pages for which it is worth to start one more worker."""
USUAL_TEMPLATES = ("base.html", "nav.html", "page.html")
"""Templates that nearly every build takes that makes a page."""
_encode = msgspec.msgpack.Encoder().encode


class _Answer(Struct, frozen=True):
    ties: msgspec.Raw
    terms: dict[str, int]


_decode = msgspec.msgpack.Decoder(_Answer).decode
_decode_facts = msgspec.msgpack.Decoder(tuple[Facts, msgspec.Raw]).decode
_decode_entries = msgspec.msgpack.Decoder(tuple[msgspec.Raw, PageEntries]).decode


class _Task(Struct, frozen=True):
    number: int
    written: Written
    page: Page
    title: str
    key: str


def make_all(
    maker: PageMaker,
    pages: Sequence[tuple[Written, Page, str]],
    keys: PageKeys,
    terms: Terms,
    memo: Memo,
    progress: Progress,
) -> list[BuiltPage]:
    """Return every page made, in the same order; their files are among the memo's large texts.

    Args:
        maker: makes one of them.
        pages: the pages with their manuscripts and titles.
        keys: tell what each is made from.
        terms: what is counted in each on the way, while its text is at hand.
        memo: what is known of them.
        progress: told how far it is.

    Raises:
        OutputError: what is made cannot be written.
    """
    tasks, built = [], dict[int, BuiltPage]()
    for number, (written, page, title) in enumerate(pages):
        key = digest(keys.of_page(page, title), written.key)
        ties = _known_ties(memo, page.path, key)
        if ties is not None:
            built[number] = _late_page(memo, page, title, key, ties)
        else:
            tasks.append(_Task(number, written, page, title, key))
    tasks.sort(key=lambda task: -task.written.size)  # the longest last would be waited for
    for task, ties in _make_fresh(maker, tasks, terms, memo, progress):
        built[task.number] = _late_page(memo, task.page, task.title, task.key, ties)
    return [built[number] for number in range(len(pages))]


def _known_ties(memo: Memo, path: str, key: str) -> Ties | None:
    """Return what is known of a page that was made before, if its file is as it was made."""
    ties = memo.recall("ties", path, key, Ties)
    if ties is None or not memo.has_blob("facts", path, key):
        return None
    is_whole = partial(has_checksum, expected=ties.checksum)
    return ties if memo.has_blob("pages", path, key, is_whole) else None


def _late_page(memo: Memo, page: Page, title: str, key: str, ties: Ties) -> BuiltPage:
    file = memo.blob("pages", key)
    return BuiltPage(
        page,
        title,
        ties,
        lambda: _decode_facts(memo.load_blob("facts", key))[0],
        lambda: file.read_text("utf-8"),
        lambda: _decode_entries(memo.load_blob("facts", key))[1],
        key,
        file,
        memo.blob("sources", page.source.checksum),
    )


def _make_fresh(
    maker: PageMaker, tasks: Sequence[_Task], terms: Terms, memo: Memo, progress: Progress
) -> Iterator[tuple[_Task, Ties]]:
    budget = maker.ground.config.budget
    maker.ground.templates.compile(_templates_of(tasks))

    def work(task: _Task) -> bytes:
        text = load_text(memo, task.written.key)
        counts, bodies = terms.count(text.prose), [text.body]
        del text
        allow_seconds(budget.seconds)
        try:
            made = maker.make(task.page, task.title, bodies.pop)
        except OverBudgetError:
            made = lost_page(task.page, _over_budget(task.page, f"{budget.seconds:g} s"))
        except MemoryError:
            made = lost_page(task.page, _over_budget(task.page, f"{budget.megabytes} MB"))
        return _keep(memo, task.key, made, counts)

    def give_up(task: _Task, failure: Failure) -> bytes:
        most = f"{budget.megabytes} MB" if failure.is_short else "what one page may"
        lost = lost_page(task.page, _over_budget(task.page, most))
        return _keep(memo, task.key, lost, terms.count(load_text(memo, task.written.key).prose))

    most = min(how_many(), 1 + len(tasks) // _PAGES_A_WORKER)
    for done, (number, result) in enumerate(run_all(tasks, work, budget, most)):
        progress("making pages", done, len(tasks))
        task = tasks[number]
        answer = _decode(give_up(task, result) if isinstance(result, Failure) else result)
        path = task.page.path
        ties = msgspec.msgpack.decode(answer.ties, type=Ties)
        memo.keep_raw("ties", path, task.key, answer.ties, ties)
        for kind in ("facts", "pages"):
            memo.has_blob(kind, path, task.key, Path.is_file)
        memo.keep("terms", path, terms.key(task.written.key), answer.terms)
        yield task, ties


def _templates_of(tasks: Sequence[_Task]) -> list[str]:
    """Return the templates that most workers would compile, to be compiled once before them."""
    layouts = {task.page.front.layout for task in tasks}
    names = {f"{layout.text.removesuffix('.html')}.html" for layout in layouts if layout}
    if tasks:
        names.update(USUAL_TEMPLATES)
    if any(task.written.manuscript.shows_diagrams for task in tasks):
        names |= {"figure.html", "evidence.html"}
    return sorted(names)


def _keep(memo: Memo, key: str, made: MadePage, terms: dict[str, int]) -> bytes:
    """Write a page's file and what is looked up of it; return the rest."""
    memo.write_blob("pages", key, made.file)
    memo.write_sealed("facts", key, _encode((made.facts, made.entries)))
    return _encode(_Answer(msgspec.Raw(_encode(made.ties)), terms))


def _over_budget(page: Page, what: str) -> Diagnostic:
    message = f"making this page takes more than {what}"
    help_ = "break it up, or raise `budget:` in the settings"
    return Diagnostic("over-budget", message, Place(page.source.path), help_)

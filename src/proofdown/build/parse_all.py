"""Parse all pages: unchanged files come from the cache, the others from workers.

A page's file is read once, by the worker that converts it. The bytes are stored in the cache, from
which later steps get the page's text, so that an edit meanwhile cannot mix two versions of a page.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from proofdown.build.page_stamps import PageStamp, recheck
from proofdown.build.parse import (
    EMPTY_TEXT,
    front_of,
    is_proofread,
    is_provisional,
    lost_head,
    parse_page,
)
from proofdown.checks.prose.lexicon.dictionary import load_dictionary
from proofdown.checks.prose.style.patterns import style_rules
from proofdown.config.model import Config
from proofdown.content.discovery import Page, PageFile
from proofdown.diagnostics import Diagnostic, Report
from proofdown.digests import Stamp, checksum, digest, find_stamp, has_checksum
from proofdown.files import LARGEST_TEXT, load_stamped, make_source
from proofdown.markup.converter import MarkdownConverter, make_converter
from proofdown.markup.extensions import depends_on_text_alone, wrongly_off
from proofdown.markup.fast.pygments_setup import load_lexers
from proofdown.markup.parsed_page import ParsedHead, ParsedPage, ParsedText
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.cache.fingerprint import toolchain_digest
from proofdown.runtime.progress import Progress
from proofdown.runtime.stage import BlobRef, CachedStage, StageSpec, TaskResult, encoded
from proofdown.runtime.workers.forks import worker_count
from proofdown.runtime.workers.pool import SMALL_BATCH, Failure
from proofdown.source import LazySource, Location, decode

_BYTES_A_WORKER = 64 * 1024
"""Bytes of Markdown that are worth one more worker."""
_encode = msgspec.msgpack.Encoder().encode
_decode_text = msgspec.msgpack.Decoder(ParsedText).decode


class Parsing(Struct, frozen=True, kw_only=True):
    """The result of parsing every page of a site."""

    pages: tuple[ParsedPage, ...]
    """The pages that could be read, in the order of their paths, drafts included."""
    lost: frozenset[str]
    """Paths of the pages that could not be read."""
    faults: tuple[Diagnostic, ...]
    """The diagnostics of parsing."""
    provisional: frozenset[str]
    """Paths of the pages that may parse differently in another run, though nothing changed."""
    keys: frozenset[str]
    """Keys of the pages' `bodies` blobs, lost pages included."""
    checksums: frozenset[str]
    """SHA-256 of all pages' files, which are the keys of their `sources` blobs."""


class _Parsed(Struct, frozen=True):
    """The cache entry of a page."""

    key: str
    """Key of its `bodies` blob: a digest of its inputs, and of the result too if an extension may
    read other files. Empty if there is no result."""
    file: PageStamp | None
    """Stamp of its file when it was read; None if it could not be read, or the worker died."""
    head: ParsedHead


class _Task(Struct, frozen=True):
    page: PageFile
    size: int


class ParseJob:
    """Parses all pages of a site. Nothing runs before `start` is called.

    Args:
        config: the settings.
        files: the pages, in order.
        cache: the build cache.
        report: collects the faults of extensions that do not load.
        is_last: whether this process runs no other build; then for a few pages, workers create the
            converter.
    """

    def __init__(
        self,
        config: Config,
        files: Sequence[PageFile],
        cache: BuildCache,
        report: Report,
        *,
        is_last: bool,
    ) -> None:
        self._config, self._files, self._cache = config, files, cache
        self._report, self._is_last = report, is_last
        self._known: dict[str, _Parsed] = {}
        self._fresh: list[_Task] = []
        self._converter: MarkdownConverter | None = None
        self._settings = digest(toolchain_digest(), repr(_settings_of(config)))
        self._is_reproducible = depends_on_text_alone(config)
        """Whether parsing depends on a page's text and the settings alone."""
        spec = StageSpec(
            kind="parsed",
            value_type=_Parsed,
            name_of=_path_of,
            budget=config.budget,
            progress_text="converting pages",
        )
        self._stage = CachedStage(spec, cache)

    def start(self) -> Self:
        """Look up every page in the cache, and start workers for the rest; return the job."""
        self._look_up()
        # Longest first: a long page that starts last is waited for.
        self._fresh.sort(key=lambda task: -task.size)
        faults = _extension_faults(self._config, self._cache, self._settings)
        self._report.extend(faults)
        prepare = partial(_prepare, self._config, are_known_good=not faults)
        is_deferred = self._is_last and len(self._fresh) <= SMALL_BATCH and worker_count() > 0
        # What is created before the fork is shared by all workers and later builds. For a few
        # pages of a last build, this process would wait longer for it than it saves.
        if self._fresh and not is_deferred:
            prepare()
            _warm_up(self._config)
            if len(self._fresh) <= SMALL_BATCH:
                for task in self._fresh:
                    _load_lexers(task.page.file)
        max_workers = min(
            worker_count(), 1 + sum(task.size for task in self._fresh) // _BYTES_A_WORKER
        )
        self._stage.start(
            self._fresh, self._work, self._on_failure, max_workers=max_workers, prepare=prepare
        )
        return self

    @property
    def has_work(self) -> bool:
        """Whether any page was not in the cache."""
        return bool(self._fresh)

    def result(self, progress: Progress) -> Parsing:
        """Return every page, once the workers are done."""
        for task, parsed in self._stage.results(progress):
            self._known[task.page.path] = parsed
        all_parsed = [(page, self._known[page.path]) for page in self._files]
        found = [parsed for _, parsed in all_parsed]
        return Parsing(
            pages=tuple(
                self._page_of(page, parsed, parsed.file)
                for page, parsed in all_parsed
                if parsed.file and not parsed.head.is_lost
            ),
            lost=frozenset(page.path for page, parsed in all_parsed if parsed.head.is_lost),
            faults=tuple(fault for parsed in found for fault in parsed.head.faults),
            provisional=frozenset(
                p.path for p, parsed in all_parsed if is_provisional(parsed.head)
            ),
            keys=frozenset(parsed.key for parsed in found),
            checksums=frozenset(parsed.file.checksum for parsed in found if parsed.file),
        )

    def _look_up(self) -> None:
        """Look up each page in the cache; queue those that must be parsed."""
        for page in self._files:
            stamp = find_stamp(page.file)
            known = self._find(page, stamp) if self._is_reproducible and stamp else None
            if known:
                self._known[page.path] = known
            else:
                self._fresh.append(_Task(page, stamp.size if stamp else 0))

    def _find(self, page: PageFile, stamp: Stamp) -> _Parsed | None:
        """Return the page from the cache if its file is unchanged and its blobs are intact."""
        path, cache = page.path, self._cache
        known = self._stage.load(path, self._settings)
        if known is None or known.file is None:
            return None
        of_file = known.file.checksum
        is_kept = partial(has_checksum, expected=of_file)
        if not known.file.matches(stamp):  # touched, or written too recently: compare the content
            # Another size is another content; the file need not be read.
            if known.file.stamp.size != stamp.size:
                return None
            page_stamp = recheck(known.file, page, self._config.root)
            if page_stamp is None:
                return None
            known = replace(known, file=page_stamp)
            self._stage.store(path, self._settings, known)
        if not cache.has_blob("bodies", path, known.key):
            return None
        return known if cache.has_blob("sources", of_file, of_file, is_kept) else None

    def _work(self, task: _Task) -> TaskResult:
        """Read a page and parse it, in a worker."""
        config, faults, page = self._config, Report(), task.page
        read_at = time.time_ns()  # before the read: a change during it must not look settled
        loaded = load_stamped(page.file, config.root, faults)
        if loaded is None:
            return _unreadable(faults)
        data, stamp = loaded
        page_stamp = PageStamp(stamp=stamp, read_at=read_at, checksum=checksum(data))
        self._cache.write_blob("sources", page_stamp.checksum, data)
        source = make_source(data, page.file, config.root, faults)
        if source is None:
            return self._write(page, page_stamp, lost_head(faults), EMPTY_TEXT)
        self._converter = self._converter or converter_for(config)
        return self._write(
            page, page_stamp, *parse_page(source, page.path, self._converter, config)
        )

    def _on_failure(self, task: _Task, failure: Failure) -> TaskResult:
        return _unreadable(_failure_report(self._config, task.page, failure))

    def _write(
        self, page: PageFile, page_stamp: PageStamp, head: ParsedHead, text: ParsedText
    ) -> TaskResult:
        """Write a page's body to the cache; return the rest of the result."""
        body, of_file = _encode(text), page_stamp.checksum
        key = digest(self._settings, page.path, of_file)
        key = key if self._is_reproducible else digest(key, body, _encode(head))
        self._cache.write_checksummed("bodies", key, body)
        return TaskResult(
            value=encoded(_Parsed(key, page_stamp, head)),
            # Pages whose extensions may read other files are parsed in every build.
            key=self._settings if self._is_reproducible else "",
            blobs=(
                BlobRef(kind="sources", name=of_file, key=of_file),
                BlobRef(kind="bodies", name=page.path, key=key),
            ),
        )

    def _page_of(self, file: PageFile, parsed: _Parsed, page_stamp: PageStamp) -> ParsedPage:
        """Return a page that loads its source and its body lazily."""
        cache, head, of_file = self._cache, parsed.head, page_stamp.checksum
        source = LazySource(file.shown, of_file, partial(_load_source, cache, file.file, of_file))
        return ParsedPage(
            page=Page(
                source=source, path=file.path, front=front_of(head), body_start=head.body_start
            ),
            head=head,
            key=parsed.key,
            size=page_stamp.stamp.size,
            load_text=partial(_load_text, cache, parsed.key),
        )


def _path_of(task: _Task) -> str:
    return task.page.path


def _unreadable(faults: Report) -> TaskResult:
    """Return the result for a page that could not be read, which is not stored."""
    return TaskResult(value=encoded(_Parsed("", None, lost_head(faults))))


def _settings_of(config: Config) -> tuple[Any, ...]:
    """Return the settings that parsing a page depends on."""
    extensions = [(e.name, e.options, e.is_off) for e in config.extensions]
    return (config.content, extensions, is_proofread(config), config.budget, config.with_drafts)


def _prepare(config: Config, *, are_known_good: bool) -> None:
    """Load what parsing any page needs: the converter, the dictionary and the style rules."""
    converter_for(config, are_known_good=are_known_good)
    if is_proofread(config):
        load_dictionary()
        style_rules()


def _warm_up(config: Config) -> None:
    """Create in this process what each worker would create otherwise."""
    if depends_on_text_alone(config):  # other extensions may keep state from page to page
        converter_for(config).warm_up()
    if is_proofread(config):
        for rule in style_rules():
            _ = rule.pattern


def _load_lexers(file: Path) -> None:
    """Load the lexers for a page's code blocks here, so that they stay for the next build."""
    with suppress(OSError), file.open("rb") as opened:
        load_lexers(opened.read(LARGEST_TEXT).decode("utf-8", "replace"))


_converters: dict[str, MarkdownConverter] = {}
"""The converter of the last build in this process; workers convert with copies of it."""


def converter_for(config: Config, *, are_known_good: bool = True) -> MarkdownConverter:
    """Return a converter for a site's settings; cached, so that a preview creates it once.

    Args:
        config: the settings.
        are_known_good: whether all of their extensions are known to load.
    """
    name = _name_of(config)
    if name not in _converters:
        _keep_converter(name, make_converter(config, Report(), are_known_good=are_known_good))
    return _converters[name]


def _name_of(config: Config) -> str:
    return f"{config.root} {_settings_of(config)}"


def _keep_converter(name: str, converter: MarkdownConverter) -> None:
    # Only one is kept, because a preview builds one site with one set of settings.
    _converters.clear()
    _converters[name] = converter


def _failure_report(config: Config, page: PageFile, failure: Failure) -> Report:
    """Return the diagnostic of a page whose worker died."""
    faults = Report()
    what = "ends the process that converts it"
    if failure.is_out_of_time:
        what = f"takes more than {config.budget.seconds:g} s to convert"
    elif failure.is_out_of_memory:
        what = f"takes more than {config.budget.megabytes} MB of memory to convert"
    location = Location(page.shown)
    faults.add(Diagnostic("over-budget", f"this page {what}", location, "break it up"))
    return faults


def _extension_faults(config: Config, cache: BuildCache, settings: str) -> tuple[Diagnostic, ...]:
    """Return the faults of the extensions that the settings name."""
    key = digest(settings, repr([extension.location for extension in config.extensions]))
    known = cache.load("extensions", "", key, tuple[Diagnostic, ...])
    if known is None:
        faults = Report()
        _keep_converter(_name_of(config), make_converter(config, faults))
        known = (*faults, *wrongly_off(config.extensions))
        if not len(faults):  # an extension that failed to load may load next time
            cache.store("extensions", "", key, known)
    return known


def _load_source(cache: BuildCache, file: Path, of_file: str) -> str:
    """Return the text of a page as the build read it.

    Raises:
        OutputError: it is gone from the cache, and the file has changed since.
    """
    # The file itself is the second choice, because the author may have edited it since.
    for copy in (cache.blob("sources", of_file), file):
        with suppress(OSError):
            data = copy.read_bytes()
            if checksum(data) == of_file:
                return decode(data)
    return decode(cache.load_blob("sources", of_file))  # raises: `sources` are not checksummed


def _load_text(cache: BuildCache, key: str) -> ParsedText:
    """Return the body and prose of a page, empty ones if the cache lost them meanwhile."""
    body = cache.find_checksummed("bodies", key)
    return EMPTY_TEXT if body is None else _decode_text(body)

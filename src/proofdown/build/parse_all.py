"""Parse all pages: unchanged files come from the cache, the others from workers.

A page is read once, by the worker that converts it. What comes of it is stored under the checksum
of the bytes that were converted, and these bytes are stored too: whoever looks at the page's text
later in the build gets them, and not what an editor has written into the file meanwhile.
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

from proofdown.build.page_stamps import FileLook, look_again
from proofdown.build.parse import (
    NOTHING,
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
from proofdown.runtime.stage import BlobRef, CachedStage, Made, StageSpec, encoded
from proofdown.runtime.workers.forks import worker_count
from proofdown.runtime.workers.pool import SMALL_BATCH, Failure
from proofdown.source import LazySource, Location, decode

_BYTES_A_WORKER = 64 * 1024
"""Markdown for which it is worth to start one more worker."""
_encode = msgspec.msgpack.Encoder().encode
_decode_text = msgspec.msgpack.Decoder(ParsedText).decode


class Parsing(Struct, frozen=True, kw_only=True):
    """What came of parsing every page of a site."""

    pages: tuple[ParsedPage, ...]
    """The pages that could be read, in the order of their paths, drafts included."""
    lost: frozenset[str]
    """Paths of those that could not."""
    faults: tuple[Diagnostic, ...]
    """What is wrong with pages by themselves."""
    provisional: frozenset[str]
    """Paths of those that may come out better another time, though nothing changes."""
    keys: frozenset[str]
    """Keys of all pages, lost ones included, by which their bulk is stored."""
    checksums: frozenset[str]
    """SHA-256 of the bytes of all pages, by which these are stored."""


class _Parsed(Struct, frozen=True):
    """What is stored of a page's file."""

    key: str
    """Digest of what the page was parsed from, by which its bulk is stored; where other files may
    have had a part in it, also of what came of it. Empty where nothing came."""
    look: FileLook | None
    """The file as it was read; None where it could not be, or the worker ended."""
    head: ParsedHead


class _Task(Struct, frozen=True):
    page: PageFile
    size: int


class ParseJob:
    """Parses all pages of a site. Nothing runs before `start` is called.

    Args:
        config: the settings.
        files: the pages, in order.
        cache: what earlier builds made.
        report: told of extensions that do not load.
        is_last: whether this process makes no other build. Where there is little to parse, the
            worker then makes the converter, while this process does something else.
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
        self._is_certain = depends_on_text_alone(config)
        """Whether a page's text and the settings say all that it is parsed from."""
        spec = StageSpec(
            kind="parsed",
            value_type=_Parsed,
            name_of=_path_of,
            work=self._work,
            give_up=self._give_up,
            budget=config.budget,
            doing="converting pages",
        )
        self._stage = CachedStage(spec, cache)

    def start(self) -> Self:
        """Look every page up, and let workers parse those that changed; return the job."""
        self._look_up()
        self._fresh.sort(key=lambda task: -task.size)
        faults = _extension_faults(self._config, self._cache, self._settings)
        self._report.extend(faults)
        prepare = partial(_prepare, self._config, are_known_good=not faults)
        is_deferred = self._is_last and len(self._fresh) <= SMALL_BATCH and worker_count() > 0
        if self._fresh and not is_deferred:
            prepare()
            _warm_up(self._config)
            if len(self._fresh) <= SMALL_BATCH:
                for task in self._fresh:
                    _load_lexers(task.page.file)
        most = min(worker_count(), 1 + sum(task.size for task in self._fresh) // _BYTES_A_WORKER)
        self._stage.start(self._fresh, most, prepare)
        return self

    @property
    def is_going_on(self) -> bool:
        """Whether there are pages that are not known from an earlier build."""
        return bool(self._fresh)

    def result(self, progress: Progress) -> Parsing:
        """Return every page, waiting for those that workers parse."""
        for task, parsed in self._stage.results(progress):
            self._known[task.page.path] = parsed
        all_parsed = [(page, self._known[page.path]) for page in self._files]
        found = [parsed for _, parsed in all_parsed]
        return Parsing(
            pages=tuple(
                self._page_of(page, parsed, parsed.look)
                for page, parsed in all_parsed
                if parsed.look and not parsed.head.is_lost
            ),
            lost=frozenset(page.path for page, parsed in all_parsed if parsed.head.is_lost),
            faults=tuple(fault for parsed in found for fault in parsed.head.faults),
            provisional=frozenset(
                p.path for p, parsed in all_parsed if is_provisional(parsed.head)
            ),
            keys=frozenset(parsed.key for parsed in found),
            checksums=frozenset(parsed.look.checksum for parsed in found if parsed.look),
        )

    def _look_up(self) -> None:
        """Tell the pages that are known from those that must be parsed."""
        for page in self._files:
            stamp = find_stamp(page.file)
            known = self._find(page, stamp) if self._is_certain and stamp else None
            if known:
                self._known[page.path] = known
            else:
                self._fresh.append(_Task(page, stamp.size if stamp else 0))

    def _find(self, page: PageFile, stamp: Stamp) -> _Parsed | None:
        """Return what the last build parsed, if the file is what it was and all else is there."""
        path, cache = page.path, self._cache
        known = self._stage.load(path, self._settings)
        if known is None or known.look is None:
            return None
        of_file = known.look.checksum
        is_kept = partial(has_checksum, expected=of_file)
        if not known.look.is_of(stamp):
            if known.look.stamp.size != stamp.size:
                return None
            look = look_again(known.look, page, self._config.root)
            if look is None:
                return None
            known = replace(known, look=look)
            cache.store("parsed", path, self._settings, known)
        if not cache.has_blob("bodies", path, known.key):
            return None
        return known if cache.has_blob("sources", of_file, of_file, is_kept) else None

    def _work(self, task: _Task) -> Made:
        """Read a page and parse it, in a worker."""
        config, faults, page = self._config, Report(), task.page
        looked_at = time.time_ns()
        loaded = load_stamped(page.file, config.root, faults)
        if loaded is None:
            return _nothing(faults)
        data, stamp = loaded
        look = FileLook(stamp=stamp, looked_at=looked_at, checksum=checksum(data))
        self._cache.write_blob("sources", look.checksum, data)
        source = make_source(data, page.file, config.root, faults)
        if source is None:
            return self._write(page, look, lost_head(faults), NOTHING)
        self._converter = self._converter or converter_for(config)
        return self._write(page, look, *parse_page(source, page.path, self._converter, config))

    def _give_up(self, task: _Task, failure: Failure) -> Made:
        return _nothing(_given_up(self._config, task.page, failure))

    def _write(self, page: PageFile, look: FileLook, head: ParsedHead, text: ParsedText) -> Made:
        """Write the bulk of a page; return the rest."""
        body, of_file = _encode(text), look.checksum
        key = digest(self._settings, page.path, of_file)
        key = key if self._is_certain else digest(key, body, _encode(head))
        self._cache.write_checksummed("bodies", key, body)
        return Made(
            value=encoded(_Parsed(key, look, head)),
            key=self._settings if self._is_certain else "",
            blobs=(
                BlobRef(kind="sources", name=of_file, key=of_file),
                BlobRef(kind="bodies", name=page.path, key=key),
            ),
        )

    def _page_of(self, file: PageFile, parsed: _Parsed, look: FileLook) -> ParsedPage:
        """Return a page whose texts are loaded when somebody looks at them."""
        cache, head, of_file = self._cache, parsed.head, look.checksum
        source = LazySource(file.shown, of_file, partial(_load_source, cache, file.file, of_file))
        return ParsedPage(
            page=Page(source, file.path, front_of(head), head.body_start),
            head=head,
            key=parsed.key,
            size=look.stamp.size,
            load_text=partial(_load_text, cache, parsed.key),
        )


def _path_of(task: _Task) -> str:
    return task.page.path


def _nothing(faults: Report) -> Made:
    """Return the answer for a page of which nothing came, and nothing is stored."""
    return Made(value=encoded(_Parsed("", None, lost_head(faults))))


def _settings_of(config: Config) -> tuple[Any, ...]:
    """Return all of the settings that a manuscript depends on."""
    extensions = [(e.name, e.options, e.is_off) for e in config.extensions]
    return (config.content, extensions, is_proofread(config), config.budget, config.with_drafts)


def _prepare(config: Config, *, are_known_good: bool) -> None:
    """Make ready what every page is converted and read with."""
    converter_for(config, are_known_good=are_known_good)
    if is_proofread(config):
        load_dictionary()
        style_rules()


def _warm_up(config: Config) -> None:
    """Make in this process what each of its workers would make otherwise."""
    if depends_on_text_alone(config):  # another extension might take note of what it converts
        converter_for(config).warm_up()
    if is_proofread(config):
        for rule in style_rules():
            _ = rule.pattern


def _load_lexers(file: Path) -> None:
    """Make the lexers for a page's blocks of code here, where the next build finds them too."""
    with suppress(OSError), file.open("rb") as opened:
        load_lexers(opened.read(LARGEST_TEXT).decode("utf-8", "replace"))


_converters: dict[str, MarkdownConverter] = {}
"""The converter of the last build in this process; workers convert with copies of it."""


def converter_for(config: Config, *, are_known_good: bool = True) -> MarkdownConverter:
    """Return a converter for a site's settings: a preview makes one, and not one for each edit.

    Args:
        config: the settings.
        are_known_good: whether all extensions that they name are known to load.
    """
    name = _name_of(config)
    if name not in _converters:
        _keep_converter(name, make_converter(config, Report(), are_known_good=are_known_good))
    return _converters[name]


def _name_of(config: Config) -> str:
    return f"{config.root} {_settings_of(config)}"


def _keep_converter(name: str, converter: MarkdownConverter) -> None:
    _converters.clear()
    _converters[name] = converter


def _given_up(config: Config, page: PageFile, failure: Failure) -> Report:
    """Return what there is to say of a page whose worker ended."""
    faults = Report()
    what = "ends the process that converts it"
    if failure.is_late:
        what = f"takes more than {config.budget.seconds:g} s to convert"
    elif failure.is_short:
        what = f"takes more than {config.budget.megabytes} MB of memory to convert"
    location = Location(page.shown)
    faults.add(Diagnostic("over-budget", f"this page {what}", location, "break it up"))
    return faults


def _extension_faults(config: Config, cache: BuildCache, settings: str) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the extensions that the settings name."""
    key = digest(settings, repr([extension.location for extension in config.extensions]))
    known = cache.load("extensions", "", key, tuple[Diagnostic, ...])
    if known is None:
        faults = Report()
        _keep_converter(_name_of(config), make_converter(config, faults))
        known = (*faults, *wrongly_off(config.extensions))
        if not len(faults):  # one that did not load may load next time: it is a file like others
            cache.store("extensions", "", key, known)
    return known


def _load_source(cache: BuildCache, file: Path, of_file: str) -> str:
    """Return the text of a page as it was read.

    Raises:
        OutputError: it was lost from the cache, and the file holds something else by now.
    """
    for kept in (cache.blob("sources", of_file), file):
        with suppress(OSError):
            data = kept.read_bytes()
            if checksum(data) == of_file:
                return decode(data)
    return decode(cache.load_blob("sources", of_file))  # which raises, for nothing is sealed there


def _load_text(cache: BuildCache, key: str) -> ParsedText:
    """Return the bulk of a page; nothing where it was lost meanwhile."""
    body = cache.find_checksummed("bodies", key)
    return NOTHING if body is None else _decode_text(body)

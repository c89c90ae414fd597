"""The manuscripts of all pages: those of unchanged files as they were, the others by workers.

A page is read once, by the worker that converts it. What comes of it is kept under the checksum
of the bytes that were converted, and these bytes are kept too: whoever looks at the page's text
later in the build gets them, and not what an editor has written into the file meanwhile.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from proofdown.build.page_stamps import FileLook, look_at
from proofdown.build.parse import (
    NOTHING,
    Manuscript,
    Text,
    front_of,
    is_proofread,
    lost_manuscript,
    write_manuscript,
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
from proofdown.markup.fast.patches import load_lexers
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.runtime.cache.fingerprint import toolchain_digest
from proofdown.runtime.progress import Progress
from proofdown.runtime.workers.forks import worker_count
from proofdown.runtime.workers.pool import SMALL_BATCH, Failure, run_tasks
from proofdown.source import LazySource, Location, decode

_BYTES_A_WORKER = 64 * 1024
"""Markdown for which it is worth to start one more worker."""
_encode = msgspec.msgpack.Encoder().encode
_decode_manuscript = msgspec.msgpack.Decoder(Manuscript).decode
_decode_text = msgspec.msgpack.Decoder(Text).decode


class Written(Struct, frozen=True):
    """A page's manuscript."""

    file: PageFile
    key: str
    """Digest of what it was made from, by which its text is kept; where other files may have had
    a part in it, also of what came of it. Empty for one of which nothing came."""
    manuscript: Manuscript
    size: int
    """Bytes of the file."""
    checksum: str
    """SHA-256 of the bytes that were read, by which they are kept; empty where none were."""


class _Answer(Struct, frozen=True):
    """What a worker made of a page."""

    key: str
    look: FileLook | None
    """The file as it was read; None where it could not be, or the worker ended."""
    manuscript: msgspec.Raw


_decode = msgspec.msgpack.Decoder(_Answer).decode


class ParseJob:
    """The manuscripts of all pages, as workers write those that are not known.

    Args:
        config: the settings.
        files: the pages, in order.
        cache: keeps what is written.
        report: told of extensions that do not load.
        is_last: whether this process makes no other build. Where there is little to write, the
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
        self._known: dict[str, Written] = {}
        self._fresh: list[_Task] = []
        self._converter: MarkdownConverter | None = None
        self._settings = digest(toolchain_digest(), repr(_settings_of(config)))
        self._is_certain = depends_on_text_alone(config)
        """Whether a page's text and the settings say all that its manuscript is made from."""
        self._look_up()
        self._fresh.sort(key=lambda task: -task.size)
        faults = _extension_faults(self._config, self._cache, self._settings)
        report.extend(faults)
        prepare = partial(_prepare, self._config, are_known_good=not faults)
        is_deferred = is_last and len(self._fresh) <= SMALL_BATCH and worker_count() > 0
        if self._fresh and not is_deferred:
            prepare()
            _warm_up(self._config)
            if len(self._fresh) <= SMALL_BATCH:
                for task in self._fresh:
                    _load_lexers(task.page.file)
        most = min(worker_count(), 1 + sum(task.size for task in self._fresh) // _BYTES_A_WORKER)
        budget = self._config.budget
        self._results = run_tasks(self._fresh, self._work, budget, most, prepare)

    @property
    def is_going_on(self) -> bool:
        """Whether there are manuscripts to be written."""
        return bool(self._fresh)

    def result(self, progress: Progress) -> list[Written]:
        """Return the manuscript of each page, in order, when all are written; keep their texts."""
        for done, (number, result) in enumerate(self._results):
            progress("converting pages", done, len(self._fresh))
            page = self._fresh[number].page
            made = self._give_up(page, result) if isinstance(result, Failure) else result
            self._take(page, _decode(made))
        return [self._known[page.path] for page in self._files]

    def _take(self, page: PageFile, made: _Answer) -> None:
        """Take what was made of a page, and keep it unless the system was at fault."""
        path, look, cache = page.path, made.look, self._cache
        manuscript = _decode_manuscript(made.manuscript)
        if look is None:
            self._known[path] = Written(page, made.key, manuscript, 0, "")
            return
        size, of_file = look.stamp.size, look.checksum
        self._known[path] = Written(page, made.key, manuscript, size, of_file)
        cache.store("looks", path, "", look)
        cache.has_blob("sources", of_file, of_file, Path.is_file)
        if self._is_certain:
            cache.store_encoded("manuscripts", path, made.key, made.manuscript, manuscript)
            cache.has_blob("bodies", path, made.key, Path.is_file)

    def _look_up(self) -> None:
        """Tell the pages that are known from those that must be written."""
        for page in self._files:
            stamp = find_stamp(page.file)
            known = self._find(page, stamp) if self._is_certain and stamp else None
            if known:
                self._known[page.path] = known
            else:
                self._fresh.append(_Task(page, stamp.size if stamp else 0))

    def _find(self, page: PageFile, stamp: Stamp) -> Written | None:
        """Return a page's manuscript if the last build knew it, and its file is what it was."""
        path, cache = page.path, self._cache
        look = look_at(page, stamp, self._config.root, cache)
        if look is None:
            return None
        key, of_file = self._key_of(page, look.checksum), look.checksum
        manuscript = cache.load("manuscripts", path, key, Manuscript)
        is_kept = partial(has_checksum, expected=of_file)
        if (
            manuscript is None
            or not cache.has_blob("bodies", path, key)
            or not cache.has_blob("sources", of_file, of_file, is_kept)
        ):
            return None
        return Written(page, key, manuscript, look.stamp.size, of_file)

    def _key_of(self, page: PageFile, of_file: str) -> str:
        return digest(self._settings, page.path, of_file)

    def _work(self, task: "_Task") -> bytes:
        """Read a page and write its manuscript, in a worker."""
        config, faults, page = self._config, Report(), task.page
        looked_at = time.time_ns()
        loaded = load_stamped(page.file, config.root, faults)
        if loaded is None:
            return _lost(faults)
        data, stamp = loaded
        look = FileLook(stamp, looked_at, checksum(data))
        self._cache.write_blob("sources", look.checksum, data)
        source = make_source(data, page.file, config.root, faults)
        if source is None:
            return self._keep(page, look, lost_manuscript(faults), NOTHING)
        self._converter = self._converter or converter_for(config)
        made = write_manuscript(source, page.path, self._converter, config)
        return self._keep(page, look, *made)

    def _give_up(self, page: PageFile, failure: Failure) -> bytes:
        return _lost(_given_up(self._config, page, failure))

    def _keep(self, page: PageFile, look: FileLook, manuscript: Manuscript, text: Text) -> bytes:
        body, rest = _encode(text), _encode(manuscript)
        key = self._key_of(page, look.checksum)
        key = key if self._is_certain else digest(key, body, rest)
        self._cache.write_checksummed("bodies", key, body)
        return _encode(_Answer(key, look, msgspec.Raw(rest)))


class _Task(Struct, frozen=True):
    page: PageFile
    size: int


def _lost(faults: Report) -> bytes:
    """Return the answer for a page of which nothing came, and of which nothing is kept."""
    return _encode(_Answer("", None, msgspec.Raw(_encode(lost_manuscript(faults)))))


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


def page_of(written: Written, cache: BuildCache) -> Page:
    """Return the page that a manuscript is of; its text is loaded when somebody looks at it."""
    file, manuscript = written.file, written.manuscript
    load = partial(_load_source, cache, file.file, written.checksum)
    source = LazySource(file.shown, written.checksum, load)
    return Page(source, file.path, front_of(manuscript), manuscript.body_start)


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


def load_text(cache: BuildCache, key: str) -> Text:
    """Return the bulk of a page; nothing where it was lost meanwhile."""
    body = cache.find_checksummed("bodies", key)
    return NOTHING if body is None else _decode_text(body)

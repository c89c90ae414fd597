"""The manuscripts of all pages: those of unchanged files as they were, the others by workers."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from proofdown.config import Config
from proofdown.content import Page, PageFile
from proofdown.diagnostics import Diagnostic, Report
from proofdown.extensions import depends_on_text_alone, wrongly_off
from proofdown.files import LARGEST_TEXT, load_bytes, make_source
from proofdown.fingerprints import Stamp, digest, find_stamp, made_by
from proofdown.fingerprints import is_settled as is_settled_stamp
from proofdown.forks import how_many
from proofdown.manuscript import (
    NOTHING,
    Manuscript,
    Text,
    front_of,
    is_proofread,
    lost_manuscript,
    write_manuscript,
)
from proofdown.markdownspeed import load_lexers
from proofdown.markup import MarkdownConverter, make_converter
from proofdown.memo import Memo
from proofdown.prose.dictionary import load_dictionary
from proofdown.prose.style import style_rules
from proofdown.source import LateSource, Place
from proofdown.workers import FEW, Failure, run_all

Progress = Callable[[str, int, int], None]
"""Told what is done, how many of it are finished and how many there are."""

_BYTES_A_WORKER = 64 * 1024
"""Markdown for which it is worth to start one more worker."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw]).decode
_decode_manuscript = msgspec.msgpack.Decoder(Manuscript).decode
_decode_text = msgspec.msgpack.Decoder(Text).decode


class Look(Struct, frozen=True):
    """What was seen of a file when it was last read."""

    stamp: Stamp
    looked_at: int
    digest: str


class Written(Struct, frozen=True):
    """A page's manuscript."""

    file: PageFile
    key: str
    """Digest of what it was made from, by which its text is kept; where other files may have had
    a part in it, also of what came of it."""
    manuscript: Manuscript
    size: int
    """Bytes of the file."""


class Writing:
    """The manuscripts of all pages, as workers write those that are not known.

    Args:
        config: the settings.
        files: the pages, in order.
        memo: keeps what is written.
        report: told of extensions that do not load.
        is_last: whether this process makes no other build. Where there is little to write, the
            worker then makes the converter, while this process does something else.
    """

    def __init__(
        self,
        config: Config,
        files: Sequence[PageFile],
        memo: Memo,
        report: Report,
        *,
        is_last: bool,
    ) -> None:
        self._config, self._files, self._memo = config, files, memo
        self._known: dict[str, Written] = {}
        self._fresh: list[_Task] = []
        self._converter: MarkdownConverter | None = None
        settings = digest(made_by(), repr(_settings_of(self._config)))
        self._look_up(settings)
        self._fresh.sort(key=lambda task: -task.size)
        faults = _extension_faults(self._config, self._memo, settings)
        report.extend(faults)
        prepare = partial(_prepare, self._config, are_known_good=not faults)
        is_put_off = is_last and len(self._fresh) <= FEW and how_many() > 0
        if self._fresh and not is_put_off:
            prepare()
            _warm_up(self._config)
            if len(self._fresh) <= FEW:
                for task in self._fresh:
                    _load_lexers(task.page.file)
        most = min(how_many(), 1 + sum(task.size for task in self._fresh) // _BYTES_A_WORKER)
        budget = self._config.budget
        self._results = run_all(self._fresh, self._work, budget, most, prepare)

    @property
    def is_going_on(self) -> bool:
        """Whether there are manuscripts to be written."""
        return bool(self._fresh)

    def finish(self, progress: Progress) -> list[Written]:
        """Return the manuscript of each page, in order, when all are written; keep their texts."""
        for done, (number, result) in enumerate(self._results):
            progress("converting pages", done, len(self._fresh))
            task = self._fresh[number]
            made = self._give_up(task, result) if isinstance(result, Failure) else result
            key, raw = _decode(made)
            path, manuscript = task.page.path, _decode_manuscript(raw)
            self._known[path] = Written(task.page, key, manuscript, task.size)
            if task.is_certain:
                self._memo.keep_raw("manuscripts", path, key, raw, manuscript)
                self._memo.has_blob("bodies", path, key, Path.is_file)
        return [self._known[page.path] for page in self._files]

    def _look_up(self, settings: str) -> None:
        """Tell the pages that are known from those that must be written."""
        is_known = depends_on_text_alone(self._config)
        for page in self._files:
            size, of_file = _digest_of(page, self._memo)
            path, key = page.path, digest(settings, page.path, of_file)
            is_certain = is_known and bool(of_file)
            known = self._memo.recall("manuscripts", path, key, Manuscript) if is_certain else None
            if known is not None and self._memo.has_blob("bodies", path, key):
                self._known[path] = Written(page, key, known, size)
            else:
                self._fresh.append(_Task(page, key, size, is_certain))

    def _work(self, task: "_Task") -> bytes:
        """Write a manuscript, in a worker."""
        config, faults = self._config, Report()
        data = load_bytes(task.page.file, config.root, faults)
        source = None if data is None else make_source(data, task.page.file, config.root, faults)
        if source is None:
            manuscript, text = lost_manuscript(faults), NOTHING
        else:
            self._converter = self._converter or converter_for(config)
            manuscript, text = write_manuscript(source, task.page.path, self._converter, config)
        return self._keep(task, manuscript, text)

    def _give_up(self, task: "_Task", failure: Failure) -> bytes:
        return self._keep(task, _given_up(self._config, task.page, failure), NOTHING)

    def _keep(self, task: "_Task", manuscript: Manuscript, text: Text) -> bytes:
        body, rest = _encode(text), _encode(manuscript)
        key = task.key_of(body, rest)
        self._memo.write_sealed("bodies", key, body)
        return _encode((key, msgspec.Raw(rest)))


class _Task(Struct, frozen=True):
    page: PageFile
    key: str
    """Digest of the page and the settings."""
    size: int
    is_certain: bool
    """Whether that says all that its manuscript is made from."""

    def key_of(self, *made: bytes) -> str:
        """Return the key of what came of it."""
        return self.key if self.is_certain else digest(self.key, *made)


def _settings_of(config: Config) -> tuple[Any, ...]:
    """Return all of the settings that a manuscript depends on."""
    extensions = [(e.name, e.options, e.is_off) for e in config.extensions]
    return (config.content, extensions, is_proofread(config), config.budget, config.with_drafts)


def _digest_of(page: PageFile, memo: Memo) -> tuple[int, str]:
    """Return a file's size and the digest of its contents, read only if it may have changed."""
    stamp = find_stamp(page.file)
    if stamp is None or stamp.size > LARGEST_TEXT:  # the worker that reads it reports it
        return 0, ""
    known = memo.recall("looks", page.path, "", Look)
    if known and known.stamp == stamp and is_settled_stamp(stamp, known.looked_at):
        return stamp.size, known.digest
    looked_at = time.time_ns()
    try:
        of_file = digest(page.file.read_bytes())
    except OSError:
        return 0, ""
    memo.keep("looks", page.path, "", Look(stamp, looked_at, of_file))
    return stamp.size, of_file


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


def _given_up(config: Config, page: PageFile, failure: Failure) -> Manuscript:
    """Return what there is of a page whose worker ended."""
    faults = Report()
    what = "ends the process that converts it"
    if failure.is_late:
        what = f"takes more than {config.budget.seconds:g} s to convert"
    elif failure.is_short:
        what = f"takes more than {config.budget.megabytes} MB of memory to convert"
    place = Place(page.shown)
    faults.add(Diagnostic("over-budget", f"this page {what}", place, "break it up"))
    return lost_manuscript(faults)


def _extension_faults(config: Config, memo: Memo, settings: str) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the extensions that the settings name."""
    key = digest(settings, repr([extension.place for extension in config.extensions]))
    known = memo.recall("extensions", "", key, tuple[Diagnostic, ...])
    if known is None:
        faults = Report()
        _keep_converter(_name_of(config), make_converter(config, faults))
        known = (*faults, *wrongly_off(config.extensions))
        memo.keep("extensions", "", key, known)
    return known


def page_of(written: Written) -> Page:
    """Return the page that a manuscript is of; its text is read when somebody looks at it."""
    source = LateSource(written.file.shown, written.file.file)
    manuscript = written.manuscript
    return Page(source, written.file.path, front_of(manuscript), manuscript.body_start)


def is_settled(written: Written, memo: Memo) -> bool:
    """Return whether a page's file is still what it was when it was looked at.

    What was made of one that is written meanwhile may be made of the old text or of the new one.
    """
    look = memo.recall("looks", written.file.path, "", Look)
    if look is None:
        return False
    if find_stamp(written.file.file) == look.stamp and is_settled_stamp(look.stamp, look.looked_at):
        return True
    try:
        return digest(written.file.file.read_bytes()) == look.digest
    except OSError:
        return False


def load_text(memo: Memo, key: str) -> Text:
    """Return the bulk of a page; nothing where it was lost meanwhile."""
    body = memo.find_sealed("bodies", key)
    return NOTHING if body is None else _decode_text(body)

"""The Jinja environment: the site's templates override the theme's; errors are diagnostics."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import (
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.bccache import Bucket
from msgspec import Struct

import proofdown
from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic, Note, Report, SiteError, did_you_mean, reason_of
from proofdown.files import load_source
from proofdown.site.templating.own_templates import OwnFiles, OwnLoader
from proofdown.site.templating.translations import WORDS_FILE, load_words, minify
from proofdown.source import Location, Source, relative_path

THEME_PREFIX = "theme"
"""`{% extends "theme/page.html" %}` extends the theme's template, even in an override of it."""

THEME_FOLDER = "theme/"
"""Address of the folder with the theme's stylesheets, scripts and pictures."""


class _Compiled(BytecodeCache):
    """Cache of the templates that this process compiled, so that a preview compiles each once."""

    def __init__(self) -> None:
        self._cached: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the code that was compiled from the same text."""
        checksum, code = self._cached.get(bucket.key, ("", None))
        # The template may have been edited since, while a preview runs.
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store compiled code."""
        self._cached[bucket.key] = (bucket.checksum, bucket.code)


_compiled = _Compiled()


class Templates:
    """Renders templates, and reports each error in one once, at its file and line."""

    def __init__(self, config: Config, report: Report) -> None:
        self.config, self.report = config, report
        self.folder = config.root / config.templates
        self.theme = theme_folder()
        self.own = OwnFiles(config, report)
        """The site's templates and static files."""
        words = self.own.source(WORDS_FILE, report) if WORDS_FILE in self.own else None
        self.words = load_words(config, self.theme, words, report)
        self._reported: set[tuple[str, Location]] = set()
        self._page_location: Location | None = None
        theme = FileSystemLoader(self.theme)
        own = OwnLoader(self.own, self.folder)
        self._environment = Environment(
            loader=ChoiceLoader([own, theme, PrefixLoader({THEME_PREFIX: theme})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=_compiled,
        )
        report.extend(self._folders_named_like_files())

    def _folders_named_like_files(self) -> Iterator[Diagnostic]:
        """Yield a diagnostic for each folder that has the name of a file of the theme."""
        # `os.walk` yields nothing for a missing folder.
        _, folders, _ = next(os.walk(self.folder), ("", [], []))
        for name in sorted({WORDS_FILE, *(f.name for f in self.theme.glob("*.html"))} & {*folders}):
            location = Location(relative_path(self.folder / name, self.config.root))
            yield Diagnostic("unreadable-file", "is a folder, not a file", location)

    def compile(self, names: Iterable[str]) -> None:
        """Compile templates now; an error in one is reported when it is rendered."""
        for name in names:
            with suppress(Exception):  # from Jinja, or from Python, which compiles Jinja's output
                self._environment.get_template(name)

    @property
    def digest(self) -> str:
        """Digest of the site's own templates and static files."""
        return self.own.digest

    @cached_property
    def static_files(self) -> dict[str, bytes]:
        """The stylesheets, scripts and pictures by name; the site's override the theme's."""
        theirs = sorted((self.theme / "static").iterdir())
        found = {f.name: minify(f.name, f.read_bytes(), self.words) for f in theirs}
        for path in self.own:
            folder, _, name = path.rpartition("/")
            data = self.own.load(path, self.report) if folder == "static" else None
            if data is not None:
                found[name] = data
        return found

    @cached_property
    def versions(self) -> dict[str, str]:
        """A short hash of each static file, so that browsers fetch a changed one again."""
        return {name: sha256(data).hexdigest()[:8] for name, data in self.static_files.items()}

    def has(self, name: str) -> bool:
        """Return whether the site or the theme has a template of this name."""
        return name in self.names

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of all templates; the theme's, with and without their prefix."""
        theirs = FileSystemLoader(self.theme).list_templates()
        return frozenset((*self.own, *theirs, *(f"{THEME_PREFIX}/{name}" for name in theirs)))

    def missing_layout(self, layout: str, location: Location) -> Diagnostic:
        """Return the diagnostic for a layout that does not exist."""
        layouts = [n.removesuffix(".html") for n in self.names if not n.startswith("theme/")]
        help_ = did_you_mean(layout, layouts)
        folder = self.config.templates.as_posix()
        help_ = help_ or f"write `{folder}/{layout}.html`"
        return Diagnostic("missing-layout", f"no layout `{layout}`", location, help_)

    def render(
        self, name: str, page_location: Location | None = None, /, **context: Any
    ) -> str | None:
        """Return a rendered template, or None if it failed, which is reported.

        An error is reported once, with the first page that has it.

        Raises:
            SiteError: the theme's own files cannot be read, which is no error of the site.
        """
        self._page_location = page_location
        try:
            return _encodable(self._environment.get_template(name).render(context))
        except TemplateSyntaxError as fault:
            reason, _, help_ = (fault.message or "syntax error").partition(". ")
            self._report(reason[:1].lower() + reason[1:], fault.filename, fault.lineno, help_)
        except TemplateNotFound as fault:
            missing = str(fault.name or name)
            help_ = did_you_mean(missing, self.names)
            self._report(f"no template `{missing}`", *self._location_in(fault.__traceback__), help_)
        except UnicodeDecodeError:
            self._report_unreadable()
        except OSError as fault:
            # `OwnFiles.text` raises without an `errno`, so this one is about the theme's files.
            if fault.errno is not None:
                raise _theme_is_lost(fault) from fault
            self._report_unreadable()
        except RecursionError as fault:
            if compiled := _file_being_compiled(fault.__traceback__):
                self._report("this template is nested too deeply", compiled, None, "nest it less")
            else:
                reason = "a template includes itself endlessly"
                self._report(reason, *self._location_in(fault.__traceback__))
        except UnicodeEncodeError as fault:
            half = ascii(fault.object[fault.start])[1:-1]
            reason = f"the template outputs `{half}`, half of a surrogate pair"
            file = self._environment.get_template(name).filename
            self._report(reason, file, None, "write the whole character")
        except UndefinedError as fault:
            reason, help_ = _what_is_undefined(str(fault), context)
            self._report(reason, *self._location_in(fault.__traceback__), help_)
        except SyntaxError as fault:  # from Python, which compiles Jinja's output
            self._report(fault.msg, _file_being_compiled(fault.__traceback__), None)
        except Exception as fault:
            reason = " ".join(str(fault).split()) or type(fault).__name__
            file, line = self._location_in(fault.__traceback__)
            self._report(reason, file or _file_being_compiled(fault.__traceback__), line)
        return None

    @contextmanager
    def apart(self) -> Iterator[Report]:
        """Collect errors in a separate report, including those that were reported before.

        So the result of a page does not depend on which pages were rendered before it.
        """
        before = self.report, self._reported
        self.report, self._reported = Report(), set()
        try:
            yield self.report
        finally:
            self.report, self._reported = before

    def location_of_text(self, layout: str, text: str) -> Location:
        """Return the location of a text in a layout or another template; else the layout's."""

        def find(source: str) -> tuple[int, int] | None:
            start = source.find(text)
            return (start, start + len(text)) if start >= 0 else None

        return self.location_of(layout, find) or Location(self._shown(str(self.folder / layout)))

    def location_of(
        self, layout: str, find: Callable[[str], tuple[int, int] | None]
    ) -> Location | None:
        """Return the location of something in a layout or another template; None if not found.

        Args:
            layout: name of the layout, which is searched first.
            find: returns start and end in the text of a template; None if not found.
        """
        names = [layout, *sorted(n for n in self.names if not n.startswith(THEME_PREFIX))]
        # Once each: the layout is among the other names too.
        for name in dict.fromkeys(names):
            source = self.own.source(name, Report()) if name in self.own else None
            span = find(source.text) if source else None
            if source and span:
                return source.location(*span)
        return None

    def _report(self, message: str, file: str | None, line: int | None, help_: str = "") -> None:
        path = self._shown(file or "")
        source = self._source_of(Path(file)) if file else None
        location = source.location_of_line(line or 0) if source and path else Location(path)
        if path and source and source.path != path:
            location = Location(path, line or 0, snippet=source.line_text(line or 0))
        # Jinja quotes names as Python does.
        message = re.sub("'([^']+)'", r"`\1`", message.removesuffix("."))
        if (message, location) in self._reported:
            return
        self._reported.add((message, location))
        notes = (
            (Note("while this page was rendered", self._page_location),)
            if self._page_location
            else ()
        )
        self.report.add(Diagnostic("template-error", message, location, help_, notes))

    def _source_of(self, file: Path) -> Source | None:
        """Return the text of a template, of the site or the theme."""
        if file.is_relative_to(self.folder):
            path = file.relative_to(self.folder).as_posix()
            return self.own.source(path, Report()) if path in self.own else None
        return load_source(file, self.config.root, Report())

    def _report_unreadable(self) -> None:
        """Report each template that cannot be read or is not UTF-8; Jinja does not name it."""
        faults = Report()
        for path in self.own:
            if path.endswith(".html"):
                self.own.source(path, faults)
        for fault in faults:
            key = (fault.message, fault.location)
            if key not in self._reported:
                self._reported.add(key)
                self.report.add(fault)

    def _location_in(self, trace: TracebackType | None) -> tuple[str | None, int | None]:
        """Return file and line of the innermost template in a traceback."""
        found: tuple[str | None, int | None] = (None, None)
        for file, line in _frames(trace):
            if Path(file).is_relative_to(self.folder) or Path(file).is_relative_to(self.theme):
                found = (file, line)
        return found

    def _shown(self, file: str) -> str:
        path = Path(file)
        if (
            path.is_relative_to(self.folder)
            and path.relative_to(self.folder).as_posix() in self.own
        ):
            return relative_path(path, self.config.root)
        if path.is_relative_to(self.theme):
            return f"{THEME_PREFIX}/{path.relative_to(self.theme).as_posix()}"
        return self.config.templates.as_posix()


def _theme_is_lost(fault: OSError) -> SiteError:
    message = f"the theme cannot be read: {reason_of(fault)}"
    return SiteError(
        Diagnostic("unreadable-file", message, Location(str(fault.filename or "theme")))
    )


_NO_ATTRIBUTE = re.compile(r"'(?P<owner>.+) object' has no attribute '(?P<name>.+)'")
_UNDEFINED = re.compile(r"'(?P<name>.+)' is undefined")


def _what_is_undefined(message: str, context: dict[str, Any]) -> tuple[str, str]:
    """Reword Jinja's message about an undefined name; return it with a suggestion."""
    if found := _UNDEFINED.fullmatch(message):
        return f"`{found['name']}` is not defined", did_you_mean(found["name"], context)
    if not (found := _NO_ATTRIBUTE.fullmatch(message)):
        return message, ""
    owner, name = found["owner"].rpartition(".")[2], found["name"]
    for known, value in context.items():
        if type(value).__name__ == owner and isinstance(value, Struct):
            guess = did_you_mean(name, value.__struct_fields__)
            return f"`{known}` has no `{name}`", guess or "keys of a page's own are in `page.extra`"
    help_ = f'`.get("{name}")` returns None instead' if owner == "dict" else ""
    return f"there is no `{name}` in the mapping" if owner == "dict" else message, help_


def theme_folder() -> Path:
    """Return the folder of the theme that ships in the package."""
    return Path(proofdown.__file__).parent / "theme"


def _encodable(text: str) -> str:
    """Return a text unchanged if it can be encoded as UTF-8.

    Raises:
        UnicodeEncodeError: it contains half of a surrogate pair.
    """
    # An ASCII string stores that it is one, so that most output is not encoded here.
    if not text.isascii():
        text.encode()
    return text


def _file_being_compiled(trace: TracebackType | None) -> str:
    """Return the file that Jinja was compiling when an error was raised; empty if none."""
    while trace:
        # Errors of the compiler carry no file name, but its frame has the one it was given.
        if trace.tb_frame.f_code is Environment.compile.__code__:
            return str(trace.tb_frame.f_locals.get("filename") or "")
        trace = trace.tb_next
    return ""


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next

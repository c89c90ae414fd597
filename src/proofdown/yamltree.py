"""Load YAML text into a tree in which every key and value has its location.

PyYAML's loaders lose locations, take the last of duplicate keys, read `no` as false and expand
merge keys without bound. So PyYAML only composes the text into nodes, within limits, and this
module reads those. Plain scalars follow the YAML 1.2 core schema: only `true` and `false` are
booleans.
"""

import datetime
import re
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from proofdown.diagnostics import Diagnostic, Note, Report
from proofdown.source import Location, Source

LARGEST_TEXT = 256 * 1024
DEEPEST = 32
MOST_NODES = 20_000
MOST_ALIASES = 16

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}|0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""NUL, and surrogates, which an escape such as `"\\ud800"` can produce."""
_CORE_TAG = "tag:yaml.org,2002:"


class Scalar(Struct, frozen=True):
    """A single value, as it is in the text."""

    text: str
    location: Location
    is_plain: bool
    """Whether it has no quotes, so that `true`, `12` and `null` are not texts."""


class Sequence(Struct, frozen=True):
    """A list."""

    items: tuple["Tree", ...]
    location: Location


class Mapping(Struct, frozen=True):
    """Keys and values in the order of the text; each key occurs once."""

    entries: tuple[tuple[Scalar, "Tree"], ...]
    location: Location

    def __iter__(self) -> Iterator[tuple[Scalar, "Tree"]]:
        return iter(self.entries)


type_of_tree = {Scalar: "a text", Sequence: "a list", Mapping: "a mapping"}
Tree = Scalar | Sequence | Mapping


class _RefusedError(Exception):
    """The text is YAML, but exceeds a limit or uses a feature that is not supported."""

    def __init__(self, message: str, start: int, end: int | None = None, help_: str = "") -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.help = message, start, end, help_


def load_tree(
    source: Source, report: Report, *, start: int = 0, end: int | None = None
) -> Tree | None:
    """Return the tree of a source's text between two offsets, or None if it is empty or invalid.

    Errors are reported as `invalid-yaml`, and a key that is given twice as `duplicate-key`.
    """
    text = source.text[start:end]
    reader = _Reader(source, start, report)
    try:
        reader.check_events(text)
        node = yaml.compose(text, Loader=_LOADER)
        return None if node is None else reader.read(node)
    except _RefusedError as fault:
        location = source.location(start + fault.start, start + fault.end if fault.end else None)
        report.add(Diagnostic("invalid-yaml", fault.message, location, fault.help))
    except yaml.MarkedYAMLError as fault:
        report.add(reader.syntax_fault(fault))
    except yaml.YAMLError as fault:
        offset = start + (getattr(fault, "position", None) or 0)
        reason = getattr(fault, "reason", "") or "it cannot be read"
        message = f"not YAML: {reason}"
        report.add(
            Diagnostic("invalid-yaml", message, source.location(min(offset, len(source.text))))
        )
    return None


class _Reader:
    """Converts PyYAML's nodes into trees with locations in one source."""

    def __init__(self, source: Source, start: int, report: Report) -> None:
        self.source, self.start, self.report = source, start, report
        self.first_line = source.line_of(start) - 1

    def offset(self, mark: Any) -> int:
        """Return the offset in the YAML text of a mark, whose line and column count from 0."""
        return self.source.offset(self.first_line + mark.line, mark.column) - self.start

    def location(self, node: Any) -> Location:
        start, end = self.offset(node.start_mark), self.offset(node.end_mark)
        # Only the first line of a block: PyYAML ends a block where the next token starts, which
        # may be many comments later.
        first_line = self.source.text[self.start + start : self.start + end].split("\n", 1)[0]
        end = start + max(1, len(first_line.rstrip()))
        return self.source.location(self.start + start, self.start + end)

    def check_events(self, text: str) -> None:
        """Refuse a text that exceeds a limit before it is composed, which may be expensive."""
        try:
            self.check_events_by(text, _LOADER)
        except yaml.MarkedYAMLError as fault:
            # libyaml has a depth limit of its own and reads ahead, so it fails before the event
            # that exceeds ours. The Python parser finds where that is.
            if "nesting depth" in (fault.problem or ""):
                self.check_events_by(text, yaml.SafeLoader)
            raise

    def check_events_by(self, text: str, loader: type[Any]) -> None:
        if len(text) > LARGEST_TEXT:
            raise _RefusedError(f"more than {LARGEST_TEXT // 1024} KiB of YAML", 0)
        depth = nodes = aliases = 0
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                aliases += 1
            if isinstance(event, yaml.NodeEvent):
                nodes += 1
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            where = self.offset(event.start_mark)
            if depth > DEEPEST:
                raise _RefusedError(f"YAML nested more than {DEEPEST} levels deep", where)
            if nodes > MOST_NODES:
                raise _RefusedError(f"more than {MOST_NODES} values in one YAML text", where)
            if aliases > MOST_ALIASES:
                help_ = "write the values out"
                raise _RefusedError(f"more than {MOST_ALIASES} YAML aliases", where, None, help_)

    def syntax_fault(self, fault: Any) -> Diagnostic:
        mark = fault.problem_mark or fault.context_mark
        problem = fault.problem or fault.context or "it cannot be read"
        notes: tuple[Note, ...] = ()
        if fault.context and fault.context_mark and fault.context_mark.line != mark.line:
            context = self.start + self.offset(fault.context_mark)
            notes = (Note(str(fault.context), self.source.location(context)),)
        help_ = ""
        offset = self.start + (self.offset(mark) if mark else 0)
        # PyYAML reports an unclosed quote at the end of the text; the author needs its start.
        if fault.context_mark and "quoted scalar" in (fault.context or "") and notes:
            offset, notes = self.start + self.offset(fault.context_mark), ()
            problem = "the quote that starts here has no end"
        if self.source.text[offset : offset + 1] == "\t":
            help_ = "indent with spaces; YAML does not allow tabs"
        elif "mapping values are not allowed" in problem:
            help_ = "put quotes around a text that has `: ` in it"
        if "second document" in problem or "another document" in problem:
            problem = "a second `---` starts another document"
        message = f"not YAML: {problem.replace(chr(10), ' ')}"
        return Diagnostic("invalid-yaml", message, self.source.location(offset), help_, notes)

    def read(self, node: Any, above: frozenset[int] = frozenset()) -> Tree:
        if id(node) in above:  # an alias to an anchor around it
            raise _RefusedError("a YAML value that contains itself", self.offset(node.start_mark))
        self._check_tag(node)
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, above | {id(node)})
        if isinstance(node, yaml.SequenceNode):
            below = above | {id(node)}
            return Sequence(tuple(self.read(n, below) for n in node.value), self.location(node))
        self._check_text(node)
        return Scalar(node.value, self.location(node), is_plain=not node.style)

    def _check_text(self, node: Any) -> None:
        """Refuse characters that file names, command lines and UTF-8 cannot contain."""
        if found := _NO_TEXT.search(node.value):
            start, end = self.offset(node.start_mark), self.offset(node.end_mark)
            message = f"a text with the character `{found[0]}`"
            raise _RefusedError(message, start, end, "remove it")

    def _check_tag(self, node: Any) -> None:
        if not node.tag.startswith(_CORE_TAG) or node.tag.startswith(_CORE_TAG + "python"):
            tag = node.tag.replace(_CORE_TAG, "!!")
            start = self.offset(node.start_mark)
            raise _RefusedError(f"the YAML tag `{tag}` is not supported", start, None)

    def _read_mapping(self, node: Any, above: frozenset[int]) -> Mapping:
        entries: list[tuple[Scalar, Tree]] = []
        first: dict[str, Location] = {}
        for key_node, value_node in node.value:
            where = self.offset(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                raise _RefusedError("a key must be a text", where)
            if key_node.tag == _CORE_TAG + "merge":
                help_ = "write the keys out"
                raise _RefusedError("YAML merge keys (`<<`) are not supported", where, None, help_)
            self._check_text(key_node)
            # A key is a name, whether it is quoted or not.
            key = Scalar(key_node.value, self.location(key_node), is_plain=True)
            if key.text in first:
                note = Note("given first here", first[key.text])
                message = f"`{key.text}` is given twice"
                self.report.add(Diagnostic("duplicate-key", message, key.location, notes=(note,)))
                continue
            first[key.text] = key.location
            entries.append((key, self.read(value_node, above)))
        return Mapping(tuple(entries), self.location(node))


class NotAValueError(ValueError):
    """A plain scalar has the form of a date but is not one."""


def plain_value(tree: Tree) -> Any:
    """Return a tree as texts, numbers, booleans, dates, None, lists and dictionaries.

    Raises:
        NotAValueError: a date is not in the calendar; the exception's `args` are the message and
            the location.
    """
    if isinstance(tree, Mapping):
        return {key.text: plain_value(value) for key, value in tree}
    if isinstance(tree, Sequence):
        return [plain_value(item) for item in tree.items]
    return _scalar_value(tree) if tree.is_plain else tree.text


def _scalar_value(scalar: Scalar) -> Any:
    text = scalar.text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _DATE.fullmatch(text):
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            message = f"`{text}` is not a date of the calendar"
            raise NotAValueError(message, scalar.location) from None
    return text

"""Read a YAML mapping field by field; keys that were not read by the end are unknown."""

from collections.abc import Collection
from typing import Any

from proofdown.diagnostics import Diagnostic, Report, did_you_mean
from proofdown.source import Location
from proofdown.yamltree import Mapping, NotAValueError, Scalar, Sequence, Tree, plain_value
from proofdown.yamltree import type_of_tree as _type_of_tree


class Fields:
    """The fields of one mapping, each read by name and type.

    A value of the wrong type is reported as `invalid-value` and then treated as missing, so that
    one fault causes one diagnostic.
    """

    def __init__(self, mapping: Mapping, report: Report) -> None:
        self._values = {key.text: value for key, value in mapping}
        self._keys = {key.text: key for key, _ in mapping}
        self._read: list[str] = []
        self.report = report

    def location(self, key: str) -> Location | None:
        """Return the location of a field's value, or None if it is not given."""
        value = self._values.get(key)
        return value.location if value else None

    def _take(self, key: str) -> Tree | None:
        self._read.append(key)
        return self._values.get(key)

    def fault(self, message: str, location: Location, help_: str = "") -> None:
        """Report a wrong value."""
        self.report.add(Diagnostic("invalid-value", message, location, help_))

    def _wrong(self, key: str, value: Tree, expected: str, help_: str = "") -> None:
        self.fault(f"`{key}` is {describe(value)}, not {expected}", value.location, help_)

    def scalar(self, key: str) -> Scalar | None:
        """Return a field that is a single value, with its location."""
        value = self._take(key)
        if value is None or (isinstance(value, Scalar) and not _is_null(value)):
            return value if isinstance(value, Scalar) else None
        # `key:` with nothing after it counts as missing.
        if not _is_null(value):
            self._wrong(key, value, "a text")
        return None

    def text(self, key: str, default: str = "") -> str:
        """Return a field that is a text."""
        value = self.scalar(key)
        return default if value is None else value.text

    def choice(self, key: str, choices: Collection[str]) -> str | None:
        """Return a field that is one of a few words, or None if it is missing or another word."""
        value = self.scalar(key)
        if value is None:
            return None
        if value.text in choices:
            return value.text
        known = ", ".join(f"`{c}`" for c in choices)
        help_ = did_you_mean(value.text, choices) or f"one of {known}"
        self.fault(f"`{value.text}` is not a value of `{key}`", value.location, help_)
        return None

    def flag(self, key: str) -> bool | None:
        """Return a field that is `true` or `false`, or None if it is missing or neither."""
        value = self._take(key)
        if isinstance(value, Scalar) and value.text.lower() in ("true", "false"):
            return value.text.lower() == "true"
        if value is not None:
            self._wrong(key, value, "`true` or `false`")
        return None

    def sequence(self, key: str) -> Sequence | None:
        """Return a field that is a list."""
        value = self._take(key)
        if value is None or isinstance(value, Sequence):
            return value
        if not _is_null(value):
            self._wrong(key, value, "a list", f"write each entry of `{key}` on a line after `- `")
        return None

    def skip(self, key: str) -> None:
        """Treat a field as known, because the caller reports it in another way."""
        self._read.append(key)

    def is_sequence(self, key: str) -> bool:
        """Return whether a field is a list."""
        return isinstance(self._values.get(key), Sequence)

    def is_mapping(self, key: str) -> bool:
        """Return whether a field is a mapping."""
        return isinstance(self._values.get(key), Mapping)

    def texts(self, key: str) -> tuple[Scalar, ...]:
        """Return a field that is a list of texts."""
        sequence = self.sequence(key)
        return self.texts_of(key, sequence) if sequence else ()

    def texts_of(self, key: str, tree: Tree) -> tuple[Scalar, ...]:
        """Return a list of texts that is somewhere in a field."""
        found = []
        if not isinstance(tree, Sequence):
            self._wrong(key, tree, "a list of texts")
            return ()
        for item in tree.items:
            if isinstance(item, Scalar):
                found.append(item)
            else:
                self._wrong(key, item, "a list of texts")
        return tuple(found)

    def mapping(self, key: str) -> Mapping | None:
        """Return a field that is a mapping."""
        value = self._take(key)
        if value is None or isinstance(value, Mapping):
            return value
        if not _is_null(value):
            self._wrong(key, value, "a mapping")
        return None

    def fields(self, key: str) -> "Fields | None":
        """Return a field that is a mapping, to be read field by field."""
        mapping = self.mapping(key)
        return Fields(mapping, self.report) if mapping else None

    def plain(self, key: str) -> dict[str, Any]:
        """Return a field that is a mapping of user-defined keys, as plain values."""
        mapping = self.mapping(key)
        return plain_mapping(mapping, self.report) if mapping else {}

    def reject_unknown(self, what: str, own_keys: str = "") -> None:
        """Report every key that was not read.

        Args:
            what: what a key of this mapping is, as in "a setting".
            own_keys: help that says where user-defined keys may go instead, if anywhere.
        """
        for name, key in self._keys.items():
            if name not in self._read:
                help_ = did_you_mean(name, self._read) or own_keys
                message = f"`{name}` is not {what}"
                self.report.add(Diagnostic("unknown-key", message, key.location, help_))


def whole_number(text: str, most: int) -> int | None:
    """Return a whole number from 0 to a limit, or None for any other text."""
    # The length is checked first because `int` raises for a number of thousands of digits.
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if number <= most else None


def plain_mapping(mapping: Mapping, report: Report) -> dict[str, Any]:
    """Return a mapping as plain values; impossible dates are reported and left out."""
    values = {}
    for key, tree in mapping:
        try:
            values[key.text] = plain_value(tree)
        except NotAValueError as fault:
            message, location = fault.args
            report.add(Diagnostic("invalid-value", message, location))
    return values


def describe(tree: Tree) -> str:
    """Return a description of a value for messages: `a list`, `the text x`."""
    if isinstance(tree, Scalar):
        return "empty" if _is_null(tree) else f"the text `{tree.text[:40]}`"
    return _type_of_tree[type(tree)]


def _is_null(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and tree.is_plain and tree.text in ("", "~", "null")

"""Declare the keys of a YAML mapping, each at the field of the struct that it is read into.

    class Drawing(Struct):
        seconds: Annotated[int, Key(read_number, without="10")] = 10
        \"\"\"How long one diagram may take.\"\"\"

The field provides the name, the type and the default. `Key` provides the reader and what the
manual says of a mapping without the key. The docstring of the field is the key's description in
the manual.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from proofdown.fields import Fields
from proofdown.source import Location
from proofdown.yamltree import Scalar

_S = TypeVar("_S", bound=Struct)
_NO_VALUES: Mapping[str, Any] = {}


class Entry(Struct, frozen=True):
    """A key that is being read; the argument of every reader."""

    fields: Fields
    """The mapping that contains it."""
    key: str
    owner: Scalar | None = None
    """The key of the mapping itself, if that is a user-defined name."""
    read: Mapping[str, Any] = {}
    """The fields of the struct that were read before."""

    def fault(self, message: str, location: Location, help_: str = "") -> None:
        """Report a wrong value."""
        self.fields.fault(message, location, help_)

    def scalar(self) -> Scalar | None:
        """Return the value if it is a single one; None if the key is not given."""
        return self.fields.scalar(self.key)


Reader = Callable[[Entry], Any]
"""Returns a key's value, or None for the field's default if it is missing or wrong."""


class Group(Struct, frozen=True, kw_only=True):
    """A key whose mapping contains further keys of a struct, which has no field for the whole."""

    name: str
    member: str
    """What a key of the mapping is, as in "a setting of spelling"."""
    meaning: str
    """What the manual says of the mapping."""
    without: str


class Key(Struct, frozen=True):
    """How a field is read, and what the manual says of a mapping without it."""

    read: Reader
    without: str = ""
    name: str = ""
    """The key, if it differs from the field's name."""
    group: Group | None = None
    """The mapping that the key is in, if that is not the struct's own."""


def keys_of(struct: type[Struct]) -> dict[str, Key]:
    """Return the keys of a struct by the names of its fields, in their order."""
    return {
        field: found
        for field, hint in struct.__annotations__.items()
        for found in getattr(hint, "__metadata__", ())
        if isinstance(found, Key)
    }


def read_struct(
    struct: type[_S],
    fields: Fields,
    member: str,
    *,
    own_keys: str = "",
    owner: Scalar | None = None,
    given: Mapping[str, Any] = _NO_VALUES,
) -> _S:
    """Return a struct read from a mapping; report keys that none of its fields declares.

    Args:
        struct: its type.
        fields: the mapping.
        member: what a key of the mapping is, as in "a setting".
        own_keys: help that says where user-defined keys may go instead, if anywhere.
        owner: the key of the mapping, if that is a user-defined name.
        given: fields whose values are known, so that they are not read.
    """
    found = struct(**read_values(struct, fields, owner=owner, given=given))
    fields.reject_unknown(member, own_keys)
    return found


def read_values(
    struct: type[Struct],
    fields: Fields,
    *,
    owner: Scalar | None = None,
    given: Mapping[str, Any] = _NO_VALUES,
) -> dict[str, Any]:
    """Return the fields of a struct that a mapping sets, and those that are given."""
    values = dict(given)
    groups: dict[Group, Fields | None] = {}
    for field, key in keys_of(struct).items():
        if field in given:
            continue
        mapping: Fields | None = fields
        if key.group:
            # Each group is opened once, so that `reject_unknown` sees all keys that were read.
            if key.group not in groups:
                groups[key.group] = fields.fields(key.group.name)
            mapping = groups[key.group]
        if mapping:
            # A reader sees the fields above its own: `edit` needs `repository`.
            value = key.read(Entry(mapping, key.name or field, owner=owner, read=values))
            if value is not None:
                values[field] = value
    for group, mapping in groups.items():
        if mapping:
            mapping.reject_unknown(group.member)
    return values


def read_text(entry: Entry) -> str | None:
    """Return a text."""
    value = entry.scalar()
    return value.text if value else None


def read_texts(entry: Entry) -> tuple[Scalar, ...]:
    """Return a list of texts."""
    return entry.fields.texts(entry.key)


def read_flag(entry: Entry) -> bool | None:
    """Return `true` or `false`."""
    return entry.fields.flag(entry.key)


def read_scalar(entry: Entry) -> Scalar | None:
    """Return a single value, with its location."""
    return entry.scalar()

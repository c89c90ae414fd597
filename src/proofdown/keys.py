"""Keys of a YAML mapping, each declared once, at the field of the struct that it is read into.

    class Drawing(Struct):
        seconds: Annotated[int, Key(read_number, without="10")] = 10
        \"\"\"How long one diagram may take.\"\"\"

The field has the name, the type and the default, `Key` has the reader and what the manual says of
a mapping without the key, and the text below the field is the key's meaning in the manual.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from proofdown.fields import Fields
from proofdown.source import Location
from proofdown.yamltree import Scalar

_S = TypeVar("_S", bound=Struct)
_NOTHING: Mapping[str, Any] = {}


class Entry(Struct, frozen=True):
    """A key at the moment when it is read."""

    fields: Fields
    """The mapping that it is in."""
    key: str
    owner: Scalar | None = None
    """The key that the mapping itself is at, where that is a name of the author's own."""
    read: Mapping[str, Any] = {}
    """The fields of the struct that were read before."""

    def fault(self, message: str, location: Location, help_: str = "") -> None:
        """Report a wrong value."""
        self.fields.fault(message, location, help_)

    def scalar(self) -> Scalar | None:
        """Return the value, where it is a single one; None where the key is not given."""
        return self.fields.scalar(self.key)


Reader = Callable[[Entry], Any]
"""Returns a key's value; None, for the field's default, where it is not given or is wrong."""


class Group(Struct, frozen=True):
    """A key whose mapping holds keys of a struct, where the struct has no field for the whole."""

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
    """The key, where it is not the field's name."""
    group: Group | None = None
    """The mapping that the key is in, where it is not the struct's own."""


def keys_of(struct: type[Struct]) -> dict[str, Key]:
    """Return the keys of a struct by its fields' names, in their order."""
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
    given: Mapping[str, Any] = _NOTHING,
) -> _S:
    """Return a struct read from a mapping; a key that none of its fields declares is reported.

    Args:
        struct: its type.
        fields: the mapping.
        member: what a key of the mapping is, as in "a setting".
        own_keys: where keys of the author's own may go instead, if anywhere.
        owner: the key that the mapping is at, where that is a name of the author's own.
        given: fields that are known already, so that they are not read.
    """
    found = struct(**read_values(struct, fields, owner=owner, given=given))
    fields.reject_unknown(member, own_keys)
    return found


def read_values(
    struct: type[Struct],
    fields: Fields,
    *,
    owner: Scalar | None = None,
    given: Mapping[str, Any] = _NOTHING,
) -> dict[str, Any]:
    """Return the fields of a struct that a mapping sets, beside those that are given."""
    values = dict(given)
    groups: dict[Group, Fields | None] = {}
    for field, key in keys_of(struct).items():
        if field in given:
            continue
        mapping: Fields | None = fields
        if key.group:
            if key.group not in groups:
                groups[key.group] = fields.fields(key.group.name)
            mapping = groups[key.group]
        if mapping:
            value = key.read(Entry(mapping, key.name or field, owner, values))
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
    """Return a single value, with its place."""
    return entry.scalar()

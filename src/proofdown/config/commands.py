"""The setting `commands`: which help a command line is held against."""

import re
from typing import Annotated

from msgspec import Struct

from proofdown.fields import Fields, describe
from proofdown.keys import Entry, Key, read_scalar, read_struct, read_text
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar, Tree

UNJUDGED = "unjudged"
"""What a command is tied to whose uses nobody is to judge, and nobody is to count."""


def _read_exclusive(entry: Entry) -> tuple[tuple[str, ...], ...]:
    found = []
    sequence = entry.fields.sequence(entry.key)
    for item in sequence.items if sequence else ():
        names = entry.fields.texts_of(entry.key, item)
        if len(names) == 1:
            entry.fault("one option alone excludes nothing", item.location)
        found.append(tuple(name.text for name in names))
    return tuple(names for names in found if len(names) > 1)


def _read_patterns(entry: Entry) -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = []
    for option, value in entry.fields.mapping(entry.key) or ():
        if not isinstance(value, Scalar):
            message = f"the pattern of `{option.text}` is {describe(value)}, not a text"
            entry.fault(message, value.location)
            continue
        try:
            pattern = re.compile(value.text)
        except re.error as fault:
            entry.fault(f"`{value.text}` is no pattern: {fault}", value.location)
            continue
        found.append((option.text, pattern))
    return tuple(found)


class CommandSetting(Struct, frozen=True):
    """A family of commands, and the help that its uses are held against."""

    command_path: tuple[str, ...]
    """The words that its commands begin with: `("virsh", "migrate")`."""
    location: Location
    recording: Annotated[Scalar | None, Key(read_scalar)] = None
    """Name of a recording of its help."""
    synopsis: Annotated[str, Key(read_text)] = ""
    """Its usage, where there is no recording."""
    exclusive: Annotated[tuple[tuple[str, ...], ...], Key(_read_exclusive)] = ()
    """Options of which one may be given at a time, beside those that the help declares."""
    values: Annotated[tuple[tuple[str, re.Pattern[str]], ...], Key(_read_patterns)] = ()
    """What the value of an option must look like."""
    is_unjudged: bool = False

    @property
    def name(self) -> str:
        """The family as it is written."""
        return " ".join(self.command_path)


def read_commands(entry: Entry) -> tuple[CommandSetting, ...]:
    """Return the settings of commands; what is wrong with one is reported and left out."""
    commands = entry.fields.mapping(entry.key) or ()
    return tuple(found for name, value in commands if (found := _command(name, value, entry)))


def _command(name: Scalar, value: Tree, entry: Entry) -> CommandSetting | None:
    command_path = tuple(name.text.split())
    if not command_path:
        entry.fault("a command without a name", name.location)
        return None
    if isinstance(value, Scalar) and value.text == UNJUDGED:
        return CommandSetting(command_path, name.location, is_unjudged=True)
    if isinstance(value, Scalar) and value.text:
        return CommandSetting(command_path, name.location, recording=value)
    if not isinstance(value, Mapping):
        help_ = f"name a recording of its help, or write `{UNJUDGED}`"
        entry.fault(f"`{name.text}` is tied to {describe(value)}", value.location, help_)
        return None
    given = {"command_path": command_path, "location": name.location}
    fields = Fields(value, entry.fields.report)
    setting = read_struct(CommandSetting, fields, "a setting of a command", given=given)
    if bool(setting.recording) == bool(setting.synopsis):
        help_ = "give it a `recording:` of its help, or a `synopsis:`, one of the two"
        entry.fault(f"`{name.text}` is tied to no help, or to two", name.location, help_)
        return None
    return setting

"""The setting `commands`: the help that command lines are checked against."""

import re
from typing import Annotated

from msgspec import Struct

from proofdown.fields import Fields, describe
from proofdown.keys import Entry, Key, read_scalar, read_struct, read_text
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar, Tree

UNJUDGED = "unjudged"
"""Value that exempts a command from checking and from the coverage count."""


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
            entry.fault(f"`{value.text}` is not a pattern: {fault}", value.location)
            continue
        found.append((option.text, pattern))
    return tuple(found)


class CommandSetting(Struct, frozen=True, kw_only=True):
    """A command, perhaps with subcommands, and the help that its uses are checked against."""

    command_path: tuple[str, ...]
    """The words that its command lines begin with: `("virsh", "migrate")`."""
    location: Location
    recording: Annotated[Scalar | None, Key(read_scalar)] = None
    """Name of a recording of its help."""
    synopsis: Annotated[str, Key(read_text)] = ""
    """Its usage, if there is no recording."""
    exclusive: Annotated[tuple[tuple[str, ...], ...], Key(_read_exclusive)] = ()
    """Groups of mutually exclusive options, in addition to those that the help declares."""
    values: Annotated[tuple[tuple[str, re.Pattern[str]], ...], Key(_read_patterns)] = ()
    """Options with the pattern that their value must match."""
    is_unjudged: bool = False
    """Whether it is exempt from checking; see `UNJUDGED`."""

    @property
    def name(self) -> str:
        """The command as the settings name it."""
        return " ".join(self.command_path)


def read_commands(entry: Entry) -> tuple[CommandSetting, ...]:
    """Return the settings of commands; invalid ones are reported and left out."""
    commands = entry.fields.mapping(entry.key) or ()
    return tuple(found for name, value in commands if (found := _command(name, value, entry)))


def _command(name: Scalar, value: Tree, entry: Entry) -> CommandSetting | None:
    command_path = tuple(name.text.split())
    if not command_path:
        entry.fault("a command without a name", name.location)
        return None
    if isinstance(value, Scalar) and value.text == UNJUDGED:
        return CommandSetting(command_path=command_path, location=name.location, is_unjudged=True)
    if isinstance(value, Scalar) and value.text:
        return CommandSetting(command_path=command_path, location=name.location, recording=value)
    if not isinstance(value, Mapping):
        help_ = f"name a recording of its help, or write `{UNJUDGED}`"
        message = f"the help of `{name.text}` is {describe(value)}, not a recording"
        entry.fault(message, value.location, help_)
        return None
    given = {"command_path": command_path, "location": name.location}
    fields = Fields(value, entry.fields.report)
    setting = read_struct(CommandSetting, fields, "a setting of a command", given=given)
    if bool(setting.recording) == bool(setting.synopsis):
        help_ = "give it either a `recording:` of its help or a `synopsis:`"
        found = "has both a recording and a synopsis" if setting.recording else "has no help"
        entry.fault(f"`{name.text}` {found}", name.location, help_)
        return None
    return setting

"""The setting `recordings`: the commands that `proofdown record` runs."""

import re
from typing import Annotated

from msgspec import Struct

from proofdown.addresses import fault_of_name
from proofdown.config.values import read_number
from proofdown.fields import Fields, describe
from proofdown.keys import Entry, Key, read_struct
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar


def _read_command(entry: Entry) -> str:
    command = entry.fields.text(entry.key)
    if not command and entry.owner:
        message = f"the recording `{entry.owner.text}` has no command to `run`"
        entry.fault(message, entry.owner.location)
    return command


def _read_versions(entry: Entry) -> tuple[tuple[str, str], ...]:
    tools = entry.fields.mapping(entry.key) or ()
    return tuple((tool.text, run.text) for tool, run in tools if isinstance(run, Scalar))


class RecordingSetting(Struct, frozen=True, kw_only=True):
    """A recording that `proofdown record` makes."""

    name: str
    location: Location
    command: Annotated[str, Key(_read_command, name="run")]
    versions: Annotated[tuple[tuple[str, str], ...], Key(_read_versions)] = ()
    """Tools whose versions are recorded, each with the command that prints it."""
    days: Annotated[int, Key(read_number)] = 0
    """How many days it stays fresh; 0 for a recording that does not become stale."""
    seconds: Annotated[int, Key(read_number)] = 60
    """How long the command may take."""


def read_recordings(entry: Entry) -> tuple[RecordingSetting, ...]:
    """Return the recordings; those with an invalid name or value are reported and left out."""
    report = entry.fields.report
    found = []
    for name, value in entry.fields.mapping(entry.key) or ():
        if not isinstance(value, Mapping):
            message = f"the recording `{name.text}` is {describe(value)}"
            entry.fault(message, value.location, "write `{run: COMMAND}`")
        elif not re.fullmatch(r"[\w][\w.-]*", name.text) or fault_of_name(name.text):
            entry.fault(f"`{name.text}` is not a name for a recording", name.location)
        else:
            fields = Fields(value, report)
            given = {"name": name.text, "location": name.location}
            member = "a setting of a recording"
            found.append(read_struct(RecordingSetting, fields, member, owner=name, given=given))
    return tuple(found)

"""Reads `commands:` of the settings: which help a command line is held against."""

import re

from proofdown.config.model import UNJUDGED, CommandSetting
from proofdown.diagnostics import Diagnostic, Report
from proofdown.fields import Fields, describe
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar, Tree


def read_commands(fields: Fields, report: Report) -> tuple[CommandSetting, ...]:
    """Return the settings of commands; what is wrong with one is reported and left out."""
    reader = _Reader(report)
    entries = fields.mapping("commands") or ()
    return tuple(found for key, value in entries if (found := reader.command(key, value)))


class _Reader:
    def __init__(self, report: Report) -> None:
        self.report = report

    def fault(self, message: str, location: Location, help_: str = "") -> None:
        self.report.add(Diagnostic("invalid-value", message, location, help_))

    def command(self, name: Scalar, value: Tree) -> CommandSetting | None:
        command_path = tuple(name.text.split())
        if not command_path:
            self.fault("a command without a name", name.location)
            return None
        if isinstance(value, Scalar) and value.text == UNJUDGED:
            return CommandSetting(command_path, name.location, is_unjudged=True)
        if isinstance(value, Scalar) and value.text:
            return CommandSetting(command_path, name.location, recording=value)
        if not isinstance(value, Mapping):
            help_ = f"name a recording of its help, or write `{UNJUDGED}`"
            self.fault(f"`{name.text}` is tied to {describe(value)}", value.location, help_)
            return None
        return self.from_fields(command_path, name, Fields(value, self.report))

    def from_fields(
        self, command_path: tuple[str, ...], name: Scalar, fields: Fields
    ) -> CommandSetting | None:
        recording, synopsis = fields.scalar("recording"), fields.text("synopsis")
        setting = CommandSetting(
            command_path,
            name.location,
            recording=recording,
            synopsis=synopsis,
            exclusive=self.exclusive(fields),
            values=self.values(fields),
        )
        fields.reject_unknown("a setting of a command")
        if bool(recording) == bool(synopsis):
            help_ = "give it a `recording:` of its help, or a `synopsis:`, one of the two"
            self.fault(f"`{name.text}` is tied to no help, or to two", name.location, help_)
            return None
        return setting

    def exclusive(self, fields: Fields) -> tuple[tuple[str, ...], ...]:
        found = []
        sequence = fields.sequence("exclusive")
        for item in sequence.items if sequence else ():
            names = fields.texts_of("exclusive", item)
            if len(names) == 1:
                self.fault("one option alone excludes nothing", item.location)
            found.append(tuple(name.text for name in names))
        return tuple(names for names in found if len(names) > 1)

    def values(self, fields: Fields) -> tuple[tuple[str, re.Pattern[str]], ...]:
        found = []
        for option, value in fields.mapping("values") or ():
            if not isinstance(value, Scalar):
                what = f"the pattern of `{option.text}` is {describe(value)}, not a text"
                self.fault(what, value.location)
                continue
            try:
                pattern = re.compile(value.text)
            except re.error as fault:
                self.fault(f"`{value.text}` is no pattern: {fault}", value.location)
                continue
            found.append((option.text, pattern))
        return tuple(found)

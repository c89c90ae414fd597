"""Recordings: each is what its head says, and fresh."""

import datetime
from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic, did_you_mean
from proofdown.site.model import BuiltPage, Site, SiteContext


def stale_recording(site: Site) -> Iterator[Diagnostic]:
    """A recording that is not, or no longer, what it says it is.

    ## What it does
    Finds recordings whose body is not the one that their head was written for, that were made by
    another command than the settings name now, or that are older than their `days:` allow.

    ## Why it matters
    "Measured on version X" must stay true.

    ## Example
    A line of `content/recordings/virsh-migrate-help` mended by hand.

    ## Instead
    `proofdown record NAME` makes it anew on a machine that has the tool.
    """
    settings = {setting.name: setting for setting in site.config.recordings}
    today = datetime.datetime.now(tz=datetime.UTC).date()
    for recording in site.recordings.values():
        setting = settings.get(recording.name)
        help_ = f"make it anew: `proofdown record {recording.name}`"
        if not recording.is_intact:
            message = "the text is not the one that the head was written for"
            yield Diagnostic("stale-recording", message, recording.location, help_)
        elif setting and setting.command != recording.command:
            message = f"made by `{recording.command}`, and the settings run `{setting.command}`"
            yield Diagnostic("stale-recording", message, recording.location, help_)
        elif setting and setting.days and (today - recording.date).days > setting.days:
            message = f"made on {recording.date}, more than {setting.days} days ago"
            yield Diagnostic("stale-recording", message, recording.location, help_)


def missing_recording(built: BuiltPage, context: SiteContext) -> Iterator[Diagnostic]:
    """A recording that is cited or shown and is not there.

    ## What it does
    Finds names of recordings in claims, under `commands:` in the settings, and in images that show
    a recording, and the marks of the part to show, for which there is nothing in
    `content/recordings/`. The mark under `to` must not come before that under `from`.

    ## Why it matters
    What rests on it rests on nothing.

    ## Example
    ```markdown
    ![What virsh prints](recordings/virsh-migrate-help){from="OPTIONS"}
    ```
    where no line has `OPTIONS` in it.

    ## Instead
    Declare it under `recordings:` in the settings, and run `proofdown record`.
    """
    for shown in built.recordings:
        lines = context.recordings[shown.name].body.split("\n")
        where = ""
        for mark in filter(None, (shown.first, shown.last)):
            at = next((i for i, line in enumerate(lines) if mark in line), None)
            if at is None:
                message = f"no line of the recording `{shown.name}` has `{mark}`{where}"
                location = built.text.location_of_target(shown.written, shown.nth)
                yield Diagnostic("missing-recording", message, location)
            else:
                lines, where = lines[at:], f" from `{mark}` on"


def missing_help(site: Site) -> Iterator[Diagnostic]:
    """Yield the recordings that `commands:` of the settings names and that are not there."""
    declared = {setting.name for setting in site.config.recordings}
    for command in site.config.commands:
        name = command.recording
        if name and name.text not in site.recordings:
            message = f"there is no recording `{name.text}`"
            help_ = did_you_mean(name.text, {*site.recordings, *declared} - {name.text})
            if name.text in declared:
                help_ = f"make it: `proofdown record {name.text}`"
            yield Diagnostic("missing-recording", message, name.location, help_)

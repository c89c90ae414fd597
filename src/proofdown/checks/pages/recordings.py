"""Check that recordings exist, match their heads, and are fresh."""

import datetime
from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic, did_you_mean
from proofdown.site.model import ComposedPage, Site, SiteContext


def stale_recording(site: Site) -> Iterator[Diagnostic]:
    """A recording that was edited, is out of date, or is of another command.

    ## What it does
    Finds recordings whose body does not match the hash in their head, that were made with another
    command than the settings name now, or that are older than their `days:` allow.

    ## Why it matters
    "Measured on version X" must stay true.

    ## Example
    A line of `content/recordings/virsh-migrate-help` was corrected by hand.

    ## Instead
    Run `proofdown record NAME` on a machine that has the tool.
    """
    settings = {setting.name: setting for setting in site.config.recordings}
    today = datetime.datetime.now(tz=datetime.UTC).date()
    for recording in site.recordings.values():
        setting = settings.get(recording.name)
        help_ = f"record it again: `proofdown record {recording.name}`"
        if not recording.is_intact:
            message = "the text does not match the hash in its head"
            yield Diagnostic("stale-recording", message, recording.location, help_)
        elif setting and setting.command != recording.command:
            message = f"recorded from `{recording.command}`, not from `{setting.command}`"
            yield Diagnostic("stale-recording", message, recording.location, help_)
        elif setting and setting.days and (today - recording.date).days > setting.days:
            message = f"recorded on {recording.date}, more than {setting.days} days ago"
            yield Diagnostic("stale-recording", message, recording.location, help_)


def missing_recording(built: ComposedPage, context: SiteContext) -> Iterator[Diagnostic]:
    """A recording that is cited or shown, but does not exist.

    ## What it does
    Looks up in `content/recordings/` the recordings that are named in claims, under `commands:`
    in the settings, and in images that show a recording. If an image shows only a part, a line of
    the recording must contain the text given as `from`, and that line or a later one the text
    given as `to`.

    ## Why it matters
    Whatever is checked against the recording is not checked at all.

    ## Example
    ```markdown
    ![What virsh prints](recordings/virsh-migrate-help){from="OPTIONS"}
    ```
    where no line of the recording contains `OPTIONS`.

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
                # The second mark is looked for from the line of the first one on.
                lines, where = lines[at:], f" from `{mark}` on"


def missing_help(site: Site) -> Iterator[Diagnostic]:
    """Yield the recordings that the settings name under `commands:` but that do not exist."""
    declared = {setting.name for setting in site.config.recordings}
    for command in site.config.commands:
        name = command.recording
        if name and name.text not in site.recordings:
            message = f"there is no recording `{name.text}`"
            help_ = did_you_mean(name.text, {*site.recordings, *declared} - {name.text})
            if name.text in declared:
                help_ = f"record it: `proofdown record {name.text}`"
            yield Diagnostic("missing-recording", message, name.location, help_)

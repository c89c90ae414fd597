"""Run `proofdown record`: select the recordings, run their commands and write what changed."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from proofdown.config.loader import find_root, load_config
from proofdown.config.model import Config
from proofdown.config.recordings import RecordingSetting
from proofdown.content.discovery import find_content
from proofdown.content.evidence.claims import load_claims
from proofdown.content.evidence.record import keep, names_read_as_data, record
from proofdown.content.evidence.recordings import find_recordings
from proofdown.diagnostics import Diagnostic, Report, SettingsError, Severity, did_you_mean


class Recorded(Struct, frozen=True):
    """The result of `proofdown record`."""

    moved: tuple[str, ...]
    """Names of the recordings that are new or whose tool prints something else now."""
    diagnostics: tuple[Diagnostic, ...]
    """Why commands failed."""


def record_all(
    folder: Path, names: tuple[str, ...], *, is_check: bool, say: Callable[[str], object]
) -> Recorded:
    """Run the commands of the named recordings, or of all, one after the other.

    Args:
        folder: a folder of the site.
        names: names of recordings; empty for all.
        is_check: whether to only compare, without writing.
        say: called with a line for each recording, and with the diff if it changed.

    Raises:
        SiteError: the settings are missing or invalid, do not declare one of the names, or a
            recording cannot be written.
    """
    report = Report()
    config = load_config(find_root(folder), report)
    settings = _select_settings(config, names, report)
    faults = Report()
    # The faults of claims and of old recordings do not matter here: `check` reports them.
    claims = (load_claims(source, "", Report()) for source in find_content(config, Report()).claims)
    data = names_read_as_data(tuple(claims))
    before = find_recordings(config, Report())
    moved = []
    for setting in settings:
        old = before.get(setting.name)
        outcome = record(config, setting, old, is_data=setting.name in data, report=faults)
        if outcome is None:
            say(f"{setting.name}: not made")
            continue
        is_same = old is not None and old.source.text == outcome.text
        if outcome.diff or old is None:
            moved.append(setting.name)
        change = _describe_change(is_same=is_same, is_new=old is None, diff=outcome.diff)
        say(f"{setting.name}: {change}")
        if outcome.diff and old is not None:
            say(outcome.diff.rstrip("\n"))
        if not is_check and not is_same:
            keep(config, outcome)
    return Recorded(tuple(moved), tuple(faults))


def _describe_change(*, is_same: bool, is_new: bool, diff: str) -> str:
    if is_new:
        return "new"
    if diff:
        return "moved"
    return "as before" if is_same else "as before, on other versions"


def _select_settings(
    config: Config, names: tuple[str, ...], report: Report
) -> tuple[RecordingSetting, ...]:
    for fault in report:
        if fault.severity is Severity.ERROR:
            raise SettingsError(fault)
    declared = {setting.name: setting for setting in config.recordings}
    if not declared:
        message = "the settings declare no recordings"
        help_ = "add `recordings: {NAME: {run: COMMAND}}`"
        raise SettingsError(Diagnostic("missing-recording", message, config.location, help_))
    for name in names:
        if name not in declared:
            message = f"the settings declare no recording `{name}`"
            help_ = did_you_mean(name, declared)
            raise SettingsError(Diagnostic("missing-recording", message, config.location, help_))
    return tuple(declared[name] for name in names) if names else config.recordings

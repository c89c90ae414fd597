"""Record one command for `proofdown record`: run the real tool and keep what it prints."""

import datetime
import difflib
import os
import re
import shlex
from pathlib import Path

from msgspec import Struct

from proofdown.config.model import Config
from proofdown.config.recordings import RecordingSetting
from proofdown.content.evidence.claims import PageClaims
from proofdown.content.evidence.recordings import (
    Recording,
    read_recording,
    recording_path,
    recording_text,
)
from proofdown.diagnostics import Diagnostic, Report, unwritable
from proofdown.files import replace_file
from proofdown.runtime.system.programs import ProgramCall, TimedOutError, run_program
from proofdown.source import Location, Source, relative_path
from proofdown.yamltree import load_tree

_VERSION = re.compile(r"\d+(?:\.\d+)+")


class Outcome(Struct, frozen=True):
    """The result of running one recording's command."""

    name: str
    diff: str
    """Unified diff of the recorded and the new output; empty if nothing changed."""
    text: str
    """The file's new text; the old one if neither the output nor a version changed."""


class _FailedError(Exception):
    """A command could not be started, failed or timed out."""


def record(
    config: Config,
    setting: RecordingSetting,
    before: Recording | None,
    *,
    is_data: bool,
    report: Report,
) -> Outcome | None:
    """Run a recording's command; return the result, or None if it failed, which is reported.

    Nothing is written until `keep` is called with the result.

    Args:
        config: the site's settings; commands run in its root.
        setting: what to run.
        before: the existing recording, if any.
        is_data: whether a check parses it, so that it must be YAML.
        report: where a missing tool, a failure or an invalid output is reported.
    """
    try:
        body = _run(setting.command, config.root, setting.seconds)
        versions = tuple(
            (tool, version_in(_run(command, config.root, setting.seconds)))
            for tool, command in setting.versions
        )
    except _FailedError as fault:
        message = f"the recording `{setting.name}` was not made: {fault}"
        help_ = "the old recording stays as it is"
        report.add(Diagnostic("failed-recording", message, setting.location, help_))
        return None
    is_same = before is not None and before.body == body and before.versions == versions
    today = datetime.datetime.now(tz=datetime.UTC).date()
    # The old date stays if nothing changed, so that to record again changes no file.
    date = before.date if before and is_same else today
    text = recording_text(setting.command, date, versions, body)
    path = relative_path(recording_path(config, setting.name), config.root)
    if _is_unreadable(Source(path, text), is_data=is_data, report=report):
        return None
    return Outcome(setting.name, _diff(path, before.body if before else "", body), text)


def keep(config: Config, outcome: Outcome) -> None:
    """Write a recording, replacing the old one atomically.

    Raises:
        OutputError: the file cannot be written.
    """
    file = recording_path(config, outcome.name)
    try:
        replace_file(file, config.root, outcome.text.encode())
    except OSError as fault:
        location = Location(relative_path(file, config.root))
        raise unwritable("the recording", location, fault) from fault


def names_read_as_data(claims: tuple[PageClaims, ...]) -> set[str]:
    """Return the names of the recordings that a check parses as YAML."""
    found = {claim.recording.text for page in claims for claim in page.diagrams if claim.recording}
    return found | {t.recording.text for page in claims for t in page.tables if t.recording}


def version_in(printed: str) -> str:
    """Return the first version number in the output of a tool, or else its first line.

    >>> version_in("QEMU emulator version 7.2.22 (Debian 1:7.2)")
    '7.2.22'
    """
    found = _VERSION.search(printed)
    return found[0] if found else printed.strip().partition("\n")[0]


def _run(command: str, folder: Path, seconds: int) -> str:
    """Run a command without a shell and return its output.

    Raises:
        _FailedError: it is missing, fails, times out, or does not print UTF-8.
    """
    try:
        words = shlex.split(command)
        if not words:
            raise _FailedError("its command is empty")
        # So that the output does not depend on who records: no translations and no colours.
        environment = os.environ | {"LC_ALL": "C.UTF-8", "LANGUAGE": "", "TERM": "dumb"}
        tool = ProgramCall(command=words, environment=environment, folder=folder, seconds=seconds)
        done = run_program(tool)
    except TimedOutError:
        raise _FailedError(f"`{command}` took longer than {seconds} s") from None
    except FileNotFoundError:
        raise _FailedError(f"there is no program `{command.split()[0]}` here") from None
    except (OSError, ValueError) as fault:
        raise _FailedError(f"`{command}` does not run: {fault}") from None
    if done.exit_code:
        lines = done.errors.decode("utf-8", "replace").strip().splitlines()
        reason = f": {lines[-1]}" if lines else ""
        raise _FailedError(f"`{command}` ended with {done.exit_code}{reason}")
    try:
        text = done.output.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise _FailedError(f"`{command}` printed bytes that are not UTF-8") from None
    return text if text.endswith("\n") else text + "\n"


def _is_unreadable(source: Source, *, is_data: bool, report: Report) -> bool:
    """Return whether a new recording could not be read back, which is reported."""
    faults = Report()
    recording = read_recording(source, faults)
    if recording and is_data:
        load_tree(source, faults, start=recording.body_start)
    for fault in faults:
        message = f"the recording `{Path(source.path).name}` was not made: {fault.message}"
        report.add(Diagnostic("failed-recording", message, fault.location))
    return bool(len(faults))


def _diff(path: str, before: str, now: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        now.splitlines(keepends=True),
        f"{path} (recorded)",
        f"{path} (now)",
    )
    return "".join(lines)

"""Load recordings: what real tools printed, with a head that says how and when.

They are files in `content/recordings/`.
"""

import datetime
import hashlib
import posixpath
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from proofdown.addresses import fault_of_name
from proofdown.config.model import Config
from proofdown.content.discovery import RECORDINGS_FOLDER, find_files
from proofdown.content.frontmatter import split_head
from proofdown.diagnostics import Diagnostic, Report
from proofdown.fields import Fields
from proofdown.files import load_source
from proofdown.source import Location, Source, printable, relative_path
from proofdown.yamltree import Mapping, Scalar, Sequence, Tree, load_tree


class Recording(Struct, frozen=True, dict=True, eq=False, kw_only=True):
    """The recorded output of a real tool."""

    name: str
    source: Source
    command: str
    date: datetime.date
    versions: tuple[tuple[str, str], ...]
    """The tools that were used, each with its version."""
    digest: str
    """SHA-256 of the body according to the head."""
    body_start: int

    @property
    def body(self) -> str:
        """The tool's output."""
        return self.source.text[self.body_start :]

    @property
    def is_intact(self) -> bool:
        """Whether the body was not changed since it was recorded."""
        return digest_of(self.body) == self.digest

    @property
    def location(self) -> Location:
        """The recording's file."""
        return Location(self.source.path)

    @property
    def measured_on(self) -> str:
        """The tools and the day, as readers see them: `libvirt 9.0.0, 22 November 2026`."""
        tools = [f"{tool} {version}" for tool, version in self.versions]
        # Not `%d`, which prints a leading zero.
        return ", ".join([*tools, f"{self.date.day} {self.date:%B %Y}"])

    @cached_property
    def tree(self) -> Tree | None:
        """The body as YAML, or None if it is not YAML."""
        return load_tree(self.source, Report(), start=self.body_start)

    def items(self, key: str) -> tuple[Mapping, ...] | None:
        """Return the mappings in a list: the body itself, or the value of one of its keys.

        None if there is no such list, or if not all of its items are mappings.
        """
        tree = self.tree
        if isinstance(tree, Mapping):
            tree = next((value for name, value in tree if name.text == key), None)
        if not isinstance(tree, Sequence):
            return None
        found = tuple(item for item in tree.items if isinstance(item, Mapping))
        return found if len(found) == len(tree.items) else None

    def lines(self) -> Iterator[tuple[str, Location]]:
        """Yield each line of the body that is not blank, with its location."""
        offset = self.body_start
        for line in self.body.split("\n"):
            if line.strip():
                start = offset + len(line) - len(line.lstrip())
                yield line.strip(), self.source.location(start, offset + len(line.rstrip()))
            offset += len(line) + 1


def digest_of(body: str) -> str:
    """Return the SHA-256 of a body, as the head records it."""
    return hashlib.sha256(body.encode()).hexdigest()


def find_recordings(config: Config, report: Report) -> dict[str, Recording]:
    """Return the recordings of a site by name; one that cannot be read is reported."""
    folder = config.root / config.content / RECORDINGS_FOLDER
    found = {}
    for path, file in sorted(find_files(config, folder, report).items()):
        if "/" in path:  # the name of a recording is a file name, so subfolders are not searched
            continue
        if fault := fault_of_name(file.name):
            message = f"the name `{printable(file.name)}` cannot be that of a recording"
            location = Location(relative_path(folder, config.root))
            report.add(Diagnostic("unusable-name", message, location, f"rename the file: {fault}"))
            continue
        source = load_source(file, config.root, report)
        recording = read_recording(source, report) if source else None
        if recording:
            found[recording.name] = recording
    return found


def read_recording(source: Source, report: Report) -> Recording | None:
    """Return a recording, or None if its head is missing or wrong, which is reported."""
    faults = Report()
    start, end, body_start = split_head(source, faults)
    tree = load_tree(source, faults, start=start, end=end) if end else None
    if isinstance(tree, Mapping):
        fields = Fields(tree, faults)
        command, day = fields.text("command"), fields.text("date")
        versions, digest = fields.mapping("versions"), fields.text("sha256")
        fields.reject_unknown("a key of a recording's head")
        try:
            date = datetime.date.fromisoformat(day)
        except ValueError:
            date = None
        if command and date and digest and not len(faults):
            tools = tuple((k.text, v.text) for k, v in versions or () if isinstance(v, Scalar))
            name = posixpath.basename(source.path)
            return Recording(
                name=name,
                source=source,
                command=command,
                date=date,
                versions=tools,
                digest=digest,
                body_start=body_start,
            )
    # One diagnostic, whatever is wrong with the head: people should not edit it but record again.
    message = "this recording has no head with `command`, `date` and `sha256`"
    help_ = "recordings are written by `proofdown record`, not by hand"
    report.add(Diagnostic("invalid-recording", message, Location(source.path), help_))
    return None


def recording_text(
    command: str, date: datetime.date, versions: tuple[tuple[str, str], ...], body: str
) -> str:
    """Return the text of a recording's file."""
    tools = "".join(f"  {_quoted(tool)}: {_quoted(version)}\n" for tool, version in versions)
    return (
        f"---\ncommand: {_quoted(command)}\ndate: {date.isoformat()}\n"
        + (f"versions:\n{tools}" if tools else "")
        + f"sha256: {digest_of(body)}\n---\n{body}"
    )


def _quoted(text: str) -> str:
    # In single quotes, YAML has no escapes but the doubled quote.
    return "'" + text.replace("'", "''") + "'"


def recording_path(config: Config, name: str) -> Path:
    """Return the file of a recording."""
    return config.root / config.content / RECORDINGS_FOLDER / name

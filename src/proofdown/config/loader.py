"""Reads `proofdown.yml`: each value checked, each fault at its place."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from msgspec.structs import replace

from proofdown.addresses import LONGEST_NAME, fault_of_name, is_web_address, split_url
from proofdown.config.commands import read_commands
from proofdown.config.model import (
    AMERICAN,
    BRITISH,
    OFF,
    Config,
    DiagramSettings,
    ExtensionSetting,
    NavSetting,
    RecordingSetting,
)
from proofdown.config.origins import ascii_host
from proofdown.config.publish import read_publish
from proofdown.config.root import SETTINGS_FILE, nearest_root
from proofdown.config.sitewide import read_language, read_sitewide
from proofdown.diagnostics import Diagnostic, Report, SettingsError, Severity, did_you_mean
from proofdown.digests import digest
from proofdown.fields import Fields, describe, plain_mapping, whole_number
from proofdown.files import load_source
from proofdown.runtime.workers.budget import Budget
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar, Sequence, Tree, load_tree

_DRAWING = DiagramSettings()
_BUDGET = Budget()
_LARGEST_NUMBER = 999_999
_OF_PATHS = "/%~!$&'()*+,;=:@"
"""What stands in the path of a web address as it is."""
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)*[^\W_](?:[\w-]*[^\W_])?")
_LONGEST_PATH = 2000
"""Bytes of a folder's path; Linux takes 4096 with all that is before and behind it."""
_WIDEST = 80
"""Characters that are shown of what is far too long."""
_ANY_HOST = "name each host by itself, as in `cdn.example.org`"


def find_root(start: Path) -> Path:
    """Return the nearest folder, from this one upward, that holds `proofdown.yml`.

    Raises:
        SettingsError: there is none.
    """
    if root := nearest_root(str(start)):
        return Path(root)
    message = f"no `{SETTINGS_FILE}` in {start.resolve()} or above"
    if not start.exists():
        message = f"there is no folder {start.resolve()}"
    help_ = "`proofdown new DIR` makes a new site; `--site DIR` names an existing one"
    raise SettingsError(Diagnostic("missing-settings", message, Location(SETTINGS_FILE), help_))


def load_config(root: Path, report: Report) -> Config:
    """Return the settings in a folder; what is wrong with them is reported and left at its default.

    Raises:
        SettingsError: the file cannot be read, or holds no mapping.
    """
    source = load_source(root / SETTINGS_FILE, root, report)
    if source is None:
        raise SettingsError(list(report)[-1])
    tree = load_tree(source, report)
    if not isinstance(tree, Mapping):
        faults = list(report)
        if faults:
            raise SettingsError(faults[-1])
        message = "the settings are empty" if tree is None else f"the settings are {describe(tree)}"
        help_ = "begin with `title: Name of the site`"
        raise SettingsError(Diagnostic("invalid-value", message, Location(SETTINGS_FILE), help_))
    read = _Settings(root, tree, report).read()
    return replace(read, digest=digest(source.text), checksum=source.checksum)


def _fault_of_path(path: Path) -> str:
    """Return why there can be no such path on this machine; empty where there can."""
    if any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts):
        return f"a name in it is longer than {LONGEST_NAME} bytes"
    return f"it is longer than {_LONGEST_PATH} bytes" if len(bytes(path)) > _LONGEST_PATH else ""


class _Settings:
    """Reads the settings' fields in the order of the manual."""

    def __init__(self, root: Path, tree: Mapping, report: Report) -> None:
        self.root, self.tree, self.report = root, tree, report
        self.fields = Fields(tree, report)

    def fault(self, message: str, location: Location | None, help_: str = "") -> None:
        location = location or Location(SETTINGS_FILE)
        self.report.add(Diagnostic("invalid-value", message, location, help_))

    def read(self) -> Config:
        fields = self.fields
        title = fields.text("title")
        if not title and not fields.location("title"):
            self.fault("the site has no `title`", None, "add `title: Name of the site`")
        repository = self.web_address("repository").rstrip("/")
        folders = fields.fields("folders")
        drawing = fields.fields("diagrams")
        levels = self.levels()
        config = Config(
            root=self.root,
            title=title or "Untitled",
            description=fields.text("description"),
            url=self.site_url(),
            language=read_language(fields, self.report),
            repository=repository,
            edit=self.edit(repository),
            content=self.folder(folders, "content"),
            templates=self.folder(folders, "templates"),
            diagrams=self.folder(folders, "diagrams"),
            output=self.folder(folders, "output", "site"),
            nav=self.nav(),
            extensions=self.extensions(),
            styles=fields.texts("styles"),
            scripts=fields.texts("scripts"),
            hosts=frozenset(self.hosts()),
            drawing=self.drawing(drawing) if drawing else _DRAWING,
            budget=self.budget(),
            recordings=self.recordings(),
            words=fields.texts("words"),
            spelling=self.spelling(),
            commands=read_commands(fields, self.report),
            sitewide=read_sitewide(fields, self.report),
            publish=read_publish(fields, self.report),
            levels={code: level for code, (level, _) in levels.items()},
            level_locations={code: location for code, (_, location) in levels.items()},
        )
        if folders:
            folders.reject_unknown("a folder that has a setting")
        fields.reject_unknown("a setting")
        return config

    def web_address(self, key: str) -> str:
        value = self.fields.scalar(key)
        if value is None:
            return ""
        parts = split_url(value.text)
        if parts and is_web_address(value.text):
            return parts._replace(path=quote(parts.path, safe=_OF_PATHS)).geturl()
        help_ = "it is written as in `https://docs.example.org/`"
        self.fault(f"`{value.text}` is not a web address", value.location, help_)
        return ""

    def site_url(self) -> str:
        url = self.web_address("url")
        if "?" in url or "#" in url:
            location = self.fields.location("url")
            self.fault("the site's `url` has a query or a fragment", location, "leave it out")
            return ""
        return url if not url or url.endswith("/") else url + "/"

    def edit(self, repository: str) -> str:
        value = self.fields.scalar("edit")
        if value is None:
            return ""
        if "{path}" not in value.text:
            help_ = "as in `edit/main/content/{path}`"
            self.fault("`edit` has no `{path}` for the path of the page", value.location, help_)
            return ""
        if value.text.startswith(("https://", "http://")):
            if is_web_address(value.text.replace("{path}", "index.md")):
                return value.text
            self.fault(f"`{value.text}` is not a web address", value.location)
            return ""
        if not repository:
            self.fault("`edit` is relative, and there is no `repository`", value.location)
            return ""
        return f"{repository}/{value.text.lstrip('/')}"

    def folder(self, folders: Fields | None, key: str, default: str = "") -> Path:
        value = folders.scalar(key) if folders else None
        if value is None:
            return Path(default or key)
        path = Path(value.text)
        if key != "output" and (path.is_absolute() or ".." in path.parts or not value.text):
            self.fault(f"the folder `{value.text}` is not inside the site", value.location)
            return Path(default or key)
        if reason := _fault_of_path(path):
            self.fault(f"`{value.text[:_WIDEST]}` cannot be a folder", value.location, reason)
            return Path(default or key)
        return path

    def nav(self) -> tuple[NavSetting, ...] | None:
        sequence = self.fields.sequence("nav")
        return None if sequence is None else self.nav_entries(sequence)

    def nav_entries(self, sequence: Sequence) -> tuple[NavSetting, ...]:
        found: list[NavSetting] = []
        for item in sequence.items:
            if isinstance(item, Scalar):
                found.append(NavSetting("", item.text, item.location))
            elif isinstance(item, Mapping):
                found.extend(self.nav_entry(key, value) for key, value in item)
            else:
                self.fault(
                    "a list directly in the nav", item.location, "give it a name: `- Name: […]`"
                )
        return tuple(found)

    def nav_entry(self, key: Scalar, value: Tree) -> NavSetting:
        if isinstance(value, Sequence):
            return NavSetting(key.text, "", key.location, self.nav_entries(value))
        if isinstance(value, Scalar):
            return NavSetting(key.text, value.text, value.location)
        self.fault(
            f"`{key.text}` in the nav is a mapping", value.location, "a page or a list goes here"
        )
        return NavSetting(key.text, "", key.location)

    def extensions(self) -> tuple[ExtensionSetting, ...]:
        sequence = self.fields.sequence("markdown_extensions")
        found: list[ExtensionSetting] = []
        for item in sequence.items if sequence else ():
            if isinstance(item, Scalar):
                found.append(ExtensionSetting(item.text, {}, False, item.location))
            elif isinstance(item, Mapping):
                found.extend(self.extension(key, value) for key, value in item)
            else:
                self.fault("a list in `markdown_extensions`", item.location)
        return tuple(found)

    def extension(self, name: Scalar, options: Tree) -> ExtensionSetting:
        if isinstance(options, Mapping):
            values = plain_mapping(options, self.report)
            return ExtensionSetting(name.text, values, False, name.location)
        is_off = isinstance(options, Scalar) and options.text == OFF
        if not is_off and not (isinstance(options, Scalar) and not options.text):
            help_ = "options are a mapping; `off` leaves the extension out"
            self.fault(
                f"the options of `{name.text}` are {describe(options)}", options.location, help_
            )
        return ExtensionSetting(name.text, {}, is_off, name.location)

    def hosts(self) -> Iterator[str]:
        for host in self.fields.texts("hosts"):
            if _HOST.fullmatch(host.text):
                yield ascii_host(host.text)
                continue
            plain = re.sub(r"^(?:\w+:)?//|[:/].*", "", host.text)
            help_ = f"did you mean `{plain}`?" if _HOST.fullmatch(plain) else _ANY_HOST
            self.fault(f"`{host.text}` is not the name of a host", host.location, help_)

    def drawing(self, fields: Fields) -> DiagramSettings:
        defaults: list[tuple[str, str, str]] = []
        for kind in ("graph", "node", "edge"):
            mapping = fields.mapping(kind)
            for key, value in mapping or ():
                if isinstance(value, Scalar):
                    defaults.append((kind, key.text, value.text))
                else:
                    self.fault(f"`{key.text}` is {describe(value)}, not a text", value.location)
        settings = DiagramSettings(
            program=self.program(fields),
            defaults=tuple(defaults),
            seconds=self.number(fields, "seconds", _DRAWING.seconds),
            megabytes=self.number(fields, "megabytes", _DRAWING.megabytes),
        )
        fields.reject_unknown("a setting of diagrams")
        return settings

    def program(self, fields: Fields) -> str:
        value = fields.scalar("program")
        if value is None:
            return _DRAWING.program
        if reason := _fault_of_path(Path(value.text)):
            self.fault(f"`{value.text[:_WIDEST]}` cannot be a program", value.location, reason)
            return _DRAWING.program
        return value.text

    def budget(self) -> Budget:
        fields = self.fields.fields("budget")
        if fields is None:
            return _BUDGET
        found = Budget(
            seconds=self.number(fields, "seconds", int(_BUDGET.seconds)),
            megabytes=self.number(fields, "megabytes", _BUDGET.megabytes),
        )
        fields.reject_unknown("a part of the budget of a page")
        return found

    def number(self, fields: Fields, key: str, default: int) -> int:
        value = fields.scalar(key)
        if value is None:
            return default
        number = whole_number(value.text, _LARGEST_NUMBER)
        if not number:
            shown, help_ = value.text[:40], f"write a number from 1 to {_LARGEST_NUMBER}"
            self.fault(f"`{key}` is `{shown}`, not a whole number above 0", value.location, help_)
            return default
        return number

    def recordings(self) -> tuple[RecordingSetting, ...]:
        found = []
        for name, value in self.fields.mapping("recordings") or ():
            if not isinstance(value, Mapping):
                help_ = "write `{run: COMMAND}`"
                self.fault(
                    f"the recording `{name.text}` is {describe(value)}", value.location, help_
                )
            elif not re.fullmatch(r"[\w][\w.-]*", name.text) or fault_of_name(name.text):
                self.fault(f"`{name.text}` is not a name for a recording", name.location)
            else:
                found.append(self.recording(name, Fields(value, self.report)))
        return tuple(found)

    def recording(self, name: Scalar, fields: Fields) -> RecordingSetting:
        command = fields.text("run")
        if not command:
            self.fault(f"the recording `{name.text}` has no command to `run`", name.location)
        setting = RecordingSetting(
            name=name.text,
            command=command,
            versions=tuple(
                (tool.text, run.text)
                for tool, run in fields.mapping("versions") or ()
                if isinstance(run, Scalar)
            ),
            days=self.number(fields, "days", 0),
            seconds=self.number(fields, "seconds", 60),
            location=name.location,
        )
        fields.reject_unknown("a setting of a recording")
        return setting

    def spelling(self) -> str:
        fields = self.fields.fields("spelling")
        if fields is None:
            return ""
        english = fields.choice("english", (AMERICAN, BRITISH), "")
        fields.reject_unknown("a setting of spelling")
        return english

    def levels(self) -> dict[str, tuple[Severity | None, Location]]:
        mapping = self.fields.mapping("checks")
        found: dict[str, tuple[Severity | None, Location]] = {}
        words = [*Severity, OFF]
        for key, value in mapping or ():
            if not isinstance(value, Scalar) or value.text not in words:
                help_ = "one of `error`, `warning`, `note`, `off`"
                if isinstance(value, Scalar):
                    help_ = did_you_mean(value.text, words) or help_
                self.fault(f"the level of `{key.text}` is {describe(value)}", value.location, help_)
                continue
            level = None if value.text == OFF else Severity(value.text)
            found[key.text] = (level, key.location)
        return found

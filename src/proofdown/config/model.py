"""The settings of a site as plain values, with their places where those are needed."""

import re
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from proofdown.addresses import split_url
from proofdown.config.publish import PublishTarget
from proofdown.config.root import SETTINGS_FILE
from proofdown.diagnostics import Severity
from proofdown.runtime.workers.budget import Budget
from proofdown.source import Location
from proofdown.yamltree import Scalar

OFF = "off"
AMERICAN, BRITISH = "american", "british"
"""The two ways to spell English that a site chooses between."""
UNJUDGED = "unjudged"
"""What a command is tied to whose uses nobody is to judge, and nobody is to count."""


_RIGHT_TO_LEFT = {
    "ar",
    "arc",
    "ckb",
    "dv",
    "fa",
    "he",
    "ks",
    "nqo",
    "ps",
    "sd",
    "syr",
    "ug",
    "ur",
    "yi",
}


_SPELLING_BY_REGION = {"us": AMERICAN} | dict.fromkeys(("au", "gb", "ie", "nz", "za"), BRITISH)
_REPOSITORY_NAMES = {"github.com": "GitHub", "gitlab.com": "GitLab", "codeberg.org": "Codeberg"}


class NavSetting(Struct, frozen=True):
    """One entry of the nav as written: a page, an outside link or a named section."""

    title: str
    """The title given in the nav; empty where the page's own is to be used."""
    target: str
    """Path of a page relative to the content folder, or a URL; empty for a section."""
    location: Location
    children: tuple["NavSetting", ...] = ()


class ExtensionSetting(Struct, frozen=True):
    """A Markdown extension that the author named, with its options."""

    name: str
    options: dict[str, Any]
    is_off: bool
    location: Location


class Announcement(Struct, frozen=True):
    """What every page says at its top."""

    text: str
    link: str = ""
    """Path of a page in the content folder, or a URL; empty for none."""
    location: Location = Location(SETTINGS_FILE)


class LanguageSetting(Struct, frozen=True):
    """The same site in another language, with the same pages at the same addresses."""

    tag: str
    name: str
    """What the language calls itself."""
    url: str


class SitewideSettings(Struct, frozen=True):
    """What is on every page, or about all of them, each by one setting."""

    announcement: Announcement | None = None
    languages: tuple[LanguageSetting, ...] = ()
    """This site's own language among them, if it is listed."""
    has_versions: bool = False
    """Whether pages offer the versions that `versions.json` beside the site lists."""
    has_policy: bool = True
    """Whether pages carry a content security policy."""
    expected: tuple[tuple[Scalar, Scalar], ...] = ()
    """Queries, and for each the page that must be among the first results."""


class DiagramSettings(Struct, frozen=True):
    """How diagrams are drawn."""

    program: str = "graphviz-pure"
    """The program that draws: this one comes with Proofdown; `dot` is the system's."""
    defaults: tuple[tuple[str, str, str], ...] = ()
    """Attributes of every diagram as (`graph`, `node` or `edge`, name, value)."""
    seconds: int = 10
    """How long one diagram may take."""
    megabytes: int = 512
    """How much memory drawing one diagram may take."""


class RecordingSetting(Struct, frozen=True):
    """A recording that `proofdown record` makes."""

    name: str
    command: str
    versions: tuple[tuple[str, str], ...]
    """Tools whose versions are noted, each with the command that prints it."""
    days: int
    """How many days it stays fresh; 0 where age makes no difference."""
    seconds: int
    """How long the command may take."""
    location: Location


class CommandSetting(Struct, frozen=True):
    """A family of commands, and the help that its uses are held against."""

    command_path: tuple[str, ...]
    """The words that its commands begin with: `("virsh", "migrate")`."""
    location: Location
    recording: Scalar | None = None
    """Name of a recording of its help."""
    synopsis: str = ""
    """Its usage, where there is no recording."""
    exclusive: tuple[tuple[str, ...], ...] = ()
    """Options of which one may be given at a time, beside those that the help declares."""
    values: tuple[tuple[str, re.Pattern[str]], ...] = ()
    """What the value of an option must look like."""
    is_unjudged: bool = False

    @property
    def name(self) -> str:
        """The family as it is written."""
        return " ".join(self.command_path)


_DRAWING = DiagramSettings()
_BUDGET = Budget()


class Config(Struct, frozen=True):
    """The settings of a site."""

    root: Path
    """The folder that holds `proofdown.yml`, resolved."""
    title: str
    digest: str = ""
    """Digest of the settings' text."""
    with_drafts: bool = False
    """Whether drafts are built as well, as the preview does."""
    description: str = ""
    url: str = ""
    """Address of the site on the web with a `/` at its end; empty where none is given."""
    language: str = "en"
    repository: str = ""
    edit: str = ""
    """URL of the page that edits a source, with `{path}` for its path in the content folder."""
    content: Path = Path("content")
    templates: Path = Path("templates")
    diagrams: Path = Path("diagrams")
    output: Path = Path("site")
    nav: tuple[NavSetting, ...] | None = None
    """The nav as written; None where it is to be taken from the folders."""
    extensions: tuple[ExtensionSetting, ...] = ()
    styles: tuple[Scalar, ...] = ()
    """Paths of the site's own stylesheets in the content folder."""
    scripts: tuple[Scalar, ...] = ()
    hosts: frozenset[str] = frozenset()
    """Other hosts that pages may load from and send to, over HTTPS at its usual port."""
    drawing: DiagramSettings = _DRAWING
    budget: Budget = _BUDGET
    recordings: tuple[RecordingSetting, ...] = ()
    words: tuple[Scalar, ...] = ()
    """Words of the site's own that are spelled right."""
    spelling: str = ""
    """`american` or `british` where the settings say so; see `english`."""
    commands: tuple[CommandSetting, ...] = ()
    sitewide: SitewideSettings = SitewideSettings()
    publish: tuple[PublishTarget, ...] = ()
    levels: MappingType[str, Severity | None] = {}
    """Severity per diagnostic code as set by the author; None for `off`."""
    level_locations: MappingType[str, Location] = {}

    checksum: str = ""
    """SHA-256 of the settings file; empty for settings that were not read from one."""

    def at(self, url: str) -> "Config":
        """Return the settings of the same site at another address, if one is given."""
        return replace(self, url=url, digest=f"{self.digest} {url}") if url else self

    def is_off(self, code: str) -> bool:
        """Return whether the author turned a rule off."""
        return code in self.levels and self.levels[code] is None

    @property
    def location(self) -> Location:
        """The settings file."""
        return Location(SETTINGS_FILE)

    @property
    def is_english(self) -> bool:
        """Whether the site is written in English, so that its spelling can be judged."""
        return self.language.split("-")[0].lower() == "en"

    @property
    def english(self) -> str:
        """How the site spells English: `american`, `british`, or empty where that is open."""
        region = self.language.lower().partition("-")[2]
        return self.spelling or _SPELLING_BY_REGION.get(region, "")

    @property
    def direction(self) -> str:
        """`rtl` where the site's language is written from right to left, else `ltr`."""
        return "rtl" if self.language.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"

    @property
    def repository_name(self) -> str:
        """What readers call the host of the repository; empty where it has no name of its own."""
        parts = split_url(self.repository)
        host = (parts.hostname or "") if parts else ""
        return _REPOSITORY_NAMES.get(host.removeprefix("www."), "")

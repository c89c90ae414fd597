"""The settings of a site as plain values, each declared here with its reader and its default.

The tables of the manual's page on settings are generated from these declarations, in their order:
the first paragraph of a field's docstring is the description of its key.
"""

from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Annotated

from msgspec import Struct
from msgspec.structs import replace

from proofdown.addresses import split_url
from proofdown.config.addresses import (
    read_edit,
    read_hosts,
    read_repository,
    read_site_url,
    read_title,
)
from proofdown.config.checks import LevelSetting, read_expected, read_levels
from proofdown.config.commands import CommandSetting, read_commands
from proofdown.config.diagrams import DiagramSettings, read_budget, read_diagrams
from proofdown.config.extensions import ExtensionSetting, read_extensions
from proofdown.config.language import (
    LanguageSetting,
    direction_of,
    read_english,
    read_language,
    read_languages,
    spelling_of,
)
from proofdown.config.nav import Announcement, NavSetting, read_announcement, read_nav
from proofdown.config.publish import PublishTarget, read_publish
from proofdown.config.recordings import RecordingSetting, read_recordings
from proofdown.config.root import SETTINGS_FILE
from proofdown.config.values import OFF, read_folder, read_inner_folder
from proofdown.diagnostics import Severity
from proofdown.keys import Entry, Group, Key, read_flag, read_text, read_texts
from proofdown.runtime.workers.budget import Budget
from proofdown.source import Location
from proofdown.yamltree import Scalar

_REPOSITORY_NAMES = {"github.com": "GitHub", "gitlab.com": "GitLab", "codeberg.org": "Codeberg"}

_FOLDERS = Group(
    name="folders",
    member="a folder that has a setting",
    meaning="`content`, `templates`, `diagrams` and `output`, where they have other names.",
    without="Those names, and `site`",
)
_SEARCH = Group(
    name="search",
    member="a setting of search",
    meaning="`expect`: for each query, the page that must be among the first three.",
    without="None",
)
_SPELLING = Group(
    name="spelling",
    member="a setting of spelling",
    meaning="`{english: british}` or `american`.",
    without="From `language`",
)


def _read_policy(entry: Entry) -> bool:
    # A missing or wrong value keeps the policy on.
    return entry.fields.choice(entry.key, ("strict", OFF)) != OFF


class Config(Struct, frozen=True, kw_only=True):
    """The settings of a site."""

    root: Path
    """The folder that contains `proofdown.yml`, resolved."""
    digest: str = ""
    """Digest of the settings' text."""
    checksum: str = ""
    """SHA-256 of the settings file; empty for settings that do not come from a file."""
    with_drafts: bool = False
    """Whether drafts are built as well, as the preview does."""

    title: Annotated[str, Key(read_title, without="Refused")]
    """Name of the site. It must be there."""
    url: Annotated[str, Key(read_site_url, without="No sitemap")] = ""
    """Address of the site on the web. Sitemap and canonical links need it.

    It ends in `/`, and is empty if none is given.
    """
    description: Annotated[str, Key(read_text)] = ""
    """One sentence for search engines."""
    language: Annotated[str, Key(read_language)] = "en"
    """Language tag such as `en-GB` or `ar`. It also sets the direction of writing."""
    repository: Annotated[str, Key(read_repository, without="No link")] = ""
    """Address of the repository, shown in the header."""
    edit: Annotated[str, Key(read_edit, without="No link")] = ""
    """Where a page is edited, with `{path}` for its path: `edit/main/content/{path}`.

    A relative one is already joined to the address of the repository. The path of the page is
    relative to the content folder.
    """
    nav: Annotated[tuple[NavSetting, ...] | None, Key(read_nav, without="Folders and titles")] = (
        None
    )
    """Pages, sections of pages, and outside links, in order.

    None if the nav follows the folders.
    """
    content: Annotated[Path, Key(read_inner_folder, group=_FOLDERS)] = Path("content")
    templates: Annotated[Path, Key(read_inner_folder, group=_FOLDERS)] = Path("templates")
    diagrams: Annotated[Path, Key(read_inner_folder, group=_FOLDERS)] = Path("diagrams")
    output: Annotated[Path, Key(read_folder, group=_FOLDERS)] = Path("site")
    styles: Annotated[tuple[Scalar, ...], Key(read_texts)] = ()
    """Files in the content folder that every page loads."""
    scripts: Annotated[tuple[Scalar, ...], Key(read_texts)] = ()
    """Files in the content folder that every page loads."""
    hosts: Annotated[frozenset[str], Key(read_hosts)] = frozenset()
    """Other hosts that pages may load from and send forms to, over HTTPS at its usual port."""
    announcement: Annotated[Announcement | None, Key(read_announcement)] = None
    """A text at the top of every page; or `text` and `link`, the path of a page or a web
    address.
    """
    has_versions: Annotated[bool, Key(read_flag, name="versions")] = False
    """`true` offers the versions that `versions.json` lists, in the folder above the site. The
    tool `mike` writes such a file.
    """
    languages: Annotated[tuple[LanguageSetting, ...], Key(read_languages)] = ()
    """For each language tag, `name` and `url` of the same site in that language.

    This site's own language is among them, if it is listed.
    """
    expected: Annotated[
        tuple[tuple[Scalar, Scalar], ...], Key(read_expected, name="expect", group=_SEARCH)
    ] = ()
    """Queries, and for each the page that must be among the first results."""
    has_policy: Annotated[bool, Key(_read_policy, name="policy", without="`strict`")] = True
    """`off` leaves out the content security policy."""

    extensions: Annotated[
        tuple[ExtensionSetting, ...],
        Key(read_extensions, name="markdown_extensions", without="The default ones"),
    ] = ()
    """Extensions with their options, in your order, after the default ones. `name: off` leaves a
    default one out, but not `toc`.
    """
    drawing: Annotated[DiagramSettings, Key(read_diagrams, name="diagrams")] = DiagramSettings()
    """`program`, limits `seconds` and `megabytes`, and attributes of every `graph`, `node` and
    `edge`.
    """
    budget: Annotated[Budget, Key(read_budget)] = Budget()
    """What one page may take: `{seconds: 10, megabytes: 512}`. A page that takes more is an
    `over-budget` error, and the other pages go on.
    """
    words: Annotated[tuple[Scalar, ...], Key(read_texts)] = ()
    """Words that are right on this site."""
    spelling: Annotated[str, Key(read_english, name="english", group=_SPELLING)] = ""
    """`american` or `british` if the settings say so; see `english`."""

    levels: Annotated[
        MappingType[str, LevelSetting],
        Key(read_levels, name="checks", without="The rule's own"),
    ] = {}
    """Level for each [rule](rules.md): `error`, `warning`, `note` or `off`."""
    recordings: Annotated[tuple[RecordingSetting, ...], Key(read_recordings)] = ()
    """For each name: `run`, `versions`, and optionally `days` and `seconds`."""
    commands: Annotated[tuple[CommandSetting, ...], Key(read_commands, without="Not judged")] = ()
    """For each family, the recording of its help; or a mapping with `recording` or `synopsis`,
    `exclusive` and `values`; or `unjudged`.
    """

    publish: Annotated[tuple[PublishTarget, ...], Key(read_publish)] = ()
    """For each name, a target."""

    def at(self, url: str) -> "Config":
        """Return the settings of the same site at another address; unchanged if that is empty."""
        # The digest too, because pages contain the address and are cached by the digest.
        return replace(self, url=url, digest=f"{self.digest} {url}") if url else self

    def is_off(self, code: str) -> bool:
        """Return whether the settings turn a rule off."""
        return code in self.levels and self.levels[code].severity is None

    def level_of(self, code: str, default: Severity) -> Severity | None:
        """Return the level of a rule, or None if it is off.

        Args:
            code: the rule.
            default: its level if the settings do not set one.
        """
        return self.levels[code].severity if code in self.levels else default

    @property
    def location(self) -> Location:
        """The settings file."""
        return Location(SETTINGS_FILE)

    @property
    def is_english(self) -> bool:
        """Whether the site is written in English, so that its spelling can be checked."""
        return self.language.split("-")[0].lower() == "en"

    @property
    def english(self) -> str:
        """How the site spells English: `american`, `british`, or empty if that is unknown."""
        return self.spelling or spelling_of(self.language)

    @property
    def direction(self) -> str:
        """`rtl` if the site's language is written from right to left, else `ltr`."""
        return direction_of(self.language)

    @property
    def repository_name(self) -> str:
        """The product name of the repository's host, as in `GitHub`; empty if it has none."""
        parts = split_url(self.repository)
        host = (parts.hostname or "") if parts else ""
        return _REPOSITORY_NAMES.get(host.removeprefix("www."), "")

"""The options of `proofdown publish`; light to import, so that `--help` is fast."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from proofdown.runtime.progress import Progress, no_progress

if TYPE_CHECKING:
    from proofdown.publish.plan.plan import Plan

ShowPlan = Callable[[str, "Plan"], None]
"""Called with the name of the host and the plan, before it is applied."""


class VersionOptions(Struct, frozen=True, kw_only=True):
    """The version to publish."""

    version: str
    aliases: tuple[str, ...] = ()
    title: str = ""
    default: str = ""
    """Version or alias that the root should redirect to; empty to keep the current one."""


class Overrides(Struct, frozen=True, kw_only=True):
    """Safety checks to skip, as `--allow-*` and similar options say."""

    deletes: bool = False
    """Delete many files."""
    empties: bool = False
    """Publish a site without pages."""
    withdraws: bool = False
    """Delete published pages that are drafts now."""
    adopts: bool = False
    """Take over files that Proofdown did not publish."""
    overwrites: bool = False
    """Overwrite published files that were changed on the host."""
    breaks_lock: bool = False
    """Ignore the lock of another publish."""
    secrets: tuple[str, ...] = ()
    """Paths, or patterns, of files to publish although they look like secrets."""


class PublishOptions(Struct, frozen=True, kw_only=True):
    """What to publish and how."""

    versioning: VersionOptions | None = None
    overrides: Overrides = Overrides()
    is_dry: bool = False
    """Show the plan and send nothing."""
    skips_verifying: bool = False
    """Do not verify the live site afterwards."""
    show: ShowPlan = lambda _where, _plan: None
    progress: Progress = no_progress

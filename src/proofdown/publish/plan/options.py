"""What the command line asks of a publish; light to import, so that `--help` is quick."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from proofdown.runtime.progress import Progress, no_progress

if TYPE_CHECKING:
    from proofdown.publish.plan.plan import Plan

ShowPlan = Callable[[str, "Plan"], None]
"""Told where, and what is going to be done there."""


class Edition(Struct, frozen=True):
    """What is said of a version that is published."""

    version: str
    aliases: tuple[str, ...] = ()
    title: str = ""
    default: str = ""
    """Version or alias that the root is to lead to."""


class Overrides(Struct, frozen=True):
    """What the command line insists on."""

    deletes: bool = False
    """Delete many files."""
    empties: bool = False
    """Publish a site without a page."""
    withdraws: bool = False
    """Take away a published page that is a draft now."""
    adopts: bool = False
    """Take over files that Proofdown did not publish."""
    overwrites: bool = False
    """Overwrite what somebody else changed."""
    breaks_lock: bool = False
    """Go on although another publish is said to be under way."""
    secrets: tuple[str, ...] = ()
    """Files to publish although they look like secrets, or patterns of their paths."""


class PublishOptions(Struct, frozen=True, kw_only=True):
    """What the command line asks of a publish."""

    edition: Edition | None = None
    overrides: Overrides = Overrides()
    is_dry: bool = False
    """Show the plan and send nothing."""
    skips_verifying: bool = False
    """Do not look at the live site afterwards."""
    show: ShowPlan = lambda _where, _plan: None
    progress: Progress = no_progress

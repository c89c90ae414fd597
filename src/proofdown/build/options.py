"""What the command line asks of a build; light to import, so that `--help` is quick."""

from msgspec import Struct


class BuildOptions(Struct, frozen=True):
    """What a build is asked to satisfy."""

    is_strict: bool = False
    """Count warnings as errors."""
    needs_coverage: bool = False
    """Refuse what nobody judges."""
    writes_baseline: bool = False
    """Let pass from now on what is wrong today, and no more."""
    writes_lock: bool = False
    """Add today's addresses and anchors to those that were ever published."""
    fixes: bool = False
    """Make the fixes that are certain, in place, before anything else."""
    with_drafts: bool = False
    """Build drafts as if they were pages, for a preview."""
    url: str = ""
    """Address that the site is built for, where it is not the settings' own."""

    @property
    def changes_nothing(self) -> bool:
        """Whether what is built from stays as it is."""
        return not (self.writes_baseline or self.writes_lock or self.fixes)

"""Options of a build; light to import, so that `--help` is quick."""

from msgspec import Struct


class BuildOptions(Struct, frozen=True, kw_only=True):
    """The options of a build, as given on the command line."""

    is_strict: bool = False
    """Count warnings as errors."""
    needs_coverage: bool = False
    """Fail if a claim is not judged."""
    writes_baseline: bool = False
    """Accept the current problems as a baseline."""
    writes_lock: bool = False
    """Add today's addresses and anchors to the lock file."""
    fixes: bool = False
    """Fix unambiguous problems in place, then build again."""
    with_drafts: bool = False
    """Build drafts as if they were pages, for a preview."""
    url: str = ""
    """The site's address, if it differs from the one in the settings."""

    @property
    def changes_nothing(self) -> bool:
        """Whether the build leaves all of its input files unchanged."""
        return not (self.writes_baseline or self.writes_lock or self.fixes)

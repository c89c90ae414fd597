"""Implement `proofdown check --fix`: fix unambiguous problems in place."""

from collections.abc import Iterator
from pathlib import Path

from proofdown.build.pipeline import Build
from proofdown.checks.prose.fixes import apply_fixes, fixes_of
from proofdown.diagnostics import Diagnostic, Finding, Fix, OutputError, reason_of
from proofdown.digests import checksum
from proofdown.files import read_inside, replace_file
from proofdown.site.model import ComposedPage
from proofdown.source import Location


def fix_site(build: Build) -> int:
    """Apply the unambiguous fixes of a build's diagnostics; return how many.

    Problems that are allowed or switched off are left alone, and so are files that changed since
    they were read.

    Raises:
        OutputError: a page cannot be written.
    """
    # These have passed `apply_allows`, so what an author allows is not fixed.
    reported = {(d.code, d.location) for d in build.diagnostics}
    count = 0
    for built in build.site.pages:
        fixes = fixes_of(_reported(build, built, reported))
        if fixes and _rewrite(build.site.config.root, built, fixes):
            count += len(fixes)
    return count


def _reported(
    build: Build, built: ComposedPage, reported: set[tuple[str, Location]]
) -> Iterator[Finding]:
    source = built.page.source
    for found in build.site.prose.get(built.page.path, ()):
        if (found.code, source.location(found.start, found.end)) in reported:
            yield found


def _rewrite(root: Path, built: ComposedPage, fixes: tuple[Fix, ...]) -> bool:
    """Apply fixes to a page's file, unless it changed since it was read."""
    file = root / built.page.source.path
    try:
        data = read_inside(file, root)
        if checksum(data) != built.page.source.checksum:  # the fixes' offsets would be wrong
            return False
        replace_file(file, root, apply_fixes(data, fixes))
    except OSError as fault:
        message = f"cannot be written: {reason_of(fault)}"
        location = Location(built.page.source.path)
        raise OutputError(Diagnostic("unwritable-output", message, location)) from fault
    return True

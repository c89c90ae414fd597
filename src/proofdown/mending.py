"""`proofdown check --fix`: makes the fixes that are certain, in place."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from proofdown.build import Build
from proofdown.diagnostics import Diagnostic, OutputError
from proofdown.prose.findings import Finding
from proofdown.prose.fixing import apply_fixes, fixes_of
from proofdown.site import BuiltPage
from proofdown.source import Place, decode


def mend(build: Build) -> int:
    """Make the certain fixes of what a build reports, and return how many.

    What is allowed or switched off is left alone, and so is a file that was changed since it was
    read.

    Raises:
        OutputError: a page cannot be written.
    """
    reported = {(d.code, d.place) for d in build.diagnostics}
    count = 0
    for built in build.site.pages:
        fixes = fixes_of(_reported(build, built, reported))
        file = build.site.config.root / built.page.source.path
        if fixes and _rewrite(file, built, apply_fixes(file.read_bytes(), fixes)):
            count += len(fixes)
    return count


def _reported(
    build: Build, built: BuiltPage, reported: set[tuple[str, Place]]
) -> Iterator[Finding]:
    source = built.page.source
    for found in build.site.prose.get(built.page.path, ()):
        if (found.code, source.place(found.start, found.end)) in reported:
            yield found


def _rewrite(file: Path, built: BuiltPage, data: bytes) -> bool:
    """Put a page's new bytes in its place, unless the file is no longer what was read."""
    file = file.resolve()
    beside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        if decode(file.read_bytes()) != built.page.source.text:
            return False
        beside.write_bytes(data)
        shutil.copymode(file, beside)
        beside.replace(file)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        message = f"cannot be written: {(fault.strerror or str(fault)).lower()}"
        place = Place(built.page.source.path)
        raise OutputError(Diagnostic("unwritable-output", message, place)) from fault
    return True

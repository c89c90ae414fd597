"""Compares an incremental build with a clean build of the same sources, byte by byte."""

import difflib
import re
import shutil
from pathlib import Path

from tests.support.project import Project

_WRITTEN = re.compile(r"^.*: \d+ files, \d+ changed\n", re.MULTILINE)


def build(project: Project) -> tuple[int, str]:
    """Build a site; return the exit code and the report, independent of the site's path."""
    done = project.build("--format", "json")
    said = _WRITTEN.sub("", done.out)
    return done.code, said.replace(str(project.root), "ROOT")


def build_clean(project: Project, folder: Path) -> Project:
    """Return a copy of a site's sources in a new folder, without any build output."""
    shutil.rmtree(folder, ignore_errors=True)
    left_out = shutil.ignore_patterns(".proofdown", "site")
    shutil.copytree(project.root, folder, symlinks=True, ignore=left_out)
    return Project(folder)


def assert_same(warm: object, clean: object, what: str) -> None:
    """Compare texts or trees, and show a short diff of the first difference."""
    if warm == clean:
        return
    if isinstance(warm, dict) and isinstance(clean, dict):
        assert sorted(warm) == sorted(clean), f"{what}: other files"
        path = next(path for path in warm if warm[path] != clean[path])
        warm, clean, what = warm[path].decode(), clean[path].decode(), f"{what}: {path}"
    lines = difflib.unified_diff(
        str(clean).splitlines(), str(warm).splitlines(), "clean", "incremental", lineterm="", n=1
    )
    raise AssertionError(f"{what} differs\n" + "\n".join(line[:300] for line in [*lines][:40]))


def compare_with_clean(project: Project, folder: Path) -> None:
    """Build a site, and a clean copy of it; check that exit code, report and output agree.

    A build that is refused keeps the output of the last one.
    """
    before = project.tree() if (project.root / "site").is_dir() else {}
    clean = build_clean(project, folder)
    code, found = build(clean)
    warm_code, warm_found = build(project)
    assert_same(warm_found, found, "what was found")
    assert warm_code == code
    made = clean.tree() if (clean.root / "site").is_dir() else before
    assert_same(project.tree() if made else {}, made, "the site")

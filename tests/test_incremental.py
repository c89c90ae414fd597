"""What earlier builds left behind makes no difference: incremental equals clean, byte for byte."""

import difflib
import os
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from edits import EDITS, make_site
from support import Project

IS_SOAK = bool(os.environ.get("PROOFDOWN_SOAK"))
SEQUENCES = 10_000 if IS_SOAK else 200
_WRITTEN = re.compile(r"^.*: \d+ files, \d+ changed\n", re.MULTILINE)


@cache
def built_site() -> Path:
    """Return the folder of the site as it is before any edit, built once."""
    root = Path(tempfile.mkdtemp(prefix="proofdown-incremental-")) / "site of edits"
    make_site(root).build()
    return root


def build(project: Project) -> tuple[int, str]:
    """Build a site; return the exit code and what was found, wherever the site lies."""
    done = project.build("--format", "json")
    said = _WRITTEN.sub("", done.out)
    return done.code, said.replace(str(project.root), "ROOT")


def build_clean(project: Project, folder: Path) -> Project:
    """Return a copy of a site's sources in a new folder, with nothing that a build left."""
    shutil.rmtree(folder, ignore_errors=True)
    left_out = shutil.ignore_patterns(".proofdown", "site")
    shutil.copytree(project.root, folder, symlinks=True, ignore=left_out)
    return Project(folder)


def assert_same(warm: object, clean: object, what: str) -> None:
    """Compare texts or trees, and show a small diff of the first that differs."""
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


class SiteOfEdits(RuleBasedStateMachine):
    """A site that is edited and built, and beside it the same site built from nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="proofdown-edits-"))
        self.project = Project(self.folder / "project")
        shutil.copytree(built_site(), self.project.root, symlinks=True)
        self.is_built = True
        self.before = self.project.tree()

    @rule(kind=st.sampled_from(sorted(EDITS)), number=st.integers(0, 400))
    def edit(self, kind: str, number: int) -> None:
        """Edit the site in one of the ways."""
        EDITS[kind](self.project.root, number)
        self.is_built = False

    @precondition(lambda self: not self.is_built)
    @rule()
    def build(self) -> None:
        """Build the site as it lies there, and its sources elsewhere, and compare."""
        self.is_built = True
        before = self.project.tree() if (self.project.root / "site").is_dir() else {}
        clean = build_clean(self.project, self.folder / "another" / "clean")
        code, found = build(clean)
        warm_code, warm_found = build(self.project)
        assert_same(warm_found, found, "what was found")
        assert warm_code == code
        made = clean.tree() if (clean.root / "site").is_dir() else before
        assert_same(self.project.tree() if made else {}, made, "the site")

    def teardown(self) -> None:
        """Build once more what was edited last, and remove the site."""
        try:
            if not self.is_built:
                self.build()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def test_incremental_equals_clean_after_any_edits() -> None:
    run_state_machine_as_test(
        SiteOfEdits,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=6,
            derandomize=not IS_SOAK,
            print_blob=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

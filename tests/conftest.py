"""Shared fixtures, and which tests run together: a site folder to write, build and inspect."""

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support.project import Project

pytest_plugins = ("tests.support.browser",)

TOGETHER = ("tests/browser/", "tests/lab/", "tests/serve/test_requests.py")
"""Tests that share something slow to start: Chromium and the guide, hosts, a preview."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Distributes tests one by one, but runs those that go together in one process."""

    def _split_scope(self, nodeid: str) -> str:
        return next((start for start in TOGETHER if nodeid.startswith(start)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Return the scheduler that distributes tests over the processes of `make test`."""
    return Scheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update`, which writes actual output into the expectations."""
    parser.addoption("--update", action="store_true", help="rewrite expected outputs")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a site with one page in a folder of its own."""
    return Project.make(tmp_path / "project", {"content/index.md": "# Home\n\nHello.\n"})

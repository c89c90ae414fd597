"""What tests share: a site folder to write into, build and look at; and which go together."""

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support.project import Project

pytest_plugins = ("tests.support.browser",)

TOGETHER = ("tests/browser/", "tests/lab/", "tests/serve/test_requests.py")
"""Where tests share what takes long to start: Chromium and the guide, hosts, a preview."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Hands tests to the processes one by one, and those that go together to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return next((start for start in TOGETHER if nodeid.startswith(start)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Return how tests are spread over the processes of `make test`."""
    return Scheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update`, which writes what was found into the expectations."""
    parser.addoption("--update", action="store_true", help="rewrite expected outputs")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a site with one page in a folder of its own."""
    return Project.make(tmp_path / "project", {"content/index.md": "# Home\n\nHello.\n"})

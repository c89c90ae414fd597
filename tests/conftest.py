"""What tests share: a site folder to write into, build and look at."""

from pathlib import Path

import pytest

from support import Project

pytest_plugins = ("visitors",)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update`, which writes what was found into the expectations."""
    parser.addoption("--update", action="store_true", help="rewrite expected outputs")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a site with one page in a folder of its own."""
    return Project.make(tmp_path / "project", {"content/index.md": "# Home\n\nHello.\n"})

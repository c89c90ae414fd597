"""The Nu HTML checker on every page: no errors."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.project import REPOSITORY

pytestmark = pytest.mark.browser

CHECKER = Path(
    os.environ.get("PROOFDOWN_VNU")
    or REPOSITORY / ".cache" / "npm" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
)


@pytest.fixture(scope="module")
def checker() -> list[str]:
    """Return the command that checks HTML. Without it, skip, or fail if it is required."""
    java = shutil.which("java")
    if java is None or not CHECKER.is_file():
        missing = "no Nu HTML checker: `.ci/run` installs it into `.cache/npm`"
        if os.environ.get("PROOFDOWN_REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    return [java, "-Xss8m", "-jar", str(CHECKER), "--errors-only", "--format", "gnu"]


@pytest.mark.parametrize("site", ["guide", "showcase"])
def test_every_page_is_valid_html(
    checker: list[str], site: str, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(site)
    assert list(folder.rglob("*.html"))
    command = [*checker, "--skip-non-html", str(folder)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.stderr.replace(f"{folder}/", "") == ""
    assert found.returncode == 0


def test_the_checker_detects_an_error(checker: list[str], tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text("<!doctype html><html lang=en><title>x</title><p><div></div></p>", "utf-8")
    found = subprocess.run([*checker, str(page)], capture_output=True, text=True, check=False)
    assert "end tag" in found.stderr

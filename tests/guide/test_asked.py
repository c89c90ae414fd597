"""`python tests/tools/guide` runs the real tools; a test is skipped if its tool is missing."""

import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest
import yaml

from tests.tools.guide.api import API

GUIDE = Path(__file__).parents[1] / "tools" / "guide"


def guide(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(GUIDE), *arguments], text=True, capture_output=True, check=False
    )


def test_an_unknown_name_is_refused_with_a_list_of_the_known_ones() -> None:
    done = guide("nonsense")
    assert done.returncode == 2
    assert "migrate-options" in done.stderr


@pytest.mark.skipif(not (which("virsh") and API.exists()), reason="needs virsh and libvirt-dev")
def test_virsh_passes_the_flag_of_an_option() -> None:
    done = guide("migrate-options")
    assert done.returncode == 0, done.stderr
    rows = {row["Option"]: row["Flag or parameter"] for row in yaml.safe_load(done.stdout)}
    assert rows["--undefinesource"] == "VIR_MIGRATE_UNDEFINE_SOURCE"
    assert rows["--migrateuri"] == "VIR_MIGRATE_PARAM_URI"
    assert rows["--verbose"] == "virsh alone"

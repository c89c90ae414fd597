"""A change in any file of the package invalidates the cache."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from proofdown.runtime.cache.fingerprint import package_files
from tests.support.project import REPOSITORY

PACKAGE = REPOSITORY / "src" / "proofdown"
CHANGE_EACH = """
import sys
from pathlib import Path
import proofdown
from proofdown.runtime.cache.fingerprint import package_files, toolchain_digest
from proofdown.runtime.cache.uptodate import toolchain_state

def names():
    package_files.cache_clear()
    toolchain_digest.cache_clear()
    return toolchain_state(), toolchain_digest()

before = names()
for path in sys.argv[1:]:
    file = Path(proofdown.__file__).parent / path
    file.write_bytes(file.read_bytes() + b"\\n")
    now = names()
    print(path, now[0] != before[0], now[1] != before[1])
    before = now
"""
"""Appends a line to each file given; prints whether the fast path and the cache see it."""


def all_files() -> list[Path]:
    """Return every file of the package, found independently of the code under test."""
    files = (file for file in PACKAGE.rglob("*") if file.is_file())
    return sorted(file for file in files if file.suffix not in (".pyc", ".pyo"))


def one_of_each_folder() -> list[str]:
    """Return the paths of the last file of each folder of the package."""
    found = {file.parent: file.relative_to(PACKAGE).as_posix() for file in all_files()}
    return list(found.values())


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Change a file in each folder of a copied package; return what noticed it, by path."""
    folder = tmp_path_factory.mktemp("copied")
    copytree(PACKAGE, folder / "proofdown", ignore=ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", CHANGE_EACH, *one_of_each_folder()],
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    return {path: flags for path, *flags in lines}


def test_every_file_of_the_package_is_part_of_cache_keys() -> None:
    assert list(package_files()) == all_files()


@pytest.mark.parametrize("path", one_of_each_folder())
def test_a_change_in_any_folder_of_the_package_is_noticed(
    seen: dict[str, list[str]], path: str
) -> None:
    assert seen[path] == ["True", "True"]


def test_compiled_files_of_the_package_are_ignored(tmp_path: Path) -> None:
    copytree(PACKAGE, tmp_path / "proofdown", ignore=ignore_patterns("__pycache__"))
    for folder in [tmp_path / "proofdown", *(tmp_path / "proofdown").rglob("*")]:
        if folder.is_dir():
            (folder / "__pycache__").mkdir()
    command = "from proofdown.runtime.cache.uptodate import toolchain_state as s; print(s())"
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    states = [
        subprocess.run(
            [sys.executable, "-c", command],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert states[0] == states[1]
    assert list((tmp_path / "proofdown" / "runtime" / "__pycache__").iterdir())

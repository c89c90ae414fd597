"""Each dependency's oldest version is declared once, and `make floors` installs it."""

import os
from importlib.metadata import version

import pytest

from tests.tools.floors import asked_for, floors


def numbers(text: str) -> list[int]:
    """Return a version's numbers without trailing zeros, because `6.1` equals `6.1.0`."""
    found = [int(part) for part in text.split(".")]
    while found and found[-1] == 0:
        found.pop()
    return found


def test_every_required_package_has_one_floor() -> None:
    assert sorted(f"{name}>={floor}" for name, floor in floors().items()) == asked_for()


@pytest.mark.skipif("PROOFDOWN_FLOORS" not in os.environ, reason="`make floors` runs this")
def test_the_installed_versions_are_the_floors() -> None:
    installed = {name: numbers(version(name.partition("[")[0])) for name in floors()}
    assert installed == {name: numbers(floor) for name, floor in floors().items()}

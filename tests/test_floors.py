"""The oldest versions of our dependencies are declared once, and `make floors` installs these."""

import os
from importlib.metadata import version

import pytest

from tests.tools.floors import asked_for, floors


def numbers(text: str) -> list[int]:
    """Return a version's numbers, zeros at its end left out, as `6.1` and `6.1.0` are one."""
    found = [int(part) for part in text.split(".")]
    while found and found[-1] == 0:
        found.pop()
    return found


def test_every_package_that_we_ask_for_has_one_floor() -> None:
    assert sorted(f"{name}>={floor}" for name, floor in floors().items()) == asked_for()


@pytest.mark.skipif("PROOFDOWN_FLOORS" not in os.environ, reason="`make floors` runs this")
def test_the_floors_themselves_are_installed() -> None:
    installed = {name: numbers(version(name.partition("[")[0])) for name in floors()}
    assert installed == {name: numbers(floor) for name, floor in floors().items()}

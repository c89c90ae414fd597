"""The laboratory for tests. If it cannot be set up, they are skipped with the reason."""

import os
from collections.abc import Iterator

import pytest

from tests.tools.lab.daemons import start_daemons
from tests.tools.lab.hosts import LabMissingError
from tests.tools.lab.laboratory import Laboratory, require


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", "lab: needs root, libvirt and QEMU; skipped without")


@pytest.fixture(scope="module")
def machine() -> None:
    """If the laboratory cannot be set up, skip, or fail if `PROOFDOWN_REQUIRE_LAB` is set."""
    try:
        require()
    except LabMissingError as fault:
        if os.environ.get("PROOFDOWN_REQUIRE_LAB"):
            pytest.fail(str(fault))
        pytest.skip(str(fault))


@pytest.fixture(scope="module")
def lab(machine: None) -> Iterator[Laboratory]:  # noqa: ARG001 - asked for its effect
    """Return three hosts with running daemons, shared by the tests of a module."""
    with Laboratory() as laboratory:
        start_daemons(laboratory)
        yield laboratory

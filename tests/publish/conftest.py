"""Hosts for tests. If one cannot be set up, its tests are skipped with the reason."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.publish_hosts import RIGS, Rig, RigMissingError

REQUIRED = "PROOFDOWN_REQUIRE_HOSTS"


def open_rig(kind: str, folder: Path) -> Iterator[Rig]:
    """Yield a host of a kind. If it cannot be set up, skip, or fail if hosts are required."""
    try:
        rig = RIGS[kind](folder)
        with rig:
            yield rig
    except RigMissingError as fault:
        if os.environ.get(REQUIRED):
            pytest.fail(str(fault))
        pytest.skip(str(fault))


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """Return each kind of host in turn, empty."""
    yield from open_rig(request.param, tmp_path)

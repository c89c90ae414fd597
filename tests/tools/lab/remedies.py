"""Recordings: what ends a migration that would never end, while it runs or given at the start."""

from collections.abc import Mapping

from .daemons import start_daemons
from .guests import BUSY, remove_all, start_slow_migration, state_of, uri, virsh
from .hosts import LabTimeoutError, finish, wait_until
from .laboratory import Laboratory
from .recording import Row

REMEDIES: Mapping[str, str] = {
    "Nothing": "",
    "Allow a longer stop": "migrate-setmaxdowntime web1 20000",
    "Lift a bandwidth limit": "migrate-setspeed web1 1000",
    "Pause the guest": "suspend web1",
    "Switch to post-copy": "migrate-postcopy web1",
    "Give up": "domjobabort web1",
}
AT_START = (
    "--timeout 5",
    "--timeout 5 --timeout-postcopy",
    "--postcopy-after-precopy",
)
"""Options that make `virsh` itself act."""

PATIENCE = 20
"""Seconds within which a remedy must help; at 1 MiB/s the whole guest takes about as long."""


def record_remedies() -> list[Row]:
    """Return a row for each remedy, applied to a guest that changes its memory all the time.

    Raises:
        LabError: a migration does not start.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        return [_record_row(lab, name) for name in REMEDIES]


def record_options_at_start() -> list[Row]:
    """Return a row for each option that makes `virsh` act by itself.

    Raises:
        LabError: a migration does not start.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        return [Row({"Option": o} | _migrate(lab, "", *o.split())) for o in AT_START]


def _record_row(lab: Laboratory, name: str) -> Row:
    command = REMEDIES[name]
    shown = command.replace(" web1", "") or "none"
    return Row({"Remedy": name, "Command": shown} | _migrate(lab, command))


def _migrate(lab: Laboratory, remedy: str, *options: str) -> dict[str, str]:
    """Migrate the guest, apply a remedy, and return the outcomes of both."""
    remove_all(lab)
    process = start_slow_migration(lab, "--postcopy", *options, kernel=BUSY)
    if remedy:
        lab.client.check("virsh", "-c", uri(lab.source), *remedy.split())
    try:
        wait_until(lambda: process.poll() is not None, "the migration ends", PATIENCE)
        ended = "Yes"
    except LabTimeoutError:
        ended = "No"
    source, destination = state_of(lab, lab.source), state_of(lab, lab.destination)
    virsh(lab, lab.source, "domjobabort", "web1")
    finish(process, ("virsh", "migrate"))
    return {"Ended": ended, "Source": source, "Destination": destination}

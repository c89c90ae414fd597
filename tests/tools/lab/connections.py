"""Recordings: the TCP connections of each kind of migration."""

from collections.abc import Mapping
from dataclasses import dataclass

from .daemons import start_daemons
from .guests import state_of, uri
from .hosts import LabError
from .laboratory import Laboratory
from .recording import Row
from .settings import WITH_DISK, Setting, running, with_certificates
from .watch import Watch

_WITHOUT_DISKS = running()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of migration, by its options."""

    options: str = ""
    setting: Setting = _WITHOUT_DISKS
    destination: str = "desthost"
    """How the command names the destination."""


KINDS: Mapping[str, Kind] = {
    "managed-direct": Kind(),
    "p2p": Kind("--p2p"),
    "p2p-second-address": Kind("--p2p", destination="10.0.0.1"),
    "p2p-second-interface": Kind("--p2p --migrateuri tcp://10.0.0.1"),
    "tunnelled": Kind("--p2p --tunnelled"),
    "second-interface": Kind("--migrateuri tcp://10.0.0.1"),
    "copy-storage": Kind(
        "--copy-storage-all", running(WITH_DISK, at_source="1M", at_destination="1M")
    ),
    "parallel": Kind("--parallel --parallel-connections 3"),
    "tls": Kind("--tls", with_certificates(running())),
}


def record_connections(kind: Kind) -> dict[str, object]:
    """Return the command of a migration and the connections opened during it.

    Raises:
        LabError: the guest did not move, or the connections could not be seen.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        return migrate_and_watch(lab, kind)


def migrate_and_watch(lab: Laboratory, kind: Kind) -> dict[str, object]:
    """Do the same as `record_connections`, in an existing laboratory."""
    command = f"virsh -c {uri(lab.source)} migrate --live {kind.options}".split()
    command += ["web1", f"qemu+tcp://{kind.destination}/system"]
    with kind.setting(lab):
        with Watch(lab) as watch:
            lab.client.check(*command)
        if (state := state_of(lab, lab.destination)) != "running (migrated)":
            raise LabError(f"the guest did not arrive: it is {state}")
    return {
        "command": " ".join(command),
        "connections": [
            Row({"from": c.tail, "to": c.head, "port": c.port, "what": c.what, "at": c.address})
            for c in watch.connections
        ],
    }

"""Recording: the texts of the errors that the guide quotes, and the commands that cause them."""

from pathlib import Path

import yaml

from .daemons import start_daemons
from .guests import Guest, remove_all, start, start_slow_migration, uri, virsh
from .hosts import LabError, Outcome, finish
from .laboratory import Laboratory
from .recording import Verbatim
from .settings import SETTINGS

CASES = Path(__file__).with_suffix(".yml")

_API = """
import ctypes
library = ctypes.CDLL("libvirt.so.0")
pointer = ctypes.c_void_p
for name in ("virConnectOpen", "virDomainLookupByName", "virDomainMigrate3"):
    getattr(library, name).restype = pointer
source = pointer(library.virConnectOpen(b"qemu+tcp://srchost/system"))
destination = pointer(library.virConnectOpen(b"qemu+tcp://desthost/system"))
guest = pointer(library.virDomainLookupByName(source, b"web1"))
raise SystemExit(library.virDomainMigrate3(guest, destination, None, 0, {flags}) is None)
"""
_FLAGS = {"VIR_MIGRATE_PEER2PEER": 2, "VIR_MIGRATE_TUNNELLED": 4}


def record_errors(*names: str) -> dict[str, dict[str, str]]:
    """Return the set-up, the command and its error message of each case.

    Raises:
        LabError: a command succeeded, or its setting could not be created.
    """
    groups: dict[str, dict[str, str]] = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    with Laboratory() as lab:
        start_daemons(lab)
        found = {
            name: _record(lab, given, command)
            for given, cases in groups.items()
            for name, command in cases.items()
            if not names or name in names
        }
        if not names:
            found["cancelled"] = _record_cancelled(lab)
            for flag, number in _FLAGS.items():
                found[f"virDomainMigrate3 {flag}"] = _record_api(lab, flag, number)
    return found


def _record(lab: Laboratory, given: str, command: str) -> dict[str, str]:
    remove_all(lab)
    prefix = "" if command.startswith("virsh ") else f"virsh -c {uri(lab.source)} "
    with SETTINGS[given](lab):
        return _entry(given, lab.client.run(*(prefix + command).split()))


def _record_cancelled(lab: Laboratory) -> dict[str, str]:
    """Return the error of the migrating `virsh` when another one cancels its job."""
    remove_all(lab)
    process = start_slow_migration(lab)
    virsh(lab, lab.source, "domjobabort", "web1")
    command = f"virsh -c {uri(lab.source)} migrate --live --bandwidth 1 web1 {uri(lab.destination)}"
    return _entry("meanwhile, domjobabort on the source", finish(process, tuple(command.split())))


def _record_api(lab: Laboratory, flag: str, number: int) -> dict[str, str]:
    """Return the error of a function with a flag that `virsh` never passes."""
    remove_all(lab)
    start(lab, lab.source, Guest())
    outcome = lab.client.run("python3", "-c", _API.format(flags=number))
    command = f"virDomainMigrate3 with {flag}"
    return _entry("a guest runs, without disks", Outcome(command, outcome.code, "", outcome.err))


def _entry(given: str, outcome: Outcome) -> dict[str, str]:
    if outcome.is_success:
        raise LabError(f"succeeded where {given}: {outcome.command}")
    return {"given": given, "command": outcome.command, "message": Verbatim(outcome.message)}

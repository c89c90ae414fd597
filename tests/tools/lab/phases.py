"""Recording: the phases of a migration: who calls each on which host, and in which order.

The daemons log each call that reaches them. For a managed direct migration the client logs the
order, because the daemons' logs cannot order calls on two hosts within a millisecond.
"""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import pairwise

from .daemons import LIBVIRTD, UUIDS, reconfigured, start_daemons
from .guests import Guest, define, remove_all, start, uri
from .hosts import Outcome
from .laboratory import Laboratory
from .recording import Row

PHASES = {
    "Begin": "source",
    "Prepare": "destination",
    "Perform": "source",
    "Finish": "destination",
    "Confirm": "source",
}
"""The phases, each with the host that it belongs to."""

FLOWS: Mapping[str, tuple[str, ...]] = {
    "Managed direct": ("--live",),
    "Peer to peer": ("--live", "--p2p"),
    "Offline": ("--offline", "--persistent"),
}
_LOG = "/var/log/libvirt/calls.log"
_SETTINGS = f'log_filters = "1:libvirt.domain"\nlog_outputs = "1:file:{_LOG}"\n'
_CALL = re.compile(r" : virDomainMigrate(?P<phase>[A-Z][a-z]+)3?(Params)?:\d+ : ")
_STEP = re.compile(r" : (?P<phase>[A-Z][a-z]+)3 0x")
_NOTED = "LIBVIRT_DEBUG=1 LIBVIRT_LOG_FILTERS=1:libvirt.domain LIBVIRT_LOG_OUTPUTS=1:stderr"


def record_phases() -> dict[str, list[Row]]:
    """Return a row for each phase, and the order of a managed direct migration as connections.

    Raises:
        LabError: a guest did not move.
    """
    called: dict[str, dict[str, str]] = {}
    order: list[str] = []
    with Laboratory() as lab, ExitStack() as stack:
        start_daemons(lab)
        for host in (lab.source, lab.destination):
            own = LIBVIRTD.format(uuid=UUIDS[host.role]).rpartition("log_outputs")[0]
            stack.enter_context(reconfigured(lab, host, libvirtd=own + _SETTINGS))
        for flow, options in FLOWS.items():
            outcome = _migrate(lab, options)
            called[flow] = _called(lab)
            order = order or list(dict.fromkeys(f["phase"] for f in _STEP.finditer(outcome.err)))
    return {
        "rows": [
            Row({"Phase": phase} | {flow: found.get(phase, "No") for flow, found in called.items()})
            for phase in PHASES
        ],
        "connections": [
            Row({"from": f"{PHASES[a]}.{a}", "to": f"{PHASES[b]}.{b}"}) for a, b in pairwise(order)
        ],
    }


def _migrate(lab: Laboratory, options: tuple[str, ...]) -> Outcome:
    remove_all(lab)
    if "--live" in options:
        start(lab, lab.source, Guest())
    else:
        define(lab, lab.source, Guest())
    for host in (lab.source, lab.destination):
        host.path(_LOG).write_text("")
    command = [*_NOTED.split(), "virsh", "-c", uri(lab.source), "migrate", *options]
    return lab.client.run("env", *command, "web1", uri(lab.destination))


def _called(lab: Laboratory) -> dict[str, str]:
    """Return the phases that were called from outside, each with the host it was called on."""
    return {
        found["phase"]: f"On the {host.role}"
        for host in (lab.source, lab.destination)
        for found in _CALL.finditer(host.path(_LOG).read_text())
    }

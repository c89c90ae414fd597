"""Recording: the state after something breaks while memory is copied."""

import os
import pty
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .daemons import start_daemons, start_libvirtd, wait_for
from .guests import remove_all, start_slow_migration, state_of, switch_to_postcopy, virsh
from .hosts import Host, LabError, LabTimeoutError, finish, wait_until
from .laboratory import Laboratory, configure_network
from .recording import Verbatim

FLOWS: Mapping[str, tuple[str, ...]] = {"Managed direct": (), "Peer to peer": ("--p2p",)}
POSTCOPY = ("--postcopy", "--postcopy-bandwidth", "1")
PATIENCE = 60
"""Seconds after which a migration without progress is reported as such."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that breaks a migration."""

    cause: Callable[[Laboratory, int], None]
    """Triggers it; the number is the file descriptor of the migrating `virsh`'s terminal."""
    options: tuple[str, ...] = ()


def record_failures(*events: str) -> dict[str, list[dict[str, str]]]:
    """Return a row for each event and flow: the state of the guest and of the migration.

    Raises:
        LabError: an event could not be triggered.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        rows = [
            {"Event": event, "Flow": flow} | record_failure(lab, event, *options)
            for event in events or EVENTS
            for flow, options in FLOWS.items()
        ]
    return {"rows": rows}


def record_failure(lab: Laboratory, event: str, *options: str) -> dict[str, str]:
    """Return the state of a guest after something broke while its memory was copied.

    Raises:
        LabError: the event could not be triggered.
    """
    remove_all(lab)
    keyboard, line = pty.openpty()
    process = start_slow_migration(lab, *EVENTS[event].options, *options, stdin=line)
    before = state_of(lab, lab.source), state_of(lab, lab.destination)
    if before != ("running (booted)", "paused (migrating)"):
        raise LabError(f"the memory is not being copied: {before}")
    EVENTS[event].cause(lab, keyboard)
    try:
        said = finish(process, ("virsh", "migrate"), PATIENCE).message or "nothing"
        _restart_daemons(lab)
        wait_until(lambda: _is_over(lab), "the migration ends", PATIENCE)
        job = "ended"
    except LabTimeoutError:
        said, job = "nothing", f"waits for more than {PATIENCE} seconds"
    source, destination = state_of(lab, lab.source), state_of(lab, lab.destination)
    _set_cut(lab, is_cut=False)
    os.close(keyboard)
    os.close(line)
    is_completed = source == "none" and destination.startswith("running")
    return {
        "Guest on the source": source,
        "Guest on the destination": destination,
        "Completed": "Y" if is_completed else "N",
        "job": job,
        "virsh says": Verbatim(said),
    }


def kill_client(lab: Laboratory, _keyboard: int) -> None:
    """Kill the `virsh` that started the migration."""
    lab.client.check("pkill", "-KILL", "--exact", "virsh")


def _press_control_c(_lab: Laboratory, keyboard: int) -> None:
    """Press Ctrl-C; `virsh` reads it only if its input is a terminal."""
    os.write(keyboard, b"\x03")


def _kill_source_daemon(lab: Laboratory, _keyboard: int) -> None:
    lab.source.check("pkill", "-KILL", "--exact", "libvirtd")


def _kill_destination_daemon(lab: Laboratory, _keyboard: int) -> None:
    lab.destination.check("pkill", "-KILL", "--exact", "libvirtd")


def _cut_network(lab: Laboratory, _keyboard: int) -> None:
    _set_cut(lab, is_cut=True)


def _break_in_postcopy(lab: Laboratory, _keyboard: int) -> None:
    """Cut the stream while the guest runs on the destination with half of its memory."""
    switch_to_postcopy(lab)
    virsh(lab, lab.source, "domjobabort", "web1", "--postcopy")


def _set_cut(lab: Laboratory, *, is_cut: bool) -> None:
    """Block or allow frames between the two hosts; the client can always reach both."""
    word = "on" if is_cut else "off"
    ports = [f"{host.role[:6]}-lan" for host in (lab.source, lab.destination)]
    lines = [f"link set {port} type bridge_slave isolated {word}" for port in ports]
    configure_network(lab.switch, lines)


def _restart_daemons(lab: Laboratory) -> None:
    """Start the daemons that are not running."""
    hosts = [host for host in (lab.source, lab.destination) if not _runs_daemon(host)]
    for host in hosts:
        start_libvirtd(host)
    wait_for(lab, hosts)


def _runs_daemon(host: Host) -> bool:
    return host.run("pgrep", "--exact", "libvirtd").is_success


def _is_over(lab: Laboratory) -> bool:
    """Return whether neither host is still working on the migration."""
    if "failed" in state_of(lab, lab.source):
        return True
    out = virsh(lab, lab.source, "domjobinfo", "web1").out
    return "Outgoing" not in out and state_of(lab, lab.destination) != "paused (migrating)"


EVENTS: Mapping[str, Event] = {
    "The client is killed": Event(kill_client),
    "Ctrl-C in virsh": Event(_press_control_c),
    "The source daemon is killed": Event(_kill_source_daemon),
    "The destination daemon is killed": Event(_kill_destination_daemon),
    "The network between the hosts is cut": Event(_cut_network),
    "The migration breaks in post-copy": Event(_break_in_postcopy, POSTCOPY),
}

"""The daemons of the two hosts: libvirtd and sshd, each with its own settings and credentials."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from .credentials import make_credentials, start_sshd
from .hosts import Host, LabError, wait_until
from .laboratory import Laboratory

LIBVIRTD = """\
listen_tls = 1
listen_tcp = 1
auth_tcp = "none"
auth_unix_ro = "none"
auth_unix_rw = "none"
host_uuid = "{uuid}"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"""

QEMU = """\
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
"""

UUIDS = {
    "source": "50000000-0000-4000-8000-000000000001",
    "destination": "50000000-0000-4000-8000-000000000002",
}


def start_daemons(lab: Laboratory) -> None:
    """Start libvirtd on both hosts, and wait until each answers the client.

    Raises:
        LabError: a daemon does not start.
    """
    make_credentials(lab)
    for host in (lab.source, lab.destination):
        start_sshd(host)
        host.write("/etc/libvirt/libvirtd.conf", LIBVIRTD.format(uuid=UUIDS[host.role]))
        host.write("/etc/libvirt/qemu.conf", QEMU)
        start_libvirtd(host)
    wait_for(lab, (lab.source, lab.destination))


def start_libvirtd(host: Host) -> None:
    """Start the daemon of a host without waiting for it."""
    host.check("libvirtd", "--daemon", "--listen")


def wait_for(lab: Laboratory, hosts: Iterable[Host]) -> None:
    """Wait until the daemons of hosts answer the client.

    Raises:
        LabError: one does not answer; the message has the end of its log.
    """
    for host in hosts:
        try:
            wait_until(partial(_answers, lab, host), f"libvirtd on {host.name} answers")
        except LabError as fault:
            log = host.path("/var/log/libvirt/libvirtd.log")
            text = log.read_text()[-2000:] if log.exists() else ""
            raise LabError(f"{fault}\n{text}") from None


def stop_libvirtd(host: Host) -> None:
    """Stop the daemon of a host; its guests keep running."""
    host.check("pkill", "--exact", "libvirtd")
    wait_until(
        lambda: not host.run("pgrep", "--exact", "libvirtd").is_success,
        f"libvirtd on {host.name} stops",
    )


def _answers(lab: Laboratory, host: Host) -> bool:
    return lab.client.run("virsh", "-c", f"qemu+tcp://{host.name}/system", "version").is_success


@contextmanager
def reconfigured(
    lab: Laboratory, host: Host, *, libvirtd: str = "", qemu: str = ""
) -> Iterator[None]:
    """Run a daemon with other settings while the context lasts."""
    own = LIBVIRTD.format(uuid=UUIDS[host.role])
    try:
        _restart(lab, host, libvirtd or own, qemu or QEMU)
        yield
    finally:
        _restart(lab, host, own, QEMU)


def _restart(lab: Laboratory, host: Host, libvirtd: str, qemu: str) -> None:
    stop_libvirtd(host)
    host.write("/etc/libvirt/libvirtd.conf", libvirtd)
    host.write("/etc/libvirt/qemu.conf", qemu)
    start_libvirtd(host)
    wait_for(lab, (host,))

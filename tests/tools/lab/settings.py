"""Settings that provoke errors: guests, disks and hosts in a certain state."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager

from .credentials import QEMU_PKI, place_qemu_certificates
from .daemons import LIBVIRTD, QEMU, UUIDS, reconfigured
from .guests import (
    BUSY,
    FULL,
    IMAGES,
    Disk,
    Guest,
    define,
    start,
    start_slow_migration,
    switch_to_postcopy,
    virsh,
)
from .hosts import Host, finish
from .laboratory import Laboratory, configure_network

Setting = Callable[[Laboratory], AbstractContextManager[None]]
WITH_DISK = Guest(disk=Disk())
_READ_ONLY = Guest(disk=Disk(more="<readonly/>"))
_BLOCKED = Guest(disk=Disk(f"{IMAGES}/web1.vdi", "vdi"))
_BRIDGE = "br-web"
_BRIDGED = Guest(
    devices=f"""<interface type='bridge'>
      <source bridge='{_BRIDGE}'/>
      <model type='e1000'/>
    </interface>"""
)
_OTHER_UUID = "10000000-0000-4000-8000-000000000002"


def running(
    guest: Guest | None = None,
    *,
    at_source: str = "",
    at_destination: str = "",
    is_persistent: bool = False,
) -> Setting:
    """Return a setting with a running guest, its disk of the given sizes on the two hosts."""
    guest = guest or Guest()

    @contextmanager
    def setting(lab: Laboratory) -> Iterator[None]:
        for host, size in ((lab.source, at_source), (lab.destination, at_destination)):
            make_disk(host, guest.disk, size)
        start(lab, lab.source, guest, is_persistent=is_persistent)
        yield

    return setting


def make_disk(host: Host, disk: Disk | None, size: str) -> None:
    """Create a disk's image on a host or, without a size, make sure that there is none."""
    if disk:
        host.path(disk.path).unlink(missing_ok=True)
    if disk and size:
        host.check("qemu-img", "create", "-q", "-f", disk.format, disk.path, size)


@contextmanager
def shut_off(lab: Laboratory) -> Iterator[None]:
    """A guest that is defined on the source and not running."""
    define(lab, lab.source, Guest())
    yield


@contextmanager
def with_snapshot(lab: Laboratory) -> Iterator[None]:
    """A guest with one snapshot, its disk on both hosts."""
    with running(WITH_DISK, at_source="1M", at_destination="1M")(lab):
        virsh(lab, lab.source, "snapshot-create-as", "web1", "first")
        yield


@contextmanager
def _saved(lab: Laboratory) -> Iterator[None]:
    with running(WITH_DISK, at_source="1M")(lab):
        virsh(lab, lab.source, "save", "web1", "/shared/web1.save")
        yield


@contextmanager
def _other_guest_there(lab: Laboratory) -> Iterator[None]:
    """Another guest of the same name, defined on the destination."""
    define(lab, lab.destination, Guest(uuid=_OTHER_UUID))
    start(lab, lab.source, Guest())
    yield


@contextmanager
def _runs_on_both(lab: Laboratory) -> Iterator[None]:
    """The same guest, running on both hosts."""
    start(lab, lab.destination, Guest())
    start(lab, lab.source, Guest())
    yield


def migrating(*options: str, is_postcopy: bool = False) -> Setting:
    """Return a setting in which a guest is being migrated, slowly or endlessly."""

    @contextmanager
    def setting(lab: Laboratory) -> Iterator[None]:
        process = start_slow_migration(lab, *options, kernel=FULL if is_postcopy else BUSY)
        try:
            if is_postcopy:
                switch_to_postcopy(lab)
            yield
        finally:
            virsh(lab, lab.source, "domjobabort", "web1")
            virsh(lab, lab.destination, "destroy", "web1")
            virsh(lab, lab.source, "destroy", "web1")
            finish(process, ("virsh", "migrate"))

    return setting


@contextmanager
def _called_localhost(lab: Laboratory) -> Iterator[None]:
    """A destination that calls itself localhost."""
    lab.destination.check("hostname", "localhost")
    try:
        with running()(lab):
            yield
    finally:
        lab.destination.check("hostname", lab.destination.name)


@contextmanager
def _unknown_name(lab: Laboratory) -> Iterator[None]:
    """A source that cannot resolve the destination's name."""
    book = lab.source.path("/etc/hosts").read_text()
    lab.source.write("/etc/hosts", book.replace(lab.destination.name, "elsewhere"))
    try:
        with running()(lab):
            yield
    finally:
        lab.source.write("/etc/hosts", book)


def _without_route(address: str) -> Setting:
    """Return a setting in which the source has no route to an address."""

    @contextmanager
    def setting(lab: Laboratory) -> Iterator[None]:
        configure_network(lab.source.pid, [f"route add unreachable {address}"])
        try:
            with running()(lab):
                yield
        finally:
            configure_network(lab.source.pid, [f"route del unreachable {address}"])

    return setting


def _without_file(path: str) -> Setting:
    """Return a setting in which a file of the source is missing."""

    @contextmanager
    def setting(lab: Laboratory) -> Iterator[None]:
        data = lab.source.path(path).read_bytes()
        lab.source.path(path).unlink()
        try:
            with running()(lab):
                yield
        finally:
            lab.source.write(path, data, 0o600)

    return setting


@contextmanager
def _one_host_uuid(lab: Laboratory) -> Iterator[None]:
    """Two hosts with one host UUID."""
    with reconfigured(lab, lab.destination, libvirtd=LIBVIRTD.format(uuid=UUIDS["source"])):
        start(lab, lab.source, Guest())
        yield


def with_certificates(then: Setting) -> Setting:
    """Return a setting on two hosts that are set up for `--tls`."""

    @contextmanager
    def setting(lab: Laboratory) -> Iterator[None]:
        more = f'{QEMU}migrate_tls_x509_cert_dir = "{QEMU_PKI}"\n'
        with ExitStack() as stack:
            for host in (lab.source, lab.destination):
                place_qemu_certificates(lab, host)
                stack.enter_context(reconfigured(lab, host, qemu=more))
            stack.enter_context(then(lab))
            yield

    return setting


@contextmanager
def _tls_forced(lab: Laboratory) -> Iterator[None]:
    """A source that allows encrypted migrations only."""
    with reconfigured(lab, lab.source, qemu=f"{QEMU}migrate_tls_force = 1\n"):
        start(lab, lab.source, Guest())
        yield


@contextmanager
def _on_a_bridge(lab: Laboratory) -> Iterator[None]:
    """A guest on a bridge that the destination does not have."""
    configure_network(lab.source.pid, [f"link add {_BRIDGE} type bridge"])
    try:
        with running(_BRIDGED)(lab):
            yield
    finally:
        virsh(lab, lab.source, "destroy", "web1")
        configure_network(lab.source.pid, [f"link del {_BRIDGE}"])


@contextmanager
def _with_one_port(lab: Laboratory) -> Iterator[None]:
    """A destination with two ports for data, one of them taken, and a guest with a disk."""
    two = f"{QEMU}migration_port_min = 49152\nmigration_port_max = 49153\n"
    taker = lab.destination.start("python3", "-m", "http.server", "49153")
    with_disk = running(WITH_DISK, at_source="1M", at_destination="1M")
    try:
        with reconfigured(lab, lab.destination, qemu=two), with_disk(lab):
            yield
    finally:
        lab.destination.run("pkill", "--full", "http.server")
        taker.communicate()


@contextmanager
def _with_other_memory(lab: Laboratory) -> Iterator[None]:
    """A guest, and a definition for the destination that gives it more memory."""
    with running()(lab):
        text = virsh(lab, lab.source, "dumpxml", "web1", "--migratable").out
        lab.client.write("/root/dst.xml", text.replace(">16384</memory>", ">32768</memory>"))
        yield


SETTINGS: Mapping[str, Setting] = {
    "a guest runs, without disks": running(),
    "the guest is shut off": shut_off,
    "the guest's image is a local file, on the source alone": running(WITH_DISK, at_source="1M"),
    "the guest's image is a local file, with an equal one on the destination": running(
        WITH_DISK, at_source="1M", at_destination="1M"
    ),
    "the guest's image is a local file, with a larger one on the destination": running(
        WITH_DISK, at_source="1M", at_destination="2M"
    ),
    "the guest's disk is read-only": running(_READ_ONLY, at_source="1M", at_destination="1M"),
    "the guest's disk has a format that blocks migration": running(
        _BLOCKED, at_source="1M", at_destination="1M"
    ),
    "the guest has a snapshot": with_snapshot,
    "the guest was saved, and its disk is not on the destination": _saved,
    "another guest of that name is defined on the destination": _other_guest_there,
    "the guest runs on both hosts": _runs_on_both,
    "the guest is on the bridge br-web, which the source alone has": _on_a_bridge,
    "the destination has one free port for data": _with_one_port,
    "dst.xml gives the guest more memory": _with_other_memory,
    "the guest is being migrated": migrating(),
    "the guest is being migrated, after the switch to post-copy": migrating(
        "--postcopy", "--postcopy-bandwidth", "1", is_postcopy=True
    ),
    "the destination's hostname is localhost": _called_localhost,
    "the source cannot resolve the destination's hostname": _unknown_name,
    "the source has no route to the destination": _without_route("192.0.2.3"),
    "the source has no route to 10.0.0.1": _without_route("10.0.0.1"),
    "root on the source has no key for the destination": _without_file("/root/.ssh/id_ed25519"),
    "root on the source does not know the destination's host key": _without_file(
        "/root/.ssh/known_hosts"
    ),
    "both hosts have the same host UUID": _one_host_uuid,
    "both hosts have certificates that do not name 10.0.0.1, and an image of the guest's disk": (
        with_certificates(running(WITH_DISK, at_source="1M", at_destination="1M"))
    ),
    "the source demands TLS": _tls_forced,
}
"""Settings by their description in the recording."""

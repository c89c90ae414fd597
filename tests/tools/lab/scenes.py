"""Set-ups for commands of the guide, and checks of their effects."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .daemons import reconfigured
from .guests import start_slow_migration, state_of, switch_to_postcopy, type_of, uri, virsh
from .hosts import LabError, Outcome, finish, wait_until
from .laboratory import Laboratory
from .settings import WITH_DISK, running, shut_off, with_certificates

Check = Callable[[Laboratory, Outcome], str]
"""Checks that a command had its effect; returns a description of it."""

SIZE = "20G"
_FOLDER = "/tmp/migdir"  # noqa: S108 - the guide's name, in a host that is forgotten
_SOCKETS = {
    f"{_FOLDER}/driver.sock": "/run/libvirt/libvirt-sock",
    f"{_FOLDER}/qemu.sock": f"{_FOLDER}/qemu.sock",
    f"{_FOLDER}/nbd.sock": f"{_FOLDER}/nbd.sock",
}

on_source = running(is_persistent=True)
on_source_with_disks = running(WITH_DISK, at_source=SIZE, at_destination=SIZE, is_persistent=True)
on_source_with_certificates = with_certificates(on_source)


@contextmanager
def on_source_with_disks_afresh(lab: Laboratory) -> Iterator[None]:
    """A guest with a disk, and a destination whose daemon has no port of an earlier migration."""
    with reconfigured(lab, lab.destination), on_source_with_disks(lab):
        yield


@contextmanager
def nothing(_lab: Laboratory) -> Iterator[None]:
    """No guest anywhere."""
    yield


@contextmanager
def arrived(lab: Laboratory) -> Iterator[None]:
    """A guest that has migrated to the destination, where it is transient."""
    with on_source(lab):
        _migrate(lab)
        yield


@contextmanager
def arrived_with_disks(lab: Laboratory) -> Iterator[None]:
    """A guest that has migrated to the destination with its disk."""
    with on_source_with_disks(lab):
        _migrate(lab, "--copy-storage-all")
        yield


@contextmanager
def arrived_for_good(lab: Laboratory) -> Iterator[None]:
    """A guest that has migrated to the destination with its definition."""
    with on_source(lab):
        _migrate(lab, "--persistent", "--undefinesource")
        yield


@contextmanager
def defined_there(lab: Laboratory) -> Iterator[None]:
    """A guest whose definition was copied to the destination."""
    with shut_off(lab):
        command = ["virsh", "-c", uri(lab.source), "migrate", "--offline", "--persistent"]
        lab.client.check(*command, "web1", uri(lab.destination))
        yield


@contextmanager
def dumped(lab: Laboratory) -> Iterator[None]:
    """A guest on the destination, its definition in a file of the client."""
    with arrived(lab):
        lab.client.check("sh", "-c", f"virsh -c {uri(lab.destination)} dumpxml web1 > web1.xml")
        yield


@contextmanager
def dumped_migratable(lab: Laboratory) -> Iterator[None]:
    """A guest on the source, its migratable definition in a file of the client."""
    with on_source(lab):
        command = f"virsh -c {uri(lab.source)} dumpxml web1 --migratable > dst.xml"
        lab.client.check("sh", "-c", command)
        yield


@contextmanager
def saving(lab: Laboratory) -> Iterator[None]:
    """A guest on the source, and a folder that both hosts share."""
    lab.source.path("/shared/save").mkdir(exist_ok=True)
    with on_source(lab):
        yield


@contextmanager
def saved(lab: Laboratory) -> Iterator[None]:
    """A guest that was saved to a file that both hosts share."""
    with saving(lab):
        lab.client.check("virsh", "-c", uri(lab.source), "save", "web1", "/shared/save/web1.save")
        yield


@contextmanager
def restored(lab: Laboratory) -> Iterator[None]:
    """A guest that was saved on the source and restored on the destination."""
    with saved(lab):
        lab.client.check("virsh", "-c", uri(lab.destination), "restore", "/shared/save/web1.save")
        yield


@contextmanager
def kept(lab: Laboratory) -> Iterator[None]:
    """A guest that libvirt has saved on the source (managed save)."""
    with on_source(lab):
        lab.client.check("virsh", "-c", uri(lab.source), "managedsave", "web1")
        yield


@contextmanager
def saved_and_written_out(lab: Laboratory) -> Iterator[None]:
    """A guest that was saved, and its definition in a file of the client."""
    with saved(lab):
        command = f"virsh -c {uri(lab.source)} save-image-dumpxml /shared/save/web1.save"
        lab.client.check("sh", "-c", f"{command} > web1.xml")
        yield


@contextmanager
def paused(lab: Laboratory) -> Iterator[None]:
    """A guest that is paused on the source."""
    with on_source(lab):
        virsh(lab, lab.source, "suspend", "web1")
        yield


@contextmanager
def broken_in_postcopy(lab: Laboratory) -> Iterator[None]:
    """A migration that broke after the switch to post-copy."""
    process = start_slow_migration(lab, "--postcopy", "--postcopy-bandwidth", "1")
    switch_to_postcopy(lab)
    virsh(lab, lab.source, "domjobabort", "web1", "--postcopy")
    finish(process, ("virsh", "migrate"))
    wait_until(lambda: "failed" in state_of(lab, lab.source), "the migration breaks")
    yield


@contextmanager
def pool_to_be(lab: Laboratory) -> Iterator[None]:
    """No guest, and no pool on the destination afterwards."""
    try:
        yield
    finally:
        virsh(lab, lab.destination, "pool-destroy", "images")


@contextmanager
def authority(lab: Laboratory) -> Iterator[None]:
    """A certificate authority, with its files in the client's working directory."""
    for name in ("key", "cert"):
        lab.client.write(f"/ca-{name}.pem", lab.client.path(f"/root/ca/{name}.pem").read_bytes())
    yield


@contextmanager
def carried_sockets(lab: Laboratory) -> Iterator[None]:
    """A guest with a disk, and three sockets that ssh forwards to the destination."""
    for host in (lab.source, lab.destination):
        host.path(_FOLDER).mkdir(exist_ok=True)
    carried = [word for here, there in _SOCKETS.items() for word in ("-L", f"{here}:{there}")]
    carrier = lab.source.start("ssh", "-N", *carried, lab.destination.name)
    try:
        wait_until(
            lambda: all(lab.source.path(here).exists() for here in _SOCKETS), "ssh carries sockets"
        )
        with on_source_with_disks(lab):
            yield
    finally:
        lab.source.run("pkill", "--exact", "ssh")
        carrier.communicate()


def says(pattern: str) -> Check:
    """Return a check that the output of a command matches a pattern."""

    def check(_lab: Laboratory, outcome: Outcome) -> str:
        found = re.search(pattern, outcome.out)
        if found is None:
            raise LabError(f"does not say {pattern!r}: {outcome.out}")
        return f"says: {' '.join(found[0].split())}"

    return check


def lists_no_guest(_lab: Laboratory, outcome: Outcome) -> str:
    """Check that a list is empty."""
    if "State" not in outcome.out or "web1" in outcome.out:
        raise LabError(f"not an empty list: {outcome.out}")
    return "lists no guest"


def wrote(path: str) -> Check:
    """Return a check that a command wrote a guest's definition into a file of the client."""

    def check(lab: Laboratory, _outcome: Outcome) -> str:
        if "<name>web1</name>" not in lab.client.path(path).read_text():
            raise LabError(f"{path} is no definition of the guest")
        return f"{path} holds the guest's definition"

    return check


def made(*paths: str) -> Check:
    """Return a check that a command made files of the client."""

    def check(lab: Laboratory, _outcome: Outcome) -> str:
        missing = [path for path in paths if not lab.client.path(path).stat().st_size]
        if missing:
            raise LabError(f"{missing} are empty")
        return f"made {' and '.join(paths)}"

    return check


def moved(lab: Laboratory, _outcome: Outcome) -> str:
    """Check that the guest runs on the destination and no longer on the source."""
    wait_until(
        lambda: state_of(lab, lab.destination).startswith("running"), "the guest arrives", 60
    )
    there, here = state_of(lab, lab.destination), state_of(lab, lab.source)
    if here.startswith(("running", "paused")):
        raise LabError(f"the guest is still on the source: {here}")
    kind = type_of(lab, lab.destination).lower()
    return f"the destination has it {there} and {kind}, the source has it {here}"


def copied(lab: Laboratory, _outcome: Outcome) -> str:
    """Check that only the definition is on the destination."""
    there, here = state_of(lab, lab.destination), state_of(lab, lab.source)
    if not there.startswith("shut off"):
        raise LabError(f"the destination has the guest {there}")
    return f"the destination has it {there}, the source has it {here}"


def aborted(lab: Laboratory, _outcome: Outcome) -> str:
    """Check that the guest runs on the source and no job is left."""
    wait_until(
        lambda: "None" in virsh(lab, lab.source, "domjobinfo", "web1").out, "the job has ended"
    )
    return f"the source has it {state_of(lab, lab.source)}, without a job"


def is_(state: str, role: str = "destination") -> Check:
    """Return a check that a guest is in a state on a host."""

    def check(lab: Laboratory, _outcome: Outcome) -> str:
        found = state_of(lab, lab.hosts[role])
        if not found.startswith(state):
            raise LabError(f"the {role} has the guest {found}, not {state}")
        return f"the {role} has it {found}"

    return check


def info_says(field: str, value: str, role: str = "destination") -> Check:
    """Return a check that `dominfo` shows a value on a host."""

    def check(lab: Laboratory, _outcome: Outcome) -> str:
        return says(rf"{field}:\s+{value}")(lab, virsh(lab, lab.hosts[role], "dominfo", "web1"))

    return check


def downtime(lab: Laboratory, _outcome: Outcome) -> str:
    """Check that a migration may now stop the guest for a second."""
    return says("1000")(lab, virsh(lab, lab.source, "migrate-getmaxdowntime", "web1"))


def _migrate(lab: Laboratory, *options: str) -> None:
    command = ["virsh", "-c", uri(lab.source), "migrate", "--live", *options]
    lab.client.check(*command, "web1", uri(lab.destination))

"""Recordings: when `domjobinfo` shows which statistics, and the default limits."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from .daemons import start_daemons
from .guests import (
    MIB,
    Disk,
    Guest,
    remove_all,
    start,
    start_slow_migration,
    uri,
    virsh,
    write_kernels,
)
from .hosts import finish, wait_until
from .laboratory import Laboratory
from .recording import Row
from .settings import make_disk, migrating

_FIELD = re.compile(r"^(?P<name>[A-Z][^:]*?) *: +(?P<value>.*\S)", re.MULTILINE)


def record_job_fields() -> list[Row]:
    """Return a row for each figure, with the situations in which `domjobinfo` shows it.

    Raises:
        LabError: a situation could not be created.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        seen = {name: _fields(text) for name, text in _situations(lab)}
    names = dict.fromkeys(name for fields in seen.values() for name in fields)
    return [
        Row({"Figure": name} | {s: "Y" if name in fields else "N" for s, fields in seen.items()})
        for name in names
    ]


def record_limits() -> list[Row]:
    """Return the limits of a migration by default.

    Raises:
        LabError: the migration does not start.
    """
    commands: Mapping[str, tuple[str, ...]] = {
        "Downtime": ("migrate-getmaxdowntime",),
        "Bandwidth": ("migrate-getspeed",),
        "Bandwidth of post-copy": ("migrate-getspeed", "--postcopy"),
        "Cache of xbzrle": ("migrate-compcache",),
    }
    with Laboratory() as lab:
        start_daemons(lab)
        write_kernels(lab.source, lab.destination)
        start(lab, lab.source, Guest())
        found = {
            name: virsh(lab, lab.source, command[0], "web1", *command[1:]).message
            for name, command in commands.items()
        }
    return [
        Row({"Limit": name, "Command": " ".join(commands[name]), "Says": text})
        for name, text in found.items()
    ]


def _situations(lab: Laboratory) -> Iterator[tuple[str, str]]:
    """Yield the output of `domjobinfo` in each situation."""
    for name, options in {
        "Memory": (),
        "--compressed": ("--compressed",),
        "--auto-converge": ("--auto-converge", "--auto-converge-initial", "50"),
    }.items():
        remove_all(lab)
        with migrating(*options)(lab):
            wait_until(lambda: _is_repeating(lab), "memory is sent again", 60)
            yield name, virsh(lab, lab.source, "domjobinfo", "web1").out
    with _copying_disks(lab):
        yield "Disks", virsh(lab, lab.source, "domjobinfo", "web1").out
    remove_all(lab)
    with migrating("--postcopy", "--postcopy-bandwidth", "1", is_postcopy=True)(lab):
        yield "Post-copy", virsh(lab, lab.source, "domjobinfo", "web1").out
    remove_all(lab)
    finish(start_slow_migration(lab), ("virsh", "migrate"))
    yield "Completed", virsh(lab, lab.destination, "domjobinfo", "web1", "--completed").out


def _is_repeating(lab: Laboratory) -> bool:
    """Return whether memory has been sent a second time."""
    fields = _fields(virsh(lab, lab.source, "domjobinfo", "web1").out)
    return int(fields.get("Iteration", "0")) > 2 and "Dirty rate" in fields


@contextmanager
def _copying_disks(lab: Laboratory) -> Iterator[None]:
    """A guest whose disk is being copied slowly."""
    remove_all(lab)
    disk = Disk()
    for host in (lab.source, lab.destination):
        make_disk(host, disk, str(64 * MIB))
    lab.source.check("qemu-io", "-c", "write -P 1 0 64M", disk.path)
    start(lab, lab.source, Guest(disk=disk))
    command = ["virsh", "-c", uri(lab.source), "migrate", "--live", "--bandwidth", "1"]
    process = lab.client.start(*command, "--copy-storage-all", "web1", uri(lab.destination))
    try:
        shown = lambda: "File" in virsh(lab, lab.source, "domjobinfo", "web1").out  # noqa: E731
        wait_until(shown, "the disk is copied")
        yield
    finally:
        virsh(lab, lab.source, "domjobabort", "web1")
        finish(process, ("virsh", "migrate"))


def _fields(text: str) -> dict[str, str]:
    return {found["name"]: found["value"] for found in _FIELD.finditer(text)}

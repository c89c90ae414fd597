"""Recording: what the destination needs so that disks can be copied, or are copied at all."""

import json
from itertools import product

from .daemons import start_daemons
from .guests import IMAGES, MIB, Disk, Guest, remove_all, start, state_of, uri, virsh
from .hosts import Host, Outcome
from .laboratory import Laboratory
from .recording import Row
from .settings import make_disk

OPTIONS = ("--copy-storage-all", "--copy-storage-inc", "--unsafe")
IMAGES_THERE = ("None, no pool", "None, in a pool", "Of the same size", "Of another size")
_SIZE, _OTHER = 8 * MIB, 16 * MIB
_MARK = "0x42"
_OURS, _THEIRS = "The source's", "Its own, not the source's"


def record_storage() -> list[Row]:
    """Return a row for each option and each state of the destination.

    Raises:
        LabError: a state could not be created.
    """
    with Laboratory() as lab:
        start_daemons(lab)
        return [_record_row(lab, *case) for case in product(OPTIONS, IMAGES_THERE)]


def _record_row(lab: Laboratory, option: str, there: str) -> Row:
    remove_all(lab)
    disk = Disk()
    make_disk(lab.source, disk, str(_SIZE))
    lab.source.check("qemu-io", "-c", f"write -P {_MARK} 0 64k", disk.path)
    make_disk(lab.destination, disk, _size_there(there))
    if there.endswith("in a pool"):
        lab.client.check(*_pool(lab, "pool-create-as", "images", "dir", "--target", IMAGES))
    start(lab, lab.source, Guest(disk=disk))
    command = ["virsh", "-c", uri(lab.source), "migrate", "--live", option]
    outcome = lab.client.run(*command, "web1", uri(lab.destination))
    came = state_of(lab, lab.destination).startswith("running")
    if came:
        virsh(lab, lab.destination, "destroy", "web1")
    row = {
        "Option": option,
        "Image on the destination": there,
        "Migration": "Completes" if came else "Refused",
        "Contents afterwards": _contents(lab.destination, disk) if came else "Not there",
        "Room taken": _room(lab.destination, disk) if came else "Nothing",
        "virsh says": _said(outcome),
    }
    if there.endswith("in a pool"):
        lab.client.check(*_pool(lab, "pool-destroy", "images"))
    return Row(row)


def _size_there(there: str) -> str:
    return {"Of the same size": str(_SIZE), "Of another size": str(_OTHER)}.get(there, "")


def _pool(lab: Laboratory, *words: str) -> list[str]:
    return ["virsh", "-c", uri(lab.destination), *words]


def _contents(host: Host, disk: Disk) -> str:
    """Return whether an image contains the mark written on the source, in words."""
    outcome = host.run("qemu-io", "-r", "-c", f"read -P {_MARK} 0 64k", disk.path)
    return _OURS if "verification failed" not in outcome.out + outcome.err else _THEIRS


def _room(host: Host, disk: Disk) -> str:
    """Return how much of the file system an image takes, in words."""
    info = json.loads(host.check("qemu-img", "info", "--output=json", disk.path))
    return "The full size" if info["actual-size"] >= _SIZE else "What is in use"


def _said(outcome: Outcome) -> str:
    return "nothing" if outcome.is_success else outcome.message

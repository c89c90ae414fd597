"""The guests: small virtual machines without an operating system."""

import struct
import subprocess
from dataclasses import dataclass
from xml.etree import ElementTree

from .hosts import Host, LabError, Outcome, wait_until
from .laboratory import Laboratory

MIB = 2**20
IMAGES = "/var/lib/libvirt/images"
BUSY = f"{IMAGES}/busy"
"""A kernel that never stops changing its memory, so that a slow migration never ends."""
FULL = f"{IMAGES}/full"
"""A kernel that fills some of its memory and then halts, so that a slow migration takes time."""
FILLED_TO = 8 * MIB
"""The end of the memory that the kernels fill."""

_DOMAIN = """\
<domain type='qemu'>
  <name>{guest.name}</name>
  <uuid>{guest.uuid}</uuid>
  <description>{mark}</description>
  <memory unit='MiB'>16</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    {kernel}
  </os>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    {disk}
    {guest.devices}
  </devices>
</domain>
"""

_DISK = """\
<disk type='file' device='disk'>
      <driver name='qemu' type='{format}'/>
      <source file='{path}'/>
      <target dev='vda' bus='virtio'/>
      {more}
    </disk>"""


@dataclass(frozen=True, slots=True)
class Disk:
    """The guest's disk, `vda`."""

    path: str = f"{IMAGES}/web1.qcow2"
    format: str = "qcow2"
    more: str = ""
    """More elements, such as `<readonly/>`."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest, always of 16 MiB."""

    name: str = "web1"
    uuid: str = "10000000-0000-4000-8000-000000000001"
    kernel: str = ""
    disk: Disk | None = None
    devices: str = ""
    """More devices, as elements."""

    def xml(self, mark: str) -> str:
        """Return the guest's definition, with a mark that tells which host's file it is."""
        kernel = f"<kernel>{self.kernel}</kernel>" if self.kernel else ""
        d = self.disk
        disk = _DISK.format(format=d.format, path=d.path, more=d.more) if d else ""
        return _DOMAIN.format(guest=self, mark=mark, kernel=kernel, disk=disk)


def uri(host: Host) -> str:
    """Return the URI with which the client connects to a host's daemon."""
    return f"qemu+tcp://{host.name}/system"


def virsh(lab: Laboratory, host: Host, *command: str, timeout: float = 60) -> Outcome:
    """Run a `virsh` command on the client, connected to a host."""
    return lab.client.run("virsh", "-c", uri(host), *command, timeout=timeout)


def define(lab: Laboratory, host: Host, guest: Guest, mark: str = "") -> None:
    """Store a guest's definition on a host, marked with the host's role by default.

    Raises:
        LabError: libvirt refuses it.
    """
    lab.client.write("/root/guest.xml", guest.xml(mark or host.role))
    lab.client.check("virsh", "-c", uri(host), "define", "/root/guest.xml")


def start(lab: Laboratory, host: Host, guest: Guest, *, is_persistent: bool = False) -> None:
    """Start a guest on a host, with or without storing its definition.

    Raises:
        LabError: libvirt refuses it.
    """
    if is_persistent:
        define(lab, host, guest)
        lab.client.check("virsh", "-c", uri(host), "start", guest.name)
        return
    lab.client.write("/root/guest.xml", guest.xml(host.role))
    lab.client.check("virsh", "-c", uri(host), "create", "/root/guest.xml")


def remove_all(lab: Laboratory) -> None:
    """Remove all guests from all hosts, running or defined."""
    for host in (lab.source, lab.destination):
        names = lab.client.check("virsh", "-c", uri(host), "list", "--all", "--name").split()
        for name in names:
            virsh(lab, host, "destroy", name)
            virsh(lab, host, "undefine", name, "--managed-save", "--snapshots-metadata")


def state_of(lab: Laboratory, host: Host, name: str = "web1") -> str:
    """Return a guest's state with its reason, or `none` if a host does not know it."""
    outcome = virsh(lab, host, "domstate", "--reason", name)
    if "failed to get domain" in outcome.err or "Domain not found" in outcome.err:
        return "none"
    if not outcome.is_success:
        raise LabError(f"{host.name}: {outcome.command}: {outcome.message}")
    return outcome.out.strip()


def type_of(lab: Laboratory, host: Host, name: str = "web1") -> str:
    """Return `Transient` or `Persistent`, as the daemon reports for a guest."""
    info = lab.client.check("virsh", "-c", uri(host), "dominfo", name)
    fields = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    return {"yes": "Persistent", "no": "Transient"}[fields["Persistent"].strip()]


def file_of(host: Host, name: str = "web1") -> str:
    """Return a guest's stored definition, or an empty text if there is no file."""
    file = host.path(f"/etc/libvirt/qemu/{name}.xml")
    return file.read_text() if file.exists() else ""


def mark_of(definition: str) -> str:
    """Return the mark in a guest's definition."""
    return ElementTree.fromstring(definition).findtext("description") or ""  # noqa: S314


def start_slow_migration(
    lab: Laboratory, *options: str, kernel: str = FULL, stdin: int = subprocess.DEVNULL
) -> "subprocess.Popen[str]":
    """Start a guest and, on the client, a slow migration of it at 1 MiB/s.

    Raises:
        LabError: the guest or its migration does not start.
    """
    write_kernels(lab.source, lab.destination)
    guest = Guest(kernel=kernel)
    start(lab, lab.source, guest)
    look = ["qemu-monitor-command", guest.name, "--hmp", f"xp /1xw {FILLED_TO - 4}"]
    wait_until(
        lambda: not virsh(lab, lab.source, *look).message.endswith("0x00000000"),
        "the guest fills its memory",
    )
    slowly = ["virsh", "-c", uri(lab.source), "migrate", "--live", "--bandwidth", "1"]
    process = lab.client.start(*slowly, *options, guest.name, uri(lab.destination), stdin=stdin)
    wait_until(
        lambda: "Memory processed" in virsh(lab, lab.source, "domjobinfo", guest.name).out,
        "the migration sends memory",
    )
    return process


def switch_to_postcopy(lab: Laboratory, name: str = "web1") -> None:
    """Switch a migration to post-copy: the guest runs on the destination, its memory follows.

    Raises:
        LabError: the guest does not run there.
    """
    virsh(lab, lab.source, "migrate-postcopy", name)
    wait_until(
        lambda: state_of(lab, lab.source, name) == "paused (post-copy)", "the guest switches"
    )


def write_kernels(*hosts: Host) -> None:
    """Write the two kernels to the hosts."""
    for host in hosts:
        host.write(BUSY, _kernel(is_busy=True))
        host.write(FULL, _kernel(is_busy=False))


def _kernel(*, is_busy: bool) -> bytes:
    """Return a multiboot kernel that fills 6 MiB of memory, once or in a loop."""
    load, header_size = MIB, 32
    first, words = 2 * MIB, (FILLED_TO - 2 * MIB) // 4
    fill = struct.pack("<BIBI", 0xBF, first, 0xB9, words)  # mov edi, first; mov ecx, words
    fill += b"\xfc\xf3\xab"  # cld; rep stosd
    begin = b"\xfa\xb8\x01\x00\x00\x00"  # cli; mov eax, 1
    step = b"\x40"  # inc eax
    back = struct.pack("<Bb", 0xEB, -(len(step) + len(fill) + 2))  # jmp to the step
    rest = b"\xf4\xeb\xfd"  # hlt; jmp back to it
    code = begin + step + fill + (back if is_busy else rest)
    end = load + header_size + len(code)
    magic, flags = 0x1BADB002, 0x00010000
    addresses = (load, load, end, end, load + header_size)
    header = struct.pack("<8I", magic, flags, -(magic + flags) & 0xFFFFFFFF, *addresses)
    return header + code

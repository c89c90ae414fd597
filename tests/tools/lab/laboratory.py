"""Hosts on one machine: `client`, `source` and `destination`, which can reach only each other.

A network namespace contains two bridges, for the main network and for a second one for data. The
hosts are its children: each has its own network, host name, processes and mounts, and a file system
that starts as a copy of the machine's and is discarded at the end. One process keeps everything
alive; when it dies, for whatever reason, the kernel removes the rest.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .hosts import ENVIRONMENT, Host, LabError, LabMissingError, enter

TOOLS = (
    "ip nsenter openssl pgrep ping qemu-img qemu-io qemu-system-x86_64 setpriv ssh sshd sudo "
    "unshare libvirtd virsh"
).split()
PACKAGES = (
    "libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 qemu-utils "
    "iproute2 iputils-ping openssh-client openssh-server openssl procps sudo"
)

_KEEP = "echo ready; exec env --ignore-signal=CHLD sleep infinity"
"""The first process of a namespace. It ignores SIGCHLD, so that no zombies remain."""

_SWITCH = f"mount -t tmpfs lab /mnt; mkdir /mnt/shared; {_KEEP}"

_HOST = f"""
set -e
hostname $1
mkdir -p /mnt/$1/upper /mnt/$1/work /mnt/$1/root
mount -t overlay lab -o lowerdir=/,upperdir=/mnt/$1/upper,workdir=/mnt/$1/work /mnt/$1/root
cd /mnt/$1/root
mount --rbind /dev dev
mount -t proc lab proc
mount -t sysfs lab sys
for folder in dev/shm tmp var/tmp; do mount -t tmpfs lab $folder; done
for folder in root run; do mount -t tmpfs -o mode=755 lab $folder; done
mkdir -p shared
mount --bind /mnt/shared shared
pivot_root . .
umount -l .
cd /
{_KEEP}
"""


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a host, on one of the two bridges."""

    bridge: str
    address: str


class Laboratory:
    """The three hosts, while the context lasts."""

    names: Mapping[str, str] = {"client": "client", "source": "srchost", "destination": "desthost"}
    addresses: Mapping[str, tuple[Address, ...]] = {
        "client": (Address("lan", "192.0.2.1/24"), Address("lan", "2001:db8::3/64")),
        "source": (
            Address("lan", "192.0.2.2/24"),
            Address("lan", "2001:db8::2/64"),
            Address("data", "10.0.0.2/24"),
        ),
        "destination": (
            Address("lan", "192.0.2.3/24"),
            Address("lan", "2001:db8::1/64"),
            Address("data", "10.0.0.1/24"),
        ),
    }

    def __init__(self) -> None:
        self._holders: list[subprocess.Popen[str]] = []
        self.switch = 0
        """The ID of the process that keeps the bridges and everything else alive, or 0."""
        self.hosts: dict[str, Host] = {}

    def __enter__(self) -> "Laboratory":
        require()
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def client(self) -> Host:
        """The host where `virsh` runs."""
        return self.hosts["client"]

    @property
    def source(self) -> Host:
        """The host from which guests migrate."""
        return self.hosts["source"]

    @property
    def destination(self) -> Host:
        """The host to which guests migrate."""
        return self.hosts["destination"]

    def role_of(self, address: str) -> str:
        """Return the role of the host with an address."""
        for role, addresses in self.addresses.items():
            if any(a.address.partition("/")[0] == address for a in addresses):
                return role
        raise LabError(f"nobody has the address {address}")

    def close(self) -> None:
        """Stop every process in the laboratory; the kernel removes its namespaces."""
        if self.switch:
            os.kill(self.switch, signal.SIGKILL)
            self.switch = 0
        for holder in reversed(self._holders):
            holder.communicate()
        self._holders.clear()
        self.hosts.clear()

    def _set_up(self) -> None:
        kinds = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        prefilter = ["setpriv", "--pdeathsig", "KILL", "--"]
        self.switch = self._hold([*prefilter, "unshare", *kinds, "sh", "-ec", _SWITCH])
        links = ["link add lan type bridge", "link set lan up"]
        links += ["link add data type bridge", "link set data up"]
        for role, name in self.names.items():
            inner = ["unshare", "--uts", *kinds, "sh", "-ec", _HOST, "sh", name]
            pid = self._hold([*prefilter, *enter(self.switch), *inner])
            self.hosts[role] = Host(role, name, pid)
            for bridge in sorted({a.bridge for a in self.addresses[role]}):
                port = f"{role[:6]}-{bridge}"
                links.append(f"link add {port} type veth peer name {bridge} netns {pid}")
                links.append(f"link set {port} master {bridge} up")
        configure_network(self.switch, links)
        book = "".join(
            f"{a.address.partition('/')[0]} {self.names[role]}\n"
            for role in self.names
            for a in self.addresses[role][:1]
        )
        for role, host in self.hosts.items():
            lines = ["link set lo up"]
            for a in self.addresses[role]:
                suffix = " nodad" if ":" in a.address else ""
                lines += [
                    f"link set {a.bridge} up",
                    f"address add {a.address} dev {a.bridge}{suffix}",
                ]
            configure_network(host.pid, lines)
            host.write("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n{book}")

    def _hold(self, command: list[str]) -> int:
        """Start the first process of a namespace; return its ID once it is ready."""
        pipe = subprocess.PIPE
        holder = subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, env=ENVIRONMENT, start_new_session=True
        )
        self._holders.append(holder)
        assert holder.stdout is not None
        if holder.stdout.readline() != "ready\n":
            _, err = holder.communicate()
            raise LabError(f"a namespace cannot be set up: {err.strip()}")
        return _last_descendant(holder.pid)


def require() -> None:
    """Make sure that the laboratory can be set up on this machine.

    Raises:
        LabMissingError: something is missing.
    """
    if os.geteuid() != 0:
        raise LabMissingError("the laboratory needs root, to make namespaces")
    missing = [tool for tool in TOOLS if shutil.which(tool, path=ENVIRONMENT["PATH"]) is None]
    if missing:
        hint = f"apt-get install -y --no-install-recommends {PACKAGES}"
        raise LabMissingError(f"not installed: {', '.join(missing)}\n{hint}")


def configure_network(pid: int, lines: list[str]) -> None:
    """Run lines of `ip` in the network namespace of a process, by the machine's process IDs.

    Raises:
        LabError: a line failed.
    """
    command = ["nsenter", "--target", str(pid), "--net", "ip", "-batch", "-"]
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        command, input=text, text=True, capture_output=True, env=ENVIRONMENT, check=False
    )
    if done.returncode:
        raise LabError(f"the network cannot be set up: {done.stderr.strip()}")


def _last_descendant(pid: int) -> int:
    """Return the last process in a chain of processes with one child each."""
    while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pid = int(children[0])
    return pid

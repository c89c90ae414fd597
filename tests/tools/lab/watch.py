"""Who opens TCP connections to whom, on which port and for what, captured from the network.

A second process in the network namespace of the bridges captures every frame. The first bytes of
either side identify the protocol, whatever the port: libvirt's calls, QEMU's memory stream and
QEMU's disk server each start with their own magic bytes.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .hosts import ENVIRONMENT, LabError
from .laboratory import Laboratory

_KINDS = (
    (0, b"NBDMAGIC", "QEMU disks"),
    (0, b"QEVM", "QEMU memory"),
    (0, b"\x11\x22\x33\x44", "QEMU memory"),  # each additional channel of --parallel
    (4, b"\x20\x00\x80\x86", "libvirtd"),  # after the length, the number of libvirt's protocol
    (0, b"SSH-2.0", "sshd"),
    (0, b"\x16\x03", "TLS"),
)
_SNIFFER = Path(__file__).with_name("sniffer.py")


@dataclass(frozen=True, slots=True, order=True)
class Connection:
    """A TCP connection, described from the side that opened it."""

    tail: str
    """Role of the host that opened it."""
    head: str
    port: int
    what: str
    """The service on that port: `libvirtd`, `QEMU memory`, `QEMU disks`, `sshd` or `TLS`."""
    address: str
    """The destination address."""


class Watch:
    """Records the connections that are opened while the context lasts."""

    def __init__(self, lab: Laboratory) -> None:
        self._lab = lab
        inside = ["nsenter", "--target", str(lab.switch), "--net", "--"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [*inside, sys.executable, "-I", str(_SNIFFER)],
            stdin=pipe,
            stdout=pipe,
            text=True,
            env=ENVIRONMENT,
            start_new_session=True,
        )
        self.connections: tuple[Connection, ...] = ()
        """The connections, sorted; available once the context has ended."""

    def __enter__(self) -> "Watch":
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            raise LabError("the network cannot be watched")
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        out, _ = self._process.communicate()
        if type_ is not None:
            return
        seen = json.loads(out)
        if seen["lost"]:
            raise LabError(f"{seen['lost']} frames were not seen")
        self.connections = tuple(sorted(self._connection(**c) for c in seen["connections"]))

    def _connection(self, tail: str, head: str, port: int, first: str) -> Connection:
        data = bytes.fromhex(first)
        what = [kind for at, word, kind in _KINDS if data.startswith(word, at)]
        if not what:
            raise LabError(f"port {port} of {head} speaks an unknown language: {data!r}")
        return Connection(self._lab.role_of(tail), self._lab.role_of(head), port, what[0], head)

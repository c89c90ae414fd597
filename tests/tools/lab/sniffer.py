"""Records the TCP connections on a network; a separate program that `watch.py` starts there.

It says `ready`, watches until its input ends, and prints what it saw as JSON.
"""

import json
import select
import socket
import sys
from dataclasses import asdict, dataclass

_SYN, _ACK = 0x02, 0x10
_ALL_FRAMES, _IPV4, _TCP = 0x0003, 0x0800, 6
_RECEIVE_BUFFER = 33  # SO_RCVBUFFORCE, SOL_PACKET and PACKET_STATISTICS of Linux
_PACKET_LEVEL, _STATISTICS = 263, 6


@dataclass(slots=True)
class _Seen:
    tail: str
    head: str
    port: int
    first: str = ""


def _note(frame: bytes, seen: dict[tuple[str, int, str, int], _Seen]) -> None:
    """Record a connection that a frame opens, or the first bytes of an open one."""
    if int.from_bytes(frame[12:14]) != _IPV4 or frame[23] != _TCP:
        return
    tail, head = socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34])
    start = 14 + (frame[14] & 15) * 4
    tail_port, head_port = (int.from_bytes(frame[start + i : start + i + 2]) for i in (0, 2))
    forth, back = (tail, tail_port, head, head_port), (head, head_port, tail, tail_port)
    if frame[start + 13] & (_SYN | _ACK) == _SYN:
        seen.setdefault(forth, _Seen(tail, head, head_port))
    connection = seen.get(forth) or seen.get(back)
    payload = frame[start + (frame[start + 12] >> 4) * 4 : 14 + int.from_bytes(frame[16:18])]
    if payload and connection and not connection.first:
        connection.first = payload[:16].hex()


def _watch() -> None:
    """Watch until the input ends; print what was seen."""
    frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_FRAMES))
    frames.setsockopt(socket.SOL_SOCKET, _RECEIVE_BUFFER, 64 * 2**20)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    seen: dict[tuple[str, int, str, int], _Seen] = {}
    is_open = True
    while True:
        ready, _, _ = select.select([frames, *([sys.stdin] if is_open else [])], [], [], 0.2)
        if frames in ready:
            _note(frames.recv(256), seen)
        elif not is_open:
            break
        elif ready:
            is_open = False
    lost = int.from_bytes(frames.getsockopt(_PACKET_LEVEL, _STATISTICS, 8)[4:8], sys.byteorder)
    found = {"lost": lost, "connections": [asdict(c) for c in seen.values()]}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    _watch()

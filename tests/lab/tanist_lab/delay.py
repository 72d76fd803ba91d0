"""A box in a machine's cable that holds every packet back: `python3 -m tanist_lab.delay HOST_FOLDER PORT MILLISECONDS`.

This kernel has no netem. The box takes the machine's end off the switch, plugs a TAP device of the same name in instead,
and carries frames between the two. SIGTERM puts the cable back.
"""

from __future__ import annotations

import collections
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

from . import places
from .guard import BRIDGE

_TUNSETIFF = 0x400454CA
_IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000
_SIOCETHTOOL = 0x8946
_ETHTOOL_OFFLOADS = (0x17, 0x1F, 0x2C)  # set: transmit checksums, TCP segmentation, generic segmentation
_ETH_P_ALL = 3
_PACKET_OUTGOING = 4


def _ip(commands: str) -> None:
    subprocess.run(["ip", "-batch", "-"], input=commands, text=True, check=True)


def _plain_frames(pid: int) -> None:
    """Makes the machine send finished frames: with offloads on, what a raw socket reads lacks checksums or is too big."""
    body = ("import ctypes,fcntl,socket,struct\n"
            "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
            f"for c in {_ETHTOOL_OFFLOADS}:\n"
            " v=ctypes.create_string_buffer(struct.pack('II',c,0))\n"
            f" fcntl.ioctl(s,{_SIOCETHTOOL},struct.pack('16sP16x',b'eth0',ctypes.addressof(v)))\n")
    subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", places.PYTHON, "-c", body], check=True)


def _open_tap(name: str) -> int:
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI))
    return tap


class _Line:
    """One direction: frames with the time they are due, in order."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._frames: collections.deque[tuple[float, bytes]] = collections.deque()

    def put(self, frame: bytes) -> None:
        self._frames.append((time.monotonic() + self._delay_s, frame))

    def due_in(self) -> float | None:
        """Seconds until the next frame is due; None when there is none."""
        return max(0.0, self._frames[0][0] - time.monotonic()) if self._frames else None

    def due(self) -> list[bytes]:
        """Takes out the frames that are due."""
        out, now = [], time.monotonic()
        while self._frames and self._frames[0][0] <= now:
            out.append(self._frames.popleft()[1])
        return out


def _carry(machine: socket.socket, tap: int, delay_s: float) -> None:
    outward, inward = _Line(delay_s), _Line(delay_s)
    while True:
        waits = [wait for wait in (outward.due_in(), inward.due_in()) if wait is not None]
        readable, _, _ = select.select([machine, tap], [], [], min(waits, default=None))
        if machine in readable:
            frame, origin = machine.recvfrom(65536)
            if origin[2] != _PACKET_OUTGOING:
                outward.put(frame)
        if tap in readable:
            inward.put(os.read(tap, 65536))
        for frame in outward.due():
            os.write(tap, frame)
        for frame in inward.due():
            machine.send(frame)


def main(folder: Path, port: str, delay_s: float) -> None:
    """Puts the box into the cable and works until SIGTERM."""
    raw = f"{port}-raw"
    pid = places.noted_process(folder / "init")
    if pid is None:
        raise SystemExit(f"{port} is switched off")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _plain_frames(pid)
    _ip(f"link set {port} down nomaster\nlink set {port} name {raw}\nlink set {raw} up promisc on\n")
    tap = _open_tap(port)
    try:
        _ip(f"link set {port} up master {BRIDGE}\n")
        machine = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        machine.bind((raw, 0))
        places.note_process(folder / "delay", int(os.readlink("/proc/self")))
        print("ready", flush=True)
        _carry(machine, tap, delay_s)
    finally:
        os.close(tap)
        _ip(f"link set {raw} down promisc off\nlink set {raw} name {port}\nlink set {port} up master {BRIDGE}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]) / 1000)

"""save_binary_logs against the bytes its contract describes, for logs that real servers wrote.

The contract (raw mode): the head of the first file, its events from the position on; of every further file the ROTATE
events of its head, then all behind its head. The heads are runs of format descriptions, ROTATE and PREVIOUS_GTIDS. What
the command does besides, on purpose, is written down here a second time: a Gtid_list of MariaDB behind other events is
left out, and the first description of the primary's format comes in when there was only a receiver's.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from commands import Node
from suite import Context, case

_GOLDEN = Path(__file__).resolve().parents[1] / "golden/binlog"
_ROTATE, _FORMAT, _PREVIOUS, _GTID_LIST = 4, 15, 35, 163
_OWN = 0x40


@dataclass
class Event:
    """One event and where it stands."""

    start: int
    data: bytes

    @property
    def kind(self) -> int:
        """Its type."""
        return self.data[4]

    @property
    def end(self) -> int:
        """Where the next one stands."""
        return self.start + len(self.data)


class Log:
    """A file, read by nothing but event lengths."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path.read_bytes()
        self.events = list(self._walk())
        count = next((n for n, event in enumerate(self.events) if event.kind not in (_ROTATE, _FORMAT, _PREVIOUS)),
                     len(self.events))
        self.head = self.events[:count]
        self.head_end = self.head[-1].end if self.head else 4

    def _walk(self) -> Iterator[Event]:
        at = 4
        while at + 19 <= len(self.data):
            length = struct.unpack_from("<I", self.data, at + 9)[0]
            if at + length > len(self.data):
                return  # torn by the end of its server
            yield Event(at, self.data[at:at + length])
            at += length

    def has_source_format(self) -> bool:
        """A format description that a receiver did not write about its own log."""
        return any(event.kind == _FORMAT and not struct.unpack_from("<H", event.data, 17)[0] & _OWN for event in self.head)


def expected(logs: list[Log], start: int) -> tuple[list[bytes], bool]:
    """The pieces of the output; None stands for a description that is written anew. Whether there is any event."""
    first = logs[0]
    pieces: list[bytes] = [first.data[:first.head_end]]
    seen_format, any_event = first.has_source_format(), False
    for log in logs:
        if log is not first:
            pieces += [event.data for event in log.head if event.kind == _ROTATE]
            if log.has_source_format() and not seen_format:
                pieces.append(b"")
                seen_format = True
        for event in log.events:
            if event.start < max(log.head_end, start if log is first else 0):
                continue
            if event.kind != _GTID_LIST or not any_event:
                pieces.append(event.data)
            any_event = True
    return pieces, any_event


def _same(have: bytes, pieces: list[bytes]) -> bool:
    """Piece by piece; an empty one is any format description."""
    at = 0
    for piece in pieces:
        if not piece:
            assert have[at + 4] == _FORMAT
            at += struct.unpack_from("<I", have, at + 9)[0]
        elif have[at:at + len(piece)] != piece:
            return False
        else:
            at += len(piece)
    return at == len(have)


@case()
def the_bytes_of_golden_logs(context: Context) -> None:
    """Byte for byte from the start, the middle and the end of every file on, and mysqlbinlog reads it."""
    node = Node(context)
    folders = [folder / side for folder in sorted(_GOLDEN.glob(f"{context.flavour}-*")) for side in ("primary", "relay")
               if (folder / side).exists() and "encrypted" not in folder.name]
    assert len(folders) >= 4, folders
    for folder in folders:
        logs = [Log(path) for path in sorted(folder.glob("*.[0-9]*"))]
        for number, log in enumerate(logs):
            ends = [event.end for event in log.events]
            for start in {4, ends[len(ends) // 2], ends[-1]}:
                _check(node, logs[number:], start, read=start == 4 and number in (0, len(logs) - 1))


def _check(node: Node, logs: list[Log], start: int, read: bool) -> None:
    pieces, any_event = expected(logs, start)
    first = logs[0].path
    output = node.save(first.parent, (first.name, start), "golden.000001", code=0 if any_event else 10)
    assert _same(output.read_bytes(), pieces), f"{first} from {start}"
    if not read:
        return
    done = subprocess.run([node.clients / "mysqlbinlog", "--no-defaults", output], capture_output=True, check=False)
    assert done.returncode == 0, f"{first} from {start}: {done.stderr!r}"


@case(flavours="mariadb")
def encrypted_logs_are_refused(context: Context) -> None:
    """MariaDB's, by the event that says so, and no file is left."""
    node = Node(context)
    folder = _GOLDEN / "mariadb-encrypted/primary"
    output = node.save(folder, ("bin.000001", 4), "encrypted", code=1)
    assert not output.exists()

"""A small client for the MySQL protocol: enough for tests, fast enough for thousands of inserts a second.

Debian's Python has no driver and the lab wants no package beyond it. Text protocol only, one statement at a time.
Every call has a deadline: the socket's timeout. A connection that met an error on the wire is closed and unusable.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from . import mysql_auth

_LONG_PASSWORD, _FOUND_ROWS, _CONNECT_WITH_DB = 0x1, 0x2, 0x8
_PROTOCOL_41, _TRANSACTIONS, _SECURE_CONNECTION = 0x200, 0x2000, 0x8000
_MULTI_RESULTS, _PLUGIN_AUTH = 0x20000, 0x80000
_WANTED = (_LONG_PASSWORD | _FOUND_ROWS | _PROTOCOL_41 | _TRANSACTIONS | _SECURE_CONNECTION | _MULTI_RESULTS
           | _PLUGIN_AUTH)
_UTF8MB4 = 45  # utf8mb4_general_ci: the one collation id all flavours know
_MAX_PACKET = 0xFFFFFF

SocketFactory = Callable[[], socket.socket]


class SqlError(OSError):
    """The server answered with an error packet. It lives and it refuses: `number` says why."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(number, message)
        self.number = number

    def __str__(self) -> str:
        return f"SQL error {self.number}: {self.args[1]}"


class ConnectionLost(OSError):
    """The connection broke or its deadline passed: whether the last statement was executed is unknown."""


@dataclass
class Answer:
    """What a statement returned. Values are text, or None for NULL."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    affected: int = 0

    def dicts(self) -> list[dict[str, str | None]]:
        """The rows by column name."""
        return [dict(zip(self.columns, row)) for row in self.rows]

    def value(self) -> str | None:
        """The first cell, or None when there is no row."""
        return self.rows[0][0] if self.rows else None


class Connection:
    """One session. `connect` is called once and returns a connected stream socket."""

    def __init__(self, connect: SocketFactory, user: str, password: str, database: str = "",
                 timeout_s: float = 10.0) -> None:
        self._socket = connect()
        self._socket.settimeout(timeout_s)
        self._buffer = bytearray()
        self._sequence = 0
        self.server_version = ""
        try:
            self._handshake(user, password, database)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the session politely if the socket still works."""
        try:
            self._sequence = 0
            self._send(b"\x01")
        except OSError:
            pass
        self._socket.close()

    def settimeout(self, timeout_s: float) -> None:
        """Deadline for each following wait."""
        self._socket.settimeout(timeout_s)

    def query(self, sql: str | bytes) -> Answer:
        """Runs one statement. Raises SqlError for a refusal and ConnectionLost when nobody can know."""
        self._sequence = 0
        self._send(b"\x03" + (sql.encode("utf-8", "surrogateescape") if isinstance(sql, str) else sql))
        packet = self._receive()
        if packet[0] == 0x00:
            return Answer(affected=_length(packet, 1)[0])
        columns = [self._column_name(self._receive()) for _ in range(_length(packet, 0)[0])]
        self._receive()  # the end of the column list
        answer = Answer(columns)
        while True:
            packet = self._receive()
            if packet[0] == 0xFE and len(packet) < 9:
                return answer
            answer.rows.append(_row(packet, len(columns)))

    # -- packets ------------------------------------------------------------------------------------------------

    def _send(self, payload: bytes) -> None:
        out = bytearray()
        for start in range(0, len(payload) + 1, _MAX_PACKET):
            part = payload[start:start + _MAX_PACKET]
            out += len(part).to_bytes(3, "little") + bytes([self._sequence]) + part
            self._sequence = (self._sequence + 1) & 0xFF
        try:
            self._socket.sendall(out)
        except OSError as error:
            raise self._lost(error) from error

    def _receive(self) -> bytes:
        """One packet; an error packet is raised."""
        payload = b""
        while True:
            header = self._read(4)
            self._sequence = (header[3] + 1) & 0xFF
            size = int.from_bytes(header[:3], "little")
            payload += self._read(size)
            if size < _MAX_PACKET:
                break
        if payload[0] == 0xFF:
            text = payload[9:] if payload[3:4] == b"#" else payload[3:]
            raise SqlError(struct.unpack_from("<H", payload, 1)[0], text.decode("utf-8", "replace"))
        return payload

    def _read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            try:
                part = self._socket.recv(65536)
            except OSError as error:
                raise self._lost(error) from error
            if not part:
                raise self._lost(ConnectionResetError("closed by the server"))
            self._buffer += part
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _lost(self, error: OSError) -> ConnectionLost:
        self._socket.close()
        return ConnectionLost(error.errno or 0, f"connection lost: {error}")

    @staticmethod
    def _column_name(packet: bytes) -> str:
        """The fifth of the strings a column definition starts with: its name as the client should show it."""
        at = 0
        for _ in range(4):
            size, at = _length(packet, at)
            at += size
        size, at = _length(packet, at)
        return packet[at:at + size].decode()

    # -- logging in ---------------------------------------------------------------------------------------------

    def _handshake(self, user: str, password: str, database: str) -> None:
        greeting = self._receive()
        end = greeting.index(0, 1)
        self.server_version = greeting[1:end].decode()
        scramble = greeting[end + 5:end + 13] + greeting[end + 32:end + 44]
        plugin = greeting[end + 45:].split(b"\0")[0].decode() or "mysql_native_password"
        token = mysql_auth.token(plugin, password, scramble)
        flags = _WANTED | (_CONNECT_WITH_DB if database else 0)
        self._send(struct.pack("<IIB23x", flags, 1 << 30, _UTF8MB4) + user.encode() + b"\0"
                   + bytes([len(token)]) + token + (database.encode() + b"\0" if database else b"")
                   + plugin.encode() + b"\0")
        while (packet := self._receive())[0] != 0x00:
            if packet[0] == 0xFE:  # use another plugin
                name, _, rest = packet[1:].partition(b"\0")
                plugin, scramble = name.decode(), rest[:20]
                self._send(mysql_auth.token(plugin, password, scramble))
            elif packet == mysql_auth.SHA2_FULL:
                self._send(mysql_auth.SHA2_WANT_KEY)
                self._send(mysql_auth.encrypted(password, scramble, self._receive()[1:]))
            elif packet != mysql_auth.SHA2_FAST_OK:
                raise ConnectionLost(0, f"unknown step in the login with {plugin}")


def _length(packet: bytes, at: int) -> tuple[int, int]:
    """A length-encoded integer and the offset behind it."""
    first = packet[at]
    if first < 0xFB:
        return first, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(packet[at + 1:at + 1 + size], "little"), at + 1 + size


def _row(packet: bytes, columns: int) -> tuple[str | None, ...]:
    values: list[str | None] = []
    at = 0
    for _ in range(columns):
        if packet[at] == 0xFB:
            values.append(None)
            at += 1
            continue
        size, at = _length(packet, at)
        values.append(packet[at:at + size].decode("utf-8", "surrogateescape"))
        at += size
    return tuple(values)


def quote(text: str) -> str:
    """A string literal for SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''").replace("\0", "\\0") + "'"

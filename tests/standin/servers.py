"""Database servers on loopback, each in its own folder and on its own port; nothing of the host is used or changed."""

from __future__ import annotations

import functools
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace

from tanist_lab import mysql, replication, templates
from tanist_lab.errors import Hopeless
from tanist_lab.flavours import FLAVOURS, Settings
from tanist_lab.waiting import wait_until

ADDRESS = "127.0.0.1"
# A tmpdir of its own, too: a MariaDB that starts deletes the temporary tables it finds there, also another server's.
_PATHS = {"datadir": "data", "socket": "sock", "pid-file": "pid", "log-error": "log", "tmpdir": "tmp"}
# What only costs time here: a server is asked for nothing but replication, and starts a few hundred times.
_LEAN: dict[str, Settings] = {
    "mysql97": {"performance-schema": "OFF", "innodb-log-writer-threads": "OFF", "innodb-buffer-pool-load-at-startup": "OFF"},
}
_FIRST_PORT = 3300  # every case has a network of its own
REPLICA_USER, REPLICA_PASSWORD = templates.REPL, templates.DEFAULT_PASSWORDS[templates.REPL]


@functools.cache
def template(flavour: str) -> Path:
    """The data folder every server of this kind starts with."""
    return templates.template(FLAVOURS[flavour])


class Server:
    """One server process and its folder. Looks enough like a machine of the lab for the lab's replication helpers."""

    def __init__(self, folder: Path, flavour: str, number: int, settings: Settings) -> None:
        self.folder = folder / f"s{number}"
        self.flavour = FLAVOURS[flavour]
        self.number = number
        self.name = f"s{number}"
        self.port = _FIRST_PORT + number
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self._session: mysql.Connection | None = None
        self.lab = SimpleNamespace(flavour=self.flavour)

    @property
    def data(self) -> Path:
        """The data folder, with binary and relay logs in it."""
        return self.folder / "data"

    def boot(self) -> None:
        """Starts the process with a fresh copy of the template's data; it is not there yet when this returns."""
        self.folder.mkdir(parents=True)
        subprocess.run(["cp", "-a", "--reflink=auto", "-T", str(template(self.flavour.name)), str(self.data)], check=True)
        (self.folder / "log").touch()
        (self.folder / "tmp").mkdir()
        for path in (self.folder, self.folder / "log", self.folder / "tmp"):
            shutil.chown(path, "mysql")
        options = self.flavour.settings | _LEAN.get(self.flavour.name, {}) | self.settings
        options |= {key: str(self.folder / name) for key, name in _PATHS.items()}
        options |= {"port": str(self.port), "bind-address": ADDRESS, "server-id": str(self.number), "skip-slave-start": "ON",
                    "relay-log-purge": "0"}
        self.process = subprocess.Popen(
            [self.flavour.program, "--no-defaults", "--user=mysql", *(f"--{key}={value}" for key, value in options.items())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.data)

    def wait_booted(self) -> None:
        """Returns when it answers."""
        def answers() -> bool:
            if self.process is None or self.process.poll() is not None:
                raise Hopeless(f"{self.flavour.name} has ended, see {self.folder / 'log'}")
            return bool(self.sql("SELECT 1"))
        wait_until(answers, f"{self.flavour.name} to start, see {self.folder / 'log'}", 120)

    def kill(self) -> None:
        """As a crash: SIGKILL."""
        self._hang_up()
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(30)
            self.process = None

    def connect(self, timeout_s: float = 120) -> mysql.Connection:
        """A session of the administrator."""
        return mysql.Connection(lambda: socket.create_connection((ADDRESS, self.port), 10), templates.ADMIN,
                                templates.DEFAULT_PASSWORDS[templates.ADMIN], "app", timeout_s)

    def sql(self, *statements: str, timeout_s: float = 120) -> mysql.Answer:
        """Runs statements in one session; the last one's answer. Several get a session of their own, whose variables and
        transactions end with it; a single one, which leaves nothing, takes the session of the one before."""
        if len(statements) == 1:
            if self._session is None:
                self._session = self.connect()
            try:
                self._session.settimeout(timeout_s)
                return self._session.query(statements[0])
            except mysql.ConnectionLost:
                self._hang_up()
                raise
        with self.connect(timeout_s) as session:
            answer = mysql.Answer()
            for statement in statements:
                answer = session.query(statement)
            return answer

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def said(self, statement: str) -> mysql.Answer:
        """A replication statement in the old words."""
        return self.sql(replication.say(self, statement))


def change_source(replica: Server, port: int, *, gtid: bool, at: replication.Place | None = None, more: str = "",
                  user: str = REPLICA_USER, password: str = REPLICA_PASSWORD) -> None:
    """CHANGE MASTER to a source on loopback, by GTID or by place."""
    parts = [f"MASTER_HOST='{ADDRESS}'", f"MASTER_PORT={port}", f"MASTER_USER='{user}'", f"MASTER_PASSWORD='{password}'",
             "MASTER_CONNECT_RETRY=1", "MASTER_HEARTBEAT_PERIOD=0.5"]
    name = replica.flavour.name
    if name == "mariadb":
        parts.append("MASTER_USE_GTID=slave_pos" if gtid else "MASTER_USE_GTID=no")
    elif name == "mysql97" or gtid:
        parts.append(f"MASTER_AUTO_POSITION={int(gtid)}")
    if name == "mysql97":
        parts.append("GET_SOURCE_PUBLIC_KEY=1")
        if "MASTER_SSL" not in more:
            parts.append("MASTER_SSL=0")
    if at is not None and not gtid:
        parts += [f"MASTER_LOG_FILE='{at.file}'", f"MASTER_LOG_POS={at.position}"]
    if more:
        parts.append(more)
    replica.said("CHANGE MASTER TO " + ", ".join(parts))


class Cluster:
    """A primary and its replicas, all freshly booted and connected."""

    def __init__(self, folder: Path, flavour: str, replicas: int, *, gtid: bool, settings: Settings | None = None,
                 replica_settings: dict[int, Settings] | None = None, more: str = "", format_: str = "ROW") -> None:
        base = {"binlog-format": format_} | (FLAVOURS[flavour].gtid_settings if gtid else FLAVOURS[flavour].position_settings)
        base |= settings or {}
        self.gtid = gtid
        self.flavour = flavour
        self.primary = Server(folder, flavour, 1, base)
        self.replicas = [Server(folder, flavour, 2 + i, base | (replica_settings or {}).get(i, {})) for i in range(replicas)]
        for server in self.servers:
            server.boot()
        for server in self.servers:
            server.wait_booted()
        start = replication.place(self.primary)
        for replica in self.replicas:
            change_source(replica, self.primary.port, gtid=gtid, at=start, more=more)
            replica.said("START SLAVE")

    @property
    def servers(self) -> list[Server]:
        """The primary first."""
        return [self.primary, *self.replicas]

    def end(self) -> None:
        """Kills all there is."""
        for server in self.servers:
            server.kill()

"""Database servers on loopback, each in its own folder and on its own port; nothing of the host is used or changed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace

from tanist_lab import kernel, mysql, replication, templates
from tanist_lab.flavours import FLAVOURS, Settings
from tanist_lab.waiting import wait_until

ADDRESS = "127.0.0.1"
_PATHS = {"datadir": "data", "socket": "sock", "pid-file": "pid", "log-error": "log"}
REPLICA_USER, REPLICA_PASSWORD = templates.REPL, templates.DEFAULT_PASSWORDS[templates.REPL]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


class Server:
    """One server process and its folder. Looks enough like a machine of the lab for the lab's replication helpers."""

    def __init__(self, folder: Path, flavour: str, number: int, settings: Settings) -> None:
        self.folder = folder / f"s{number}"
        self.flavour = FLAVOURS[flavour]
        self.number = number
        self.name = f"s{number}"
        self.port = free_port()
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self.lab = SimpleNamespace(flavour=self.flavour)

    @property
    def data(self) -> Path:
        """The data folder, with binary and relay logs in it."""
        return self.folder / "data"

    def boot(self) -> None:
        """Starts it with a fresh copy of the template's data."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        subprocess.run(["cp", "-a", "--reflink=auto", "-T", str(templates.template(self.flavour)), str(self.data)], check=True)
        subprocess.run(["chown", "mysql:", str(self.folder)], check=True)
        self.start()

    def start(self, **more: str) -> None:
        """Starts the process on what is in the folder."""
        log = self.folder / "log"
        log.touch()
        subprocess.run(["chown", "mysql:", str(log)], check=True)
        options = self.flavour.settings | self.settings | {key.replace("_", "-"): value for key, value in more.items()}
        options |= {key: str(self.folder / name) for key, name in _PATHS.items()}
        options |= {"port": str(self.port), "bind-address": ADDRESS, "server-id": str(self.number), "skip-slave-start": "ON",
                    "relay-log-purge": "0"}
        self.process = subprocess.Popen(
            [self.flavour.program, "--no-defaults", "--user=mysql", *(f"--{key}={value}" for key, value in options.items())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.data,
            preexec_fn=kernel.die_with_parent)
        wait_until(lambda: self.sql("SELECT 1"), f"{self.flavour.name} to start, see {log}", 60)

    def kill(self) -> None:
        """As a crash: SIGKILL."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(30)
            self.process = None

    def stop(self) -> None:
        """A clean shutdown."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)
        self.process = None

    def connect(self, timeout_s: float = 120) -> mysql.Connection:
        """A session of the administrator."""
        return mysql.Connection(lambda: socket.create_connection((ADDRESS, self.port), 10), templates.ADMIN,
                                templates.DEFAULT_PASSWORDS[templates.ADMIN], "app", timeout_s)

    def sql(self, *statements: str, timeout_s: float = 120) -> mysql.Answer:
        """Runs statements in one session; the last one's answer."""
        with self.connect(timeout_s) as session:
            answer = mysql.Answer()
            for statement in statements:
                answer = session.query(statement)
            return answer

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


def running_as_root() -> bool:
    """Servers run as another user, which needs root to start them."""
    return os.geteuid() == 0

"""A whole lab: db1..dbN with database servers, `mgr` for the manager, `client` for applications, one switch between them."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from . import boot, kernel, places, replication, templates
from .errors import LabError
from .flavours import CONFIG, FLAVOURS, Flavour, Settings
from .hosts import Host
from .mysql import SocketFactory, quote
from .network import Network
from .waiting import wait_until

MANAGER, CLIENT = "mgr", "client"
_NUMBERS = range(1, 250)


@dataclasses.dataclass
class Options:
    """What a lab is made of. Settings are server options as in my.cnf, without the leading dashes."""

    flavour: str = "mariadb"
    hosts: int = 4
    gtid: bool = False
    semisync: bool = False
    binlog_format: str = "ROW"
    relay_log_purge: bool = False  # as MHA's users have it: it needs the relay logs
    replicate: bool = True  # db2..dbN follow db1; else all are alone
    read_only: bool = True  # on the replicas
    port: int = 3306  # of the servers
    ipv6: bool = False  # names mean fd00 addresses; the IPv4 ones stay for the lab itself and the virtual address
    settings: Settings = dataclasses.field(default_factory=dict)
    host_settings: dict[str, Settings] = dataclasses.field(default_factory=dict)
    passwords: dict[str, str] = dataclasses.field(default_factory=dict)  # by user, where the default will not do
    visible: list[str] = dataclasses.field(default_factory=list)  # more folders that machines see as they are, read-only
    admin_user: str = templates.ADMIN
    repl_user: str = templates.REPL
    app_user: str = templates.APP


class Lab:
    """A running lab. `Lab.up` makes one, `Lab.attach` finds one made by another process."""

    def __init__(self, number: int, options: Options) -> None:
        self.number = number
        self.options = options
        self.folder = places.lab_folder(number)
        self.network = f"10.77.{number}"
        self.network6 = f"fd00:77:{number:x}"
        self.vip = f"{self.network}.100"
        self.flavour: Flavour = FLAVOURS[options.flavour]
        self.path = ":".join(filter(None, [self.flavour.clients, boot.PATH]))
        self.switchboard = Network(self)
        self.dbs = [Host(self, f"db{n}", 10 + n) for n in range(1, options.hosts + 1)]
        self.manager = Host(self, MANAGER, 2)
        self.client = Host(self, CLIENT, 3)
        self.hosts = [*self.dbs, self.manager, self.client]
        self._guard: subprocess.Popen | None = None

    def __getitem__(self, name: str) -> Host:
        for host in self.hosts:
            if host.name == name:
                return host
        raise LabError(f"no machine is called {name}: there are {', '.join(host.name for host in self.hosts)}")

    @property
    def switch(self) -> int:
        """Pid of the process that holds the lab together."""
        pid = places.noted_process(self.folder / "switch")
        if pid is None:
            raise LabError(f"lab {self.number} is not running")
        return pid

    def password_of(self, user: str) -> str:
        """The password of one of the lab's accounts."""
        return self.options.passwords.get(user, templates.DEFAULT_PASSWORDS.get(user, ""))

    def dial(self, address: str, port: int, via: Host, timeout_s: float) -> SocketFactory:
        """Makes connections as if from the machine `via`, for use in this process."""
        def factory() -> socket.socket:
            with kernel.in_network_of(via.init):
                return socket.create_connection((address, port), timeout_s)
        return factory

    # -- life ---------------------------------------------------------------------------------------------------

    @classmethod
    def up(cls, options: Options | None = None, number: int | None = None, die_with: int = 0) -> Lab:
        """Boots a lab and returns when every server answers and replicates. It ends with the process `die_with`."""
        options = options or Options()
        if options.flavour not in FLAVOURS:
            raise LabError(f"unknown flavour {options.flavour}: there are {', '.join(FLAVOURS)}")
        flavour = FLAVOURS[options.flavour]
        if options.semisync and flavour.semisync_settings is None:
            raise LabError(f"{flavour.name} has no semi-synchronous replication here")
        data = templates.template(flavour)
        lab = cls(_claim(number), options)
        try:
            places.write_fact(lab.folder / "options", json.dumps(dataclasses.asdict(options)))
            _make_key(lab.folder)
            lab._start_guard(die_with)
            with ThreadPoolExecutor(len(lab.hosts)) as pool:
                list(pool.map(lambda host: lab._boot(host, data), lab.hosts))
            if options.replicate:
                replication.follow(lab.dbs[0], lab.dbs[1:])
        except BaseException:
            lab.down()
            raise
        return lab

    @classmethod
    def attach(cls, number: int | None = None) -> Lab:
        """Finds a running lab; without a number the only one there is."""
        if number is None:
            running = running_labs()
            if len(running) != 1:
                raise LabError("no lab is running" if not running else
                               f"say which lab: {', '.join(map(str, running))} are running")
            number = running[0]
        folder = places.lab_folder(number)
        if not (folder / "options").exists() or places.noted_process(folder / "guard") is None:
            raise LabError(f"lab {number} is not running")
        return cls(number, Options(**json.loads((folder / "options").read_text())))

    def down(self) -> None:
        """Ends the lab and removes every trace of it. Safe to call at any time, also twice."""
        _take_down(self.folder)
        if self._guard is not None:
            self._guard.wait()  # our child, if this process has made the lab

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def _start_guard(self, die_with: int) -> None:
        guard = subprocess.Popen([places.PYTHON, "-m", "tanist_lab.guard", str(self.folder), str(die_with)],
                                 cwd=places.PYTHON_PATH, start_new_session=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if guard.stdout is None or guard.stderr is None or guard.stdout.read(1) != b"+":
            raise LabError(f"the lab's guard did not start: {guard.communicate()[1].decode()}")
        guard.stdout.close()
        guard.stderr.close()
        self._guard = guard

    # -- machines -----------------------------------------------------------------------------------------------

    def _boot(self, host: Host, data: Path) -> None:
        host.folder.mkdir(parents=True)
        spec = {"address": host.address, "address6": host.address6, "mac": f"02:77:00:00:{self.number:02x}:{host.number:02x}",
                "hosts": self._hosts_file(), "path": self.path,
                "visible": [str(place) for place in (places.PROJECT, places.SERVERS, *self.options.visible)
                            if Path(place).exists()]}
        places.write_fact(host.folder / "spec", json.dumps(spec))
        if host in self.dbs:
            subprocess.run(["cp", "-a", "--reflink=auto", "-T", str(data), str(host.folder / "mysql")], check=True)
        host.power_on()
        if host in self.dbs:
            self.write_config(host)
            self._first_start(host)

    def _hosts_file(self) -> str:
        lines = ["127.0.0.1 localhost", f"{self.vip} vip", *(f"{host.address6 or host.address} {host.name}" for host in self.hosts)]
        return "\n".join(lines) + "\n"

    def write_config(self, host: Host, **more: str) -> None:
        """Writes the machine's my.cnf: lab settings, then those of the options, then `more` (dashes as underscores)."""
        options, flavour = self.options, self.flavour
        settings = flavour.settings | (flavour.gtid_settings if options.gtid else flavour.position_settings)
        if options.semisync and flavour.semisync_settings:
            settings |= flavour.semisync_settings
        settings |= {"server-id": str(host.number), "report-host": host.name, "port": str(options.port), "binlog-format": options.binlog_format,
                     "relay-log-purge": "1" if options.relay_log_purge else "0"}
        settings |= options.settings | options.host_settings.get(host.name, {})
        settings |= {key.replace("_", "-"): value for key, value in more.items()}
        text = "[mysqld]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())
        host.path(CONFIG).write_text(text)

    def _first_start(self, host: Host) -> None:
        """Starts a fresh server and gives its accounts the passwords of this lab, as templates have the default ones."""
        host.start_server(wait=False)
        default = templates.DEFAULT_PASSWORDS[self.options.admin_user]
        with wait_until(lambda: host.connect(password=default), f"the server of {host.name}", 60) as session:
            session.query("SET SESSION sql_log_bin = 0")
            for user, password in self.options.passwords.items():
                session.query(f"ALTER USER '{user}'@'%' IDENTIFIED BY {quote(password)}" if self.flavour.modern_words else
                              f"SET PASSWORD FOR '{user}'@'%' = PASSWORD({quote(password)})")

    def save_logs(self, target: Path) -> None:
        """Copies what explains a failure: server logs and the manager's temporary folders."""
        for host in self.hosts:
            for part in ("log", "var-tmp"):
                source = host.folder / part
                if source.exists() and any(source.iterdir()):
                    shutil.copytree(source, target / host.name / part, dirs_exist_ok=True, symlinks=True,
                                    ignore_dangling_symlinks=True, ignore=_sockets)


def _sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]


def _make_key(folder: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(folder / "key")], check=True)


# -- all labs of this computer --------------------------------------------------------------------------------------


@contextmanager
def _base_locked() -> Iterator[None]:
    places.BASE.mkdir(parents=True, exist_ok=True)
    with open(places.BASE / ".lock", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _folders() -> list[Path]:
    return sorted((path for path in places.BASE.glob("*") if path.name.isdigit()), key=lambda path: int(path.name))


def running_labs() -> list[int]:
    """Numbers of the labs that are up."""
    return [int(path.name) for path in _folders() if places.noted_process(path / "guard") is not None]


def _clear_dead_labs() -> None:
    for folder in _folders():
        if not any(places.noted_process(folder / fact) for fact in ("guard", "owner")):
            _take_down(folder)
    places.remove_remains()


def reap() -> None:
    """Removes the folders of labs that were killed with their guard. `up` does so as well."""
    with _base_locked():
        _clear_dead_labs()


def _claim(number: int | None) -> int:
    """Reserves a number, after clearing away labs whose owner and guard both died."""
    with _base_locked():
        _clear_dead_labs()
        taken = {int(path.name) for path in _folders()}
        if number is None:
            number = next(n for n in _NUMBERS if n not in taken)
        if number in taken:
            raise LabError(f"lab {number} exists already")
        if number not in _NUMBERS:
            raise LabError(f"a lab's number is between {_NUMBERS[0]} and {_NUMBERS[-1]}")
        folder = places.lab_folder(number)
        folder.mkdir()
        places.note_process(folder / "owner", os.getpid())
        return number


def _take_down(folder: Path) -> None:
    guard = places.noted_process(folder / "guard")
    if guard is not None:
        os.kill(guard, signal.SIGTERM)
        if not kernel.wait_for_exit(guard, 30):
            raise LabError(f"the guard of {folder} does not end")
        return  # it has removed the folder, and the number may be another lab's by now
    switch = places.noted_process(folder / "switch")  # only if the guard was killed in its first moments
    if switch is not None:
        os.kill(switch, signal.SIGKILL)
        kernel.wait_for_exit(switch, 30)
    places.remove_folder(folder)

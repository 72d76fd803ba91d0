"""What a row finds when it begins: a folder of its own, and the processes, ports and hosts that it asks for."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden/binlog"
NEVER_S = 60  # a process that was told to go and has not within this time never will
_APP1 = """[server default]
manager_workdir={dir}
user=mha
password=secret
[server1]
hostname=127.0.0.1
port={closed1}
[server2]
hostname=127.0.0.1
port={closed2}
"""


class Unexpected(Exception):
    """What a row says and what is do not agree."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Asks again and again; generously, because it only counts when something is wrong."""
    deadline = time.monotonic() + NEVER_S
    while not condition():
        if time.monotonic() > deadline:
            raise Unexpected(f"waited {NEVER_S} s for {what}")
        time.sleep(0.01)


class ClosedPorts:
    """Ports of the loopback that refuse connections as long as this lives: bound, and nobody listens."""

    def __init__(self, count: int) -> None:
        self._sockets = [socket.socket() for _ in range(count)]
        for one in self._sockets:
            one.bind(("127.0.0.1", 0))

    @property
    def numbers(self) -> list[int]:
        """The ports."""
        return [one.getsockname()[1] for one in self._sockets]


class World:
    """One row's."""

    def __init__(self, folder: Path, bin_dir: Path, closed: list[int]) -> None:
        self.folder = folder
        self.bin_dir = bin_dir
        self.words = {"dir": str(folder), "bin": str(bin_dir), "golden": str(GOLDEN), "here": str(HERE)}
        self.words |= {f"closed{number}": str(port) for number, port in enumerate(closed, 1)}
        self.process: subprocess.Popen | None = None
        self.pid = 0
        self._groups: list[int] = []
        self._children: list[subprocess.Popen] = []
        self._listeners: list[socket.socket] = []
        self.background: subprocess.Popen | None = None
        (folder / "app1.cnf").write_text(self.fill(_APP1))

    def fill(self, text: str, escape=str) -> str:
        """Puts in what only this run knows: {dir}, {pid}, {port}, ..."""
        return re.sub(r"\{([a-z]+\d*)\}", lambda m: escape(self.words[m[1]]) if m[1] in self.words else m[0], text)

    def path(self, name: str) -> Path:
        """A file of the row; a name with a star means the one that fits."""
        name = self.fill(name)
        found = sorted(self.folder.glob(name)) if "*" in name else []
        return found[0] if found else self.folder / name

    def environment(self) -> dict[str, str]:
        """Of what the row runs. Without what the caller's shell may have set."""
        return {"PATH": f"{self.folder}/bin:{self.bin_dir}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": str(self.folder), "TZ": "UTC", "LC_ALL": "C.UTF-8"}

    def start(self, *argv: str, ignores_term: bool = False, output: int | None = None) -> subprocess.Popen:
        """A process that leads a session, as a manager in the background does."""
        def prepare() -> None:
            if ignores_term:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen(argv, start_new_session=True, stdin=subprocess.DEVNULL,  # pylint: disable=R1732,W1509
                                 stdout=output or subprocess.DEVNULL, cwd=self.folder, preexec_fn=prepare)
        self.adopt(child)
        return child

    def adopt(self, child: subprocess.Popen) -> None:
        """Ends with the row."""
        self._children.append(child)
        self._groups.append(child.pid)

    def make_process(self, kind: str) -> None:
        """The process that the health file will name."""
        if kind in ("leader", "stubborn"):
            self.process = self.start("sleep", "3600", ignores_term=kind == "stubborn")
            self.pid = self.process.pid
        elif kind == "member":  # of the group of a shell
            self.process = self.start("sh", "-c", "sleep 3600 & echo $!; sleep 3600 & wait", output=subprocess.PIPE)
            self.pid = int(self.process.stdout.readline())
        elif kind == "orphaning":  # it is gone, its child is not
            self.process = self.start("sh", "-c", "sleep 3600 >&- & echo $!", output=subprocess.PIPE)
            self.words["child"] = self.process.stdout.readline().decode().strip()
            self.pid = self.process.pid
            self.process.wait()
        elif kind == "ended":
            self.process = self.start("true")
            self.pid = self.process.pid
            self.process.wait()
        elif kind == "old":
            self.pid = 1
            wait_until(lambda: _age(1) > 55, "the first process to be older than the files of the rows")
        else:
            raise Unexpected(f"no such kind of process: {kind}")
        self.words["pid"] = str(self.pid)

    def lives(self) -> bool:
        """Whether the process that was made is still there; of a member, the shell."""
        return self.process is not None and self.process.poll() is None

    def member_lives(self) -> bool:
        """Of a group: the process itself."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def write_health(self, said: str) -> None:
        """As a manager does: STATE [master:HOST] [aged SECONDS]."""
        words = said.split()
        aged = 0
        if "aged" in words:
            aged = int(words.pop(words.index("aged") + 1))
            words.remove("aged")
        path = self.folder / "app1.master_status.health"
        path.write_text("\t".join([str(self.pid), *words]))
        path.chmod(0o644)
        then = time.time() - aged
        os.utime(path, (then, then))

    def make_ssh(self, hosts: str) -> None:
        """An ssh that runs commands here, for these hosts only, and writes down how it was called."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        shutil.copy(HERE / "ssh", folder / "ssh")
        (folder / "ssh.hosts").write_text(hosts + "\n")

    def listen(self, greeting: bytes) -> None:
        """A port that says so to whoever connects; without words it accepts connections and is silent."""
        server = socket.create_server(("127.0.0.1", 0))
        self._listeners.append(server)
        self.words["port"] = str(server.getsockname()[1])
        if greeting:
            threading.Thread(target=_greet, args=(server, greeting), daemon=True).start()

    def close(self) -> None:
        """Ends what the row has started."""
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        for pid in self._at_home():  # a manager that a supervisor started leads a session of its own
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for child in self._children:
            child.wait()
            if child.stdout:
                child.stdout.close()
        for server in self._listeners:
            server.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
            server.close()

    def _at_home(self) -> Iterator[int]:
        """Who works in the row's folder, which nobody else knows."""
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if Path(os.readlink(entry / "cwd")) == self.folder:
                    yield int(entry.name)


def _age(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return uptime - int(stat[19]) / os.sysconf("SC_CLK_TCK")


def _greet(server: socket.socket, greeting: bytes) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        with client:
            client.sendall(greeting)

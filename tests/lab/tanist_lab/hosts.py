"""One machine of a lab: running things on it, its power switch, its database server as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from . import boot, kernel, mysql, places
from .errors import LabError
from .waiting import wait_until

if TYPE_CHECKING:
    from .lab import Lab

PID_FILE = "/run/mysqld/mysqld.pid"
ERROR_LOG = "/var/log/mysql/error.log"


class Program:
    """A program that runs on a machine. `popen` is only the door to it; signals must go through the door."""

    def __init__(self, popen: subprocess.Popen) -> None:
        self.popen = popen

    @property
    def pid(self) -> int:
        """The program's own pid as seen from outside the lab."""
        children = Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children")
        return wait_until(lambda: int((children.read_text().split() or ["0"])[0]), "the program to start", 5)

    def signal(self, number: int) -> None:
        """Sends a signal if the program still runs."""
        if self.popen.poll() is None:
            subprocess.run(["kill", f"-{int(number)}", str(self.pid)], check=False, stderr=subprocess.DEVNULL)

    def freeze(self) -> None:
        """SIGSTOP to the program alone, not to what it has started; returns when it stands still."""
        self.signal(signal.SIGSTOP)
        wait_until(self._door_is_stopped, "the program to be frozen", 5)

    def thaw(self) -> None:
        """The end of freeze()."""
        self.popen.send_signal(signal.SIGCONT)  # the door stops itself with its program, and passes this on

    def _door_is_stopped(self) -> bool:
        return Path(f"/proc/{self.popen.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def wait(self, timeout_s: float) -> int:
        """The exit status; LabError when it does not end in time."""
        try:
            return self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.popen.args} did not end within {timeout_s:g} s") from None

    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.popen.poll() is None


class Host:
    """A machine called `name`, number `number` in its lab."""

    def __init__(self, lab: Lab, name: str, number: int) -> None:
        self.lab = lab
        self.name = name
        self.number = number
        self.address = f"{lab.network}.{number}"
        self.address6 = f"{lab.network6}::{number:x}" if lab.options.ipv6 else ""
        self.folder = places.host_folder(lab.folder, name)

    # -- the machine --------------------------------------------------------------------------------------------

    @property
    def init(self) -> int:
        """Pid of the machine's first process; LabError when the machine is off."""
        pid = places.noted_process(self.folder / "init")
        if pid is None:
            raise LabError(f"{self.name} is switched off")
        return pid

    def is_on(self) -> bool:
        """Whether the machine runs (its database server may not)."""
        return places.noted_process(self.folder / "init") is not None

    def power_on(self) -> None:
        """Boots the machine; its database server stays off, like everywhere that does not trust a crashed server."""
        with open(self.folder / "boot.log", "w+", encoding="utf-8") as log:  # a pipe would stay open with the machine
            done = subprocess.run([places.PYTHON, "-m", "tanist_lab.boot", str(self.lab.folder), self.name],
                                  cwd=places.PYTHON_PATH, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=30,
                                  check=False)
            log.seek(0)
            if done.returncode != 0:
                raise LabError(f"{self.name} did not boot: {log.read().strip()}")

    def power_off(self) -> float:
        """Ends the machine as a pulled plug does: its cable is dead first, so nobody hears a last word. Returns when."""
        pid = self.init
        self.lab.switchboard.cut(self)
        now = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        if not kernel.wait_for_exit(pid, 20):
            raise LabError(f"{self.name} does not die")
        self.lab.switchboard.unplug(self)
        return now

    def path(self, inside: str) -> Path:
        """A file of the machine as seen from outside. Valid while it is on."""
        return Path(f"/proc/{self.init}/root") / inside.lstrip("/")

    # -- programs on it -----------------------------------------------------------------------------------------

    def door(self, argv: Sequence[str]) -> list[str]:
        return ["nsenter", f"--target={self.init}", "--mount", "--net", "--pid", "--uts", "--ipc", "--",
                "env", "-i", f"PATH={self.lab.path}", "HOME=/root", "USER=root", "LOGNAME=root", "LANG=C.UTF-8",
                f"HOSTNAME={self.name}", *argv]

    def run(self, argv: Sequence[str], *, check: bool = True, timeout_s: float = 60,
            stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end as root, in /root."""
        try:
            done = subprocess.run(self.door(argv), input=stdin if stdin is not None else "", text=True, timeout=timeout_s,
                                  capture_output=True, check=False, errors="replace")
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name}: {argv[0]} did not end within {timeout_s:g} s") from None
        if check and done.returncode != 0:
            raise LabError(f"{self.name}: {' '.join(argv)}: exit {done.returncode}: "
                           f"{(done.stderr or done.stdout).strip()}")
        return done

    def spawn(self, argv: Sequence[str], output: IO | int = subprocess.DEVNULL,
              stdin: IO | int = subprocess.DEVNULL) -> Program:
        """Starts a command and returns at once."""
        return Program(subprocess.Popen(self.door(argv), stdin=stdin, stdout=output, stderr=subprocess.STDOUT))

    def sh(self, script: str, **options) -> str:
        """Output of a shell script run on the machine."""
        return self.run(["sh", "-c", script], **options).stdout

    def ssh(self, to: Host, command: str, **options) -> subprocess.CompletedProcess[str]:
        """Runs a command on another machine by ssh from here, as root."""
        return self.run(["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", to.name, command], **options)

    # -- SQL ----------------------------------------------------------------------------------------------------

    def connect(self, user: str = "", password: str | None = None, database: str = "", timeout_s: float = 10,
                via: Host | None = None) -> mysql.Connection:
        """A session on this machine's server; by default the administrator's, from the machine itself."""
        user = user or self.lab.options.admin_user
        password = self.lab.password_of(user) if password is None else password
        return mysql.Connection(self.lab.dial(self.address, self.lab.options.port, via or self, timeout_s), user, password,
                                database, timeout_s)

    def sql(self, statement: str, timeout_s: float = 30) -> mysql.Answer:
        """Runs one statement in a session of its own."""
        with self.connect(timeout_s=timeout_s) as session:
            return session.query(statement)

    # -- the database server ------------------------------------------------------------------------------------

    def start_server(self, *extra: str, wait: bool = True, timeout_s: float = 60) -> None:
        """Starts the server with the lab's settings plus `extra` options; returns when it answers SQL."""
        argv = [*self.lab.flavour.command(), *extra]
        Path(self.path(ERROR_LOG)).touch()
        self.run(["sh", "-c", f'chown mysql: {ERROR_LOG}; setsid "$@" </dev/null >>{ERROR_LOG} 2>&1 &', "sh", *argv])
        if wait:
            self.wait_for_server(timeout_s)

    def wait_for_server(self, timeout_s: float = 60) -> None:
        """Returns when the server answers SQL."""
        try:
            wait_until(lambda: self.sql("SELECT 1").rows, f"the server of {self.name}", timeout_s)
        except LabError as error:
            tail = "".join(self.path(ERROR_LOG).read_text(errors="replace").splitlines(True)[-15:])
            raise LabError(f"{error}\n{tail}") from None

    def server_pid(self) -> int:
        """Pid of the server inside the machine; LabError when it does not run."""
        script = f'read -r pid <{PID_FILE} && [ -d "/proc/$pid" ] && echo "$pid"'
        answer = self.run(["sh", "-c", script], check=False).stdout.strip()
        if not answer:
            raise LabError(f"{self.name}: no server runs")
        return int(answer)

    def server_runs(self) -> bool:
        """Whether a server process exists; it may be frozen."""
        return self.is_on() and bool(self.run(["sh", "-c", f'read -r p <{PID_FILE} && [ -d "/proc/$p" ]'],
                                              check=False).returncode == 0)

    def signal_server(self, name: str) -> float:
        """Sends a signal to the server; returns the monotonic time right before it."""
        pid = self.server_pid()
        now = time.monotonic()
        self.run(["kill", f"-{name}", str(pid)])
        return now

    def kill_server(self) -> float:
        """SIGKILL: the server is gone without a word; returns when it struck."""
        now = self.signal_server("KILL")
        wait_until(lambda: not self.server_runs(), f"the server of {self.name} to be gone")
        return now

    def stop_server(self, timeout_s: float = 60) -> None:
        """A clean shutdown."""
        self.signal_server("TERM")
        wait_until(lambda: not self.server_runs(), f"the server of {self.name} to shut down", timeout_s)

    def freeze_server(self) -> float:
        """SIGSTOP: connections stay open, nobody answers."""
        return self.signal_server("STOP")

    def thaw_server(self) -> None:
        """The end of freeze_server."""
        self.signal_server("CONT")

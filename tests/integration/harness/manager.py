"""Tanist's manager as its user sees it: a command, a log, a work directory, an exit status."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

from tanist_lab import LabError
from tanist_lab.errors import Hopeless
from tanist_lab.hosts import Host, Program
from tanist_lab.waiting import wait_until

WORK_DIR = "/var/tmp/masterha"  # on the manager's machine
CONF = f"{WORK_DIR}/app1.cnf"
LOG = f"{WORK_DIR}/manager.log"
HEALTH = f"{WORK_DIR}/app1.master_status.health"


class Manager:
    """A `masterha_manager` that was started on the manager's machine."""

    def __init__(self, host: Host, program: Program) -> None:
        self._host = host
        self._program = program

    @classmethod
    def start(cls, host: Host, bin_dir: Path, options: tuple[str, ...]) -> Manager:
        """Starts it; does not wait for anything."""
        with open(host.folder / "var-tmp/masterha/manager.out", "ab") as output:
            return cls(host, host.spawn([str(bin_dir / "masterha_manager"), f"--conf={CONF}", *options], output))

    def wait_for_state(self, state: str, timeout_s: float = 60) -> None:
        """Returns when the health file shows the state, such as PING_OK."""
        def shows() -> bool:
            if not self._program.running():
                raise Hopeless(f"the manager ended with {self._program.wait(1)} before {state}: {self.last_words()}")
            return state in read_if_there(self._host.path(HEALTH))
        wait_until(shows, f"{state} in the health file", timeout_s)

    def wait_exit(self, expected: int, timeout_s: float = 60) -> None:
        """The manager must end with this status."""
        try:
            status = self._program.wait(timeout_s)
        except LabError:
            raise LabError(f"the manager still runs after {timeout_s:g} s: {self.last_words()}") from None
        if status != expected:
            raise LabError(f"the manager ended with {status}, expected {expected}: {self.last_words()}")

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._program.running()

    def terminate(self) -> None:
        """SIGTERM, as an init system does."""
        self._program.signal(signal.SIGTERM)

    def signal(self, number: int) -> None:
        """Any signal."""
        self._program.signal(number)

    def log(self) -> str:
        """All it has logged so far."""
        return read_if_there(self._host.path(LOG))

    def wait_for_log(self, pattern: str, timeout_s: float = 30) -> re.Match[str]:
        """Returns the first match of a regular expression in the log."""
        def found() -> re.Match[str] | None:
            return re.search(pattern, self.log(), re.MULTILINE)
        try:
            return wait_until(found, f"/{pattern}/ in the manager's log", timeout_s)
        except LabError as error:
            raise LabError(f"{error}: {self.last_words()}") from None

    def last_words(self) -> str:
        """The end of the log, and what it said outside of it: why it did what it did."""
        outside = read_if_there(self._host.path(f"{WORK_DIR}/manager.out"))
        return "\n" + "\n".join(self.log().splitlines()[-25:] + outside.splitlines()[-10:])


def read_if_there(path: Path) -> str:
    """A file's text; empty when it does not exist."""
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""


def run_tool(host: Host, bin_dir: Path, name: str, *options: str, expected: int | None = 0,
             timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Runs one of the commands on the manager's machine and checks its exit status unless that is None."""
    done = host.run([str(bin_dir / name), *options], check=False, timeout_s=timeout_s)
    if expected is not None and done.returncode != expected:
        raise LabError(f"{name} {' '.join(options)}: exit {done.returncode}, expected {expected}:\n"
                       f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done

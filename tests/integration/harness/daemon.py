"""`tanist run` as an operator sees it: a process that goes on, a log, a state directory."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from tanist_lab import LabError
from tanist_lab.errors import Hopeless
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from .manager import CONF, LOG, WORK_DIR, read_if_there

STATE_DIR = f"{WORK_DIR}/state"


class Daemon:
    """A `tanist run` on the manager's machine."""

    def __init__(self, host: Host, bin_dir: Path, options: tuple[str, ...]) -> None:
        self._host = host
        with open(host.path(WORK_DIR) / "run.out", "ab") as output:
            self._program = host.spawn([str(bin_dir / "tanist"), "run", CONF, f"--state_dir={STATE_DIR}", *options], output)

    def log(self) -> str:
        """All it has said, of the cluster and of itself."""
        return read_if_there(self._host.path(LOG)) + read_if_there(self._host.path(f"{WORK_DIR}/run.out"))

    def wait_for_log(self, pattern: str, times: int = 1, timeout_s: float = 60) -> None:
        """Returns when a regular expression matches so many times."""
        def found() -> bool:
            if not self._program.running():
                raise Hopeless(f"tanist run ended with {self._program.wait(1)}: {self.last_words()}")
            return len(re.findall(pattern, self.log(), re.MULTILINE)) >= times
        try:
            wait_until(found, f"/{pattern}/ {times} times in the log of tanist run", timeout_s)
        except LabError as error:
            raise LabError(f"{error}: {self.last_words()}") from None

    def last_words(self) -> str:
        """The end of its log."""
        return "\n" + "\n".join(self.log().splitlines()[-30:])

    def signal(self, number: int) -> None:
        """Any signal."""
        self._program.signal(number)

    def freeze(self) -> None:
        """SIGSTOP: it stands still, and its scripts go on."""
        self._program.freeze()

    def thaw(self) -> None:
        """The end of freeze()."""
        self._program.thaw()

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        self._program.signal(signal.SIGKILL)
        self._program.wait(10)

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._program.running()

    def stop(self, expected: int = 0, timeout_s: float = 60) -> None:
        """SIGTERM, as an init system does; it must end by itself."""
        self._program.signal(signal.SIGTERM)
        status = self._program.wait(timeout_s)
        if status != expected:
            raise LabError(f"tanist run ended with {status}, expected {expected}: {self.last_words()}")

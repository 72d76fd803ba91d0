"""A stubborn application: inserts rows with unique ids and notes every acknowledged one.

As a program it runs on a machine of the lab (`python3 -m tanist_lab.writer`, see `_arguments`); `Writer` is the side of
the test that starts it, watches it and takes its ledger. An id is used once: when a connection breaks nobody knows
whether the row is there, so it is left unacknowledged and the next id is tried.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import mysql, places
from .errors import LabError
from .hosts import Host, Program
from .ledger import TABLE, Ledger
from .waiting import wait_until

_CONNECT_TIMEOUT_S = 0.3
_ANSWER_TIMEOUT_S = 1.0
_RETRY_PAUSE_S = 0.02
_FOLDER = "/var/tmp/writer"


class _Notes:
    """Two append-only files: acknowledged ids and errors, one line each, with the monotonic time in nanoseconds."""

    def __init__(self, folder: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._acks = os.open(folder / "acks", flags)
        self._errors = os.open(folder / "errors", flags)

    def ack(self, number: int) -> None:
        os.write(self._acks, b"%d %d\n" % (number, time.monotonic_ns()))

    def error(self, text: str) -> None:
        os.write(self._errors, f"{time.monotonic_ns()} {text}\n".encode())


def _write_rows(worker: int, options: argparse.Namespace, password: str, notes: _Notes, stop: threading.Event) -> None:
    def dial() -> socket.socket:
        return socket.create_connection((options.target, options.port), _CONNECT_TIMEOUT_S)

    number = worker
    while not stop.is_set():
        try:
            with mysql.Connection(dial, options.user, password, "app", _ANSWER_TIMEOUT_S) as session:
                while not stop.is_set():
                    mine, number = number, number + options.threads
                    session.query(f"INSERT INTO {TABLE} VALUES ({mine}, {worker}, '{'x' * options.pad}')")
                    notes.ack(mine)
                    if options.pace_ms:
                        stop.wait(options.pace_ms / 1000)
        except OSError as error:
            notes.error(str(error))
            stop.wait(_RETRY_PAUSE_S)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the notes go")
    parser.add_argument("--target", required=True, help="host name or address to write to")
    parser.add_argument("--port", type=int, default=3306)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--user", default="app", help="the password is the first line of standard input")
    parser.add_argument("--pad", type=int, default=20, help="bytes of ballast in each row")
    parser.add_argument("--pace-ms", type=float, default=0, help="pause of each thread between rows")
    return parser.parse_args()


def main() -> None:
    """Writes until SIGTERM."""
    options = _arguments()
    password = sys.stdin.readline().rstrip("\n")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    notes = _Notes(options.folder)
    threads = [threading.Thread(target=_write_rows,
                                args=(worker, options, password, notes, stop))
               for worker in range(options.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Writer:
    """A running writer. Its rows go to the table of `ledger.py`, which `prepare` has made on the primary."""

    def __init__(self, program: Program, folder: Path) -> None:
        self._program = program
        self._folder = folder

    @classmethod
    def start(cls, host: Host, target: str = "vip", threads: int = 4, pace_ms: float = 0, pad: int = 20) -> Writer:
        """Starts writing from `host` and returns after the first acknowledged row."""
        lab = host.lab
        name = f"{_FOLDER}-{len(list(host.path('/var/tmp').glob('writer-*')))}"
        host.path(name).mkdir()
        program = host.spawn(
            ["env", f"PYTHONPATH={places.PYTHON_PATH}", places.PYTHON, "-m", "tanist_lab.writer", "--folder", name,
             "--target", target, "--port", str(lab.options.port), "--threads", str(threads), "--pace-ms", str(pace_ms), "--pad", str(pad),
             "--user", lab.options.app_user], stdin=subprocess.PIPE)
        with program.popen.stdin as door:  # not in argv, where everybody could read it
            door.write(lab.password_of(lab.options.app_user).encode() + b"\n")
        # The folder as the lab keeps it: it outlives the machine.
        writer = cls(program, host.folder / "var-tmp" / Path(name).name)
        try:
            writer.wait_for_acks(1, 15)
        except LabError as error:
            program.signal(signal.SIGKILL)
            raise LabError(f"{error}; last error: {writer.last_error()}") from None
        return writer

    def acks(self) -> int:
        """Rows acknowledged so far."""
        path = self._folder / "acks"
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def last_error(self) -> str:
        """What the writer complained of last."""
        path = self._folder / "errors"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return lines[-1].partition(" ")[2] if lines else "none"

    def wait_for_acks(self, more: int, timeout_s: float = 60) -> None:
        """Returns when `more` rows than now have been acknowledged."""
        goal = self.acks() + more
        wait_until(lambda: self.acks() >= goal, f"{more} more acknowledged rows", timeout_s)

    def stop(self) -> Ledger:
        """Ends the writing and returns what was acknowledged."""
        self._program.signal(signal.SIGTERM)
        self._program.wait(15)
        return Ledger.read(self._folder)


if __name__ == "__main__":
    main()

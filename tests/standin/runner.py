"""Runs cases some at a time. Each is a process with a network and a folder of its own, so that none sees another's ports.

A case's output is printed whole when the case is over. Whatever ends the run ends the cases and all they have started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from apart import ENDINGS, run_apart
from servers import template
from suite import Case, Context
from tanist_lab import kernel

_IN_MEMORY_FROM = 6 << 30  # bytes available: servers and their data of two cases need less than half
_GRACE_S = 60


@dataclass
class Running:
    """A case that is under way."""

    case: Case
    folder: Path
    began: float

    @property
    def output(self) -> Path:
        """What it writes."""
        return self.folder.with_suffix(".log")


def run(binary: Path, chosen: list[Case], keep: bool, jobs: int) -> int:
    """Runs the cases; exit status."""
    for number in ENDINGS:
        signal.signal(number, _leave)
    for flavour in {case.flavour for case in chosen}:
        template(flavour)  # the cases inherit the answer
    failed = 0
    waiting = chosen[::-1]
    running: dict[int, Running] = {}
    with _workplace() as place:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    pid, started = _start(waiting.pop(), place, binary)
                    running[pid] = started
                pid, status = os.wait()
                if pid in running:
                    failed += _finish(running.pop(pid), status, keep)
        finally:
            _end(list(running))
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


@contextmanager
def _workplace() -> Iterator[Path]:
    """A folder that is in memory, where there is enough of it: data folders are copied by the hundred, and no server of
    these tests has to survive the machine."""
    place = Path(tempfile.mkdtemp(prefix="tanist-standin-"))
    try:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
        if _memory_available() >= _IN_MEMORY_FROM:
            kernel.mount("tmpfs", place, "tmpfs")
        place.chmod(0o755)  # the servers' user passes through
        yield place
    finally:
        subprocess.run(["umount", "--quiet", "--lazy", str(place)], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(place, ignore_errors=True)


def _memory_available() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0


def _start(case: Case, place: Path, binary: Path) -> tuple[int, Running]:
    folder = Path(tempfile.mkdtemp(prefix=f"{case.flavour}-{case.name}-", dir=place))
    folder.chmod(0o755)
    started = Running(case, folder, time.monotonic())
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _be_a_case(started, binary)
    return pid, started


def _be_a_case(me: Running, binary: Path) -> NoReturn:
    """The life of a case's process."""
    status = 1
    try:
        kernel.die_with_parent()
        with open(me.output, "wb") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        status = run_apart(lambda: me.case.run(Context(binary, me.folder, me.case.flavour)))
    finally:
        os._exit(status != 0)


def _leave(number: int, _: object) -> NoReturn:
    """Ends the run in an orderly way; a second signal must not end the cleaning up."""
    for other in ENDINGS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def _finish(done: Running, status: int, keep: bool) -> bool:
    """Prints and clears away; whether it failed."""
    name = f"{done.case.flavour}/{done.case.name}"
    print(f"{'FAILED' if status else 'ok':6} {name} {time.monotonic() - done.began:.1f} s")
    if status:
        print(done.output.read_text(errors="replace") or f"ended with {status}")
        if keep:
            kept = tempfile.mkdtemp(prefix="tanist-standin-kept-")
            subprocess.run(["cp", "-a", "-T", str(done.folder), kept], check=False)
            print(f"kept: {kept}")
    sys.stdout.flush()
    shutil.rmtree(done.folder, ignore_errors=True)
    done.output.unlink(missing_ok=True)
    return status != 0


def _end(pids: list[int]) -> None:
    """Ends cases before their time."""
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    for pid in pids:
        if not kernel.wait_for_exit(pid, _GRACE_S):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

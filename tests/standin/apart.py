"""A network and a list of processes of one's own: no port clashes, and whatever is started there ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

from tanist_lab import kernel

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_apart(body: Callable[[], int | None]) -> int:
    """Runs the body as the first process there; its exit status, 1 for an exception. The caller's own network, mounts and
    future children are not as before: it should do nothing afterwards but end. The kernel's death signal would not be enough
    for the servers: who changes his user loses it."""
    kernel.unshare(kernel.CLONE_NEWNET | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID)
    sys.stdout.flush()
    first = kernel.fork_and_run(lambda: _first_process(body))
    for number in ENDINGS:
        signal.signal(number, lambda *_: os.kill(first, signal.SIGKILL))
    return abs(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))


def _first_process(body: Callable[[], int | None]) -> None:
    kernel.die_with_parent()
    kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("proc", "/proc", "proc")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    try:
        status = body()
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else leaving.code is not None
    sys.stdout.flush()
    os._exit(status or 0)

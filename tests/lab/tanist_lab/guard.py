"""The process that owns a lab and takes it away: `python3 -m tanist_lab.guard FOLDER DIE_WITH_PID`.

All of a lab lives inside one process-id namespace and its network inside namespaces that only its processes hold. The
first process there (the switch, which also holds the bridge) is the guard's child: when it ends, the kernel kills every
process of the lab, and with them go network, links and mounts. So however a lab ends (told to, its user died, the guard
itself was killed) nothing can stay behind but its folder, and that is removed here or by the next lab that starts.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from . import kernel, places

BRIDGE = "switch"
_SWITCH_SETUP = f"""
link set lo up
link add {BRIDGE} type bridge forward_delay 0 mcast_snooping 0
link set {BRIDGE} up
"""


def _become_switch(ready: int) -> None:
    """Init of the lab: holds the bridge all machines are plugged into, reaps whoever loses its parent."""
    kernel.die_with_parent()
    kernel.unshare(kernel.CLONE_NEWNET)
    subprocess.run(["ip", "-batch", "-"], input=_SWITCH_SETUP, text=True, check=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # stays ignored across exec: the kernel reaps
    os.write(ready, b"+")
    os.execv("/usr/bin/sleep", ["lab-switch", "infinity"])


def _start_switch() -> int:
    ready, tell = os.pipe()
    kernel.unshare(kernel.CLONE_NEWPID)
    pid = kernel.fork_and_run(lambda: _become_switch(tell))
    os.close(tell)
    answer = os.read(ready, 1)
    os.close(ready)
    if answer != b"+":
        raise SystemExit("the switch did not start")
    return pid


def _wait_for_the_end(switch: int, die_with: int) -> None:
    """Returns when the lab is told to end, its user is gone or the switch is."""
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    watched = [told, os.pidfd_open(switch)]
    if die_with:
        try:
            watched.append(os.pidfd_open(die_with))
        except ProcessLookupError:
            return
    select.select(watched, [], [])


def main(folder: Path, die_with: int) -> None:
    """Runs the lab's life. Says "+" on standard output when machines can be plugged in."""
    switch = _start_switch()
    try:
        places.note_process(folder / "switch", switch)
        places.note_process(folder / "guard", os.getpid())
        os.write(1, b"+")
        with open(os.devnull, "r+b") as null:
            for stream in (0, 1, 2):
                os.dup2(null.fileno(), stream)
        _wait_for_the_end(switch, die_with)
    finally:
        os.kill(switch, signal.SIGKILL)
        os.waitpid(switch, 0)  # returns only when every process of the lab is gone
        places.remove_folder(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

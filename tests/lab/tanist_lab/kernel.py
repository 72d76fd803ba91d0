"""The few system calls that Python 3.11 does not offer: namespaces, mounts and death signals."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

_PR_SET_PDEATHSIG = 1
_SYS_PIVOT_ROOT = 155  # x86_64, the only architecture the test servers exist for


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Gives the calling process new namespaces. With CLONE_NEWPID the next child is the new init."""
    _check(_libc.unshare(flags), "unshare")


def enter_namespace(path: str | Path) -> None:
    """Joins the namespace behind a /proc/PID/ns/* path. For a pid namespace only children are affected."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_libc.setns(fd, 0), f"setns {path}")
    finally:
        os.close(fd)


@contextlib.contextmanager
def in_network_of(pid: int) -> Iterator[None]:
    """The calling *thread* stands in the network of `pid`: a socket made here stays there for its whole life."""
    with contextlib.ExitStack() as stack:
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        stack.callback(os.close, home)
        enter_namespace(f"/proc/{pid}/ns/net")
        try:
            yield
        finally:
            _check(_libc.setns(home, 0), "setns back")


def mount(source: str | Path, target: str | Path, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2). `target` is created as a folder when it does not exist yet."""
    if kind or not Path(target).exists():
        Path(target).mkdir(parents=True, exist_ok=True)
    _check(_libc.mount(str(source).encode(), str(target).encode(), kind.encode() or None, flags,
                       data.encode() or None), f"mount {source} on {target}")


def bind(source: str | Path, target: str | Path, read_only: bool = False) -> None:
    """Shows `source` at `target` as well; read-only when nothing on the machine may change it from there."""
    mount(source, target, flags=MS_BIND | MS_REC)
    if read_only:
        mount("none", target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)


def pivot_root(new_root: str | Path) -> None:
    """Makes `new_root` (a mount point) the root of this mount namespace and forgets the old one."""
    os.chdir(new_root)
    _check(_libc.syscall(_SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", MNT_DETACH), "umount the old root")
    os.chdir("/")


def set_hostname(name: str) -> None:
    """Sets the host name of this UTS namespace."""
    _check(_libc.sethostname(name.encode(), len(name)), "sethostname")


def die_with_parent() -> None:
    """The kernel kills this process when its parent ends, however the parent ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def fork_and_run(body: Callable[[], object]) -> int:
    """Runs `body` in a child that then ends, whatever happens; returns the child's pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        body()
        os._exit(0)
    except BaseException:  # pylint: disable=broad-except -- must not unwind into the parent's code
        traceback.print_exc()
    finally:
        os._exit(1)


def start_time(pid: int) -> int | None:
    """Start time of a process in clock ticks, or None when there is no such process. Pid + start time is unique."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def wait_for_exit(pid: int, timeout_s: float) -> bool:
    """Waits for any process, not only a child, to end. True when it is gone."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready, _, _ = select.select([fd], [], [], timeout_s)
        return bool(ready)
    finally:
        os.close(fd)

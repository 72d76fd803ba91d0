"""Switches one machine on: `python3 -m tanist_lab.boot LAB_FOLDER HOST`.

A machine is a set of namespaces below the lab's own: processes, network, mounts, host name. Its root is a private overlay
over the real one: it sees the programs of this computer, and nothing it writes (/etc, /usr/local, ...) leaves it or
survives a power cycle. Data, logs, server configuration and temporary folders are real folders of the lab: they do.

Three processes do it, since a process cannot enter or make a process-id namespace for itself, only for its children:
  this one      enters the lab's process-id namespace, waits for the outcome
  the plugger   stands in the switch's network and plugs the cable
  the machine   init of the new machine: builds its root, starts sshd, then only reaps
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from . import kernel, places
from .guard import BRIDGE

_NEW = kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_SSHD_CONFIG = """
HostKey /etc/ssh/lab_key
AuthorizedKeysFile /root/.ssh/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
MaxStartups 200
MaxSessions 100
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
SetEnv PATH={path}
"""
# The default key exchange costs the client 0.15 s of processor time (sntrup761). Real machines pay that each on its own
# processor; here all pay on the same one, and what is measured would be the lab.
_SSH_CONFIG = """
Host *
  KexAlgorithms curve25519-sha256
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
"""


def _ip(commands: str) -> None:
    subprocess.run(["ip", "-batch", "-"], input=commands, text=True, check=True)


def _build_root(base: Path, spec: dict) -> None:
    """Makes the private root and moves into it."""
    kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    shell = base / "shell"
    kernel.mount("tmpfs", shell, "tmpfs")
    for part in ("upper", "work", "root"):
        (shell / part).mkdir()
    root = shell / "root"
    kernel.mount("overlay", root, "overlay", data=f"lowerdir=/,upperdir={shell}/upper,workdir={shell}/work")
    kernel.mount("proc", root / "proc", "proc")
    kernel.bind("/dev", root / "dev")
    for place in ("run", "root"):
        kernel.mount("tmpfs", root / place, "tmpfs")
    for source, target, mode in (("mysql", "var/lib/mysql", 0o755), ("log", "var/log/mysql", 0o755),
                                 ("conf", "etc/mysql", 0o755), ("tmp", "tmp", 0o1777), ("var-tmp", "var/tmp", 0o1777)):
        (base / source).mkdir(exist_ok=True)
        (base / source).chmod(mode)
        kernel.bind(base / source, root / target)
    for place in spec["visible"]:
        kernel.bind(place, root / place.lstrip("/"), read_only=True)
    kernel.pivot_root(root)


def _write(path: str, text: str, mode: int = 0o644) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
    Path(path).chmod(mode)


def _furnish(name: str, spec: dict, key: str, public_key: str) -> None:
    """What makes it this machine: names of all machines, no DNS, one key that opens and identifies every host."""
    _write("/etc/hosts", spec["hosts"])
    _write("/etc/hostname", name + "\n")
    _write("/etc/resolv.conf", "")
    _write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
    _write("/etc/shadow", Path("/etc/shadow").read_text().replace("root:!", "root:*", 1), 0o640)  # ! would lock out ssh
    _write("/etc/ssh/lab_key", key, 0o600)
    _write("/etc/ssh/sshd_config", _SSHD_CONFIG.format(path=spec["path"]))
    Path("/root").chmod(0o700)
    _write("/root/.ssh/id_ed25519", key, 0o600)
    _write("/root/.ssh/authorized_keys", public_key, 0o600)
    _write("/root/.ssh/config", _SSH_CONFIG, 0o600)
    for folder in ("/run/sshd", "/run/mysqld"):
        Path(folder).mkdir(exist_ok=True)
    subprocess.run(["chown", "mysql:", "/run/mysqld", "/var/log/mysql", "/var/lib/mysql"], check=True)


def _be_machine(folder: Path, name: str, spec: dict, tell: int, go: int) -> None:
    kernel.unshare(_NEW)
    os.write(tell, os.readlink("/proc/self").encode())  # this /proc is still the real one: our pid as all others see it
    if os.read(go, 1) != b"+":
        raise SystemExit(1)
    for scope in ("all", "default"):
        knob = Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6")
        if knob.exists():
            knob.write_text("0" if spec["address6"] else "1")
    _ip(f"link set lo up\nlink set eth0 up\naddr add {spec['address']}/24 dev eth0\n")
    if spec["address6"]:
        _ip(f"addr add {spec['address6']}/64 dev eth0 nodad\n")
    kernel.set_hostname(name)
    key, public_key = (folder / "key").read_text(), (folder / "key.pub").read_text()
    _build_root(places.host_folder(folder, name), spec)
    _furnish(name, spec, key, public_key)
    subprocess.run(["/usr/sbin/sshd"], check=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.write(tell, b"+")
    os.execv("/usr/bin/sleep", ["lab-machine", "infinity"])


def _plug_in(folder: Path, name: str, spec: dict) -> None:
    """Runs in the plugger: starts the machine, gives it its cable, notes its pid."""
    os.setsid()
    switch = places.noted_process(folder / "switch")
    kernel.enter_namespace(f"/proc/{switch}/ns/net")
    kernel.unshare(kernel.CLONE_NEWPID)
    hear, tell = os.pipe()
    go, start = os.pipe()
    kernel.fork_and_run(lambda: _be_machine(folder, name, spec, tell, go))
    os.close(tell)
    pid = int(os.read(hear, 20))
    _ip(f"link add {name} type veth peer name eth0 address {spec['mac']} netns /proc/{pid}/ns/net\n"
        f"link set {name} up master {BRIDGE}\n")
    os.write(start, b"+")
    if os.read(hear, 1) != b"+":
        raise SystemExit(1)
    places.note_process(places.host_folder(folder, name) / "init", pid)


def main(folder: Path, name: str) -> int:
    """Boots the machine; the exit status says whether it is up."""
    spec = json.loads((places.host_folder(folder, name) / "spec").read_text())
    switch = places.noted_process(folder / "switch")
    kernel.enter_namespace(f"/proc/{switch}/ns/pid")
    plugger = kernel.fork_and_run(lambda: _plug_in(folder, name, spec))
    return os.waitstatus_to_exitcode(os.waitpid(plugger, 0)[1])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))

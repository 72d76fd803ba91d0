"""The cables and the switch of a lab, and everything that can be wrong with them.

All trouble is made at the switch, where no machine can see it: no link goes down, no error comes back, packets are just
not there, as with a dead switch port or a firewall that drops.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from . import places
from .errors import LabError
from .guard import BRIDGE
from .waiting import wait_until

if TYPE_CHECKING:
    from .hosts import Host
    from .lab import Lab

_TABLE = "bridge trouble"


def _take_address(vip: str) -> str:
    """A shell command for the machine that gets the address. arping tells the neighbours at once and then would wait a
    second for nothing."""
    return f"ip addr replace {vip}/24 dev eth0 && {{ arping -q -U -c 1 -I eth0 {vip} >/dev/null 2>&1 & }}"


class Network:
    """The switch of one lab. The switch ports carry the names of the machines."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._rules_file = lab.folder / "rules"
        self._boxes: dict[str, subprocess.Popen] = {}  # those this process has started

    def _at_switch(self, argv: list[str], stdin: str = "", check: bool = True) -> str:
        door = ["nsenter", f"--net=/proc/{self._lab.switch}/ns/net", "--"]
        done = subprocess.run(door + argv, input=stdin, capture_output=True, text=True, timeout=20, check=False)
        if check and done.returncode != 0:
            raise LabError(f"switch: {' '.join(argv)}: {done.stderr.strip()}")
        return done.stdout

    # -- whole machines -----------------------------------------------------------------------------------------

    def cut(self, host: Host) -> None:
        """Pulls the machine's cable out of the switch. Silent: its own link stays up."""
        self._at_switch(["ip", "link", "set", host.name, "nomaster"])

    def is_cut(self, host: Host) -> bool:
        """Whether the cable is out."""
        return BRIDGE not in self._at_switch(["ip", "-o", "link", "show", host.name], check=False)

    def heal(self, host: Host) -> None:
        """Undoes everything that was done to the machine's cable."""
        self._change_rules({key: None for key in self._rules() if host.name in key.split()[1:]})
        self.delay(host, 0)
        self._at_switch(["ip", "link", "set", host.name, "up", "master", BRIDGE])

    def unplug(self, host: Host) -> None:
        """Takes away the cable of a machine that is off. By itself it would stay for minutes, held by sockets whose
        last packet nobody will ever acknowledge."""
        self._stop_delay(host)
        self._at_switch(["ip", "link", "del", host.name], check=False)

    # -- some packets only --------------------------------------------------------------------------------------

    def cut_between(self, one: Host, other: Host) -> None:
        """The two machines do not hear each other; both are fine with everybody else."""
        self._change_rules({f"cut {one.name} {other.name}": [
            f'iifname "{one.name}" oifname "{other.name}" ether type ip drop',
            f'iifname "{other.name}" oifname "{one.name}" ether type ip drop']})

    def heal_between(self, one: Host, other: Host) -> None:
        """Undoes cut_between."""
        self._change_rules({f"cut {one.name} {other.name}": None, f"cut {other.name} {one.name}": None})

    def lose(self, host: Host, percent: int) -> None:
        """Drops this share of the machine's packets, in each direction."""
        chance = f"ether type ip numgen random mod 100 < {percent} drop"
        rules = [f'iifname "{host.name}" {chance}', f'oifname "{host.name}" {chance}']
        self._change_rules({f"loss {host.name}": rules if percent else None})

    def _rules(self) -> dict[str, list[str]]:
        try:
            return json.loads(self._rules_file.read_text())
        except FileNotFoundError:
            return {}

    def _change_rules(self, change: dict[str, list[str] | None]) -> None:
        """Adds, replaces or (None) removes named groups of rules; the switch gets the whole list in one step."""
        rules = {key: lines for key, lines in (self._rules() | change).items() if lines}
        body = "\n".join(line for lines in rules.values() for line in lines)
        table = f"table {_TABLE} {{\nchain forward {{\ntype filter hook forward priority 0\n{body}\n}}\n}}\n"
        self._at_switch(["nft", "-f", "-"], f"table {_TABLE}\ndelete table {_TABLE}\n{table}")
        places.write_fact(self._rules_file, json.dumps(rules))

    # -- slow packets -------------------------------------------------------------------------------------------

    def delay(self, host: Host, milliseconds: float) -> None:
        """Every packet to and from the machine arrives this much later (so a round trip takes twice that); 0 ends it."""
        self._stop_delay(host)
        if milliseconds:
            argv = ["nsenter", f"--target={self._lab.switch}", "--net", "--pid", "--", places.PYTHON, "-m",
                    "tanist_lab.delay", str(host.folder), host.name, str(milliseconds)]
            box = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                   cwd=places.PYTHON_PATH, start_new_session=True)
            if box.stdout is None or box.stdout.readline() != "ready\n":
                raise LabError(f"the delay of {host.name} did not start")
            box.stdout.close()
            self._boxes[host.name] = box

    def _stop_delay(self, host: Host) -> None:
        pid = places.noted_process(host.folder / "delay")
        if pid is None:
            return
        subprocess.run(["kill", "-TERM", str(pid)], check=False)
        wait_until(lambda: places.noted_process(host.folder / "delay") is None, "the delay to end")
        (host.folder / "delay").unlink()
        if host.name in self._boxes:
            self._boxes.pop(host.name).wait()

    # -- the virtual address ------------------------------------------------------------------------------------

    def vip_add(self, host: Host) -> None:
        """Gives the virtual address to the machine and tells the neighbours."""
        host.sh(_take_address(self._lab.vip))

    def vip_del(self, host: Host) -> None:
        """Takes the virtual address from the machine."""
        host.run(["ip", "addr", "del", f"{self._lab.vip}/24", "dev", "eth0"], check=False)

    def vip_where(self) -> list[str]:
        """Names of the machines that have the virtual address; more than one is a fault of whoever moved it."""
        return [host.name for host in self._lab.hosts if host.is_on()
                and f" {self._lab.vip}/" in host.sh("ip -o -4 addr show dev eth0")]

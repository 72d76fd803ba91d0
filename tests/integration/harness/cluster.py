"""A lab with Tanist on it: configuration, manager, writers, and the questions every scenario asks at the end."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from tanist_lab import Lab, LabError, ledger, replication
from tanist_lab.hosts import Host, Program
from tanist_lab.waiting import wait_until
from tanist_lab.writer import Writer

from . import manager as mgr
from .daemon import Daemon
from .manager import CONF, LOG, WORK_DIR, Manager

NODE = "/usr/bin/tanist-node"
HOOKS = Path(__file__).resolve().parents[1] / "hooks"
HOOK_RECORD = f"{WORK_DIR}/hooks"  # each call of a hook: its name and arguments, a NUL behind each, then one \x1e


class Cluster:
    """db1 is the primary, db2.. are its replicas; Tanist runs on `mgr`, the application on `client`."""

    def __init__(self, lab: Lab, mode: str, bin_dir: Path) -> None:
        self.lab = lab
        self.mode = mode
        self.bin_dir = bin_dir
        self.gtid = lab.options.gtid
        self.primary, *self.replicas = lab.dbs
        self.outage_s: float | None = None
        self.ledger = ""  # what became of the rows that clients were told are safe
        self._writers: list[Writer] = []
        lab.manager.path(WORK_DIR).mkdir(mode=0o700)
        for host in lab.dbs:
            self.install_node(host)
        lab.switchboard.vip_add(self.primary)
        self.configure()

    # -- Tanist -------------------------------------------------------------------------------------------------

    def install_node(self, host: Host) -> None:
        """What the package does on a database host. Without it the manager sends its own copy there."""
        host.path(NODE).symlink_to(self.bin_dir / "tanist-node")

    def uninstall_node(self, host: Host) -> None:
        """Takes the package from a database host."""
        host.path(NODE).unlink()

    def configure(self, servers: dict[str, dict[str, str]] | None = None, without: Iterable[Host] = (),
                  binlogs: dict[str, dict[str, str]] | None = None, **defaults: str | None) -> None:
        """Writes app1.cnf as an MHA user would have it. `defaults` go to [server default] (None removes a line),
        `servers` adds lines to the sections of machines, those of `without` have none;
        `binlogs` are machines with a [binlogN] section."""
        options = self.lab.options
        lines: dict[str, str | None] = {
            "user": options.admin_user, "password": self.lab.password_of(options.admin_user),
            "repl_user": options.repl_user, "repl_password": self.lab.password_of(options.repl_user),
            "ssh_user": "root", "ssh_connection_timeout": "20", "ping_interval": "1", "manager_workdir": WORK_DIR, "manager_log": LOG,
            "master_binlog_dir": "/var/lib/mysql", "remote_workdir": "/var/tmp",
            "master_ip_failover_script": self.hook("master_ip_failover"), "report_script": self.hook("report"),
        } | defaults
        text = "[server default]\n" + "".join(f"{key}={value}\n" for key, value in lines.items() if value is not None)
        for number, host in enumerate(self.lab.dbs, 1):
            section = {"hostname": host.name} | (servers or {}).get(host.name, {})
            if host not in without:
                text += f"\n[server{number}]\n" + "".join(f"{key}={value}\n" for key, value in section.items())
        for number, (name, keys) in enumerate((binlogs or {}).items(), 1):
            text += f"\n[binlog{number}]\nhostname={name}\n" + "".join(f"{key}={value}\n" for key, value in keys.items())
        self.write_conf(text)

    def write_conf(self, text: str) -> None:
        """Puts this very text into app1.cnf."""
        path = self.lab.manager.path(CONF)
        path.write_text(text)
        path.chmod(0o600)

    def hook(self, name: str, **behaviour: str) -> str:
        """A command line for a hook option. It records its arguments and, as master_ip_failover or
        master_ip_online_change, moves the virtual address. `fail="start:10"` makes it exit so on that command (`start:10:db2`
        only for db2), `hang="stop"` never come back, `gate="stop"` wait for open_gate()."""
        words = [str(HOOKS / "hook"), f"--as={name}", f"--record={HOOK_RECORD}", f"--vip={self.lab.vip}",
                 *(f"--{key}={value}" for key, value in behaviour.items())]
        return shlex.join(words)

    def open_gate(self) -> None:
        """Lets hooks go on that wait at their gate."""
        self.lab.manager.path(f"{HOOK_RECORD}.open").touch()

    def hook_calls(self, name: str = "") -> list[list[str]]:
        """Arguments of every call of the hooks so far, the hook's name first."""
        calls = [call.split("\0")[:-1] for call in mgr.read_if_there(self.lab.manager.path(HOOK_RECORD)).split("\x1e")]
        return [call for call in calls if call and (not name or call[0] == name)]

    def conf_path(self) -> str:
        """Of app1.cnf on the manager's machine."""
        return CONF

    def manager_log(self) -> str:
        """All that the manager has logged."""
        return mgr.read_if_there(self.lab.manager.path(LOG))

    def start_manager(self, *options: str, wait: bool = True) -> Manager:
        """Starts masterha_manager and waits until it watches the primary."""
        started = Manager.start(self.lab.manager, self.bin_dir, options)
        if wait:
            started.wait_for_state("PING_OK")
        return started

    def start_daemon(self, *options: str) -> Daemon:
        """Starts `tanist run` on this cluster's file; a second failover may follow at once. Waits until it watches."""
        daemon = Daemon(self.lab.manager, self.bin_dir, ("--failover_pause=0", *options))
        daemon.wait_for_log("Ping succeeded, watching")
        return daemon

    def tool(self, name: str, *options: str, expected: int | None = 0, timeout_s: float = 60):
        """Runs another command (masterha_check_repl, tanist, ...) with this cluster's configuration."""
        return mgr.run_tool(self.lab.manager, self.bin_dir, name, *options, f"--conf={CONF}", expected=expected,
                            timeout_s=timeout_s)

    def switch(self, *options: str, dead: Host | None = None, expected: int = 0, timeout_s: float = 60):
        """The failover by hand: masterha_master_switch without questions."""
        return self.tool("masterha_master_switch", "--master_state=dead", "--interactive=0",
                         f"--dead_master_host={(dead or self.primary).name}", *options, expected=expected,
                         timeout_s=timeout_s)

    def ask_by_hand(self) -> tuple[Program, Path]:
        """masterha_master_switch at its first question, and the file with what it has said."""
        output = self.work_file("switch.out")
        with open(output, "wb") as file:
            asked = self.lab.manager.spawn([str(self.bin_dir / "masterha_master_switch"), f"--conf={CONF}",
                                            "--master_state=dead", f"--dead_master_host={self.primary.name}"],
                                           file, subprocess.PIPE)
        wait_until(lambda: "Proceed? (yes/NO)" in output.read_text(), "the question", 30)
        return asked, output

    def tanist(self, verb: str, *options: str, expected: int | None = 0):
        """`tanist VERB` with this cluster's configuration."""
        return mgr.run_tool(self.lab.manager, self.bin_dir, "tanist", verb, CONF, *options, expected=expected)

    def log(self) -> str:
        """All that was logged into manager_log."""
        return mgr.read_if_there(self.lab.manager.path(LOG))

    def report(self) -> str:
        """The body of the only report that was sent."""
        calls = self.hook_calls("report")
        self.expect(len(calls) == 1, f"{len(calls)} reports were sent")
        return next(word for word in calls[0] if word.startswith("--body=")).removeprefix("--body=")

    def work_file(self, name: str) -> Path:
        """A file of the manager's work directory."""
        return self.lab.manager.path(f"{WORK_DIR}/{name}")

    # -- the fault ----------------------------------------------------------------------------------------------

    def strike(self, fault: str) -> float:
        """Does kill, freeze, cut or poweroff to the primary; returns the wall time right before."""
        when = time.time()
        {"kill": self.primary.kill_server, "freeze": self.primary.freeze_server, "poweroff": self.primary.power_off,
         "cut": lambda: self.lab.switchboard.cut(self.primary)}[fault]()
        return when

    # -- the application ----------------------------------------------------------------------------------------

    def start_writer(self, threads: int = 4, pace_ms: float = 2, target: str = "vip") -> Writer:
        """Inserts through the virtual address; returns after the first acknowledged row."""
        if not self._writers:
            ledger.prepare(self.primary)
        writer = Writer.start(self.lab.client, target, threads, pace_ms)
        self._writers.append(writer)
        return writer

    def expect_nothing_lost(self, writer: Writer, hosts: Iterable[Host], at_most: int = 0) -> ledger.Ledger:
        """Ends the writer; every acknowledged row must be once on each of the machines, of which the first is the primary
        the others follow. Notes the outage."""
        book = writer.stop()
        self.outage_s = book.longest_gap().seconds
        first, *others = hosts
        replication.wait_caught_up(first, others)
        for host in (first, *others):
            verdict = book.check(host)
            self.ledger = self.ledger or str(verdict)
            if verdict.twice or len(verdict.missing) > at_most:
                raise LabError(f"{verdict}; first missing {verdict.missing[:5]}, first double {verdict.twice[:5]}")
        return book

    # -- the end ------------------------------------------------------------------------------------------------

    def wait_equal(self, hosts: Iterable[Host] | None = None, timeout_s: float = 60) -> None:
        """Returns when the replicas have all the primary has."""
        replication.wait_caught_up(self.primary, hosts or self.replicas, timeout_s)

    def promoted(self) -> tuple[Host, list[Host]]:
        """The replica that is one no more, and the others: under load whoever has received the most is promoted."""
        new = [host for host in self.replicas if not replication.status(host)]
        self.expect(len(new) == 1, f"promoted were {[host.name for host in new]}")
        return new[0], [host for host in self.replicas if host is not new[0]]

    def expect_primary(self, new: Host, replicas: Iterable[Host]) -> None:
        """`new` must be a writable primary without a source, `replicas` must follow it and hold the same data."""
        self.expect(not replication.status(new), f"{new.name} still has replication settings: {replication.status(new)}")
        self.expect_followed(new, replicas)

    def expect_followed(self, new: Host, replicas: Iterable[Host]) -> None:
        """The same, whatever replication settings the primary has itself."""
        self.expect(not self.read_only(new), f"{new.name} is read-only")
        followers = list(replicas)
        for host in followers:
            self.expect_follows(host, new)
        self.expect_same_data([new, *followers])

    def expect_follows(self, replica: Host, source: Host) -> None:
        """It must replicate from there, with both threads."""
        wait_until(lambda: replication.connected(replica), f"{replica.name} to follow {source.name}")
        found = replication.status(replica)["Master_Host"]
        self.expect(found in (source.name, source.address, source.address6),
                    f"{replica.name} follows {found}, not {source.name}")

    def read_only(self, host: Host) -> bool:
        """Whether the server refuses writes of its clients."""
        return host.sql("SELECT @@global.read_only").value() == "1"

    def expect_same_data(self, hosts: list[Host]) -> None:
        """CHECKSUM TABLE of every table must be the same on all; the first of them is the one the others follow."""
        replication.wait_caught_up(hosts[0], hosts[1:])
        wanted = replication.checksums(hosts[0])
        for host in hosts[1:]:
            found = replication.checksums(host)
            differing = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
            self.expect(not differing, f"{host.name} differs from {hosts[0].name} in {', '.join(differing)}")

    def expect_vip(self, host: Host) -> None:
        """The virtual address must be on this machine, and on no other that anybody can reach."""
        holders = [name for name in self.lab.switchboard.vip_where() if not self.lab.switchboard.is_cut(self.lab[name])]
        self.expect(holders == [host.name], f"the virtual address is on {holders}, expected {host.name}")

    def expect(self, truth: bool, otherwise: str) -> None:
        """Fails the scenario with a sentence."""
        if not truth:
            raise LabError(otherwise)

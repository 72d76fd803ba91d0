"""A manager that stands still: SIGSTOP, as a hypervisor or a full swap does it. Whoever comes meanwhile keeps out, and the one
that goes on does not take its own absence for anybody's death."""

from __future__ import annotations

import json
import time

from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness.daemon import STATE_DIR, Daemon
from harness.gate import fail_over_to_the_gate
from harness.manager import CONF, WORK_DIR, run_tool
from harness.rows import count, insert

REPLACED = "MySQL Master failover .* succeeded"
FROZEN_S = 7  # more than D35's 3 ping intervals and 5 s


def _pass(seconds: float, what: str) -> None:
    since = time.monotonic()
    wait_until(lambda: time.monotonic() >= since + seconds, what)


def _freeze_for_a_while(daemon: Daemon) -> None:
    """For longer than it may be without asking anything."""
    daemon.freeze()
    _pass(FROZEN_S, "the manager to have been frozen for long")
    daemon.thaw()


def _last_look_s(c: Cluster) -> float:
    """How long ago it looked at the servers."""
    said = run_tool(c.lab.manager, c.bin_dir, "tanist", "status", "app1", "--json", f"--state_dir={STATE_DIR}", expected=None).stdout
    return float(json.loads(said)["looked_seconds_ago"])


def _freeze_at_the_gate(c: Cluster, command: str) -> Daemon:
    """The primary dies, and the manager is frozen while its script of this command waits at the gate."""
    daemon = fail_over_to_the_gate(c, command)
    daemon.freeze()
    return daemon


def _expect_others_kept_out(c: Cluster) -> Daemon:
    """A command is refused with a sentence; a second `tanist run`, which is returned, waits with one."""
    calls = c.hook_calls()
    said = run_tool(c.lab.manager, c.bin_dir, "tanist", "failover", CONF, f"--dead={c.primary.name}", "--yes", expected=1)
    c.expect("Another failover of this cluster is running" in said.stderr and "is held by process " in said.stderr,
             f"the command does not say who is at it:\n{said.stderr}")
    second = Daemon(c.lab.manager, c.bin_dir, ("--failover_pause=0", f"--state_dir={WORK_DIR}/second"))
    second.wait_for_log(r"app1\.manager\.lock is held by process \d+")
    c.expect(c.hook_calls() == calls, f"somebody else called scripts: {c.hook_calls()}")
    c.expect(all(c.read_only(replica) for replica in c.replicas), "somebody opened a replica")
    return second


def _expect_watched_by_the_next(c: Cluster, first: Daemon, second: Daemon) -> None:
    """The one that waited has the cluster when the first one is gone."""
    watching = second.log().count("Ping succeeded, watching")
    first.stop()
    second.wait_for_log("Ping succeeded, watching", watching + 1)
    second.stop()
    history = run_tool(c.lab.manager, c.bin_dir, "tanist", "history", f"--state_dir={STATE_DIR}").stdout
    c.expect("succeeded" in history and "unfinished" not in history, f"the history is\n{history}")


@scenario(modes=("mariadb-pos",), hosts=3)
def a_manager_frozen_while_it_watches_replaces_nobody(c: Cluster) -> None:
    """Once while it waits for a primary that hangs, so that most of the silence is its own, and once while all is well."""
    c.configure(ping_interval="2")
    daemon = c.start_daemon()
    c.primary.freeze_server()
    _pass(1, "a question to be under way")
    _freeze_for_a_while(daemon)
    daemon.wait_for_log("D35 suspect: This manager was paused for ")
    c.primary.thaw_server()
    daemon.wait_for_log("answers again after")

    _freeze_for_a_while(daemon)
    wait_until(lambda: _last_look_s(c) < FROZEN_S / 2, "the manager to look again")
    c.expect(not c.read_only(c.primary) and all(c.read_only(replica) for replica in c.replicas), "somebody was replaced")
    c.expect("Starting master failover" not in daemon.log(), f"a failover was begun:{daemon.last_words()}")
    c.primary.kill_server()
    daemon.wait_for_log(REPLACED)
    c.expect_primary(*c.promoted())
    daemon.stop()


@scenario(modes=("mariadb-pos",), hosts=3)
def a_manager_frozen_before_its_fence_ends_a_primary_that_returned_meanwhile(c: Cluster) -> None:
    """In the stop script. The old primary is started again and takes a write, which nobody loses."""
    daemon = _freeze_at_the_gate(c, "stopssh")
    c.primary.start_server()
    insert(c, 1)
    second = _expect_others_kept_out(c)
    c.open_gate()
    daemon.thaw()
    daemon.wait_for_log(REPLACED)
    c.expect(not c.primary.server_runs(), "two servers take writes")
    new, others = c.promoted()
    c.expect_primary(new, others)
    c.expect(count(new) == 2, f"{new.name} has {count(new)} rows, not 2")
    c.expect_vip(new)
    _expect_watched_by_the_next(c, daemon, second)


@scenario(modes=("mariadb-gtid",), hosts=3)
def a_manager_frozen_in_front_of_activation_goes_on(c: Cluster) -> None:
    """In the start script, which ends while nobody waits for it: nobody takes writes before the manager goes on."""
    daemon = _freeze_at_the_gate(c, "start")
    second = _expect_others_kept_out(c)
    c.open_gate()
    wait_until(c.lab.switchboard.vip_where, "the script to have given the address")
    c.expect(all(c.read_only(replica) for replica in c.replicas), "the new primary takes writes without its manager")
    daemon.thaw()
    daemon.wait_for_log(REPLACED)
    new, others = c.promoted()
    c.expect_primary(new, others)
    c.expect_vip(new)
    _expect_watched_by_the_next(c, daemon, second)

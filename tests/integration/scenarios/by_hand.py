"""What a person orders of a cluster that `tanist run` keeps: it is done by that one, instead of watching."""

from __future__ import annotations

import json
import re
import signal
from subprocess import CompletedProcess

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness import manager as mgr
from harness.daemon import STATE_DIR


def _tanist(c: Cluster, *words: str, expected: int = 0) -> str:
    return mgr.run_tool(c.lab.manager, c.bin_dir, "tanist", *words, f"--state_dir={STATE_DIR}", expected=expected).stdout


def _last(c: Cluster, kind: str) -> dict:
    """The newest recovery of that kind, with its plan and its steps."""
    all_of_them = json.loads(_tanist(c, "history", "--json"))
    found = [one for one in all_of_them if one["kind"] == kind]
    c.expect(bool(found), f"no {kind} in {[one['kind'] for one in all_of_them]}")
    return found[0]


def _expect_as_printed(c: Cluster, printed: str, done: dict) -> None:
    """The plan that was shown is the one that was journalled: under writers only the positions have moved on."""
    still = [re.sub(r"received .*", "", text.strip()) for text in (printed, done["plan"])]
    c.expect(still[0] == still[1], f"this was shown:\n{printed}\nand this was done:\n{done['plan']}")


def _wait_watching(c: Cluster, primary: Host) -> None:
    def watching() -> bool:
        answer = json.loads(c.lab.manager.run([str(c.bin_dir / "tanist"), "status", "app1", "--json", f"--state_dir={STATE_DIR}"],
                                              check=False).stdout or "{}")
        return answer.get("state") == "watching" and answer["primary_address"].startswith(primary.name + "(")
    wait_until(watching, f"{primary.name} to be watched", 60)


@scenario(usual=("mysql97-gtid",), hosts=3)
def a_kept_cluster_is_switched_and_failed_over_by_hand(c: Cluster) -> None:
    """Both under writers, the failover during a pause. What was shown before is what is journalled; nothing is lost."""
    c.configure(servers={"db3": {"no_master": "1"}}, master_ip_online_change_script=c.hook("master_ip_online_change"))
    daemon = c.start_daemon()
    writer = c.start_writer()
    old, new, third = c.lab.dbs
    _wait_watching(c, old)
    writer.wait_for_acks(100)
    c.expect("is no primary: if it dies, nothing is replaced" in _tanist(c, "plan", "app1", f"--if-dies={third.name}"),
             "plan does not tell a replica from a primary")
    shown = _tanist(c, "switchover", "app1", "--dry-run", f"--to={new.name}")
    said = json.loads(_tanist(c, "switchover", mgr.CONF, "--yes", f"--to={new.name}", "--json"))
    c.expect(said["exit_code"] == 0 and said["new_primary"] == "server2", f"the switch ended so: {said}")
    _expect_as_printed(c, shown, _last(c, "switchover"))
    writer.wait_for_acks(100)
    _wait_watching(c, new)
    c.expect_vip(new)
    refused = json.loads(_tanist(c, "failover", "app1", "--yes", "--json", expected=1))
    c.expect("F20" in refused["why"], f"a living primary was not refused: {refused}")

    _tanist(c, "pause", "app1", "--for=1h")
    new.kill_server()
    daemon.wait_for_log("nothing is done because app1 is paused")
    wait_until(lambda: all(replication.applied_all(host) for host in (old, third)), "the replicas to apply what they have", 60)
    shown = _tanist(c, "failover", "app1", "--dry_run")
    _tanist(c, "failover", "app1", "--yes")
    _expect_as_printed(c, shown, _last(c, "failover"))
    writer.wait_for_acks(100)
    c.expect_nothing_lost(writer, [old, third])
    c.expect_primary(old, [third])
    _wait_watching(c, old)
    daemon.stop()


@scenario(modes=("mariadb-gtid",), hosts=3)
def a_paused_server_is_spared(c: Cluster) -> None:
    """It is not promoted although it would be, and not replaced while it is the primary; then it is resumed."""
    c.configure(servers={"db2": {"candidate_master": "1"}})
    daemon = c.start_daemon()
    old, spared, third = c.lab.dbs
    _wait_watching(c, old)
    _tanist(c, "pause", "app1", f"--server={spared.name}", "--for=2h", "--why=rebuilt")
    c.expect(f"{spared.name}:3306 PAUSED" in _tanist(c, "status", "app1"), "status does not tell of the pause")
    c.expect(_tanist(c, "pause", "app1", "--server=nobody", expected=1) == "", "a server that is not there is paused")
    old.kill_server()
    daemon.wait_for_log("MySQL Master failover .* succeeded")
    c.expect_primary(third, [spared])
    _wait_watching(c, third)
    _tanist(c, "pause", "app1", f"--server={third.name}")
    third.kill_server()
    daemon.wait_for_log(f"{third.name}.* is dead, and nothing is done because it is paused")
    _tanist(c, "resume", "app1", f"--server={spared.name}")
    _tanist(c, "resume", "app1", f"--server={third.name}")
    _tanist(c, "ack", "app1")
    daemon.wait_for_log("MySQL Master failover .* succeeded", 2)
    c.expect_primary(spared, [])
    daemon.stop()


@scenario(modes=("mysql56-pos",), hosts=3)
def an_order_that_cannot_be_carried_out_changes_nothing(c: Cluster) -> None:
    """Refused by a rule, by its words, or because the daemon is ending: the primary is watched on, each time with a sentence."""
    c.configure()
    daemon = c.start_daemon()
    _wait_watching(c, c.primary)

    def tool(*words: str, expected: int) -> CompletedProcess[str]:
        return mgr.run_tool(c.lab.manager, c.bin_dir, "tanist", *words, f"--state_dir={STATE_DIR}", expected=expected)

    said = tool("switchover", "app1", "--yes", f"--to={c.primary.name}", expected=1)
    c.expect("W50" in said.stderr, f"a switch to the primary itself: {said.stderr}")
    said = tool("switchover", "app1", "--yes", "--leave_old_primary", expected=1)
    c.expect("cannot be left alone" in said.stderr, f"leave_old_primary: {said.stderr}")
    said = tool("failover", "app1", "--yes", "--dead=nobody", expected=1)
    c.expect("no server is called nobody; there are" in said.stderr, f"--dead=nobody: {said.stderr}")
    said = tool("failover", "app1", "--yes", "--remove_dead_master_conf", expected=2)
    c.expect("is not for a cluster that `tanist run` keeps" in said.stderr, f"--remove_dead_master_conf: {said.stderr}")
    said = tool("plan", "app2", expected=1)
    c.expect("there is no cluster app2" in said.stderr, f"plan app2: {said.stderr}")
    _wait_watching(c, c.primary)
    daemon.signal(signal.SIGTERM)
    wait_until(lambda: not daemon.running(), "tanist run to end", 60)
    said = tool("switchover", "app1", "--yes", expected=1)
    c.expect("is `tanist run` running? Without it name the cluster's FILE" in said.stderr, f"without a daemon: {said.stderr}")
    c.expect_primary(c.primary, c.replicas)
    tool("switchover", mgr.CONF, "--yes", f"--to={c.replicas[0].name}", expected=0)
    c.expect_primary(c.replicas[0], [c.primary, c.replicas[1]])

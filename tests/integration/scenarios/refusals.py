"""Clusters that must not be failed over: the primary is dead, and nothing is touched until a person has looked."""

from __future__ import annotations

from tanist_lab import replication
from tanist_lab.hosts import Host

from harness import ONE_OF_EACH, Cluster, scenario


@scenario(usual=ONE_OF_EACH, hosts=3,
          host_settings={"db3": {"replicate-ignore-db": "elsewhere"}})
def a_cluster_that_is_not_in_order_is_not_failed_over(c: Cluster) -> None:
    """Two primaries, a foreign one, filters that differ, a ring, no replica: refused with the reason, exit 1."""
    left, right = c.replicas
    end = replication.place(c.primary)
    c.configure(check_repl_filter="0")
    manager = c.start_manager()
    replication.stop(right)
    replication.change_source(right, c.lab.client, end)
    c.primary.kill_server()
    manager.wait_exit(1)
    c.expect("F30: db3" in c.log() and "replicates from client:3306" in c.log(),
             f"the manager does not say why it refused: {manager.last_words()}")
    c.expect([call[1] for call in c.hook_calls()] == ["--command=status"], f"hooks were called: {c.hook_calls()}")

    c.configure()
    _expect_refusal(c, "F30: db3", "replicates from client:3306")
    replication.change_source(right, c.primary, end)
    _expect_refusal(c, "F50: ", "elsewhere")

    _be_alone(left)
    _expect_refusal(c, "F30: db2", "two servers may be taking writes")
    replication.change_source(right, left, replication.place(left))
    _expect_refusal(c, "F15: ", "is db2", "not db1")
    replication.change_source(left, right, replication.place(right))
    right.sql("SET GLOBAL read_only = 0")
    _expect_refusal(c, "F10: ", "db2", "db3", "look like the primary")

    _be_alone(left)
    _be_alone(right)
    _expect_refusal(c, "F10: ", "there is no live replica")


def _be_alone(replica: Host) -> None:
    replication.stop(replica)
    replica.sql(replication.say(replica, "RESET SLAVE ALL"))
    replica.sql("SET GLOBAL read_only = 0")


def _expect_refusal(c: Cluster, *words: str) -> None:
    before, hooks, logged = [_state_of(host) for host in c.replicas], c.hook_calls(), len(c.log())
    c.switch(expected=1)
    said = next((line for line in c.log()[logged:].splitlines() if words[0] in line), "")
    c.expect(all(word in said for word in words), f"no line with {words}:\n{c.log()[logged:]}")
    c.expect([_state_of(host) for host in c.replicas] == before, "a replica was changed")
    c.expect(c.hook_calls() == hooks, f"hooks were called: {c.hook_calls()[len(hooks):]}")
    c.expect(not c.work_file("app1.failover.error").exists(), "nothing was done, yet there is app1.failover.error")


def _state_of(host: Host) -> list[str | None]:
    now = replication.status(host)
    kept = ("Master_Host", "Slave_SQL_Running", "Relay_Log_File", "Read_Master_Log_Pos", "Exec_Master_Log_Pos")
    return [host.sql("SELECT @@global.read_only").value(), *(now.get(name) for name in kept)]

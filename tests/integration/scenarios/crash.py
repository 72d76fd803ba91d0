"""The primary's server dies and its machine lives: the usual case."""

from __future__ import annotations

from harness import ONE_OF_EACH, Cluster, scenario


@scenario(usual=ONE_OF_EACH, )
def equal_replicas_survive_a_killed_primary(c: Cluster) -> None:
    """SIGKILL, all replicas equal, no package on any host: the first replica takes over, the others follow it."""
    c.primary.sql("CREATE TABLE app.t (id INT PRIMARY KEY)")
    c.primary.sql("INSERT INTO app.t VALUES (1), (2), (3)")
    c.wait_equal()
    for host in c.lab.dbs:
        c.uninstall_node(host)
    manager = c.start_manager()
    c.primary.kill_server()
    manager.wait_exit(0)
    new, *others = c.replicas
    c.expect_primary(new, others)
    c.expect_vip(new)
    c.expect(new.sql("SELECT COUNT(*) FROM app.t").value() == "3", "rows are missing on the new primary")


@scenario()
def a_killed_primary_under_load_loses_nothing(c: Cluster) -> None:
    """Four writers through the virtual address; SIGKILL in the middle: every acknowledged row survives, once."""
    manager = c.start_manager()
    writer = c.start_writer(threads=4)
    writer.wait_for_acks(300)
    c.primary.kill_server()
    manager.wait_exit(0)
    writer.wait_for_acks(100)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others])
    c.expect_primary(new, others)
    c.expect_vip(new)
    c.expect(c.work_file("app1.failover.complete").exists(), "app1.failover.complete is missing")
    c.expect([call[0] for call in c.hook_calls()] == ["master_ip_failover"] * 3 + ["report"],
             f"hooks were called as {c.hook_calls()}")

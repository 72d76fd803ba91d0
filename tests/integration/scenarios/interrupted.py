"""`tanist run` is killed in the middle of a failover: whoever comes next finishes that, or undoes it and begins anew."""

from __future__ import annotations

from tanist_lab import replication
from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness.daemon import STATE_DIR
from harness.gate import fail_over_to_the_gate
from harness.manager import CONF, run_tool
from harness.rows import insert, make_table

REPLACED = "MySQL Master failover .* succeeded"


def _killed_at_a_hook(c: Cluster, command: str) -> None:
    daemon = fail_over_to_the_gate(c, command)
    daemon.kill()
    c.open_gate()
    again = c.start_daemon()
    again.wait_for_log(r"failover 1 was interrupted\. I50: ")
    again.wait_for_log(REPLACED)
    _expect_replaced(c)
    again.stop()
    said = run_tool(c.lab.manager, c.bin_dir, "tanist", "history", f"--state_dir={STATE_DIR}", expected=0).stdout
    c.expect("abandoned" in said and "succeeded" in said and "unfinished" not in said, f"the history is\n{said}")


def _expect_replaced(c: Cluster) -> None:
    new = next(host for host in c.replicas if host.sql("SELECT @@global.read_only").value() == "0")
    wait_until(lambda: not replication.status(new), f"{new.name} to have no source")
    others = [host for host in c.replicas if host is not new]
    new.sql("INSERT INTO app.t (v) VALUES ('after')")
    c.expect_primary(new, others)
    c.expect_vip(new)


@scenario(modes=("mariadb-gtid",), hosts=3)
def a_manager_killed_while_it_fences_is_followed_by_one_that_begins_anew(c: Cluster) -> None:
    """The script that takes the address away had been called; nothing else was done."""
    _killed_at_a_hook(c, "stopssh")


@scenario(modes=("mysql97-gtid",), hosts=3)
def a_manager_killed_while_it_gives_the_address_is_followed_by_one_that_goes_back(c: Cluster) -> None:
    """The new primary had left replication, and nobody had used it."""
    _killed_at_a_hook(c, "start")


@scenario(modes=("mysql56-pos",), hosts=3)
def a_manager_killed_behind_activation_is_followed_by_one_that_finishes(c: Cluster) -> None:
    """The new primary takes writes; a replica that is still applying is moved by the next manager."""
    make_table(c)
    c.wait_equal()
    daemon = c.start_daemon()
    new, slow = c.replicas
    with slow.connect(database="app") as session:
        session.query("LOCK TABLES t WRITE")
        insert(c, 3)
        c.wait_equal([new])
        c.primary.kill_server()
        wait_until(lambda: new.sql("SELECT @@global.read_only").value() == "0", f"{new.name} to take writes")
        new.sql("INSERT INTO app.t (v) VALUES ('of the new primary')")
        daemon.kill()
    again = c.start_daemon()
    again.wait_for_log(r"failover 1 was interrupted\. I30: .* It is finished now")
    again.wait_for_log(REPLACED)
    _expect_replaced(c)
    again.stop()


@scenario(modes=("mariadb-pos",), hosts=3)
def a_command_undoes_what_tanist_run_left_half_done_before_it_begins(c: Cluster) -> None:
    """The new primary had left replication; a person types `tanist failover`, which knows nothing of the state directory."""
    daemon = fail_over_to_the_gate(c, "start")
    daemon.kill()
    c.open_gate()
    said = run_tool(c.lab.manager, c.bin_dir, "tanist", "failover", CONF, f"--dead={c.primary.name}", "--yes")
    c.expect("failover 1 was interrupted. I50: " in said.stderr, f"it does not say what was left:\n{said.stderr}")
    _expect_replaced(c)
    history = run_tool(c.lab.manager, c.bin_dir, "tanist", "history", f"--state_dir={STATE_DIR}").stdout
    c.expect("abandoned" in history and "unfinished" not in history, f"the history is\n{history}")

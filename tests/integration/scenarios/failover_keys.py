"""Keys and options that shape a failover, by what the servers are like afterwards."""

from __future__ import annotations

import time

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness.rows import count, fall_behind, insert, make_table

GTID_BY_POSITION = {"gtid-mode": "ON", "enforce-gtid-consistency": "ON"}


@scenario(modes=("mariadb-pos", "mysql97-gtid"), hosts=4)
def candidate_master_and_latest_priority_decide(c: Cluster) -> None:
    """A candidate is promoted although it is behind and gets all; with latest_priority=0 so is the first of the file."""
    first, candidate, latest = c.replicas
    c.configure(servers={"db3": {"candidate_master": "1"}, "db4": {"check_repl_delay": "0"}})
    fall_behind(c, c.replicas)
    complete = replication.checksums(c.primary)
    c.primary.kill_server()
    c.switch("--skip_save_master_binlog")  # else the stand-in would make all equal before it matters who is behind
    c.expect(replication.checksums(candidate) != complete, "nobody had the last rows, and nobody was to fetch them")
    c.expect(count(candidate) == count(latest), f"{candidate.name} did not get what {latest.name} had received")
    c.expect_primary(candidate, [first, latest])

    c.configure(servers={"db2": {"latest_priority": "0"}, "db4": {"latest_priority": "0"}}, without=[c.primary])
    replication.stop(first, "IO_THREAD")
    candidate.sql("INSERT INTO app.t (v) VALUES ('late')")
    c.expect_same_data([candidate, latest])
    complete = replication.checksums(candidate)
    candidate.kill_server()
    c.switch("--ignore_last_failover", dead=candidate)
    c.expect(replication.checksums(first) == complete, f"{first.name} has other rows than the dead primary")
    c.expect_primary(first, [latest])
    c.expect_vip(first)


@scenario(modes=("mariadb-gtid", "mysql97-pos"), hosts=3)
def skipped_steps_are_left_to_the_operator(c: Cluster) -> None:
    """skip_change_master and skip_disable_read_only: everybody has all rows, nobody is moved, nobody takes writes."""
    make_table(c)
    c.wait_equal()
    new, other = c.replicas
    replication.stop(other, "IO_THREAD")
    insert(c, 20)
    c.wait_equal([new])
    complete = replication.checksums(c.primary)
    c.primary.kill_server()
    c.switch("--skip_change_master", "--skip_disable_read_only")
    c.expect_vip(new)
    for host in c.replicas:
        c.expect(c.read_only(host), f"{host.name} takes writes")
        source = replication.status(host).get("Master_Host")
        c.expect(source == c.primary.name, f"the source of {host.name} is {source}, it was {c.primary.name}")
    wait_until(lambda: replication.checksums(other) == complete, "db3 to have what it lacked")
    c.expect(replication.checksums(new) == complete, "db2 has other rows than the dead primary")
    c.expect(replication.status(new)["Slave_SQL_Running"] == "No", "db2 still replicates")


@scenario(modes=("mariadb-pos",), hosts=3)
def a_failed_failover_waits_as_it_is_told(c: Cluster) -> None:
    """wait_on_failover_error: the error flag is there at once, the manager ends that much later."""
    c.configure(master_ip_failover_script=c.hook("master_ip_failover", fail="stopssh:1"))
    manager = c.start_manager("--wait_on_failover_error=4")
    c.primary.kill_server()
    manager.wait_exit(1)
    waited = time.time() - c.work_file("app1.failover.error").stat().st_mtime
    c.expect(waited >= 4, f"the manager waited only {waited:.1f} s")
    c.expect(len(c.hook_calls("report")) == 1, "the report was not sent")


@scenario(modes=("mysql56-pos", "mysql97-pos"), hosts=4, settings=GTID_BY_POSITION)
def use_gtid_auto_pos_decides_how_replicas_are_moved(c: Cluster) -> None:
    """GTIDs are on, the replicas go by position: so they do after a failover with 0 everywhere, and not after one with 1."""
    make_table(c)
    c.wait_equal()
    first, second, third = c.replicas
    c.configure(use_gtid_auto_pos="0")
    replication.stop(second, "IO_THREAD")
    insert(c, 20)
    c.wait_equal([first, third])
    c.primary.kill_server()
    c.switch()
    c.expect("Starting Non-GTID based failover." in c.log(), f"it was a failover by GTID:\n{c.log()}")
    c.expect_primary(first, [second, third])
    c.expect(count(second) == 20, f"db3 has {count(second)} rows, expected 20")
    _expect_auto_position([second, third], "0")

    c.configure(without=[c.primary])
    replication.stop(third, "IO_THREAD")
    first.sql("INSERT INTO app.t (v) VALUES ('late')")
    c.expect_same_data([first, second])
    first.kill_server()
    c.switch("--ignore_last_failover", dead=first)
    c.expect("Starting GTID based failover." in c.log(), f"it was no failover by GTID:\n{c.log()}")
    c.expect_primary(second, [third])
    c.expect(count(third) == 21, f"db4 has {count(third)} rows, expected 21")
    _expect_auto_position([third], "1")


def _expect_auto_position(replicas: list[Host], value: str) -> None:
    for replica in replicas:
        now = replication.status(replica)["Auto_Position"]
        assert now == value, f"{replica.name} replicates with Auto_Position={now}, expected {value}"


# MySQL 9 does not stop an applier that waits for a row: it waits with it, whatever rpl_stop_replica_timeout says.
@scenario(modes=("mysql56-gtid",), hosts=3,
          host_settings={"db3": {"innodb-lock-wait-timeout": "1", "slave-transaction-retries": "100000"}})
def wait_until_gtid_in_sync_decides_who_is_waited_for(c: Cluster) -> None:
    """A replica's applier waits for a row: with 0 the failover ends all the same, and it gets the rest from the new primary."""
    make_table(c)
    insert(c, 5)
    c.wait_equal()
    new, slow = c.replicas
    with slow.connect() as blocker:
        blocker.query("BEGIN")
        blocker.query("SELECT * FROM app.t WHERE id = 1 FOR UPDATE")
        c.primary.sql("UPDATE app.t SET v = 'changed' WHERE id = 1")
        insert(c, 20)
        c.wait_equal([new])
        end = replication.place(c.primary)
        wait_until(lambda: replication.status(slow)["Read_Master_Log_Pos"] == str(end.position), "db3 to receive all")
        complete = replication.checksums(c.primary)
        c.primary.kill_server()
        c.switch("--wait_until_gtid_in_sync=0", timeout_s=90)
        c.expect(slow.sql("SELECT v FROM app.t WHERE id = 1").value() != "changed", "db3 was waited for")
        c.expect(replication.checksums(new) == complete, "db2 has other rows than the dead primary")
    c.expect_primary(new, [slow])
    c.expect(count(slow) == 25, f"db3 has {count(slow)} rows, expected 25")

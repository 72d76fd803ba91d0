"""Replicas that lack events when the primary dies: they get all that any reachable machine still holds."""

from __future__ import annotations

import os

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import ONE_OF_EACH, Cluster, scenario
from harness.rows import count, fall_behind, insert, insert_at_once, make_table


@scenario(hosts=4)
def replicas_at_three_places_reach_the_last_complete_transaction(c: Cluster) -> None:
    """Receivers stopped at three places across log rotations; the dead primary's log ends inside a transaction."""
    fall_behind(c, c.replicas)
    complete, end = replication.checksums(c.primary), replication.place(c.primary)
    insert_at_once(c, 500)
    torn = replication.place(c.primary)
    c.primary.kill_server()
    os.truncate(c.primary.path(f"/var/lib/mysql/{torn.file}"), (end.position + torn.position) // 2)

    c.switch()
    *others, new = c.replicas
    c.expect(replication.checksums(new) == complete, "the new primary is not at the last complete transaction")
    c.expect_primary(new, others)
    c.expect(f"{torn.file} at offset" in c.report(), f"the report does not name the place of the damage:\n{c.report()}")


@scenario(hosts=3)
def a_transaction_of_100000_rows_reaches_a_replica_that_lacks_it(c: Cluster) -> None:
    """Nobody has received it; the dead primary's host is reachable."""
    make_table(c)
    insert(c, 50)
    c.wait_equal()
    for replica in c.replicas:
        replication.stop(replica, "IO_THREAD")
    insert_at_once(c, 100_000)
    complete = replication.checksums(c.primary)
    c.primary.kill_server()
    c.switch()
    new, *others = c.replicas
    c.expect(count(new) == 100_050, f"{new.name} has {count(new)} rows, expected 100050")
    c.expect(replication.checksums(new) == complete, f"{new.name} has other rows than the dead primary")
    c.expect_primary(new, others)


@scenario(hosts=4)
def a_powered_off_primary_leaves_all_at_the_most_advanced_replica(c: Cluster) -> None:
    """The most advanced may not be promoted and feeds the others from its relay logs; the report bounds the loss."""
    c.configure(servers={"db4": {"no_master": "1", "check_repl_delay": "0"}})
    fall_behind(c, c.replicas)
    *behind, latest = c.replicas
    best, best_place = replication.checksums(latest), replication.status(latest)
    manager = c.start_manager()
    c.primary.power_off()
    manager.wait_exit(0)
    new = behind[0]
    c.expect(replication.checksums(new) == best, f"{new.name} is not where {latest.name} was")
    c.expect_primary(new, [*behind[1:], latest])
    bound = f"{best_place['Master_Log_File']}:{best_place['Read_Master_Log_Pos']}"
    c.expect(bound in c.report() and "is lost" in c.report(), f"the report does not bound the loss at {bound}:\n{c.report()}")


@scenario(hosts=3)
def nobody_is_promoted_before_it_has_applied_what_it_received(c: Cluster) -> None:
    """One applier waits for a lock, the other replica's threads are stopped; both have received everything."""
    make_table(c)
    insert(c, 10)
    c.wait_equal()
    slow, stopped = c.replicas
    manager = c.start_manager()
    by_gtid = replication.status(stopped).get("Using_Gtid")
    replication.stop(stopped, "SQL_THREAD")
    with slow.connect() as blocker:
        blocker.query("LOCK TABLES app.t READ")
        insert(c, 100)
        end = replication.place(c.primary)
        for replica in c.replicas:
            wait_until(lambda replica=replica: _received(replica) == (end.file, end.position), f"{replica.name} to receive")
        replication.stop(stopped, "IO_THREAD")  # MariaDB with GTID would drop its relay logs at a plain START
        c.primary.kill_server()
        manager.wait_for_log(r"db2\S*: received .*, executed .*, to ")
        c.expect(slow.sql("SELECT @@global.read_only").value() == "1", "db2 takes writes before it has applied everything")
        c.expect(not c.hook_calls("master_ip_failover")[2:], "the address was moved before db2 has applied everything")
        c.tool("masterha_check_status", expected=50)
        c.tool("masterha_stop", expected=1)  # not in the middle of a failover
    manager.wait_exit(0)
    c.expect(count(slow) == 110, f"{slow.name} has {count(slow)} rows, expected 110")
    c.expect_primary(slow, [stopped])
    now = replication.status(stopped).get("Using_Gtid")
    c.expect(now == by_gtid, f"{stopped.name} replicates with Using_Gtid={now}, it was {by_gtid}")


@scenario(hosts=3)
def a_delayed_replica_is_no_candidate_and_holds_nobody_up(c: Cluster) -> None:
    """MASTER_DELAY of an hour on the first replica: the second is promoted at once, the first keeps its delay."""
    make_table(c)
    c.wait_equal()
    delayed, new = c.replicas
    replication.stop(delayed)
    delayed.sql(replication.say(delayed, "CHANGE MASTER TO MASTER_DELAY = 3600"))
    replication.start(delayed)
    insert(c, 20)
    c.wait_equal([new])
    manager = c.start_manager()
    c.primary.kill_server()
    manager.wait_exit(0)
    c.expect_vip(new)
    now = replication.status(delayed)
    c.expect(now["SQL_Delay"] == "3600", f"the delay of {delayed.name} is now {now['SQL_Delay']}")
    c.expect(count(delayed) == 0, f"{delayed.name} has applied early")
    _end_delay(delayed)
    c.expect_primary(new, [delayed])
    c.expect(count(delayed) == 20, f"{delayed.name} has {count(delayed)} rows in the end, expected 20")


def _end_delay(replica: Host) -> None:
    """Without GTIDs the replica must keep its relay logs: nobody else can still give it what it has received."""
    replication.stop(replica)
    keep = ""
    if not replica.lab.options.gtid:
        now = replication.status(replica)
        keep = f", RELAY_LOG_FILE = '{now['Relay_Log_File']}', RELAY_LOG_POS = {now['Relay_Log_Pos']}"
    replica.sql(replication.say(replica, f"CHANGE MASTER TO MASTER_DELAY = 0{keep}"))
    replication.start(replica)


def _received(replica: Host) -> tuple[str, int]:
    now = replication.status(replica)
    return now["Master_Log_File"], int(now["Read_Master_Log_Pos"])


@scenario(modes=ONE_OF_EACH, hosts=3)
def a_primary_whose_log_lost_its_end_is_no_measure(c: Cluster) -> None:
    """Its log ends before what both replicas have received and not yet applied, as after a reset without sync_binlog."""
    make_table(c)
    insert(c, 20)
    c.wait_equal()
    for replica in c.replicas:
        replication.stop(replica, "SQL_THREAD")
    kept = replication.place(c.primary)
    insert(c, 500)
    complete, end = replication.checksums(c.primary), replication.place(c.primary)
    for replica in c.replicas:
        wait_until(lambda replica=replica: _received(replica) == (end.file, end.position), f"{replica.name} to receive")
    c.primary.kill_server()
    os.truncate(c.primary.path(f"/var/lib/mysql/{kept.file}"), kept.position)

    c.switch()
    new, *others = c.replicas
    c.expect(replication.checksums(new) == complete, f"{new.name} has {count(new)} rows, expected 520")
    c.expect_primary(new, others)
    c.expect("has received all up to" in c.report(), f"the report does not say that the log is short:\n{c.report()}")


# MySQL's performance schema would double what so many transactions cost, and nothing here asks it.
@scenario(usual=ONE_OF_EACH, hosts=3, limit_s=400, settings={"performance-schema": "OFF"})
def a_replica_200000_transactions_behind_gets_them_all(c: Cluster) -> None:
    """Its receiver stood still while the other replica received everything; that one is promoted at once."""
    make_table(c)
    c.wait_equal()
    new, behind = c.replicas
    replication.stop(behind, "IO_THREAD")
    c.primary.sql("CREATE PROCEDURE app.fill(n INT) BEGIN "
                  "WHILE n > 0 DO INSERT INTO app.t (v) VALUES (n); SET n = n - 1; END WHILE; END")
    c.primary.sql("CALL app.fill(200000)", timeout_s=120)
    c.wait_equal([new], timeout_s=120)
    manager = c.start_manager()
    c.primary.kill_server()
    manager.wait_exit(0, timeout_s=240)
    replication.wait_caught_up(new, [behind], timeout_s=240)
    c.expect_primary(new, [behind])
    c.expect(count(behind) == 200_000, f"{behind.name} has {count(behind)} rows, expected 200000")

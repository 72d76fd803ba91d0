"""A primary that answers and is of no use: it is named; only policy lets anybody act on it, and never before it is closed."""

from __future__ import annotations

import threading

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.mysql import SqlError
from tanist_lab.waiting import wait_until

from harness import ONE_OF_EACH, Cluster, scenario
from harness.journal import moments
from harness.rows import make_table

_ONE_OF_EACH_SEMISYNC = ("mariadb-pos", "mysql97-gtid")
_FOR_EVER_MS = 4294967295


@scenario(modes=("mariadb-pos",), hosts=3)
def hung_commits_are_an_alarm_and_nothing_else(c: Cluster) -> None:
    """Somebody holds the global read lock: E10 with its evidence; nothing is done."""
    make_table(c)
    daemon = c.start_daemon()
    with c.primary.connect() as backup:
        backup.query("FLUSH TABLES WITH READ LOCK")
        waiting = threading.Thread(target=_insert_at_last, args=(c,))
        waiting.start()
        daemon.wait_for_log(r"E10: Commits hang on db1")
        daemon.wait_for_log(r"connection \d+ of .*: Waiting for ")
        backup.query("UNLOCK TABLES")
    waiting.join()
    c.expect("Starting master failover" not in daemon.log(), f"a failover was started: {daemon.last_words()}")
    c.expect_followed(c.primary, c.replicas)
    daemon.stop()


def _insert_at_last(c: Cluster) -> None:
    with c.primary.connect(database="app", timeout_s=90) as session:
        session.query("INSERT INTO t (v) VALUES ('late')")


@scenario(modes=ONE_OF_EACH, usual=("mysql56-gtid",), hosts=3)
def hung_commits_are_reason_enough_where_policy_says_so(c: Cluster) -> None:
    """The same with failover_on and without ssh: the old primary is closed over its own connection, provably, and lives."""
    c.configure(failover_on="hung_commits", grey_patience="3", fence_over_ssh="0", on_unproven_fence="refuse")
    manager = c.start_manager()
    writer = c.start_writer()
    writer.wait_for_acks(100)
    with c.primary.connect(timeout_s=90) as backup:
        backup.query("FLUSH TABLES WITH READ LOCK")
        manager.wait_exit(0)
    writer.wait_for_acks(100)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others])
    c.expect_primary(new, others)
    _expect_rung(c, "close_live", "proven: ")
    c.expect(c.primary.server_runs(), "the old primary was ended")
    c.expect(c.read_only(c.primary), "the old primary takes writes")


@scenario(modes=_ONE_OF_EACH_SEMISYNC, usual=("mysql97-gtid",), hosts=3, semisync=True)
def commits_that_nobody_acknowledges_are_reason_enough_where_policy_says_so(c: Cluster) -> None:
    """Semi-synchronous for ever, and nobody acknowledges: given up (E10), its server ended; nothing is lost. MySQL closes
    nothing over its own connection while a commit waits, because KILL does not end that wait."""
    _wait_for_ever(c)
    c.configure(failover_on="hung_commits", grey_patience="3")
    manager = c.start_manager()
    writer = c.start_writer()
    writer.wait_for_acks(100)
    for replica in c.replicas:
        _acknowledge_nothing(replica)
    manager.wait_exit(0)
    writer.wait_for_acks(100)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others])
    c.expect_primary(new, others)
    c.expect("E10 given up" in c.log(), f"no E10:\n{c.log()}")
    _expect_rung(c, "kill_server", "proven: ")
    c.expect(not c.primary.server_runs(), "the old primary can still come back")


@scenario(modes=_ONE_OF_EACH_SEMISYNC, hosts=3, semisync=True)
def an_isolated_primary_that_nobody_can_acknowledge_to_is_fenced(c: Cluster) -> None:
    """Cut off, no ssh, no script, on_unproven_fence=refuse: strictly semi-synchronous is proof. What a client was promised
    is there, and over there nobody is promised anything."""
    _wait_for_ever(c)
    c.configure(on_unproven_fence="refuse")
    manager = c.start_manager()
    writer = c.start_writer()
    writer.wait_for_acks(200)
    c.lab.switchboard.cut(c.primary)
    manager.wait_exit(0)
    _expect_rung(c, "prove_by_semi_sync", "proven: ")
    try:
        c.primary.sql("INSERT INTO app.alone VALUES (1)", timeout_s=5)
        c.expect(False, "the isolated primary acknowledged a write")
    except (SqlError, OSError) as refused:
        c.expect(not isinstance(refused, SqlError), f"the isolated primary said {refused}")
    writer.wait_for_acks(100)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others])
    c.expect_primary(new, others)


@scenario(modes=("mariadb-pos",), hosts=3)
def a_full_disk_is_an_alarm(c: Cluster) -> None:
    """The data on a small file system that somebody fills: E42 names it; nothing is done."""
    c.primary.stop_server()
    c.primary.sh("cp -a /var/lib/mysql /var/tmp/before && mount -t tmpfs -o size=600m,mode=755 tmpfs /var/lib/mysql && "
                 "cp -a /var/tmp/before/. /var/lib/mysql/ && chown --reference=/var/tmp/before /var/lib/mysql")
    c.primary.start_server()
    wait_until(lambda: all(replication.connected(replica) for replica in c.replicas), "the replicas to be connected")
    daemon = c.start_daemon()
    c.primary.run(["dd", "if=/dev/zero", "of=/var/lib/mysql/filler", "bs=1M"], check=False)
    daemon.wait_for_log(r"E42: The file system of db1.* that holds /var/lib/mysql/ is full", timeout_s=90)
    c.primary.sh("rm /var/lib/mysql/filler")
    c.expect("Starting master failover" not in daemon.log(), f"a failover was started: {daemon.last_words()}")
    daemon.stop()


def _wait_for_ever(c: Cluster) -> None:
    word = "source" if c.lab.flavour.modern_words else "master"
    c.primary.sql("CREATE TABLE app.alone (id INT PRIMARY KEY)")
    c.primary.sql(f"SET GLOBAL rpl_semi_sync_{word}_timeout = {_FOR_EVER_MS}")
    c.primary.sql(f"SET GLOBAL rpl_semi_sync_{word}_wait_point = 'AFTER_SYNC'")
    clients = f"SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_{word}_clients'"
    wait_until(lambda: c.primary.sql(clients).rows[0][1] == "2", "both replicas to acknowledge")


def _acknowledge_nothing(replica: Host) -> None:
    word = "replica" if replica.lab.flavour.modern_words else "slave"
    replica.sql(f"SET GLOBAL rpl_semi_sync_{word}_enabled = 0")
    replication.stop(replica, "IO_THREAD")
    replication.start(replica, "IO_THREAD")


def _expect_rung(c: Cluster, name: str, result: str) -> None:
    found = [moment for moment in moments(c, 0) if moment.name == name]
    c.expect(len(found) == 1 and found[0].good and found[0].result.startswith(result),
             f"the journal says of {name}: {found}")

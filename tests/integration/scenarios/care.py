"""Care of replicas while the primary answers, and replaced primaries that a person makes replicas."""

from __future__ import annotations

import subprocess

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness import manager as mgr
from harness.daemon import STATE_DIR
from harness.rows import insert, make_table

REPLACED = "MySQL Master failover .* succeeded"


def _tanist(c: Cluster, *words: str, expected: int = 0) -> subprocess.CompletedProcess[str]:
    return mgr.run_tool(c.lab.manager, c.bin_dir, "tanist", *words, f"--state_dir={STATE_DIR}", expected=expected)


def _insert_on(c: Cluster, new: Host) -> None:
    """A row that everybody must get."""
    wait_until(lambda: not c.read_only(new), f"{new.name} to take writes")
    new.sql("INSERT INTO app.t (v) VALUES ('behind the failover')")


@scenario(modes=("mysql97-pos",), hosts=2)
def a_receiver_that_a_full_primary_turned_away_runs_again(c: Cluster) -> None:
    """It gave up with "too many connections"; when the primary has room again it is started, and the history tells."""
    [replica] = c.replicas
    replication.stop(replica, "IO_THREAD")
    replica.sql("CHANGE REPLICATION SOURCE TO SOURCE_RETRY_COUNT=1, SOURCE_CONNECT_RETRY=1")
    before = c.primary.sql("SELECT @@global.max_connections").value()
    with c.primary.connect() as session:
        session.query("SET GLOBAL max_connections = 1")
        replication.start(replica, "IO_THREAD")
        wait_until(lambda: replication.status(replica)["Slave_IO_Running"] == "No", "the receiver to give up")
        session.query(f"SET GLOBAL max_connections = {before}")
    c.expect(replication.status(replica)["Last_IO_Errno"] == "1040", f"it gave up otherwise: {replication.status(replica)}")
    daemon = c.start_daemon()
    daemon.wait_for_log("Done. K10: .*started again")
    c.expect_primary(c.primary, c.replicas)
    c.expect(" care " in _tanist(c, "history").stdout, "the history has no care")
    daemon.stop()


@scenario(modes=("mariadb-gtid", "mysql56-gtid"), usual=("mariadb-gtid",), hosts=3)
def replicas_are_put_in_order(c: Cluster) -> None:
    """One takes writes: it is closed. One was down when its primary was replaced: it follows the new one. The old primary
    returns clean and stays closed until somebody types `tanist rejoin`, here without a daemon."""
    c.configure(care_source="1", servers={"db3": {"no_master": "1"}})
    make_table(c)
    insert(c, 5)
    c.wait_equal()
    old, new, late = c.lab.dbs
    daemon = c.start_daemon()
    late.sql("SET GLOBAL read_only = 0")
    daemon.wait_for_log("Done. K30: ")
    c.expect(c.read_only(late), "the replica still takes writes")
    late.kill_server()
    insert(c, 5)
    c.wait_equal([new])
    old.kill_server()
    daemon.wait_for_log(r"Master failover to db2\(.*\) done")
    late.start_server()
    daemon.wait_for_log("Done. K20: ")
    old.start_server()
    daemon.wait_for_log("B40: .*tanist rejoin app1 db1")
    daemon.stop()
    done = _tanist(c, "rejoin", c.conf_path(), old.name)
    c.expect("replicates from" in done.stdout, f"rejoin says {done.stdout}")
    wait_until(lambda: replication.connected(old), f"{old.name} to replicate")
    c.expect_primary(new, [old, late])


@scenario(modes=("mariadb-gtid", "mysql56-pos", "mysql97-gtid"), usual=("mariadb-gtid", "mysql97-gtid"), hosts=3)
def what_changed_nothing_can_be_dropped(c: Cluster) -> None:
    """Cut off, the old primary logged a FLUSH: it is a replica as soon as a person says that nobody needs it. Not before."""
    make_table(c)
    insert(c, 5)
    c.wait_equal()
    daemon = c.start_daemon()
    old = c.primary
    c.lab.switchboard.cut(old)
    old.sql("FLUSH TABLES")
    daemon.wait_for_log(REPLACED)
    c.lab.switchboard.heal(old)
    daemon.wait_for_log("To drop them: tanist rejoin app1 db1 --discard_extra")
    c.expect("They are listed in" in _tanist(c, "rejoin", old.name, expected=1).stderr, "rejoin does not name the list")
    c.expect(not replication.status(old), "it was made a replica")
    _tanist(c, "rejoin", old.name, "--discard_extra")
    new, others = next(host for host in c.replicas if not replication.status(host)), c.replicas
    _insert_on(c, new)
    c.expect_primary(new, [old, *(host for host in others if host is not new)])
    daemon.stop()

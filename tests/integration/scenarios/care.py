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


@scenario(modes=("mariadb-gtid", "mysql56-pos", "mysql97-gtid"), hosts=3)
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

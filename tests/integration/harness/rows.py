"""A table of the application, and replicas that fall behind it."""

from __future__ import annotations

from tanist_lab import replication
from tanist_lab.hosts import Host

from .cluster import Cluster


def make_table(c: Cluster) -> None:
    """app.t on the primary, empty."""
    c.primary.sql("CREATE TABLE app.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(200))")


def insert(c: Cluster, count: int) -> None:
    """So many transactions of one row each."""
    with c.primary.connect(database="app") as session:
        for _ in range(count):
            session.query("INSERT INTO t (v) VALUES (REPEAT('x', 100))")


def insert_at_once(c: Cluster, count: int) -> None:
    """So many rows in one transaction; the table must hold some."""
    c.primary.sql(f"INSERT INTO app.t (v) SELECT a.v FROM app.t a, app.t b, app.t c LIMIT {count}", timeout_s=60)


def count(host: Host) -> int:
    """Rows that a machine has."""
    return int(host.sql("SELECT COUNT(*) FROM app.t").value() or 0)


def fall_behind(c: Cluster, replicas: list[Host]) -> None:
    """Stops the receivers one after another, each a log file further than the one before, and writes more."""
    make_table(c)
    for number, replica in enumerate(replicas):
        insert(c, 40)
        c.primary.sql("FLUSH LOGS")
        insert(c, 10)
        c.wait_equal(replicas[number:])
        replication.stop(replica, "IO_THREAD")
    insert(c, 40)

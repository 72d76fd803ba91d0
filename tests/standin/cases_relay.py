"""One replica's relay logs serve the others when the dead primary's host is gone: by a CHANGE to one-time credentials."""

from __future__ import annotations

import functools
import os

from cases_drain import WAYS
from drain import behind_by_turns, contents, drain, gtids_same, same, stop_receiver, wait_replicas
from servers import ADDRESS, Cluster, Server, change_source
from standin import Json, StandIn, relay_job
from suite import Context, case
from tanist_lab import replication
from tanist_lab.waiting import wait_until
from work import create_tables, mixed_work, rotate


def job_of(cluster: Cluster, best: Server, **more) -> Json:
    """Relay logs of the most advanced replica."""
    mode = "ON" if cluster.gtid and cluster.flavour != "mariadb" else "OFF"
    return relay_job(best, replicas=[{"address": ADDRESS, "gtid_mode": mode}], **more)


def repoint(replica: Server, port: int, gtid: bool) -> None:
    """The safe order: stopped, status read again, executed coordinates."""
    replica.said("STOP SLAVE")
    now = replication.status(replica)
    at = replication.Place(now["Relay_Master_Log_File"], int(now["Exec_Master_Log_Pos"]))
    change_source(replica, port, gtid=gtid, at=at, user="once", password="only")


def drain_from_relay(context: Context, cluster: Cluster, lagging: list[Server], job: Json) -> None:
    """Points the others at the stand-in, and drains them."""
    with StandIn(context.binary, job) as standin:
        port = standin.port
    for replica in lagging:
        repoint(replica, port, cluster.gtid)
    drain(context.binary, job | {"port": port}, cluster, lagging)


@case(way=WAYS)
def two_lagging_replicas_are_fed_by_the_third(context: Context, way: str) -> None:
    """Over rotations; the source replica is never touched."""
    cluster = context.cluster(3, gtid=way == "gtid")
    create_tables(cluster.primary)
    wait_replicas(cluster)
    *lagging, best = cluster.replicas

    def work(seed: int) -> None:
        mixed_work(cluster.primary, seed, 4)
    for turn, replica in enumerate(lagging, 1):
        work(turn)
        wait_replicas(cluster, [replica])
        stop_receiver(replica)
        rotate(cluster.primary)
    work(5)
    wait_replicas(cluster, [best])
    expected, gtids = contents(cluster.primary), replication.place(cluster.primary).gtids
    cluster.primary.kill()
    drain_from_relay(context, cluster, lagging, job_of(cluster, best))
    same(expected, cluster.replicas)
    if gtids:
        gtids_same(gtids, cluster.replicas)


@case(way=WAYS)
def a_relay_log_that_was_restarted_and_flushed(context: Context, way: str) -> None:
    """Reconnects repeat headers, and by GTID whole transactions; flushes split files anywhere."""
    cluster = context.cluster(2, gtid=way == "gtid")
    create_tables(cluster.primary)
    wait_replicas(cluster)
    lagging, best = cluster.replicas
    stop_receiver(lagging)
    for seed in range(1, 4):
        mixed_work(cluster.primary, seed, 2)
        wait_replicas(cluster, [best])
        if context.flavour == "mariadb" and cluster.gtid:
            best.sql("FLUSH RELAY LOGS")  # STOP and START would delete the relay logs here
        else:
            best.said("STOP SLAVE IO_THREAD")
            best.said("START SLAVE IO_THREAD")
            best.sql("FLUSH RELAY LOGS")
    mixed_work(cluster.primary, 4, 2)
    wait_replicas(cluster, [best])
    expected = contents(cluster.primary)
    cluster.primary.kill()
    drain_from_relay(context, cluster, [lagging], job_of(cluster, best))
    same(expected, cluster.replicas)


@case(way=WAYS)
def a_relay_log_that_ends_in_half_a_transaction(context: Context, way: str) -> None:
    """The half is not sent: it would hold locks on the replica that gets it."""
    cluster = context.cluster(2, gtid=way == "gtid")
    lagging, best = cluster.replicas
    create_tables(cluster.primary)
    wait_replicas(cluster)
    stop_receiver(lagging)
    mixed_work(cluster.primary, 1, 3)
    expected, end = contents(cluster.primary), replication.place(cluster.primary)
    cluster.primary.sql("BEGIN", "INSERT INTO app.t (a) VALUES (7)", "INSERT INTO app.t (a, b) VALUES (8, REPEAT('z', 1500))", "COMMIT")
    wait_replicas(cluster, [best])
    cluster.primary.kill()
    best.kill()
    newest = sorted(best.data.glob("relay-bin.0*"))[-1]
    os.truncate(newest, newest.stat().st_size - 100)
    job = job_of(cluster, best)
    with StandIn(context.binary, job) as standin:
        assert standin.ready["served_end"] == {"file": end.file, "pos": end.position}, (standin.ready, end)
    drain_from_relay(context, cluster, [lagging], job)
    same(expected, [lagging])


@case(way=WAYS)
def relay_logs_that_begin_too_late_are_refused(context: Context, way: str) -> None:
    """By position the start is unknown; by GTID nothing on the replica would complain, so the stand-in must."""
    cluster = context.cluster(2, gtid=way == "gtid")
    lagging, best = cluster.replicas
    create_tables(cluster.primary)
    wait_replicas(cluster)
    stop_receiver(lagging)
    mixed_work(cluster.primary, 1, 2)
    rotate(cluster.primary)
    mixed_work(cluster.primary, 2, 2)
    wait_replicas(cluster, [best])
    best.sql("SET GLOBAL relay_log_purge = 1")
    best.sql("FLUSH RELAY LOGS")
    mixed_work(cluster.primary, 3, 2)
    rotate(cluster.primary)
    mixed_work(cluster.primary, 4, 2)
    wait_replicas(cluster, [best])
    before = contents(lagging)
    cluster.primary.kill()
    with StandIn(context.binary, job_of(cluster, best)) as standin:
        repoint(lagging, standin.port, cluster.gtid)
        lagging.said("START SLAVE")
        refused = standin.wait_for("refused")
        assert refused["number"] == 1236, refused
        wait_until(lambda: replication.status(lagging)["Slave_IO_Running"] == "No", "the receiver to stop")
        assert replication.status(lagging)["Last_IO_Errno"] in ("1236", "13114"), replication.status(lagging)
    assert contents(lagging) == before


@case("mariadb mysql97", way=WAYS)
def compressed_events_in_relay_logs(context: Context, way: str) -> None:
    """MariaDB's receiver writes them down unpacked, so that sizes and positions no longer fit each other."""
    settings = {"mariadb": {"log-bin-compress": "ON", "log-bin-compress-min-len": "10"},
                "mysql97": {"binlog-transaction-compression": "ON"}}[context.flavour]
    cluster = context.cluster(2, gtid=way == "gtid", settings=settings)
    feed_one_from_the_other(context, cluster)


@case("mariadb")
def relay_logs_without_annotations(context: Context) -> None:
    """replicate_annotate_row_events=OFF leaves holes between the events."""
    cluster = context.cluster(2, gtid=False, replica_settings={1: {"replicate-annotate-row-events": "OFF"}})
    feed_one_from_the_other(context, cluster)


def feed_one_from_the_other(context: Context, cluster: Cluster) -> None:
    """The first replica lags, the second serves; work over two logs."""
    create_tables(cluster.primary)
    mixed_work(cluster.primary, 1, 2)
    wait_replicas(cluster)
    lagging, best = cluster.replicas
    stop_receiver(lagging)
    mixed_work(cluster.primary, 2, 2)
    rotate(cluster.primary)
    mixed_work(cluster.primary, 3, 2)
    wait_replicas(cluster, [best])
    expected = contents(cluster.primary)
    cluster.primary.kill()
    drain_from_relay(context, cluster, [lagging], job_of(cluster, best))
    same(expected, cluster.replicas)


@case(way=WAYS)
def turns_over_three_logs(context: Context, way: str) -> None:
    """Row changes, statements, DDL: as for binary logs."""
    cluster = context.cluster(2, gtid=way == "gtid", format_="MIXED" if context.flavour != "mysql97" else "ROW")
    create_tables(cluster.primary)
    wait_replicas(cluster)
    lagging, best = cluster.replicas
    stop_receiver(lagging)
    work = functools.partial(mixed_work, cluster.primary)
    for seed in (1, 2, 3):
        work(seed, 3)
        rotate(cluster.primary)
    work(4, 3)
    wait_replicas(cluster, [best])
    expected = contents(cluster.primary)
    cluster.primary.kill()
    drain_from_relay(context, cluster, [lagging], job_of(cluster, best))
    same(expected, cluster.replicas)

"""The dead primary's binary logs, served on its own address: replicas reconnect with what they have, no CHANGE at all."""

from __future__ import annotations

import functools
import os
import signal
import subprocess

from drain import behind_by_turns, contents, drain, gtids_same, same, stop_receiver, wait_drained, wait_replicas
from servers import ADDRESS, REPLICA_PASSWORD, REPLICA_USER, Cluster
from standin import Json, StandIn, binlog_job, tail
from suite import Context, case
from tanist_lab import replication
from tanist_lab.flavours import FLAVOURS
from tanist_lab.waiting import wait_until
from work import create_tables, mixed_work, rotate

WAYS = ["position", "gtid"]


def job_of(cluster: Cluster, **more) -> Json:
    """The job on the dead primary's address, with the mode of its replicas."""
    mode = "ON" if cluster.gtid and cluster.flavour != "mariadb" else "OFF"
    return binlog_job(cluster.primary, **{"replicas": [{"address": ADDRESS, "gtid_mode": mode}]} | more)


def stop_at_turns_and_drain(context: Context, *, gtid: bool, **options) -> list[Json]:
    """The whole story with three replicas at three places over three binary logs."""
    cluster = context.cluster(3, gtid=gtid, **options)
    create_tables(cluster.primary)
    expected, gtids = behind_by_turns(cluster, functools.partial(mixed_work, cluster.primary))
    for replica in cluster.replicas:
        replica.said("STOP SLAVE")
    cluster.primary.kill()
    events = drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, cluster.replicas)
    if gtids:
        gtids_same(gtids, cluster.replicas)
    return events


@case(way=WAYS)
def stopped_at_three_places(context: Context, way: str) -> None:
    """Row format, and the GTID position after a drain by position is right too."""
    stop_at_turns_and_drain(context, gtid=way == "gtid")


@case("mariadb mysql56", format_=["STATEMENT", "MIXED"])
def statements(context: Context, format_: str) -> None:
    """RAND(), user variables and AUTO_INCREMENT travel in events of their own."""
    stop_at_turns_and_drain(context, gtid=False, format_=format_)


@case("mysql97")
def gtid_mode_on_by_position(context: Context) -> None:
    """A replica with GTIDs that is positioned by file ends with the primary's GTID set."""
    on = {"gtid-mode": "ON", "enforce-gtid-consistency": "ON"}
    cluster = context.cluster(2, gtid=False, settings=on)
    create_tables(cluster.primary)
    expected, gtids = behind_by_turns(cluster, functools.partial(mixed_work, cluster.primary))
    cluster.primary.kill()
    drain(context.binary, job_of(cluster, replicas=[{"address": ADDRESS, "gtid_mode": "ON"}]), cluster, cluster.replicas)
    same(expected, cluster.replicas)
    gtids_same(gtids, cluster.replicas)


@case(way=WAYS)
def receivers_reconnect_by_themselves(context: Context, way: str) -> None:
    """Nobody tells the replicas anything: they were cut off by the crash and try again."""
    cluster = context.cluster(2, gtid=way == "gtid")
    create_tables(cluster.primary)
    mixed_work(cluster.primary, 1)
    wait_replicas(cluster)
    expected = contents(cluster.primary)
    cluster.primary.kill()
    with StandIn(context.binary, job_of(cluster)) as standin:
        standin.wait_for("sent_to_end", 2)
        wait_drained(standin, cluster, cluster.replicas)
        for replica in cluster.replicas:
            wait_until(lambda: replication.connected(replica), f"{replica.name} to be quiet")
        same(expected, cluster.replicas)
    for replica in cluster.replicas:
        replica.said("STOP SLAVE")
        if int(replication.status(replica)["Last_SQL_Errno"]):
            raise AssertionError(replication.status(replica))


@case(cut=["inside", "before_commit", "header"])
def torn_tail(context: Context, cut: str) -> None:
    """A last transaction that did not reach the disk whole is left out, and said so."""
    cluster = context.cluster(1, gtid=False)
    create_tables(cluster.primary)
    mixed_work(cluster.primary, 1, 3)
    wait_replicas(cluster)  # a receiver that stops in the middle of a transaction leaves one that is never applied
    stop_receiver(cluster.replicas[0])
    mixed_work(cluster.primary, 2, 3)
    expected, before = contents(cluster.primary), replication.place(cluster.primary)
    cluster.primary.sql("BEGIN", "INSERT INTO app.t (a) VALUES (7)", "INSERT INTO app.t (a, b) VALUES (8, REPEAT('z', 1500))", "COMMIT")
    end = replication.place(cluster.primary)
    cluster.primary.kill()
    xid = 31
    size = {"inside": end.position - xid - 700, "before_commit": end.position - xid, "header": before.position + 5}[cut]
    os.truncate(cluster.primary.data / end.file, size)
    seen = tail(context.binary, job_of(cluster))
    assert seen["served_end"] == {"file": before.file, "pos": before.position}, (seen, before)
    assert seen["tail_bytes"] == size - before.position and before.file in seen["damage"], seen
    drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, cluster.replicas)


@case(way=WAYS)
def half_received_transactions_go_on(context: Context, way: str) -> None:
    """The crash came while a replica was receiving a transaction: the receiver asks for the rest, in its own way."""
    cluster = context.cluster(1, gtid=way == "gtid")
    replica = cluster.replicas[0]
    create_tables(cluster.primary)
    wait_replicas(cluster)
    before = int(replication.status(replica)["Read_Master_Log_Pos"])
    assert replica.process is not None
    with cluster.primary.connect() as session:
        session.query("BEGIN")
        session.query("INSERT INTO app.t (a, b) VALUES (1, REPEAT('h', 4000))")
        for _ in range(13):  # 8192 rows of 4 kB: more than the sockets between the two can hold
            session.query("INSERT INTO app.t (a, b) SELECT a + 1, b FROM app.t")
        session.query("COMMIT")
        wait_until(lambda: int(replication.status(replica)["Read_Master_Log_Pos"]) > before, "the first piece", pause_s=0)
        replica.process.send_signal(signal.SIGSTOP)
    expected, end = contents(cluster.primary), replication.place(cluster.primary)
    cluster.primary.kill()
    replica.process.send_signal(signal.SIGCONT)
    wait_until(lambda: replication.status(replica)["Slave_IO_Running"] != "Yes", "the receiver to notice")
    got = int(replication.status(replica)["Read_Master_Log_Pos"])
    assert before < got < end.position, (before, got, end)
    if context.flavour == "mariadb" and way == "position":
        # A receiver that reconnects inside the row events of one statement ends with 1595, with a real primary too: it still
        # waits for the statement's last event at a place it must be told again. Started anew it goes on.
        replica.said("STOP SLAVE IO_THREAD")
    drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, cluster.replicas)
    if end.gtids:
        gtids_same(end.gtids, cluster.replicas)


@case("mariadb mysql97", way=WAYS)
def semisync_replicas_fall_back(context: Context, way: str) -> None:
    """They ask for acknowledged replication and take the "no" for an answer."""
    settings = FLAVOURS[context.flavour].semisync_settings
    assert settings is not None
    timeout = {"mariadb": "rpl-semi-sync-master-timeout", "mysql97": "loose-rpl-semi-sync-source-timeout"}[context.flavour]
    stop_at_turns_and_drain(context, gtid=way == "gtid", settings=settings | {timeout: "100"})


@case("mysql97", certificate=["of_the_dead_primary", "self_signed"])
def tls_of_mysql(context: Context, certificate: str) -> None:
    """SOURCE_SSL=1 is the default of new MySQL: without TLS its replicas send not a byte."""
    cluster = context.cluster(2, gtid=True, more="MASTER_SSL=1")
    tls_drain(context, cluster, certificate)


@case("mariadb mysql56")
def tls_that_is_asked_for_is_taken(context: Context) -> None:
    """MASTER_SSL=1, also by a replica that knows nothing newer than TLS 1.1 and RSA."""
    # MySQL 5.6 takes MASTER_SSL alone for a wish that may be forgotten.
    cipher = ", MASTER_SSL_CIPHER='AES128-SHA'" if context.flavour == "mysql56" else ""
    cluster = context.cluster(2, gtid=False, more="MASTER_SSL=1" + cipher)
    tls_drain(context, cluster, "self_signed")


def tls_drain(context: Context, cluster: Cluster, certificate: str) -> None:
    """Drains and asserts that every connection was encrypted."""
    create_tables(cluster.primary)
    expected, _ = behind_by_turns(cluster, functools.partial(mixed_work, cluster.primary))
    data = cluster.primary.data
    cluster.primary.kill()
    own = {"cert": str(data / "server-cert.pem"), "key": str(data / "server-key.pem")}
    events = drain(context.binary, job_of(cluster, tls={} if certificate == "self_signed" else own), cluster, cluster.replicas)
    dumps = [event for event in events if event["event"] == "dump"]
    assert dumps and all(event.get("tls") for event in dumps), events
    same(expected, cluster.replicas)


@case("mysql97")
def without_tls_a_replica_that_needs_it_says_so(context: Context) -> None:
    """The manager must see why: errno 2026 on the replica, nothing served here."""
    cluster = context.cluster(1, gtid=True, more="MASTER_SSL=1")
    wait_replicas(cluster)
    cluster.primary.kill()
    with StandIn(context.binary, job_of(cluster)) as standin:
        cluster.replicas[0].said("STOP SLAVE IO_THREAD")
        cluster.replicas[0].said("START SLAVE IO_THREAD")
        wait_until(lambda: "2026" in str(replication.status(cluster.replicas[0])["Last_IO_Errno"]) or
                   "SSL" in replication.status(cluster.replicas[0])["Last_IO_Error"], "the receiver's complaint")
        assert not [event for event in standin.so_far() if event["event"] == "dump"]


@case("mariadb mysql56")
def temporary_tables_live_through_a_start_inside_a_file(context: Context) -> None:
    """A format description with `created` set would make the applier drop them."""
    cluster = context.cluster(1, gtid=False, format_="STATEMENT")
    create_tables(cluster.primary)
    session = cluster.primary.connect()
    session.query("CREATE TEMPORARY TABLE app.tmp (x INT)")
    session.query("INSERT INTO app.tmp VALUES (1), (2)")
    wait_replicas(cluster)
    stop_receiver(cluster.replicas[0])
    session.query("INSERT INTO app.tmp VALUES (3)")
    session.query("INSERT INTO app.t (a) SELECT x FROM app.tmp")
    expected = contents(cluster.primary)
    cluster.primary.kill()
    drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, cluster.replicas)


@case(way=WAYS)
def a_filtered_and_a_delayed_replica(context: Context, way: str) -> None:
    """A filter skips in the applier; a delay only makes the drain take that long."""
    filtered = {"replicate-wild-ignore-table": "app.plain"}
    cluster = context.cluster(2, gtid=way == "gtid", replica_settings={0: filtered})
    create_tables(cluster.primary)
    mixed_work(cluster.primary, 1, 3)
    wait_replicas(cluster)
    for replica in cluster.replicas:
        replica.said("STOP SLAVE")
    cluster.replicas[1].said("CHANGE MASTER TO MASTER_DELAY=2")
    mixed_work(cluster.primary, 2, 3)
    expected = contents(cluster.primary)
    cluster.primary.kill()
    drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, [cluster.replicas[1]])
    expected.pop("app.plain")
    have = contents(cluster.replicas[0])
    have.pop("app.plain", None)
    assert have == expected, (have, expected)


@case()
def parallel_appliers(context: Context) -> None:
    """Several workers, each with its own transactions."""
    settings = {"mariadb": {"slave-parallel-threads": "4", "slave-parallel-mode": "optimistic"},
                "mysql56": {"slave-parallel-workers": "4"}, "mysql97": {"replica-parallel-workers": "4"}}[context.flavour]
    stop_at_turns_and_drain(context, gtid=True, settings=settings)


@case()
def after_the_fence_on_the_same_port(context: Context) -> None:
    """A frozen primary is fenced, its port taken over at once although its connections linger."""
    cluster = context.cluster(2, gtid=False)
    create_tables(cluster.primary)
    mixed_work(cluster.primary, 1, 3)
    wait_replicas(cluster)
    expected = contents(cluster.primary)
    assert cluster.primary.process is not None
    cluster.primary.process.send_signal(signal.SIGSTOP)
    fence = subprocess.run([context.binary, "fence", f"--port={cluster.primary.port}"], capture_output=True, text=True, check=False)
    assert fence.returncode == 0 and str(cluster.primary.process.pid) in fence.stdout, fence
    with StandIn(context.binary, job_of(cluster)) as standin:
        standin.wait_for("sent_to_end", 2)
        wait_drained(standin, cluster, cluster.replicas)
    same(expected, cluster.replicas)


@case("mariadb")
def mariadbs_own_client_reads_the_whole_log(context: Context) -> None:
    """mysqlbinlog from the stand-in and from the files: the same statements, and it ends by itself."""
    cluster = context.cluster(0, gtid=False)
    create_tables(cluster.primary)
    mixed_work(cluster.primary, 1, 3)
    rotate(cluster.primary)
    mixed_work(cluster.primary, 2, 3)
    cluster.primary.kill()

    def text(*arguments: str) -> list[str]:
        done = subprocess.run(["mysqlbinlog", "--no-defaults", "--base64-output=decode-rows", "-v", *arguments], capture_output=True,
                              text=True, errors="replace", check=True, timeout=60)
        return [line for line in done.stdout.splitlines() if line.startswith(("### ", "INSERT", "CREATE", "ALTER"))]
    with StandIn(context.binary, job_of(cluster)):
        remote = text("--read-from-remote-server", f"--host={ADDRESS}", f"--port={cluster.primary.port}", f"--user={REPLICA_USER}",
                      f"--password={REPLICA_PASSWORD}", "--to-last-log", "mysql-bin.000001")
    local = text(*map(str, sorted(cluster.primary.data.glob("mysql-bin.0*"))))
    assert local and remote == local, (len(remote), len(local))

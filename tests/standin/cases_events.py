"""Events that are unusual in size, packing or checksum."""

from __future__ import annotations

import struct
from pathlib import Path

from cases_drain import WAYS, job_of, stop_at_turns_and_drain
from drain import contents, drain, gtids_same, same, stop_receiver, wait_replicas
from suite import Context, case
from tanist_lab import replication
from work import create_tables, mixed_work, rotate

PACKET = 0xFFFFFF


def event_sizes(path: Path) -> list[int]:
    """Sizes of all events of a log."""
    data = path.read_bytes()
    sizes, at = [], 4
    while at + 19 <= len(data):
        sizes.append(struct.unpack_from("<I", data, at + 9)[0])
        at += sizes[-1]
    return sizes


@case(way=WAYS)
def events_over_sixteen_megabytes(context: Context, way: str) -> None:
    """A row of 20 MB, and one whose packet is exactly full: then an empty packet must follow."""
    big = {"mysql56": {"innodb-log-file-size": "128M"}}.get(context.flavour, {})
    cluster = context.cluster(1, gtid=way == "gtid", settings=big | {"max-allowed-packet": "64M"})
    create_tables(cluster.primary)
    wait_replicas(cluster)
    stop_receiver(cluster.replicas[0])

    def insert(size: int) -> int:
        cluster.primary.sql(f"INSERT INTO app.big (b) VALUES (REPEAT('b', {size}))")
        at = replication.place(cluster.primary)
        return max(event_sizes(cluster.primary.data / at.file))
    first = insert(16_000_000)
    insert(16_000_000 + PACKET - 1 - first)
    assert PACKET - 1 in event_sizes(cluster.primary.data / replication.place(cluster.primary).file)
    insert(20_000_000)
    mixed_work(cluster.primary, 1, 2)
    expected = contents(cluster.primary)
    cluster.primary.kill()
    drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, cluster.replicas)


@case(way=WAYS)
def a_primary_without_checksums(context: Context, way: str) -> None:
    """binlog_checksum=NONE."""
    stop_at_turns_and_drain(context, gtid=way == "gtid", settings={"binlog-checksum": "NONE"})


@case(first=["NONE", "CRC32"])
def checksums_that_change_from_file_to_file(context: Context, first: str) -> None:
    """Somebody set binlog_checksum while the primary ran: each change begins a new file."""
    cluster = context.cluster(2, gtid=False, settings={"binlog-checksum": first})
    other = {"NONE": "CRC32", "CRC32": "NONE"}[first]
    create_tables(cluster.primary)
    wait_replicas(cluster)
    for replica in cluster.replicas:
        stop_receiver(replica)
    for seed, algorithm in enumerate([first, other, first, other], 1):
        cluster.primary.sql(f"SET GLOBAL binlog_checksum = {algorithm}")
        mixed_work(cluster.primary, seed, 3)
    expected = contents(cluster.primary)
    cluster.primary.kill()
    drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, cluster.replicas)


@case("mariadb mysql97", way=WAYS)
def compressed_events(context: Context, way: str) -> None:
    """log_bin_compress, transaction payloads."""
    settings = {"mariadb": {"log-bin-compress": "ON", "log-bin-compress-min-len": "10"},
                "mysql97": {"binlog-transaction-compression": "ON"}}[context.flavour]
    stop_at_turns_and_drain(context, gtid=way == "gtid", settings=settings)


@case("mariadb mysql97", way=WAYS)
def distributed_transactions(context: Context, way: str) -> None:
    """XA: prepared in one group, committed or rolled back in another, possibly in another file."""
    cluster = context.cluster(1, gtid=way == "gtid")
    create_tables(cluster.primary)
    wait_replicas(cluster)
    stop_receiver(cluster.replicas[0])
    for number, end in enumerate(["COMMIT", "ROLLBACK", "COMMIT"]):
        with cluster.primary.connect() as session:
            session.query(f"XA START 'x{number}'")
            session.query(f"INSERT INTO app.big (b) VALUES ('xa {number}')")
            session.query(f"XA END 'x{number}'")
            session.query(f"XA PREPARE 'x{number}'")
        if number == 2:
            rotate(cluster.primary)
        mixed_work(cluster.primary, number + 1, 1)
        cluster.primary.sql(f"XA {end} 'x{number}'")
    expected, end_place = contents(cluster.primary), replication.place(cluster.primary)
    cluster.primary.kill()
    drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, cluster.replicas)
    if end_place.gtids:
        gtids_same(end_place.gtids, cluster.replicas)


@case("mysql97")
def tagged_gtids(context: Context) -> None:
    """uuid:tag:number, in the logs and in the set the replica sends."""
    cluster = context.cluster(2, gtid=True)
    create_tables(cluster.primary)
    for turn, replica in enumerate(cluster.replicas):
        cluster.primary.sql("SET gtid_next = 'AUTOMATIC:batch'", f"INSERT INTO app.t (a) VALUES ({turn})")
        mixed_work(cluster.primary, turn + 1, 2)
        wait_replicas(cluster, [replica])
        stop_receiver(replica)
        cluster.primary.sql("SET gtid_next = 'AUTOMATIC:batch'", f"INSERT INTO app.t (a) VALUES ({turn + 10})")
        rotate(cluster.primary)
    mixed_work(cluster.primary, 9, 2)
    expected, gtids = contents(cluster.primary), replication.place(cluster.primary).gtids
    assert ":batch:" in gtids
    cluster.primary.kill()
    drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, cluster.replicas)
    gtids_same(gtids, cluster.replicas)


@case("mariadb")
def several_domains(context: Context) -> None:
    """Each domain has its own place in the log, and a replica may be further in one than in the other."""
    cluster = context.cluster(1, gtid=True)
    create_tables(cluster.primary)

    def work(seed: int) -> None:
        for domain in (0, 1, 2):
            cluster.primary.sql(f"SET gtid_domain_id = {domain}", f"INSERT INTO app.t (a) VALUES ({seed * 10 + domain})")
    work(1)
    wait_replicas(cluster)
    stop_receiver(cluster.replicas[0])
    rotate(cluster.primary)
    work(2)
    cluster.primary.sql("SET gtid_domain_id = 1, gtid_seq_no = 500", "INSERT INTO app.t (a) VALUES (99)")
    work(3)
    expected, gtids = contents(cluster.primary), replication.place(cluster.primary).gtids
    cluster.primary.kill()
    drain(context.binary, job_of(cluster), cluster, cluster.replicas)
    same(expected, cluster.replicas)
    gtids_same(gtids, cluster.replicas)

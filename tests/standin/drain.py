"""The steps every case is made of: stop a replica, let the primary die, drain through a stand-in, compare."""

from __future__ import annotations

from pathlib import Path

from servers import Cluster, Server
from standin import Json, StandIn
from tanist_lab import replication
from tanist_lab.errors import Hopeless, LabError
from tanist_lab.waiting import wait_until
from work import rotate


def wait_replicas(cluster: Cluster, replicas: list[Server] | None = None) -> None:
    """Until they have applied all the primary has."""
    at = replication.place(cluster.primary)
    for replica in cluster.replicas if replicas is None else replicas:
        wait_until(lambda: reached(replica, at.file, at.position, at.gtids, cluster.gtid), f"{replica.name} to reach {at}", 60)


def reached(replica: Server, file: str, position: int, gtids: str, gtid: bool) -> bool:
    """Whether the replica has applied its source up to there. Coordinates mean little in GTID mode, so GTIDs count there."""
    now = replication.status(replica)
    for kind in ("SQL", "IO"):  # an error of a thread that is still running is one it gets over: it connects again
        if now[f"Last_{kind}_Error"] and now[f"Slave_{kind}_Running"] == "No":
            raise Hopeless(f"{replica.name}: {now[f'Last_{kind}_Error']}")
    if not gtid:
        return replication.caught_up(replica, replication.Place(file, position))
    if replica.flavour.name == "mariadb":
        have = replica.sql("SELECT @@gtid_slave_pos").value() or ""
        return set(have.split(",")) >= set(filter(None, gtids.split(",")))
    return replica.sql(f"SELECT GTID_SUBSET('{gtids}', @@GLOBAL.gtid_executed)").value() == "1"


def stop_receiver(replica: Server) -> None:
    """What it has received is applied, no more comes."""
    replica.said("STOP SLAVE IO_THREAD")
    now = replication.status(replica)
    at = replication.Place(now["Master_Log_File"], int(now["Read_Master_Log_Pos"]))
    if at.file:
        wait_until(lambda: replication.caught_up(replica, at), f"{replica.name} to apply what it has")


def contents(server: Server) -> dict[str, str]:
    """Checksums of all the tables the tests write to."""
    return replication.checksums(server, ["app"])


def drain(binary: Path, job: Json, cluster: Cluster, replicas: list[Server], timeout_s: float = 60) -> list[Json]:
    """Starts the receivers, waits until all is applied; the stand-in's events."""
    with StandIn(binary, job) as standin:
        for replica in replicas:
            replica.said("START SLAVE")
        wait_drained(standin, cluster, replicas, timeout_s)
        for replica in replicas:
            now = replication.status(replica)
            if now["Slave_IO_Running"] != "Yes" or now["Slave_SQL_Running"] != "Yes":
                raise LabError(f"{replica.name} is drained, but: {now}")
            replica.said("STOP SLAVE")
        return standin.so_far()


def wait_drained(standin: StandIn, cluster: Cluster, replicas: list[Server], timeout_s: float = 60) -> None:
    """Until the replicas have applied all that the stand-in has."""
    end = standin.ready["served_end"]
    for replica in replicas:
        wait_until(lambda: reached(replica, end["file"], end["pos"], standin.ready.get("gtid_end", ""), cluster.gtid),
                   f"{replica.name} to reach {end} {standin.ready.get('gtid_end', '')}; events: {standin.so_far()}", timeout_s)


def same(expected: dict[str, str], replicas: list[Server]) -> None:
    """Every table of every replica is as it was on the primary."""
    for replica in replicas:
        have = contents(replica)
        differing = {name: (want, have.get(name)) for name, want in expected.items() if have.get(name) != want}
        if differing or set(have) != set(expected):
            raise AssertionError(f"{replica.name} differs: {differing}, tables {sorted(set(have) ^ set(expected))}")


def gtids_same(expected: str, replicas: list[Server]) -> None:
    """The GTID position after the drain is the primary's, whichever way it was drained."""
    for replica in replicas:
        variable = "@@gtid_slave_pos" if replica.flavour.name == "mariadb" else "@@GLOBAL.gtid_executed"
        have = (replica.sql(f"SELECT {variable}").value() or "").replace("\n", "")
        if have != expected:
            raise AssertionError(f"{replica.name} has GTIDs {have} instead of {expected}")


def behind_by_turns(cluster: Cluster, work) -> tuple[dict[str, str], str]:
    """Stops every replica but the last at another place, over three binary logs; the primary's contents and GTIDs."""
    for turn, replica in enumerate(cluster.replicas):
        work(turn + 1)
        wait_replicas(cluster, [replica])
        stop_receiver(replica)
        if turn < 2:
            rotate(cluster.primary)
            work(turn + 11)
    work(21)
    return contents(cluster.primary), replication.place(cluster.primary).gtids

"""What a stand-in says no to, and how the replica shows it."""

from __future__ import annotations

import json
import subprocess

from cases_drain import job_of
from drain import contents, drain, same, stop_receiver, wait_replicas
from servers import ADDRESS, Server, change_source
from standin import StandIn
from suite import Context, case
from tanist_lab import replication
from tanist_lab.waiting import wait_until
from work import create_tables, mixed_work


def receiver_stops(replica: Server, text: str) -> None:
    """The receiver ends with 1236 and our text; the applier runs on."""
    wait_until(lambda: replication.status(replica)["Slave_IO_Running"] == "No", "the receiver to stop")
    now = replication.status(replica)
    assert now["Last_IO_Errno"] in ("1236", "13114") and text in now["Last_IO_Error"], now
    assert now["Slave_SQL_Running"] == "Yes", now
    replica.said("STOP SLAVE")


@case()
def positions_that_are_none(context: Context) -> None:
    """Beyond the end, in the middle of an event, an unknown file: 1236 with the reason in Last_IO_Error."""
    cluster = context.cluster(1, gtid=False)
    replica = cluster.replicas[0]
    create_tables(cluster.primary)
    mixed_work(cluster.primary, 1, 2)
    wait_replicas(cluster)
    end = replication.place(cluster.primary)
    cluster.primary.kill()
    with StandIn(context.binary, job_of(cluster)):
        replica.said("STOP SLAVE")
        for file, position, text in ((end.file, end.position + 1000, "position > file size"),
                                     (end.file, end.position - 7, "inside the event"),
                                     ("mysql-bin.000777", 4, "Could not find first log file name")):
            change_source(replica, cluster.primary.port, gtid=False, at=replication.Place(file, position))
            replica.said("START SLAVE")
            receiver_stops(replica, text)
        change_source(replica, cluster.primary.port, gtid=False, at=end)
        replica.said("START SLAVE")
        wait_until(lambda: replication.connected(replica), "the right position to be taken")


@case()
def a_primary_that_lost_its_tail(context: Context) -> None:
    """The replica has more than the log: refused, whichever way it asks, and it keeps what it has."""
    cluster = context.cluster(1, gtid=True)
    replica = cluster.replicas[0]
    create_tables(cluster.primary)
    mixed_work(cluster.primary, 1, 2)
    before = replication.place(cluster.primary)
    mixed_work(cluster.primary, 2, 2)
    wait_replicas(cluster)
    expected = contents(cluster.primary)
    cluster.primary.kill()
    with open(cluster.primary.data / before.file, "r+b") as log:
        log.truncate(before.position)
    with StandIn(context.binary, job_of(cluster)) as standin:
        replica.said("STOP SLAVE IO_THREAD")
        replica.said("START SLAVE IO_THREAD")
        refused = standin.wait_for("refused")
        assert refused["number"] == 1236, refused
        receiver_stops(replica, "master")
    same(expected, [replica])


@case()
def strangers_and_wrong_passwords(context: Context) -> None:
    """Binary logs hold everybody's rows: only replicas, only their user, only its password."""
    cluster = context.cluster(1, gtid=False)
    replica = cluster.replicas[0]
    wait_replicas(cluster)
    end = replication.place(cluster.primary)
    cluster.primary.kill()
    for change, number in (({"credentials": [{"user": "repl", "password": "other"}]}, 1045),
                           ({"credentials": [{"user": "other", "password": "x"}]}, 1045),
                           ({"replicas": [{"address": "127.0.0.9"}]}, 1130)):
        with StandIn(context.binary, job_of(cluster) | change) as standin:
            replica.said("STOP SLAVE IO_THREAD")
            replica.said("START SLAVE IO_THREAD")
            assert standin.wait_for("denied")["number"] == number
            wait_until(lambda: replication.status(replica)["Last_IO_Errno"] == str(number), "the receiver to say so")
    anybody = [{"user": "repl"}]
    with StandIn(context.binary, job_of(cluster) | {"credentials": anybody}) as standin:
        replica.said("STOP SLAVE IO_THREAD")
        replica.said("START SLAVE IO_THREAD")
        assert standin.wait_for("sent_to_end")["at"] == {"file": end.file, "pos": end.position}


@case("mariadb")
def damage_in_an_older_file_stops_there(context: Context) -> None:
    """Everything before it arrives; the replica shows file and offset."""
    cluster = context.cluster(1, gtid=False)
    replica = cluster.replicas[0]
    create_tables(cluster.primary)
    wait_replicas(cluster)
    stop_receiver(replica)
    mixed_work(cluster.primary, 1, 2)
    expected, good = contents(cluster.primary), replication.place(cluster.primary)
    mixed_work(cluster.primary, 2, 2)
    cluster.primary.sql("FLUSH LOGS")
    mixed_work(cluster.primary, 3, 2)
    cluster.primary.kill()
    with open(cluster.primary.data / good.file, "r+b") as log:
        log.seek(good.position + 25)
        byte = log.read(1)[0]
        log.seek(good.position + 25)
        log.write(bytes([byte ^ 0xFF]))
    with StandIn(context.binary, job_of(cluster)) as standin:
        replica.said("START SLAVE")
        assert str(good.position) in standin.wait_for("refused")["reason"]
        wait_until(lambda: replication.caught_up(replica, good), "all before the damage to be applied")
        receiver_stops(replica, good.file)
    same(expected, [replica])


@case("mariadb")
def jobs_that_cannot_be_done(context: Context) -> None:
    """One line that says why, and exit status 1."""
    cluster = context.cluster(0, gtid=False)
    job = job_of(cluster)
    for change, text in (({"port": cluster.primary.port}, "Address already in use"),
                         ({"directories": "/nonexistent"}, "/nonexistent"),
                         ({"address": "192.0.2.1"}, "192.0.2.1"),
                         ({"colour": "red"}, "colour"),
                         ({"tls": {"cert": "/nonexistent.pem", "key": "/nonexistent.pem"}}, "/nonexistent.pem")):
        done = subprocess.run([context.binary, "standin"], input=json.dumps(job | change) + "\n", capture_output=True, text=True,
                              timeout=30, check=False)
        said = json.loads(done.stdout)
        assert done.returncode == 1 and not said["ready"] and text in said["error"], (done, text)


@case("mariadb")
def its_life_ends_with_its_orders(context: Context) -> None:
    """"stop", the end of standard input, or the deadline."""
    cluster = context.cluster(1, gtid=False)
    wait_replicas(cluster)
    cluster.primary.kill()
    with StandIn(context.binary, job_of(cluster)) as standin:
        standin.wait_for("sent_to_end")
        assert standin.process.stdin is not None
        standin.process.stdin.write("stop\n")
        standin.process.stdin.flush()
        assert standin.process.wait(10) == 0
        assert standin.wait_for("disconnected")["reason"] == "this stand-in stops"
    with StandIn(context.binary, job_of(cluster, deadline_seconds=1)) as standin:
        assert standin.process.wait(10) == 0

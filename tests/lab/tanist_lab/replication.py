"""Replication between machines of a lab, in the words of each kind of server."""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .errors import Hopeless, LabError
from .hosts import Host
from .mysql import quote
from .waiting import wait_until


@dataclass(frozen=True)
class Place:
    """A place in a server's binary log, and the GTIDs up to there where it has them."""

    file: str
    position: int
    gtids: str = ""


def _modern(host: Host) -> bool:
    return host.lab.flavour.modern_words


def say(host: Host, old: str) -> str:
    """Turns a statement in the old words into this server's: SLAVE, MASTER_x become REPLICA, SOURCE_x."""
    if not _modern(host):
        return old
    return re.sub(r"\bMASTER_", "SOURCE_", old).replace("CHANGE MASTER", "CHANGE REPLICATION SOURCE").replace(
        "SLAVE", "REPLICA").replace("SHOW MASTER STATUS", "SHOW BINARY LOG STATUS").replace(
        "RESET MASTER", "RESET BINARY LOGS AND GTIDS")


def place(host: Host) -> Place:
    """Where the server's own binary log ends now."""
    row = host.sql(say(host, "SHOW MASTER STATUS")).dicts()[0]
    gtids = host.sql("SELECT @@gtid_binlog_pos").value() if host.lab.flavour.name == "mariadb" else row.get(
        "Executed_Gtid_Set")
    return Place(row["File"] or "", int(row["Position"] or 0), (gtids or "").replace("\n", ""))


def status(host: Host) -> dict[str, str]:
    """The replica's status in the old names whatever the server; empty when it is no replica."""
    rows = host.sql(say(host, "SHOW SLAVE STATUS")).dicts()
    return {key.replace("Source_", "Master_").replace("Replica_", "Slave_").replace("_Source", "_Master"): value or ""
            for key, value in rows[0].items()} if rows else {}


def change_source(replica: Host, source: Host, at: Place | None = None, more: str = "", address: str = "") -> None:
    """Points a stopped replica at a source: by GTID if the lab says so, else at the place given. `address` is what the source
    is called instead of its name. Does not start it."""
    lab = replica.lab
    parts = [f"MASTER_HOST={quote(address or source.name)}", f"MASTER_PORT={lab.options.port}", f"MASTER_USER={quote(lab.options.repl_user)}",
             f"MASTER_PASSWORD={quote(lab.password_of(lab.options.repl_user))}", "MASTER_CONNECT_RETRY=1"]
    if lab.flavour.name == "mysql97":
        parts += ["GET_MASTER_PUBLIC_KEY=1", "MASTER_SSL=1"]
    if lab.options.gtid:
        parts.append("MASTER_USE_GTID=slave_pos" if lab.flavour.name == "mariadb" else "MASTER_AUTO_POSITION=1")
    else:
        at = at or place(source)
        parts += [f"MASTER_LOG_FILE={quote(at.file)}", f"MASTER_LOG_POS={at.position}"]
        if lab.flavour.name == "mariadb":
            parts.append("MASTER_USE_GTID=no")
    if more:
        parts.append(more)
    values = ", ".join(parts).replace("GET_MASTER_", "GET_SOURCE_")
    replica.sql(say(replica, f"CHANGE MASTER TO {values}"))


def start(replica: Host, thread: str = "") -> None:
    """START SLAVE; `thread` may be IO_THREAD or SQL_THREAD."""
    replica.sql(say(replica, f"START SLAVE {thread}"))


def stop(replica: Host, thread: str = "") -> None:
    """STOP SLAVE; `thread` may be IO_THREAD or SQL_THREAD."""
    replica.sql(say(replica, f"STOP SLAVE {thread}"))


def follow(source: Host, replicas: Iterable[Host]) -> None:
    """Makes fresh machines replicas of a source and returns when they are connected."""
    at = place(source)

    def make_replica(replica: Host) -> None:
        change_source(replica, source, at)
        start(replica)
        if replica.lab.options.read_only:
            replica.sql("SET GLOBAL read_only = 1")
        wait_until(lambda: connected(replica), f"{replica.name} to follow {source.name}")

    replicas = list(replicas)
    if replicas:
        with ThreadPoolExecutor(len(replicas)) as pool:
            list(pool.map(make_replica, replicas))


def connected(replica: Host) -> bool:
    """Both threads run and the receiver is connected."""
    now = status(replica)
    if now.get("Last_IO_Error") or now.get("Last_SQL_Error"):
        raise LabError(f"{replica.name}: {now['Last_IO_Error'] or now['Last_SQL_Error']}")
    return now.get("Slave_IO_Running") == "Yes" and now.get("Slave_SQL_Running") == "Yes"


def wait_forgotten(source: Host, replica: Host) -> None:
    """Returns when the source no longer sends to a replica whose machine has lost its power and is on again.

    The replica's server must not come back before: MariaDB 10.11 ends the old sender of a semi-synchronous replica that
    returns, and waits for it with its list of sessions locked. Unless another acknowledgement comes in, the source greets
    nobody ever again (kill_zombie_dump_threads in Ack_receiver::remove_slave)."""
    source.sql("FLUSH LOGS")  # something to send, so that the machine can say it knows of no such connection

    def forgotten() -> bool:
        return not any((row["Command"] or "").startswith("Binlog Dump") and (row["Host"] or "").startswith(replica.address + ":")
                       for row in source.sql("SHOW PROCESSLIST").dicts())

    wait_until(forgotten, f"{source.name} to forget its connection to {replica.name}")


def caught_up(replica: Host, at: Place) -> bool:
    """Whether the replica has applied its source's log up to there."""
    now = status(replica)
    if not now:
        raise Hopeless(f"{replica.name} is no replica")
    if now["Last_SQL_Error"]:
        raise Hopeless(f"{replica.name}: {now['Last_SQL_Error']}")
    done = (now["Relay_Master_Log_File"], int(now["Exec_Master_Log_Pos"]))
    return _order(done) >= _order((at.file, at.position))


def applied_all(replica: Host) -> bool:
    """Whether the replica has applied everything that it has received."""
    now = status(replica)
    received, applied = ((now[f"{kind}Master_Log_File"], int(now[f"{position}_Master_Log_Pos"]))
                         for kind, position in (("", "Read"), ("Relay_", "Exec")))
    return received == applied


def _order(where: tuple[str, int]) -> tuple[int, int]:
    return int(where[0].rpartition(".")[2] or 0), where[1]


def wait_caught_up(source: Host, replicas: Iterable[Host], timeout_s: float = 60) -> Place:
    """Returns when the replicas have applied all that the source has written so far."""
    at = place(source)
    for replica in replicas:
        wait_until(lambda: caught_up(replica, at), f"{replica.name} to reach {at.file}:{at.position}", timeout_s)
    return at


def checksums(host: Host, databases: Iterable[str] = ("app", "sbtest")) -> dict[str, str]:
    """CHECKSUM TABLE of every table."""
    names = ", ".join(quote(database) for database in databases)
    tables = host.sql("SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables "
                      f"WHERE table_schema IN ({names}) AND table_type = 'BASE TABLE' ORDER BY 1").rows
    if not tables:
        return {}
    listed = ", ".join(f"`{name.replace('.', '`.`', 1)}`" for (name,) in tables if name)
    return {name or "": value or "" for name, value in host.sql(f"CHECKSUM TABLE {listed}", timeout_s=120).rows}

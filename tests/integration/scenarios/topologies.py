"""Shapes of a cluster beyond one primary and its replicas: two primaries, three tiers, and what is refused."""

from __future__ import annotations

import json
import re

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import ONE_OF_EACH, Cluster, scenario
from harness.rows import count, insert, make_table

LEAF = {"multi_tier_slave": "1"}


@scenario(modes=ONE_OF_EACH, hosts=3)
def the_read_only_one_of_two_primaries_takes_over(c: Cluster) -> None:
    """It forgets the dead one, a third replica follows; with skip_reset_slave=1 the next one keeps its settings, stopped."""
    passive, third = c.replicas
    _follow(c.primary, passive)
    _expect_roles(c, db1="primary", db2="replica", db3="replica")
    manager = c.start_manager()
    writer = c.start_writer()
    writer.wait_for_acks(100)
    c.primary.kill_server()
    manager.wait_exit(0)
    writer.wait_for_acks(50)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others])
    c.expect_primary(new, others)
    c.expect_vip(new)

    [last] = others
    c.configure(without=[c.primary], skip_reset_slave="1")
    _follow(new, last)
    _expect_roles(c, **{new.name: "primary", last.name: "replica"})
    new.kill_server()
    c.switch("--ignore_last_failover", dead=new)
    c.expect_followed(last, [])
    c.expect_vip(last)
    kept = replication.status(last)
    c.expect(kept.get("Master_Host") == new.name, f"{last.name} has lost its settings: {kept}")
    c.expect(kept["Slave_IO_Running"] == kept["Slave_SQL_Running"] == "No", f"{last.name} still replicates: {kept}")


@scenario(modes=("mariadb-pos", "mysql97-gtid"), hosts=4)
def the_third_tier_is_left_alone(c: Cluster) -> None:
    """It stays below its intermediate when that follows another primary, and when that is promoted itself."""
    intermediate, sibling, leaf = c.replicas
    c.configure(servers={"db3": {"candidate_master": "1"}, "db4": LEAF})
    _follow(leaf, intermediate)
    _expect_roles(c, db1="primary", db2="replica", db3="replica", db4="unmanaged")
    make_table(c)
    c.wait_equal([intermediate, sibling])
    left_alone = _session_of_the_receiver(intermediate, leaf)
    replication.stop(intermediate, "IO_THREAD")
    insert(c, 20)
    c.wait_equal([sibling])
    c.primary.kill_server()
    c.switch()
    c.expect_primary(sibling, [intermediate])
    sibling.sql("INSERT INTO app.t (v) VALUES ('of the new primary')")
    c.expect_same_data([sibling, intermediate])
    _expect_leaf(c, intermediate, leaf, 21, left_alone)
    c.expect("db4" not in _new_replicas(c), f"the leaf was reported as recovered: {_new_replicas(c)}")

    c.configure(servers={"db4": LEAF}, without=[c.primary])
    sibling.kill_server()
    c.switch("--ignore_last_failover", dead=sibling)
    c.expect_primary(intermediate, [])
    c.expect_vip(intermediate)
    _expect_leaf(c, intermediate, leaf, 21, left_alone)
    intermediate.sql("INSERT INTO app.t (v) VALUES ('of the old intermediate')")
    _expect_leaf(c, intermediate, leaf, 22, left_alone)


@scenario(modes=("mariadb-gtid",), hosts=4)
def a_dead_intermediate_is_no_failover_and_stands_in_the_way_of_one(c: Cluster) -> None:
    """The manager watches on; check_repl and a failover of the primary are refused until it is back."""
    intermediate, sibling, leaf = c.replicas
    c.configure(servers={"db4": LEAF})
    _follow(leaf, intermediate)
    manager = c.start_manager()
    intermediate.kill_server()
    _expect_refusal(c, "S08", "look like the primary", "db1", "writable", "db2", "dead")
    c.expect("is running(0:PING_OK), master:db1" in c.tool("masterha_check_status").stdout, "the manager watches no more")
    c.primary.kill_server()
    manager.wait_exit(1)
    c.expect("F10: several servers have replicas and look like the primary" in c.log(), manager.last_words())
    c.expect(c.read_only(sibling), "db3 takes writes")

    intermediate.start_server("--read-only=1")
    for replica in (intermediate, leaf):
        replication.start(replica, "IO_THREAD")  # MySQL 9 gives up after some attempts
    wait_until(lambda: replication.connected(leaf), "db4 to follow db2 again")
    c.switch("--new_master_host=db2")
    c.expect_primary(intermediate, [sibling])
    c.expect_same_data([intermediate, leaf])


@scenario(modes=("mariadb-pos",), hosts=4)
def check_repl_tells_shapes_apart(c: Cluster) -> None:
    """Three and four tiers need multi_tier_slave=1 and read-only intermediates; a ring of three primaries is none."""
    left, middle, leaf = c.replicas
    _follow(leaf, left)
    _expect_refusal(c, "S08", "db4", "replicates from db2", "not from the primary db1", "multi_tier_slave=1")
    c.primary.kill_server()
    c.switch(expected=1)
    c.expect("F30: db4" in c.log() and "multi_tier_slave=1" in c.log(), f"no F30 for the leaf:\n{c.log()}")
    c.primary.start_server()

    c.configure(servers={"db3": LEAF, "db4": LEAF})
    _follow(middle, left)
    _follow(leaf, middle)
    _expect_roles(c, db1="primary", db2="replica", db3="unmanaged", db4="unmanaged")
    said = c.tool("masterha_check_repl").stderr
    tiers = "".join(rf"\n {{{4 * depth + 1}}}\+--db{depth + 2}\(.*" for depth in range(3))
    c.expect(re.search(rf"\ndb1\(.*\(current master\).*{tiers}", said) is not None, f"no picture of four tiers:\n{said}")
    middle.sql("SET GLOBAL read_only = 0")
    _expect_refusal(c, "S08", "look like the primary", "db1", "db3")
    middle.sql("SET GLOBAL read_only = 1")
    c.primary.sql("SET GLOBAL read_only = 1")
    _follow(c.primary, middle)
    _expect_refusal(c, "S08", "none of them is writable or dead", "db1", "db2", "db3")

    c.primary.sql("SET GLOBAL read_only = 0")
    c.configure(servers={"db4": LEAF})
    _expect_refusal(c, "S08", "db3", "replicates from db2", "not from the primary db1")


def _follow(replica: Host, source: Host) -> None:
    """Moves a replica, or makes one of a primary; both servers have the same transactions."""
    if replication.status(replica):
        replication.stop(replica)
    replication.change_source(replica, source, replication.place(source))
    replication.start(replica)
    wait_until(lambda: replication.connected(replica), f"{replica.name} to follow {source.name}")


def _session_of_the_receiver(source: Host, replica: Host) -> list[str | None]:
    """What changes when a replica connects again."""
    return [row["Id"] for row in source.sql("SHOW PROCESSLIST").dicts()
            if (row["Command"] or "").startswith("Binlog Dump") and (row["Host"] or "").startswith(replica.address)]


def _expect_leaf(c: Cluster, intermediate: Host, leaf: Host, rows: int, session: list[str | None]) -> None:
    c.expect_follows(leaf, intermediate)
    c.expect_same_data([intermediate, leaf])
    c.expect(count(leaf) == rows, f"{leaf.name} has {count(leaf)} rows, expected {rows}")
    now = _session_of_the_receiver(intermediate, leaf)
    c.expect(len(session) == 1 and now == session, f"{leaf.name} has connected again: session {session}, now {now}")


def _new_replicas(c: Cluster) -> str:
    return next(word for word in c.hook_calls("report")[0] if word.startswith("--new_slave_hosts="))


def _expect_roles(c: Cluster, **roles: str) -> None:
    wait_until(lambda: all(replication.connected(c.lab[name]) for name, role in roles.items() if role != "primary"),
               "the replicas to be connected")
    said = c.tool("masterha_check_repl")
    c.expect(said.stdout.endswith("\nMySQL Replication Health is OK.\n"), f"masterha_check_repl: {said.stderr}")
    seen = json.loads(c.tanist("status", "--json").stdout)
    found = {server["host"]: server["role"] for server in seen["servers"]}
    c.expect(found == roles, f"tanist status sees {found}, expected {roles}")


def _expect_refusal(c: Cluster, rule: str, *words: str) -> None:
    done = c.tool("masterha_check_repl", expected=1)
    reasons = [line for line in done.stderr.splitlines() if f"] {rule} " in line]
    c.expect(any(all(word in reason for word in words) for reason in reasons), f"no line with {rule} and {words}:\n{done.stderr}")

"""The planned switch: the primary lives, its clients write, and another server takes over; or nothing changes at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import ONE_OF_EACH, Cluster, scenario
from harness.rows import make_table

PASSWORD = "a $ecret;'of' \"root\"!"  # what a shell would misread


def _configure(c: Cluster, **behaviour: str) -> None:
    c.configure(master_ip_failover_script=None, hook_timeout="20",
                master_ip_online_change_script=c.hook("master_ip_online_change", **behaviour))


def _switch(c: Cluster, *options: str, expected: int = 0) -> str:
    """masterha_master_switch of a living primary, without questions; what it logged."""
    return c.tool("masterha_master_switch", "--master_state=alive", "--interactive=0", *options, expected=expected).stderr


def _call(phase: str, orig: Host, new: Host, *more: str) -> list[str]:
    """How MHA would call the script (manager reference 3.3)."""
    seen = "".join(f"\\{sign}" if sign in " $;\"!" else sign for sign in PASSWORD)

    def whole(role: str, host: Host) -> list[str]:
        return [f"--{role}_host={host.name}", f"--{role}_ip={host.address}", f"--{role}_port=3306", f"--{role}_user=root"]

    return ["master_ip_online_change", f"--command={phase}", *whole("orig_master", orig), *whole("new_master", new),
            "--orig_master_ssh_user=root", "--new_master_ssh_user=root", *more,
            f"--orig_master_password={seen}", f"--new_master_password={seen}"]


@scenario(hosts=3, passwords={"root": PASSWORD})
def a_primary_is_switched_under_load(c: Cluster) -> None:
    """To db2 with MHA's command and back with tanist's: no acknowledged row is lost, none is on one server alone, the script
    is called as MHA calls it."""
    _configure(c)
    writer = c.start_writer(threads=4)
    writer.wait_for_acks(200)
    first, (second, third) = c.primary, c.replicas
    said = _switch(c, "--orig_master_is_new_slave", f"--new_master_host={second.name}")
    for headline in ("* Phase 1: Configuration Check Phase..", "** Phase 1: Configuration Check Phase completed.",
                     "* Phase 2: Rejecting updates Phase..", "* Switching slaves in parallel..",
                     "* Phase 5: New master cleanup phase..", f"Switching master to {second.name}({second.address}:3306) completed"):
        c.expect(headline in said, f"{headline!r} was not said:\n{said}")
    c.expect_vip(second)
    writer.wait_for_acks(200)
    done = json.loads(c.tanist("switchover", "--to", first.name, "--yes", "--json").stdout)
    c.expect(done["exit_code"] == 0 and "writes_blocked_ms" in done, f"tanist switchover said {done}")
    writer.wait_for_acks(100)
    c.expect_nothing_lost(writer, [first, second, third])
    c.expect_primary(first, [second, third])
    c.expect_vip(first)
    wanted = [_call(phase, *way, "--orig_master_is_new_slave") for way in ((first, second), (second, first)) for phase in ("stop", "start")]
    for call, right in zip(c.hook_calls(), wanted, strict=True):
        c.expect(call == right, f"called as\n{call}\nexpected\n{right}")
    c.expect(PASSWORD not in said, "a password was logged")


@scenario(modes=("mariadb-gtid", "mysql56-pos", "mysql97-pos"), hosts=3)
def writers_that_no_script_stops_lose_nothing(c: Cluster) -> None:
    """They hold on to the old primary itself: what it acknowledged until the last moment is on the new one."""
    c.configure(master_ip_failover_script=None)
    writer = c.start_writer(threads=4, target=c.primary.name)
    writer.wait_for_acks(300)
    said = _switch(c, "--orig_master_is_new_slave")
    c.expect("Writes were blocked for " in said, f"it does not say how long writes were blocked:\n{said}")
    new, other = c.promoted()
    c.expect_nothing_lost(writer, [new, c.primary, *other])
    c.expect_primary(new, [c.primary, *other])
    c.expect(c.primary.sql("SELECT @@global.read_only").value() == "1", "the old primary takes writes")


@contextmanager
def _session(host: Host, *statements: str) -> Iterator[None]:
    with host.connect(database="app") as session:
        for statement in statements:
            session.query(statement)
        yield


def _expect_as_before(c: Cluster, said: str, *words: str) -> None:
    for word in words:
        c.expect(word in said, f"{word!r} was not said:\n{said}")
    c.expect(c.primary.sql("SELECT @@global.read_only").value() == "0", "the primary takes no writes")
    c.expect_vip(c.primary)
    for replica in c.replicas:
        wait_until(lambda replica=replica: replication.connected(replica), f"{replica.name} to follow db1")
        c.expect(replication.status(replica)["Master_Host"] == c.primary.name, f"{replica.name} was pointed elsewhere")
        c.expect(replica.sql("SELECT @@global.read_only").value() == "1", f"{replica.name} takes writes")


@scenario(usual=ONE_OF_EACH, hosts=3)
def a_switch_that_cannot_be_done_is_not_begun(c: Cluster) -> None:
    """An update that runs, a replica that lags, a manager that watches: refused before a script is called."""
    _configure(c)
    make_table(c)
    c.primary.sql("INSERT INTO app.t (v) VALUES ('one')")
    c.wait_equal()
    age = "SELECT MAX(TIMESTAMPDIFF(SECOND, trx_started, NOW())) FROM information_schema.innodb_trx"
    with _session(c.primary, "BEGIN", "UPDATE t SET v = 'two'"):
        wait_until(lambda: int(c.primary.sql(age).value() or 0) > 1, "the transaction to be two seconds old")
        _expect_as_before(c, _switch(c, expected=1), "W40: 1 update(s)", "Details:", "in a transaction since")
        _switch(c, "--check_only", "--running_updates_limit=60")
    lagging = c.replicas[1]
    with _session(lagging, "LOCK TABLES t WRITE"):
        c.primary.sql("INSERT INTO app.t (v) VALUES ('three')")
        wait_until(lambda: int(replication.status(lagging)["Seconds_Behind_Master"] or 0) > 1, "db3 to lag")
        said = _switch(c, "--seconds_behind_master=1", expected=1)
        c.expect("W32: db3" in said, f"it was not refused for its lag:\n{said}")
    c.wait_equal()
    manager = c.start_manager()
    _expect_as_before(c, _switch(c, expected=1), "is a manager watching this cluster?")
    manager.terminate()
    c.expect(not c.hook_calls("master_ip_online_change"), f"scripts were called: {c.hook_calls()}")


@scenario(usual=ONE_OF_EACH, hosts=3)
def a_switch_that_fails_on_its_way_is_undone(c: Cluster) -> None:
    """A lock that somebody holds, the script that fails when it takes the address or gives it: everything is put back, and
    the script gives the address to the old primary again."""
    _configure(c)
    make_table(c)
    with _session(c.primary, "LOCK TABLES t WRITE"):
        _expect_as_before(c, _switch(c, "--flush_tables=0", expected=1), "writes could not be stopped", "The switch was undone")
    back = [word for word in c.hook_calls()[-1] if word.startswith(("--command=", "--orig_master_host=", "--new_master_host="))]
    c.expect(back == ["--command=start", "--orig_master_host=db2", "--new_master_host=db1"], f"the address was not given back: {back}")
    _configure(c, fail="stop:1")
    _expect_as_before(c, _switch(c, expected=1), "--command=stop: return code 1:0", "The switch was undone")
    _configure(c, fail="start:1:db2")
    writer = c.start_writer(threads=4)
    _expect_as_before(c, _switch(c, expected=1), "--command=start: return code 1:0", "The switch was undone")
    writer.wait_for_acks(100)
    c.expect_nothing_lost(writer, [c.primary, *c.replicas])

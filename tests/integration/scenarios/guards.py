"""What the manager refuses, and what it needs to be told before it goes on."""

from __future__ import annotations

import json
import re

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import ONE_OF_EACH, Cluster, scenario
from harness.manager import CONF
from harness.rows import insert, make_table


@scenario(usual=ONE_OF_EACH, hosts=3)
def check_repl_names_what_is_wrong(c: Cluster) -> None:
    """Filters that differ, a foreign primary, two writable primaries, an account that may not replicate, no replica; and
    what is sound is called sound."""
    _expect_sound(c)
    left, right = c.replicas
    _restart(right, "--replicate-ignore-db=elsewhere")
    _expect_refusal(c, "S13", "elsewhere")
    _restart(right)

    at = replication.place(c.primary)
    replication.stop(right)
    replication.change_source(right, c.lab.client, at)
    _expect_refusal(c, "S08", "db3")
    replication.change_source(right, c.primary, at)
    replication.start(right)

    replication.change_source(c.primary, left, replication.place(left))
    left.sql("SET GLOBAL read_only = 0")
    _expect_refusal(c, "S08", "db1", "db2")
    c.primary.sql(replication.say(c.primary, "RESET SLAVE ALL"))
    left.sql("SET GLOBAL read_only = 1")

    user = f"'{c.lab.options.repl_user}'@'%'"
    with right.connect() as session:
        session.query("SET sql_log_bin = 0")
        session.query(f"REVOKE REPLICATION SLAVE ON *.* FROM {user}")
        _expect_refusal(c, "S15", "db3", "GRANT REPLICATION SLAVE")
        session.query(f"GRANT REPLICATION SLAVE ON *.* TO {user}")
    _expect_sound(c)

    for replica in c.replicas:
        replication.stop(replica)
        replica.sql(replication.say(replica, "RESET SLAVE ALL"))
    _expect_refusal(c, "S06", "no live replica")


def _expect_sound(c: Cluster) -> None:
    wait_until(lambda: all(replication.connected(replica) for replica in c.replicas), "the replicas to be connected")
    said = c.tool("masterha_check_repl").stdout
    c.expect(said.endswith("\nMySQL Replication Health is OK.\n"), f"masterha_check_repl ended with {said[-200:]!r}")
    seen = json.loads(c.tanist("status", "--json").stdout)
    roles = {server["host"]: server["role"] for server in seen["servers"]}
    c.expect(roles == {"db1": "primary", "db2": "replica", "db3": "replica"}, f"tanist status sees {roles}")
    planned = c.tanist("plan", "--json").stdout
    c.expect(bool(json.loads(planned)), f"tanist plan printed {planned!r}")


def _expect_refusal(c: Cluster, rule: str, *words: str) -> None:
    done = c.tool("masterha_check_repl", expected=1)
    c.expect(done.stdout.endswith("\nMySQL Replication Health is NOT OK!\n"), f"it ended with {done.stdout[-200:]!r}")
    reason = next((line for line in done.stderr.splitlines() if f"] {rule} " in line), "")
    c.expect(all(word in reason for word in words), f"no line with {rule} and {words}:\n{done.stderr}")


def _restart(replica: Host, *options: str) -> None:
    """Filters change with a restart: MySQL 5.6 knows no other way."""
    replica.stop_server()
    replica.start_server(*options)


@scenario(usual=ONE_OF_EACH, hosts=3)
def one_manager_watches_until_it_is_told_to_stop(c: Cluster) -> None:
    """A second one ends at once; masterha_stop ends the first; nobody ends a living primary by hand; a manager that is
    started on a dead one fails over."""
    manager = c.start_manager()
    c.start_manager(wait=False).wait_exit(1)
    c.tool("masterha_manager", "--check_only")  # may be asked beside it
    pid = c.work_file("app1.master_status.health").read_text().split()[0]
    group = c.lab.manager.run(["ps", "-o", "pgid=", "-p", pid]).stdout.strip()
    c.expect(group == pid, f"the manager {pid} does not lead its process group {group}")
    said = c.tool("masterha_check_status").stdout
    c.expect("is running(0:PING_OK), master:db1" in said, f"masterha_check_status said {said!r}")
    said = c.tool("masterha_stop").stdout
    c.expect("Stopped app1 successfully." in said, f"masterha_stop said {said!r}")
    manager.wait_exit(1)
    c.tool("masterha_check_status", expected=2)
    c.tool("masterha_stop")

    for ping_type in ("SELECT", "INSERT"):
        c.configure(ping_type=ping_type)
        c.switch(expected=1)
        c.expect(c.log().count("] F20: db1") == (1 if ping_type == "SELECT" else 2), f"no F20 ({ping_type}):\n{c.log()}")
        c.expect(c.primary.server_runs(), f"a living primary was ended by hand (ping_type={ping_type})")
    c.expect(not c.work_file("app1.failover.error").exists(), "nothing was done, yet there is app1.failover.error")
    c.configure()

    c.primary.kill_server()
    c.tool("masterha_check_repl", expected=1)
    c.start_manager(wait=False).wait_exit(0)
    new, *others = c.replicas
    c.expect_primary(new, others)
    c.expect_vip(new)


@scenario(usual=ONE_OF_EACH, hosts=3)
def a_second_failover_needs_a_word(c: Cluster) -> None:
    """Within 480 minutes it is refused before anything is touched; the first one's dead server left the configuration."""
    conf = c.lab.manager.path(CONF)
    conf.write_text(conf.read_text() + "\n# the last one is the newest\n")
    before = conf.read_text()
    first, second = c.replicas
    manager = c.start_manager("--remove_dead_master_conf")
    c.primary.kill_server()
    manager.wait_exit(0)
    c.expect(conf.read_text() == _without_section(before, "server1"), f"the configuration is now\n{conf.read_text()}")

    manager = c.start_manager()
    first.kill_server()
    manager.wait_exit(1)
    manager.wait_for_log("less than 480 minutes")
    c.expect(second.sql("SELECT @@global.read_only").value() == "1", f"{second.name} takes writes")
    c.expect(not c.work_file("app1.failover.error").exists(), "nothing was done, yet there is app1.failover.error")

    c.switch("--ignore_last_failover", dead=first)
    c.expect_primary(second, [])
    c.expect_vip(second)


def _without_section(text: str, name: str) -> str:
    before, _, rest = text.partition(f"[{name}]\n")
    return before + rest[rest.index("["):]


@scenario(hosts=3)
def a_dead_replica_stops_a_failover_unless_it_may_fail(c: Cluster) -> None:
    """Without ignore_fail nothing is touched; with it the others go on, and the exit status is 10."""
    sound, dead = c.replicas
    manager = c.start_manager()
    dead.kill_server()
    c.primary.kill_server()
    manager.wait_exit(1)
    _expect_nothing_done(c, r"F40: db3\S* is dead too")
    c.configure(servers={"db3": {"ignore_fail": "1"}})
    c.switch(expected=10)
    c.expect_primary(sound, [])
    c.expect_vip(sound)
    c.expect(c.work_file("app1.failover.complete").exists(), "app1.failover.complete is missing")


@scenario(hosts=3)
def a_broken_applier_stops_a_failover_unless_it_may_fail(c: Cluster) -> None:
    """A duplicate key on one replica: refused; with ignore_fail the other is promoted, and the exit status is 10."""
    make_table(c)
    insert(c, 5)
    c.wait_equal()
    sound, broken = c.replicas
    manager = c.start_manager()
    with broken.connect() as session:
        session.query("SET sql_log_bin = 0")
        session.query("INSERT INTO app.t (id, v) VALUES (6, 'mine')")
    insert(c, 5)
    # Of several workers the one that is told of may be one that waited for the one with the duplicate key.
    wait_until(lambda: replication.status(broken)["Last_SQL_Errno"] not in (None, "0"), "the duplicate key")
    c.wait_equal([sound])
    c.primary.kill_server()
    manager.wait_exit(1)
    _expect_nothing_done(c, r"F45: the applier of db3\S* stopped with error (1062|3030)")
    c.configure(servers={"db3": {"ignore_fail": "1"}})
    c.switch(expected=10)
    c.expect_primary(sound, [])
    c.expect_vip(sound)
    c.expect(broken.sql("SELECT v FROM app.t WHERE id = 6").value() == "mine", "the row of the broken replica is gone")


def _expect_nothing_done(c: Cluster, reason: str) -> None:
    wait_until(lambda: _logged(c, reason), f"/{reason}/ in the log", 5)
    c.expect([call[1] for call in c.hook_calls()] == ["--command=status"], f"hooks were called: {c.hook_calls()}")
    c.expect(c.replicas[0].sql("SELECT @@global.read_only").value() == "1", f"{c.replicas[0].name} takes writes")
    c.expect(not c.work_file("app1.failover.error").exists(), "nothing was done, yet there is app1.failover.error")


def _logged(c: Cluster, pattern: str) -> bool:
    return re.search(pattern, c.log()) is not None


@scenario(hosts=3)
def a_primary_that_answers_again_before_the_fence_stays(c: Cluster) -> None:
    """It comes back while the operator is asked: the failover is cancelled in one line, everything is as it was."""
    c.primary.kill_server()
    asked, output = c.ask_by_hand()
    c.primary.start_server()
    with asked.popen.stdin as door:
        door.write(b"yes\n")
    c.expect(asked.wait(30) == 1, f"masterha_master_switch ended with {asked.popen.returncode}:\n{output.read_text()}")
    c.expect("answers again: nothing was changed" in output.read_text(), f"it does not say so:\n{output.read_text()}")
    c.expect(not c.hook_calls(), f"hooks were called: {c.hook_calls()}")
    c.expect(not c.work_file("app1.failover.error").exists(), "nothing was done, yet there is app1.failover.error")
    for replica in c.replicas:
        wait_until(lambda replica=replica: replication.connected(replica), f"{replica.name} to follow db1 again")

"""A primary that is not heard: dead it is only when nobody hears it, and never because it is busy."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tanist_lab import replication
from tanist_lab.mysql import Connection, SqlError
from tanist_lab.waiting import wait_until
from tanist_lab.writer import Writer

from harness import ONE_OF_EACH, Cluster, scenario
from harness.manager import Manager
from harness.rows import insert, make_table

LOST_WITH_THE_LINE = 500  # rows acknowledged in the moment of the cut that no replica can have received


@scenario(hosts=3)
def a_frozen_primary_is_ended_and_replaced(c: Cluster) -> None:
    """SIGSTOP under load: connections stay open and nobody answers. Its log is still read to the end."""
    manager = c.start_manager()
    writer = c.start_writer()
    writer.wait_for_acks(200)
    c.primary.freeze_server()
    manager.wait_exit(0)
    writer.wait_for_acks(100)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others])
    c.expect_primary(new, others)
    c.expect_vip(new)
    c.expect(not c.primary.server_runs(), "the frozen server can still come back")


@scenario(modes=ONE_OF_EACH, hosts=3)
def a_primary_that_mysqld_safe_would_start_again_stays_down(c: Cluster) -> None:
    """The same below mysqld_safe (MariaDB's script serves all), whose only purpose is to start a killed server again."""
    c.primary.stop_server()
    program = Path(c.lab.flavour.program)
    base = program.parents[1]
    c.primary.sh(f"setsid mariadbd-safe --defaults-file=/etc/mysql/my.cnf --user=mysql --ledir={program.parent} "
                 f"--mysqld={program.name} --basedir={base} --plugin-dir={base}/lib/plugin </dev/null >/dev/null 2>&1 &")
    c.primary.wait_for_server()
    wait_until(lambda: all(replication.connected(replica) for replica in c.replicas), "the replicas to be connected")
    manager = c.start_manager()
    c.primary.freeze_server()
    manager.wait_exit(0)
    new, others = c.promoted()
    c.expect_primary(new, others)
    left = c.primary.run(["pgrep", "-a", "mariadbd|mysqld"], check=False).stdout
    c.expect(not left, f"on the old primary there still run:\n{left}")


@scenario(hosts=3)
def a_primary_whose_cable_is_cut_is_replaced(c: Cluster) -> None:
    """It lives on unseen: the manager warns that nothing proves it stays down, and the report bounds the loss."""
    manager = c.start_manager()
    writer = c.start_writer()
    writer.wait_for_acks(200)
    c.lab.switchboard.cut(c.primary)
    manager.wait_exit(0)
    _expect_replaced_without_its_log(c, writer)
    c.expect("Nothing proves that db1" in c.report(), f"the report does not warn that db1 may come back:\n{c.report()}")


@scenario(hosts=3)
def a_primary_without_power_is_replaced(c: Cluster) -> None:
    """The machine is gone with its log; the report bounds the loss."""
    manager = c.start_manager()
    writer = c.start_writer()
    writer.wait_for_acks(200)
    c.primary.power_off()
    manager.wait_exit(0)
    _expect_replaced_without_its_log(c, writer)


def _expect_replaced_without_its_log(c: Cluster, writer: Writer) -> None:
    writer.wait_for_acks(100)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others], at_most=LOST_WITH_THE_LINE)
    c.expect_primary(new, others)
    c.expect_vip(new)
    c.expect("is lost" in c.report(), f"the report does not say what is lost:\n{c.report()}")


@scenario(usual=ONE_OF_EACH, hosts=3)
def a_primary_that_only_the_manager_does_not_hear_stays(c: Cluster) -> None:
    """Replicas still receive from it: no failover, a warning, and a health file that is not PING_OK."""
    make_table(c)
    manager = c.start_manager()
    c.lab.switchboard.cut_between(c.lab.manager, c.primary)
    manager.wait_for_log(r"\[warning\] D3[02] unreachable from us", timeout_s=60)
    _expect_no_failover(c, manager, failures=8)
    c.tool("masterha_check_status", expected=20)
    insert(c, 10)
    c.wait_equal()
    c.lab.switchboard.heal_between(c.lab.manager, c.primary)
    manager.wait_for_state("PING_OK")
    c.tool("masterha_check_status", expected=0)


@scenario(usual=ONE_OF_EACH, hosts=3)
def a_primary_that_says_no_stays(c: Cluster) -> None:
    """All connections used up, then a password that is not ours any more: error packets come from the living."""
    manager = c.start_manager()
    with ExitStack() as held, c.primary.connect() as session:
        session.query("SET GLOBAL max_connections = 10")
        # A place that comes free (whoever was refused last may hold it) is taken again, or the manager gets it.
        wait_until(lambda: _take_every_connection(c, session, held, manager) and "Connection failed 8 time" in manager.log(),
                   "the manager to be refused again and again", 90)
        _expect_no_failover(c, manager)
        session.query("SET GLOBAL max_connections = 200")
    manager.wait_for_state("PING_OK")

    with c.primary.connect() as session:
        session.query("SET sql_log_bin = 0")
        session.query(_set_password(c, "another"))
        wait_until(lambda: _drop_connections(c, session) or "D25 busy" in manager.log(), "the manager to be refused")
        _expect_no_failover(c, manager, failures=8)
        session.query(_set_password(c, c.lab.password_of(c.lab.options.admin_user)))
    manager.wait_for_state("PING_OK")


def _take_every_connection(c: Cluster, session: Connection, held: ExitStack, manager: Manager) -> bool:
    _drop_connections(c, session)
    for user in (c.lab.options.app_user, c.lab.options.admin_user):  # the last place is an administrator's
        try:
            while True:
                held.enter_context(c.primary.connect(user=user))
        except SqlError:
            pass
    return "D20 busy" in manager.log()


def _drop_connections(c: Cluster, session: Connection) -> None:
    """Ends the manager's connections, so that it must come again."""
    for row in session.query("SHOW PROCESSLIST").dicts():
        if (row["Host"] or "").startswith(f"{c.lab.manager.address}:"):
            try:
                session.query(f"KILL {row['Id']}")
            except SqlError:
                pass  # it went by itself


def _set_password(c: Cluster, password: str) -> str:
    user = f"'{c.lab.options.admin_user}'@'%'"
    if c.lab.flavour.modern_words:
        return f"ALTER USER {user} IDENTIFIED BY '{password}'"
    return f"SET PASSWORD FOR {user} = PASSWORD('{password}')"


@scenario(usual=ONE_OF_EACH, hosts=3, limit_s=180)
def a_bad_line_to_the_primary_is_no_reason(c: Cluster) -> None:
    """A fifth of all packets lost, then 300 ms of latency, under load: no failover."""
    manager = c.start_manager()
    writer = c.start_writer()
    c.lab.switchboard.lose(c.primary, 20)
    writer.wait_for_acks(40, timeout_s=90)
    c.lab.switchboard.lose(c.primary, 0)
    c.lab.switchboard.delay(c.primary, 150)
    writer.wait_for_acks(60, timeout_s=90)
    c.lab.switchboard.delay(c.primary, 0)
    manager.wait_for_state("PING_OK")
    _expect_no_failover(c, manager)
    writer.stop()


def _expect_no_failover(c: Cluster, manager: Manager, failures: int = 0) -> None:
    if failures:
        manager.wait_for_log(rf"Connection failed {failures} time", timeout_s=90)
    c.expect(manager.running(), f"the manager has ended: {manager.last_words()}")
    c.expect("Starting master failover" not in manager.log(), f"a failover was started: {manager.last_words()}")
    for replica in c.replicas:
        c.expect(replica.sql("SELECT @@global.read_only").value() == "1", f"{replica.name} takes writes")

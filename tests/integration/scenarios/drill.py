"""What a real day adds: a benchmark's load, semi-synchronous replicas, servers that restart, logs that are damaged."""

from __future__ import annotations

import os
import re
import time

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import ALL_MODES, SEMISYNC_MODES, Cluster, scenario
from harness.manager import CONF
from harness.rows import count, insert, insert_at_once, make_table

SYSBENCH = ["sysbench", "oltp_read_write", "--db-driver=mysql", "--tables=1", "--table-size=100000", "--threads=16",
            "--time=0", "--mysql-db=sbtest", "--mysql-ignore-errors=all", "--skip-trx=off"]
CATCHES_UP_S = 5  # between the start of the receiver that stood still and the primary's end


@scenario(modes=SEMISYNC_MODES, hosts=3, semisync=True, limit_s=240)
def the_classic_drill_loses_nothing(c: Cluster) -> None:
    """sysbench on 16 threads; one replica is semi-synchronous, the other's receiver stood still until 5 s before."""
    _only_semisync(c.replicas[0], c.replicas[1])
    _drill(c)


@scenario(modes=tuple(mode for mode in ALL_MODES if mode not in SEMISYNC_MODES), hosts=3, limit_s=240)
def the_classic_drill_without_semisync_loses_nothing(c: Cluster) -> None:
    """The same where the server has no semi-synchronous replication: the dead primary's log holds what nobody received."""
    _drill(c)


def _drill(c: Cluster) -> None:
    login = [f"--mysql-host={c.lab.vip}", f"--mysql-user={c.lab.options.app_user}",
             f"--mysql-password={c.lab.password_of(c.lab.options.app_user)}"]
    c.lab.client.run([*SYSBENCH, *login, "prepare"], timeout_s=120)
    c.wait_equal()
    manager = c.start_manager()
    writer = c.start_writer()
    load = c.lab.client.spawn([*SYSBENCH, *login, "run"])
    replication.stop(c.replicas[1], "IO_THREAD")
    writer.wait_for_acks(300)
    replication.start(c.replicas[1], "IO_THREAD")
    started = time.monotonic()
    wait_until(lambda: time.monotonic() >= started + CATCHES_UP_S, "the receiver to have had its time")
    c.primary.kill_server()
    manager.wait_exit(0, timeout_s=120)
    writer.wait_for_acks(50)
    load.signal(15)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others])
    c.expect_primary(new, others)
    c.expect_vip(new)


@scenario(modes=SEMISYNC_MODES, hosts=3, semisync=True)
def semisync_replicas_lose_nothing_with_the_machine(c: Cluster) -> None:
    """The primary's machine is gone: every row that a client was promised is on a replica, and on all in the end."""
    manager = c.start_manager()
    writer = c.start_writer()
    writer.wait_for_acks(200)
    c.primary.power_off()
    manager.wait_exit(0)
    writer.wait_for_acks(50)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others])
    c.expect_primary(new, others)


def _only_semisync(one: Host, other: Host) -> None:
    word = "replica" if other.lab.flavour.modern_words else "slave"
    replication.stop(other, "IO_THREAD")
    other.sql(f"SET GLOBAL rpl_semi_sync_{word}_enabled = 0")
    replication.start(other, "IO_THREAD")
    wait_until(lambda: replication.connected(one) and replication.connected(other), "the replicas to be connected")


@scenario(hosts=3)
def a_damaged_log_is_served_to_its_last_sound_transaction(c: Cluster) -> None:
    """A flipped bit in the middle of what the replicas lack: file and offset are in the log and in the report."""
    make_table(c)
    insert(c, 10)
    c.wait_equal()
    for replica in c.replicas:
        replication.stop(replica, "IO_THREAD")
    insert(c, 10)
    sound = replication.checksums(c.primary)
    begin = replication.place(c.primary)
    insert(c, 1)
    end = replication.place(c.primary)
    insert(c, 10)
    c.primary.kill_server()
    _flip_bit(c.primary, end.file, end.position - 50)

    c.switch()
    new, *others = c.replicas
    c.expect(replication.checksums(new) == sound, f"{new.name} has {count(new)} rows, expected 20")
    c.expect_primary(new, others)
    damage = rf"{begin.file}\D+(\d+)"
    for text, where in ((c.log(), "log"), (c.report(), "report")):
        offsets = [int(offset) for offset in re.findall(damage, text)]
        c.expect(any(begin.position <= offset < end.position for offset in offsets),
                 f"the {where} names no offset in {begin.file} from {begin.position} to {end.position}: {offsets}")


@scenario(hosts=3)
def an_empty_last_log_is_named_and_the_rest_is_served(c: Cluster) -> None:
    """The dead primary's newest log file lost all its bytes."""
    make_table(c)
    c.wait_equal()
    for replica in c.replicas:
        replication.stop(replica, "IO_THREAD")
    insert(c, 10)
    sound = replication.checksums(c.primary)
    c.primary.sql("FLUSH LOGS")
    insert(c, 10)
    last = replication.place(c.primary).file
    c.primary.kill_server()
    os.truncate(_log_file(c.primary, last), 0)
    c.switch()
    new, *others = c.replicas
    c.expect(replication.checksums(new) == sound, f"{new.name} has {count(new)} rows, expected 10")
    c.expect_primary(new, others)
    c.expect(re.search(rf"{last}.*at offset 0", c.report()) is not None, f"the report does not name {last}:\n{c.report()}")


def _log_file(host: Host, name: str):
    return host.path(f"/var/lib/mysql/{name}")


def _flip_bit(host: Host, name: str, offset: int) -> None:
    with open(_log_file(host, name), "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x10]))


@scenario(hosts=3)
def a_replica_that_restarts_during_the_drain_holds_nobody_up(c: Cluster) -> None:
    """It is killed while it applies what it has fetched from the stand-in; it comes back with its relay logs."""
    _restart_during_the_drain(c)


@scenario(hosts=3, host_settings={"db3": {"relay-log-recovery": "ON"}})
def a_replica_that_restarts_without_its_relay_logs_holds_nobody_up(c: Cluster) -> None:
    """The same with relay_log_recovery: it throws away what it had fetched."""
    _restart_during_the_drain(c)


def _restart_during_the_drain(c: Cluster) -> None:
    make_table(c)
    insert(c, 20)
    c.wait_equal()
    for replica in c.replicas:
        replication.stop(replica, "IO_THREAD")
    insert_at_once(c, 5000)
    insert(c, 100)
    complete = replication.checksums(c.primary)
    c.primary.kill_server()
    first, second = c.replicas
    with second.connect() as blocker:
        blocker.query("LOCK TABLES app.t READ")
        running = c.lab.manager.spawn([str(c.bin_dir / "masterha_master_switch"), f"--conf={CONF}", "--master_state=dead",
                                       "--dead_master_host=db1", "--interactive=0"])
        wait_until(lambda: "Phase 4.1" in c.log(), "db3 to be the last that is waited for", 60)
        second.kill_server()
    second.start_server()
    status = running.wait(60)
    c.expect(status in (0, 10), f"masterha_master_switch ended with {status}: {c.log()[-2000:]}")
    c.expect(replication.checksums(first) == complete, f"{first.name} lacks rows of the dead primary")
    c.expect_primary(first, [second] if status == 0 else [])
    c.expect(status == 0 or "db3" in c.report(), f"the report does not name db3:\n{c.report()}")

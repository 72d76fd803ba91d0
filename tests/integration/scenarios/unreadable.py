"""Logs that nobody but their server can read, and relay logs that end too early: what remains is used, the rest named."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import ALL_MODES, ONE_OF_EACH, Cluster, scenario
from harness.rows import count, insert, make_table

_KEYS = "/etc/mysql/keys"
_MANIFEST = "/opt/tanist-servers/mysql97/bin/mysqld.my"
_CAN_ENCRYPT = tuple(mode for mode in ALL_MODES if not mode.startswith("mysql56"))
_BY_GTID = tuple(mode for mode in ALL_MODES if mode.endswith("gtid"))
_BY_POSITION = tuple(mode for mode in ALL_MODES if mode.endswith("pos"))


@scenario(modes=_CAN_ENCRYPT, hosts=3)
def an_encrypted_binary_log_leaves_the_relay_logs(c: Cluster) -> None:
    """encrypt_binlog on the primary alone: its host answers, its log is refused by name, relay logs serve the others."""
    _encrypt(c, c.primary)
    _fail_over_with_rows_at_three_places(c)
    c.expect("A stand-in source on db2" in c.log(), "the relay logs of db2 were not served")


@scenario(modes=tuple(set(_CAN_ENCRYPT) & set(_BY_GTID)), hosts=3)
def logs_that_are_all_encrypted_leave_the_most_advanced_replica(c: Cluster) -> None:
    """binlog_encryption everywhere: nothing can be served, and a replica's own server still sends what it has by GTID."""
    for host in c.lab.dbs:
        _encrypt(c, host)
    _fail_over_with_rows_at_three_places(c)
    c.expect("A stand-in source" not in c.log(), "encrypted logs were served")


@scenario(modes=tuple(set(_CAN_ENCRYPT) & set(_BY_POSITION)), hosts=3)
def nobody_is_left_behind_encrypted_logs_without_a_word(c: Cluster) -> None:
    """The same by position: who is behind cannot find its place in another server's log, and stops the failover."""
    for host in c.lab.dbs:
        _encrypt(c, host)
    latest, behind = c.replicas
    end = _put_at_two_places(c)
    c.primary.kill_server()
    c.switch(expected=1)
    c.expect("F85: db3" in c.report(), f"db3 is not the reason:\n{c.report()}")
    _expect_encryption_named(c, end)
    c.expect(replication.status(latest)["Master_Host"] == "db1", f"{latest.name} was promoted")

    c.configure(servers={"db3": {"ignore_fail": "1"}}, report_script=None)
    c.switch("--ignore_last_failover", expected=10)
    c.expect((count(latest), count(behind)) == (20, 10), f"db2 has {count(latest)} rows, db3 {count(behind)}, not 20 and 10")
    c.expect_primary(latest, [])


def _fail_over_with_rows_at_three_places(c: Cluster) -> None:
    latest, behind = c.replicas
    end = _put_at_two_places(c)
    manager = c.start_manager()
    replication.stop(latest, "IO_THREAD")
    insert(c, 10)
    c.primary.kill_server()
    manager.wait_exit(0)
    c.expect(count(latest) == 20, f"{latest.name} has {count(latest)} rows, expected 20")
    c.expect_primary(latest, [behind])
    _expect_encryption_named(c, end)
    bound = f"what it committed behind {end.file}:{end.position} and sent to nobody is lost"
    c.expect(bound in c.report(), f"the report does not bound the loss at {end.file}:{end.position}:\n{c.report()}")


def _put_at_two_places(c: Cluster) -> replication.Place:
    """10 rows are everywhere, 10 more on db2 as well; where the primary's log ends then."""
    latest, behind = c.replicas
    wait_until(lambda: all(replication.connected(replica) for replica in c.replicas), "the replicas to be connected")
    make_table(c)
    insert(c, 10)
    c.wait_equal()
    replication.stop(behind, "IO_THREAD")
    insert(c, 10)
    c.wait_equal([latest])
    return replication.place(c.primary)


def _expect_encryption_named(c: Cluster, end: replication.Place) -> None:
    for text, where in ((c.log(), "log"), (c.report(), "report")):
        c.expect(f"/var/lib/mysql/{end.file}" in text and "encrypted" in text, f"the {where} names no encrypted log:\n{text}")


def _encrypt(c: Cluster, host: Host) -> None:
    """Stops the server, gives it keys and starts it again."""
    host.stop_server()
    if c.lab.flavour.modern_words:
        keyring = '{"path": "/var/lib/mysql-keyring/keys", "read_only": false}'
        host.sh(f"""set -e
            programs={_MANIFEST.rpartition("/")[0]}; plugins=$(readlink -f $programs/../lib/mysql/plugin)
            for folder in $programs $plugins; do
              mkdir -p /run/over$folder/upper /run/over$folder/work
              mount -t overlay overlay -o lowerdir=$folder,upperdir=/run/over$folder/upper,workdir=/run/over$folder/work $folder
            done
            install -d -o mysql /var/lib/mysql-keyring
            install -o mysql -m 600 /dev/null /var/lib/mysql-keyring/keys
            echo '{{"components": "file://component_keyring_file"}}' >$programs/mysqld.my
            echo '{keyring}' >$plugins/component_keyring_file.cnf""")
        c.lab.write_config(host, binlog_encryption="ON")
    else:
        host.sh(f"echo '1;{'ab' * 32}' >{_KEYS}; chown mysql: {_KEYS}; chmod 600 {_KEYS}")
        c.lab.write_config(host, plugin_load_add="file_key_management", file_key_management_filename=_KEYS,
                           encrypt_binlog="ON")
    host.start_server()


@scenario(modes=ONE_OF_EACH, hosts=3)
def truncated_relay_logs_are_served_to_their_last_sound_transaction(c: Cluster) -> None:
    """Those of the most advanced replica, which has not applied them; the primary's machine is gone."""
    behind, latest = c.replicas
    damaged = _advance_one_replica(c, behind, latest, stop_applier=True)
    manager = c.start_manager()
    c.primary.power_off()
    os.truncate(damaged, damaged.stat().st_size - 1000)
    manager.wait_exit(0)
    c.expect(10 < count(latest) < 20, f"{latest.name} has {count(latest)} rows, expected more than 10 and less than 20")
    c.expect_primary(latest, [behind])
    _expect_damage_named(c, damaged.name)
    c.expect("is lost" in c.report(), f"the report does not bound the loss:\n{c.report()}")


@scenario(modes=_BY_POSITION, hosts=3)
def nobody_is_left_behind_truncated_relay_logs_without_a_word(c: Cluster) -> None:
    """The same after they were applied: who cannot be given the rest stops the failover unless it may fail."""
    behind, latest = c.replicas
    damaged = _advance_one_replica(c, behind, latest, stop_applier=False)
    c.primary.power_off()
    os.truncate(damaged, damaged.stat().st_size - 1000)
    c.switch(expected=1)
    c.expect("F85: db2" in c.report(), f"db2 is not the reason:\n{c.report()}")
    _expect_damage_named(c, damaged.name)
    c.expect(latest.sql("SELECT @@global.read_only").value() == "1", f"{latest.name} takes writes")

    c.configure(servers={"db2": {"ignore_fail": "1"}}, report_script=None)
    c.switch("--ignore_last_failover", expected=10)
    c.expect(count(latest) == 20, f"{latest.name} has {count(latest)} rows, expected 20")
    c.expect(count(behind) == 10, f"{behind.name} has {count(behind)} rows, expected 10")
    c.expect_primary(latest, [])


def _advance_one_replica(c: Cluster, behind: Host, latest: Host, stop_applier: bool) -> Path:
    """10 rows are everywhere, 10 more were received by one replica only; its newest relay log."""
    make_table(c)
    insert(c, 10)
    c.wait_equal()
    replication.stop(behind, "IO_THREAD")
    if stop_applier:
        replication.stop(latest, "SQL_THREAD")
    insert(c, 10)
    end = replication.place(c.primary)
    wait_until(lambda: replication.status(latest)["Read_Master_Log_Pos"] == str(end.position), f"{latest.name} to receive")
    if not stop_applier:
        c.wait_equal([latest])
    return max(latest.path("/var/lib/mysql").glob("relay-bin.0*"))


def _expect_damage_named(c: Cluster, relay_log: str) -> None:
    for text, where in ((c.log(), "log"), (c.report(), "report")):
        c.expect(re.search(rf"/var/lib/mysql/{relay_log} at offset \d+", text) is not None,
                 f"the {where} does not name the place in {relay_log}:\n{text}")

"""What differs between the servers the lab can run: where they are, how they are started and set up."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import places

CONFIG = "/etc/mysql/my.cnf"

Settings = dict[str, str]


@dataclass(frozen=True)
class Flavour:
    """One kind of server. `settings` go into every machine's configuration, then those of the way replicas find their place."""

    name: str
    program: str
    settings: Settings
    gtid_settings: Settings
    position_settings: Settings
    semisync_settings: Settings | None  # None: this server has no semi-synchronous replication
    modern_words: bool  # SOURCE and REPLICA in SQL; the older words are gone
    initialise: list[str] = field(default_factory=list)  # fills an empty data folder; {data} is replaced
    clients: str = ""  # folder that goes first in PATH

    def command(self) -> list[str]:
        """Starts the server of a machine."""
        return [self.program, f"--defaults-file={CONFIG}", "--user=mysql"]

    def installed(self) -> bool:
        """Whether tools/setup has brought it."""
        return Path(self.program).exists()

    def version(self) -> str:
        """As the program itself says it."""
        return subprocess.run([self.program, "--no-defaults", "--version"], capture_output=True, text=True,
                              check=True).stdout.split("Ver ")[1].split()[0]


_COMMON: Settings = {
    "datadir": "/var/lib/mysql",
    "socket": "/run/mysqld/mysqld.sock",
    "pid-file": "/run/mysqld/mysqld.pid",
    "log-error": "/var/log/mysql/error.log",
    "port": "3306",
    "bind-address": "0.0.0.0",
    "skip-name-resolve": "ON",
    "log-bin": "mysql-bin",
    "relay-log": "relay-bin",
    "max-connections": "200",
    "max-allowed-packet": "64M",
    # Small and without flushing to disk: a test kills processes, not the kernel, so nothing written gets lost.
    "innodb-buffer-pool-size": "64M",
    "innodb-flush-method": "nosync",
    "innodb-use-native-aio": "OFF",  # a dozen servers share the kernel's limits of io_uring and libaio
    "innodb-flush-log-at-trx-commit": "2",
    "sync-binlog": "0",
}
_OLD: Settings = {
    "log-slave-updates": "ON",
    "performance-schema": "OFF",
    "slave-net-timeout": "10",
}

_MYSQL56 = places.SERVERS / "mysql56"
_MYSQL97 = places.SERVERS / "mysql97"

FLAVOURS: dict[str, Flavour] = {flavour.name: flavour for flavour in (
    Flavour(
        name="mariadb",
        program="/usr/sbin/mariadbd",
        settings=_COMMON | _OLD | {"innodb-log-file-size": "32M", "sync-master-info": "0", "sync-relay-log": "0",
                                   "sync-relay-log-info": "0"},
        gtid_settings={},  # always has them; the replica's CHANGE MASTER decides
        position_settings={},
        semisync_settings={"rpl-semi-sync-master-enabled": "ON", "rpl-semi-sync-slave-enabled": "ON"},
        modern_words=False,
        initialise=["mariadb-install-db", "--no-defaults", "--datadir={data}", "--user=mysql",
                    "--auth-root-authentication-method=normal", "--skip-test-db"],
    ),
    Flavour(
        name="mysql56",
        program=str(_MYSQL56 / "bin/mysqld"),
        settings=_COMMON | _OLD | {"innodb-log-file-size": "48M", "sync-master-info": "0", "sync-relay-log": "0",
                                   "sync-relay-log-info": "0", "lc-messages-dir": str(_MYSQL56 / "share"),
                                   "character-sets-dir": str(_MYSQL56 / "share/charsets"),
                                   "explicit-defaults-for-timestamp": "ON"},
        gtid_settings={"gtid-mode": "ON", "enforce-gtid-consistency": "ON"},
        position_settings={},
        semisync_settings=None,
        modern_words=False,
        initialise=["cp", "-rT", str(_MYSQL56 / "template"), "{data}"],
    ),
    Flavour(
        name="mysql97",
        program=str(_MYSQL97 / "bin/mysqld"),
        settings=_COMMON | {"log-replica-updates": "ON", "replica-net-timeout": "10",
                            "innodb-redo-log-capacity": "128M", "mysqlx": "OFF", "secure-file-priv": ""},
        gtid_settings={"gtid-mode": "ON", "enforce-gtid-consistency": "ON"},
        position_settings={"gtid-mode": "OFF", "enforce-gtid-consistency": "OFF"},
        semisync_settings={"plugin-load-add": "semisync_source.so;semisync_replica.so",
                           "loose-rpl-semi-sync-source-enabled": "ON", "loose-rpl-semi-sync-replica-enabled": "ON"},
        modern_words=True,
        initialise=[str(_MYSQL97 / "bin/mysqld"), "--no-defaults", "--initialize-insecure", "--user=mysql",
                    "--datadir={data}"],
        clients=str(_MYSQL97 / "bin"),
    ),
)}

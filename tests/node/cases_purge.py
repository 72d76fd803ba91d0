"""Purging the relay logs of a real replica, and being killed in the middle of it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from commands import LOGIN, Node
from drain import wait_replicas
from servers import ADDRESS, Server
from suite import Context, case
from tanist_lab.waiting import wait_until
from work import create_tables

_LOCK = "'MHA_Master_High_Availability_Failover'"


class Purger:
    """Calls purge_relay_logs for one replica."""

    def __init__(self, node: Node, replica: Server) -> None:
        self.node = node
        self.replica = replica
        self.options = [f"--user={LOGIN[0]}", f"--password={LOGIN[1]}", f"--host={ADDRESS}", f"--port={replica.port}",
                        f"--workdir={node.folder}"]
        self.links = node.folder / f"purge_relay_logs.{replica.port}"

    def run(self, *more: str, code: int = 0) -> str:
        """To its end; what it says."""
        done = self.node.call("purge_relay_logs", *self.options, *more, code=code)
        return done.out + done.err

    def start(self) -> subprocess.Popen[str]:
        """In the background."""
        return subprocess.Popen(self.node.argv("purge_relay_logs", *self.options), text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT,
                                env=os.environ | {"PATH": f"{self.node.clients}:{os.environ['PATH']}"})

    def setting(self) -> int:
        """relay_log_purge."""
        return int(self.replica.sql("SELECT @@GLOBAL.relay_log_purge").value() or 0)

    def logs(self) -> list[str]:
        """The relay logs of the replica."""
        return sorted(path.name for path in self.replica.data.glob("relay-bin.0*"))

    def linked(self) -> list[str]:
        """What lies in the directory of links."""
        return sorted(path.name for path in self.links.glob("*")) if self.links.exists() else []


def _more_logs(primary: Server, replica: Server, cluster) -> None:
    for number in range(4):
        primary.sql(f"INSERT INTO app.t (a) VALUES ({number})")
        wait_replicas(cluster)
        replica.sql("FLUSH RELAY LOGS")


@case()
def relay_logs_are_purged(context: Context) -> None:
    """In the usual way, and in all the ways in which there is nothing to do or something in the way."""
    node = Node(context)
    cluster = context.cluster(1, gtid=False)
    primary, replica = cluster.primary, cluster.replicas[0]
    create_tables(primary)
    _more_logs(primary, replica, cluster)
    purger = Purger(node, replica)
    before = purger.logs()
    assert len(before) > 4, before
    said = purger.run()
    gone = len(set(before) - set(purger.logs()))
    assert gone >= len(before) - 2 and purger.setting() == 0, (said, before, purger.logs())
    assert f"{gone} of {len(before)} relay logs" in said and f"space of {gone} relay" in said and not purger.linked(), said

    _more_logs(primary, replica, cluster)
    before = purger.logs()
    said = purger.run("--use_hardlink=0")
    gone = len(set(before) - set(purger.logs()))
    assert gone >= len(before) - 2 and f"space of {gone} relay" in said, said

    replica.sql("SET GLOBAL relay_log_purge=1")
    before = purger.logs()
    assert "Nothing is done" in purger.run() and purger.logs() == before and purger.setting() == 1
    purger.run("--disable_relay_log_purge")
    assert purger.setting() == 0
    _refusals(context, purger, primary)
    _waits_for_a_failover(purger)
    _in_the_window(purger, primary, cluster)


def _refusals(context: Context, purger: Purger, primary: Server) -> None:
    assert "not a replica" in purger.run(f"--port={primary.port}", code=1)
    assert "not an address of this host" in purger.run("--host=203.0.113.7", code=1)
    assert "ERROR" in purger.run("--password=wrong", code=1)
    assert "no-such" in purger.run("--relay_log_info=/no-such/relay-log.info", code=1)
    # An option file instead of arguments, with all that a password can have in it.
    password = """p"a's\\w#; o{r}d\\t$x"""
    replica = purger.replica
    quoted = password.replace("\\", "\\\\").replace("'", "''")
    replica.sql("SET sql_log_bin=0", f"CREATE USER 'weird'@'%' IDENTIFIED BY '{quoted}'", "GRANT ALL ON *.* TO 'weird'@'%'")
    purger.run("--user=weird", f"--password={password}")
    file = context.folder / "my.cnf"
    file.write_text(f"[client]\nuser={LOGIN[0]}\npassword={LOGIN[1]}\nport={replica.port}\nhost={ADDRESS}\n", encoding="ascii")
    purger.node.call("purge_relay_logs", f"--defaults_file={file}", f"--workdir={purger.node.folder}")
    # A socket counts more than the host and port that stand beside it.
    file.write_text(f"[client]\nuser={LOGIN[0]}\npassword={LOGIN[1]}\nport=1\nhost={ADDRESS}\n", encoding="ascii")
    purger.node.call("purge_relay_logs", f"--defaults_file={file}", f"--socket={replica.folder / 'sock'}",
                     f"--workdir={purger.node.folder}")


def _waits_for_a_failover(purger: Purger) -> None:
    """While a failover holds its lock nothing happens; then it goes on."""
    with purger.replica.connect() as failover:
        # The server may still be ending the session of the purge before.
        assert failover.query(f"SELECT GET_LOCK({_LOCK}, 30)").value() == "1"
        process = purger.start()
        wait_until(lambda: _waiting_for_lock(purger.replica), "the purge to wait for the lock")
        assert process.poll() is None and purger.setting() == 0
        _no_password_in_sight()
        failover.query(f"SELECT RELEASE_LOCK({_LOCK})")
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 0, said


def _waiting_for_lock(replica: Server) -> bool:
    return any("GET_LOCK" in (row["Info"] or "") for row in replica.sql("SHOW FULL PROCESSLIST").dicts()
               if "PROCESSLIST" not in (row["Info"] or ""))


def _no_password_in_sight() -> None:
    """In the arguments of no process."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        assert LOGIN[1].encode() not in path.read_bytes(), path.read_bytes()


def _in_the_window(purger: Purger, primary: Server, cluster) -> None:
    """An applier that stands still keeps relay_log_purge on for a while; whoever dies then must not leave it so."""
    replica = purger.replica
    primary.sql("CREATE TABLE app.held (id INT) ENGINE=InnoDB")
    _more_logs(primary, replica, cluster)
    with replica.connect() as holder:
        holder.query("LOCK TABLES app.held WRITE")
        # The second needs the first, so that who only hands them to workers stands still as well.
        for number in (1, 2):
            primary.sql(f"INSERT INTO app.held VALUES ({number})")
        wait_until(lambda: _applier_waits(replica), "the applier to wait for the table")
        for name, end in (("SIGTERM", _terminate), ("SIGKILL", _kill)):
            process = _started_window(purger)
            end(process)
            wait_until(lambda: purger.setting() == 0, f"relay_log_purge to be off after {name}")
            process.communicate(timeout=60)
            assert process.returncode in (1, -signal.SIGKILL), process.returncode
            wait_until(lambda: replica.sql(f"SELECT IS_FREE_LOCK({_LOCK})").value() == "1", "the lock to be free")
        process = _started_window(purger)
        _kill_with_family(process)
        assert purger.setting() == 1 and "relay_log_purge_is_on" in purger.linked(), purger.linked()
        holder.query("UNLOCK TABLES")
    said = purger.run()
    assert "An earlier run was killed" in said and purger.setting() == 0, said
    _more_logs(primary, replica, cluster)
    before = purger.logs()
    said = purger.run()
    assert before[0] not in purger.logs() and not purger.linked(), (said, purger.logs(), purger.linked())


def _applier_waits(replica: Server) -> bool:
    states = " ".join(row["State"] or "" for row in replica.sql("SHOW FULL PROCESSLIST").dicts())
    return "metadata lock" in states and (not replica.flavour.modern_words or "dependent transaction" in states)


def _started_window(purger: Purger) -> subprocess.Popen[str]:
    process = purger.start()
    wait_until(lambda: purger.setting() == 1, "the window to open")
    return process


def _terminate(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)


def _kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)


def _kill_with_family(process: subprocess.Popen[str]) -> None:
    """Everything it has started as well, at once: they must not see one another die."""
    family = [process.pid]
    for pid in family:
        family += [int(child) for task in Path(f"/proc/{pid}/task").glob("*") for child in (task / "children").read_text().split()]
    assert len(family) > 3, family
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in family:
            os.kill(pid, number)
    process.communicate(timeout=60)

"""`tanist run`: a cluster that is kept writable for ever, failover after failover, and primaries that come back."""

from __future__ import annotations

import signal

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import IF_THERE, ONE_OF_EACH, Cluster, scenario
from harness import manager as mgr
from harness.daemon import STATE_DIR, Daemon
from harness.manager import CONF, WORK_DIR
from harness.rows import insert, make_table

REPLACED = "MySQL Master failover .* succeeded"


def _writable(c: Cluster, hosts: list[Host]) -> Host:
    found = [host for host in hosts if host.sql("SELECT @@global.read_only").value() == "0"]
    c.expect(len(found) == 1, f"{[host.name for host in found]} take writes")
    return found[0]


def _wait_a_second_for_acknowledgements(host: Host) -> None:
    """A replica that is a semi-synchronous source, too, has nobody who acknowledges: the first transaction that it applies after
    its start waits as long as a client would."""
    if host.lab.options.semisync:
        word = "source" if host.lab.flavour.modern_words else "master"
        host.sql(f"SET GLOBAL rpl_semi_sync_{word}_timeout = 1000")


@scenario(usual=("mariadb-gtid", "mysql56-pos", "mysql97-pos"), hosts=3, semisync=IF_THERE)
def three_failovers_in_a_row_with_primaries_that_return(c: Cluster) -> None:
    """Writers are on all the time; each dead primary is started again and becomes a replica by itself. Each is told."""
    c.configure(auto_rejoin="1", notify_command=f"echo $TANIST_KIND $TANIST_NAME >> {WORK_DIR}/notices; cat > /dev/null")
    primary, hosts = c.primary, c.lab.dbs
    for host in hosts:
        _wait_a_second_for_acknowledgements(host)
    daemon = c.start_daemon()
    writer = c.start_writer()
    for number in (1, 2, 3):
        writer.wait_for_acks(200)
        primary.kill_server()
        daemon.wait_for_log(REPLACED, number)
        dead, primary = primary, _writable(c, [host for host in hosts if host is not primary])
        writer.wait_for_acks(200)
        dead.start_server()
        _wait_a_second_for_acknowledgements(dead)
        daemon.wait_for_log("B40: .* It replicates from ", number)
    others = [host for host in hosts if host is not primary]
    c.expect_nothing_lost(writer, [primary, *others])
    c.expect_primary(primary, others)
    c.expect_vip(primary)
    daemon.stop()
    notices = c.work_file("notices").read_text().splitlines()
    c.expect(notices.count("recovery succeeded") == 3, f"the notices were {notices}")


@scenario(modes=ONE_OF_EACH, hosts=3)
def a_primary_that_returns_with_more_than_the_others_takes_no_writes(c: Cluster) -> None:
    """Cut off while it took one more transaction: it is closed, the transaction is listed, and nothing else is done. The
    manager was killed in between and remembers."""
    c.configure(auto_rejoin="1")
    make_table(c)
    c.wait_equal()
    daemon = c.start_daemon()
    old = c.primary
    c.lab.switchboard.cut(old)
    insert(c, 1)
    daemon.wait_for_log(REPLACED)
    daemon.kill()
    again = c.start_daemon()
    c.lab.switchboard.heal(old)
    again.wait_for_log(rf"B(20|22|34): .*{old.name}")
    again.wait_for_log("They are listed in")
    c.expect(old.sql("SELECT @@global.read_only").value() == "1", "it takes writes")
    c.expect(not replication.status(old), "it was made a replica")
    listed = c.work_file(f"app1.extra_transactions_of.{old.name}_3306.txt").read_text()
    c.expect("Xid" in listed, f"the transaction is not in the list:\n{listed}")
    said = mgr.run_tool(c.lab.manager, c.bin_dir, "tanist", "rejoin", old.name, "--discard_extra", f"--state_dir={STATE_DIR}", expected=1)
    c.expect("X30: they have changed its tables" in said.stderr, f"rejoin says {said.stderr}")
    c.expect(not replication.status(old), "it was made a replica")
    new = _writable(c, c.replicas)
    c.expect_primary(new, [host for host in c.replicas if host is not new])


@scenario(modes=("mariadb-gtid",), hosts=3)
def files_of_clusters_come_change_and_go(c: Cluster) -> None:
    """A broken file leaves the cluster as it was, an edited one is taken over, one that is gone is watched no more; one that is
    replaced in the middle of a failover counts behind it. A second `tanist run` does not begin."""
    c.configure(master_ip_failover_script=c.hook("master_ip_failover", gate="start"))
    daemon = c.start_daemon()
    second = mgr.run_tool(c.lab.manager, c.bin_dir, "tanist", "run", CONF, f"--state_dir={STATE_DIR}", expected=1).stderr
    c.expect("tanist-run.manager.lock" in second, f"a second tanist run says {second}")
    conf = c.lab.manager.path(c.conf_path())
    sound = conf.read_text()
    conf.write_text(sound + "port=many\n")
    daemon.wait_for_log("goes on with what .* said before")
    conf.write_text(sound.replace("ping_interval=1", "ping_interval=2"))
    daemon.wait_for_log("was edited: going on with what it says now")
    daemon.signal(signal.SIGHUP)
    c.expect(daemon.running(), "it ended with SIGHUP")
    conf.unlink()
    daemon.wait_for_log("the cluster app1 is not watched any more")
    conf.write_text(sound)
    conf.chmod(0o600)
    daemon.wait_for_log("keeping the cluster app1", 2)
    _expect_still_keeping(c, daemon)


def _expect_still_keeping(c: Cluster, daemon: Daemon) -> None:
    daemon.wait_for_log("Ping succeeded, watching", 3)
    conf = c.lab.manager.path(c.conf_path())
    sound = conf.read_text()
    c.primary.kill_server()
    wait_until(lambda: any("--command=start" in call for call in c.hook_calls()), "the start script to be called", 60)
    conf.write_text("[server1]\nhostname=somebody-else\n")
    daemon.wait_for_log("goes on with what .* said before", 2)
    conf.write_text(sound.replace("ping_interval=1", "ping_interval=2"))
    c.open_gate()
    daemon.wait_for_log(REPLACED)
    daemon.wait_for_log("was edited: going on with what it says now", 2)
    new = _writable(c, c.replicas)
    wait_until(lambda: not replication.status(new), f"{new.name} to have no source")
    daemon.stop()

"""[binlogN]: machines that receive the primary's binary log, as files, with mysqlbinlog."""

from __future__ import annotations

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import ONE_OF_EACH, Cluster, scenario
from harness.rows import count, insert, make_table

FOLDER = "/var/tmp/copies"


@scenario(modes=ONE_OF_EACH, hosts=3)
def what_only_a_binlog_server_has_is_not_lost(c: Cluster) -> None:
    """The primary's machine is gone, the replicas lack its last rows. With the wrong folder nothing is touched; with the
    right one everybody gets everything from there."""
    copies = c.lab.client
    make_table(c)
    c.wait_equal()
    _receive(c, copies)
    right, wrong = ({copies.name: {"master_binlog_dir": folder}} for folder in (FOLDER, "/var/tmp/elsewhere"))
    c.configure(binlogs=right)
    insert(c, 10)
    c.wait_equal()
    _wait_for_copy(c, copies)
    c.tool("masterha_check_repl")
    c.configure(binlogs=wrong)
    said = c.tool("masterha_check_repl", expected=1 if c.gtid and c.mode.startswith("mysql") else 0).stderr
    c.expect("the binary log server client cannot be used: " in said, f"it does not name the binary log server:\n{said}")
    behind, further = c.replicas
    replication.stop(behind, "IO_THREAD")
    insert(c, 10)
    c.wait_equal([further])
    replication.stop(further, "IO_THREAD")
    c.primary.sql("FLUSH LOGS")
    insert(c, 20)
    _wait_for_copy(c, copies)
    complete = replication.checksums(c.primary)
    c.primary.power_off()
    calls = c.hook_calls()

    c.switch("--ssh_reachable=0", expected=1)
    c.expect("F52: no binary log server can be read; client: " in c.log(), f"no F52 in the log:\n{c.log()}")
    c.expect(c.hook_calls() == calls, f"hooks were called: {c.hook_calls()}")
    c.expect(not c.work_file("app1.failover.error").exists(), "nothing was done, yet there is app1.failover.error")
    c.expect([count(host) for host in c.replicas] == [10, 20], "the replicas have changed")

    c.configure(binlogs=right)
    c.switch("--ssh_reachable=0")
    new, others = c.promoted()
    c.expect(replication.checksums(new) == complete, f"{new.name} has {count(new)} rows, expected 40")
    c.expect_primary(new, others)
    c.expect("where the copy on client ends" in c.report(), f"the report does not name the copy:\n{c.report()}")


@scenario(modes=("mariadb-pos",), hosts=3)
def a_binlog_server_that_is_gone_can_be_passed_over(c: Cluster) -> None:
    """A failover that does not need it does not ask for it; one that might is told --ignore_binlog_server_error."""
    copies = {c.lab.client.name: {"master_binlog_dir": FOLDER, "ssh_connection_timeout": "2"}}
    c.configure(binlogs=copies)
    new, other = c.replicas
    c.lab.client.power_off()
    c.primary.kill_server()
    c.switch()
    c.expect_primary(new, [other])
    c.configure(binlogs=copies, without=[c.primary])
    new.power_off()
    again = ("--ssh_reachable=0", "--ignore_last_failover")
    c.switch(*again, dead=new, expected=1)
    c.switch(*again, "--ignore_binlog_server_error", dead=new)
    c.expect_primary(other, [])


def _receive(c: Cluster, host: Host) -> None:
    """mysqlbinlog as MHA's users run it there, from the primary's first file on."""
    host.path(FOLDER).mkdir()
    user = c.lab.options.admin_user
    host.spawn(["env", f"MYSQL_PWD={c.lab.password_of(user)}", "mysqlbinlog", "--read-from-remote-server", "--raw",
                "--stop-never", f"--host={c.primary.name}", f"--user={user}", f"--result-file={FOLDER}/", "mysql-bin.000001"])


def _wait_for_copy(c: Cluster, host: Host) -> None:
    end = replication.place(c.primary)
    copy = host.path(f"{FOLDER}/{end.file}")
    wait_until(lambda: copy.exists() and copy.stat().st_size >= end.position, f"{end.file} to be copied")

"""masterha_supervise: a manager that is started again and again, as its cluster grows smaller."""

from __future__ import annotations

import re
import subprocess

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness.manager import CONF, HEALTH, LOG, read_if_there

_COMMENT = "# the servers, as people know them\n"


@scenario(modes=("mariadb-gtid", "mysql97-pos"), hosts=5, limit_s=300)
def a_supervised_manager_goes_from_failover_to_failover(c: Cluster) -> None:
    """Three failovers in a row, a dead replica in between, the log rotated: each dead server leaves the file, nothing else
    in it changes, and at two servers the supervisor says that it ends."""
    # A machine that is so busy that it says nothing for 15 s is a fault of the test, not of what is tested.
    c.configure(servers={host.name: {"ignore_fail": "1"} for host in c.lab.dbs})
    conf = c.lab.manager.path(CONF)
    conf.write_text(conf.read_text().replace("\n[server1]", f"\n{_COMMENT}\n[server1]"))
    output = c.work_file("supervise.out")
    with open(output, "wb") as file:
        supervisor = c.lab.manager.spawn(
            [str(c.bin_dir / "masterha_supervise"), f"--conf={CONF}",
             f"--manager_command={c.bin_dir / 'masterha_manager'} --ignore_last_failover", "--dead_after=5"], file)

    def said() -> str:
        return output.read_text(errors="replace") + "\n" + "\n".join(c.log().splitlines()[-25:])

    def watched(by: str) -> Host | None:
        state = re.search(r"0:PING_OK\tmaster:(\w+)", read_if_there(c.lab.manager.path(HEALTH)))
        c.expect(supervisor.running(), f"the supervisor ended while {by}:\n{said()}")
        return c.lab[state[1]] if state else None

    def sections() -> set[str]:
        return set(re.findall(r"^\[server(\d)\]", conf.read_text(), re.MULTILINE))

    def next_primary(gone: set[str]) -> Host:
        def found() -> Host | None:
            host = watched(f"db{', db'.join(sorted(gone))} should leave the file")
            return host if host and not gone & sections() and host.name[2:] not in gone else None
        return wait_until(found, "the next primary to be watched", 60)

    first = wait_until(lambda: watched("db1 should be watched"), "the manager to watch", 60)
    first.kill_server()
    second = next_primary({"1"})
    c.lab.manager.sh(f"mv {LOG} {LOG}.1")

    rest = [host for host in c.lab.dbs if host.name[2:] in sections() and host is not second]
    for host in rest:
        wait_until(lambda host=host: replication.connected(host), f"{host.name} to follow {second.name}")
    rest[-1].kill_server()
    second.kill_server()
    third = next_primary({"1", second.name[2:], rest[-1].name[2:]})
    c.expect(len(sections()) == 2, f"the file has {sections()}")

    third.kill_server()
    c.expect(supervisor.wait(60) == 1, f"the supervisor ended with {supervisor.popen.returncode}:\n{said()}")
    c.expect("V60" in output.read_text(), f"it does not say why it ends:\n{said()}")
    c.expect(len(sections()) == 2 and _COMMENT in conf.read_text(), f"the file is\n{conf.read_text()}")
    kept = sorted(conf.parent.glob("app1.cnf.*.bak"))
    c.expect(len(kept) == 3 and "[server1]" in kept[0].read_text(), f"backups are {kept}")
    last = next(host for host in rest if host is not third and host is not rest[-1])
    c.expect_primary(last, [])
    c.expect_vip(last)


@scenario(modes=("mariadb-pos",), hosts=3)
def a_supervisor_ends_where_a_person_is_needed(c: Cluster) -> None:
    """A manager that was told to stop stays stopped; one that ends at once is started so often and no more; the running one
    is found, and goes on without its supervisor."""
    command = [str(c.bin_dir / "masterha_supervise"), f"--conf={CONF}"]
    manager = c.start_manager()
    output = c.work_file("supervise.out")
    with open(output, "wb") as file:
        supervisor = c.lab.manager.spawn([*command, "--manager_command=false"], file)
    wait_until(lambda: "The manager of app1 runs" in output.read_text(), "the supervisor to find the manager", 30)
    second = c.lab.manager.run([*command, "--manager_command=false"], check=False)
    c.expect(second.returncode == 1 and "Another supervisor runs" in second.stderr, f"a second one said {second.stderr}")
    supervisor.signal(15)
    supervisor.wait(20)
    c.expect(manager.running(), "the manager ended with its supervisor")

    with open(output, "wb") as file:
        supervisor = c.lab.manager.spawn([*command, "--manager_command=false"], file, subprocess.DEVNULL)
    wait_until(lambda: "The manager of app1 runs" in output.read_text(), "the supervisor to find the manager", 30)
    c.tool("masterha_stop")
    c.expect(supervisor.wait(30) == 0, f"told to stop:\n{output.read_text()}")
    c.expect("V20" in output.read_text(), f"it does not say why it ends:\n{output.read_text()}")

    done = c.lab.manager.run([*command, "--manager_command=false", "--start_limit=2"], check=False)
    c.expect(done.returncode == 1 and "V50" in done.stderr, f"a manager that ends at once:\n{done.stderr}")
    c.expect(done.stderr.count("Starting the manager") == 2, f"not two starts:\n{done.stderr}")

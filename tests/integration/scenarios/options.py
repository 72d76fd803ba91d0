"""Options of the start and of a failover, by what they do."""

from __future__ import annotations

from tanist_lab import replication

from harness import Cluster, scenario


@scenario(modes=("mariadb-pos",), hosts=4)
def options_do_what_they_say(c: Cluster) -> None:
    """ignore_fail_on_start, skip_ssh_check, dry_run, new_master_host, skip_disable_read_only, skip_change_master and
    wait_on_failover_error: each does its own, and nothing is done without it."""
    second, third, dead = c.replicas
    c.configure(servers={"db4": {"ignore_fail": "1"}}, ssh_connection_timeout="3")
    dead.kill_server()
    c.tool("masterha_check_repl", expected=1)
    c.tool("masterha_check_repl", "--ignore_fail_on_start")

    c.lab.switchboard.cut_between(second, third)
    c.tool("masterha_check_repl", "--ignore_fail_on_start", expected=1)
    c.tool("masterha_check_repl", "--ignore_fail_on_start", "--skip_ssh_check")
    c.lab.switchboard.heal_between(second, third)

    c.start_manager(wait=False).wait_exit(1)
    manager = c.start_manager("--ignore_fail_on_start", "--skip_check_ssh", f"--new_master_host={third.name}",
                              "--new_master_port=3306", "--skip_disable_read_only", "--skip_change_master",
                              "--wait_on_failover_error=3600")
    c.primary.kill_server()
    manager.wait_for_state("51:FAILOVER_ERROR")  # 10 is a failure, too: a replica is dead
    c.tool("masterha_check_status", expected=51)
    c.expect(third.sql("SELECT @@global.read_only").value() == "1", f"{third.name} takes writes")
    c.expect(replication.status(second)["Master_Host"] in (c.primary.name, c.primary.address), f"{second.name} was repointed")
    c.tool("masterha_stop")
    manager.wait_exit(10)
    c.expect(not c.work_file("app1.master_status.health").exists(), "the health file outlived its writer")
    c.tool("masterha_check_status", expected=2)

    c.work_file("app1.failover.complete").unlink()
    planned = c.switch("--dry_run", "--skip_disable_read_only").stdout
    c.expect("point of no return" in planned, f"no plan was printed: {planned!r}")
    c.expect(not c.work_file("app1.failover.complete").exists(), "a plan on paper left app1.failover.complete")

"""Told to end, the manager ends: at once, or where a failover can be left."""

from __future__ import annotations

import signal

from tanist_lab import replication
from tanist_lab.waiting import wait_until

from harness import ONE_OF_EACH, Cluster, scenario
from harness.manager import Manager


@scenario(modes=ONE_OF_EACH, hosts=3)
def a_signal_ends_the_manager_wherever_it_is(c: Cluster) -> None:
    """While a hook or the secondary check hangs; at a question; in a failover, which is undone before activation."""
    c.configure(master_ip_failover_script=c.hook("master_ip_failover", hang="status"))
    manager = c.start_manager(wait=False)
    wait_until(c.hook_calls, "the hook to be called", 30)
    _expect_ended_by(c, manager, signal.SIGHUP)

    c.configure(secondary_check_script="sleep infinity #")
    manager = c.start_manager()
    c.primary.kill_server()
    manager.wait_for_log("Executing secondary network check script")
    said = c.tool("masterha_stop").stdout
    c.expect("Stopped app1 successfully." in said, f"masterha_stop said {said!r}")
    manager.wait_exit(1)
    c.expect(not _sleepers(c), f"left behind: {_sleepers(c)}")

    asked, output = c.ask_by_hand()
    asked.signal(signal.SIGINT)
    c.expect(asked.wait(5) == 1, f"masterha_master_switch ended with {asked.popen.returncode}:\n{output.read_text()}")

    c.configure(master_ip_failover_script=c.hook("master_ip_failover", gate="stopssh"))
    manager = c.start_manager(wait=False)
    wait_until(lambda: any("--command=stopssh" in call for call in c.hook_calls()), "the failover to begin")
    manager.terminate()
    manager.wait_for_log("Got a signal during a failover")
    c.open_gate()
    manager.wait_exit(1)
    manager.wait_for_log("Stopped by a signal: what was done to the replicas is undone")
    c.expect(not c.work_file("app1.master_status.health").exists(), "the health file is still there")
    c.expect(c.work_file("app1.failover.error").exists(), "app1.failover.error is missing")
    for replica in c.replicas:
        c.expect(replica.sql("SELECT @@global.read_only").value() == "1", f"{replica.name} takes writes")
        c.expect(replication.status(replica)["Master_Host"] == c.primary.name, f"{replica.name} was pointed elsewhere")


def _expect_ended_by(c: Cluster, manager: Manager, number: int) -> None:
    manager.signal(number)
    manager.wait_exit(1, 5)
    c.expect("Got a signal, ending." in manager.log(), f"the log does not say why:{manager.last_words()}")
    c.expect(not c.work_file("app1.master_status.health").exists(), "the health file is still there")
    c.expect(not _sleepers(c), f"left behind: {_sleepers(c)}")


def _sleepers(c: Cluster) -> str:
    return c.lab.manager.run(["sh", "-c", "ps -eo args | grep '^sleep infinit[y]' || true"]).stdout


@scenario(modes=("mariadb-pos",), hosts=3)
def a_failover_whose_manager_was_killed_holds_nobody_up(c: Cluster) -> None:
    """SIGKILL while a script takes the address away: the next one undoes it, and the flag file asks for a word."""
    c.configure(master_ip_failover_script=c.hook("master_ip_failover", gate="stopssh"))
    manager = c.start_manager()
    c.primary.kill_server()
    wait_until(lambda: any("--command=stopssh" in call for call in c.hook_calls()), "the stop script to be called")
    manager.signal(signal.SIGKILL)
    manager.wait_exit(-signal.SIGKILL)
    c.open_gate()
    c.switch(expected=1)
    c.expect("failover 1 was interrupted. I50: " in c.log(), "nothing says that a failover was interrupted")
    c.expect("app1.failover.error" in c.log(), "nobody is asked for a word")
    c.switch("--ignore_last_failover")
    new, others = c.promoted()
    c.expect_primary(new, others)

"""The hook scripts: how they are called, and what becomes of a failover when one of them says no."""

from __future__ import annotations

import string

from tanist_lab import replication

from harness import ONE_OF_EACH, Cluster, scenario
from harness.manager import CONF

_PUNCTUATION = "".join(reversed(string.punctuation))  # no quote at an end, no blank beside ';': the file's own rules
EVERY_CHARACTER = f"a {string.digits}{string.ascii_letters}{_PUNCTUATION}z"
EVERY_SIGN = f"a {_PUNCTUATION[:29]}z"  # MySQL takes 32 characters for a replication user
REST_OF_THE_SIGNS = f"{_PUNCTUATION[29:]}"
ESCAPED = set("\"!#&;`|*?~<>^()[]{}$, \\")  # a backslash that the hook really receives


@scenario(hosts=3,
          passwords={"root": EVERY_CHARACTER, "repl": EVERY_SIGN})
def hooks_get_the_arguments_of_the_contract(c: Cluster) -> None:
    """All of them, in their order; passwords hold every printable character, and the log does not hold the passwords."""
    c.configure(shutdown_script=c.hook("shutdown", fail="stopssh:10"))
    manager = c.start_manager()
    c.primary.kill_server()
    manager.wait_exit(0)
    new, other = c.replicas
    orig = _address("orig_master", c.primary)
    host = [f"--host={c.primary.name}", f"--ip={c.primary.address}"]
    calls = c.hook_calls()
    _expect_calls(c, sorted(calls[:2]), [
        ["master_ip_failover", "--command=status", "--ssh_user=root", *orig],
        ["shutdown", "--command=status", "--ssh_user=root", *host]])
    _expect_calls(c, calls[2:5], [
        ["master_ip_failover", *orig, "--command=stopssh", "--ssh_user=root"],
        ["shutdown", "--command=stopssh", "--ssh_user=root", *host, "--port=3306"],
        ["master_ip_failover", "--command=start", "--ssh_user=root", *orig, *_address("new_master", new),
         "--new_master_user=root", f"--new_master_password={_as_hooks_see_it(EVERY_CHARACTER)}"]])
    _expect_calls(c, [call[:-1] for call in calls[5:]], [
        ["report", f"--orig_master_host={c.primary.name}", f"--new_master_host={new.name}",
         f"--new_slave_hosts={other.name}", f"--conf={CONF}",
         "--subject=app1: MySQL Master failover db1 to db2 succeeded"]])
    c.expect_primary(new, [other])
    for secret in (EVERY_CHARACTER, EVERY_SIGN, _as_hooks_see_it(EVERY_CHARACTER)):
        c.expect(secret not in c.log() + c.report(), "a password is in the log or in the report")


def _address(role: str, host) -> list[str]:
    return [f"--{role}_host={host.name}", f"--{role}_ip={host.address}", f"--{role}_port=3306"]


def _as_hooks_see_it(password: str) -> str:
    return "".join(f"\\{sign}" if sign in ESCAPED else sign for sign in password)


def _expect_calls(c: Cluster, calls: list[list[str]], wanted: list[list[str]]) -> None:
    for call, right in zip(calls, wanted):
        c.expect(call == right, f"called as\n{call}\nexpected\n{right}")
    c.expect(len(calls) == len(wanted), f"{len(calls)} calls, expected {len(wanted)}: {calls}")


@scenario(usual=ONE_OF_EACH, hosts=3, limit_s=180)
def a_hook_that_fails_stops_the_failover_before_activation(c: Cluster) -> None:
    """status, stop and start with exit 1, and hanging: nobody is promoted and everything is put back. Exit 10 goes on."""
    c.configure(master_ip_failover_script=c.hook("master_ip_failover", fail="status:1"))
    c.tool("masterha_check_repl", expected=1)
    c.configure(shutdown_script=c.hook("shutdown", fail="status:1"))
    c.tool("masterha_check_repl", expected=1)
    c.primary.kill_server()
    for command in ("stopssh", "start"):
        for behaviour in ({"fail": f"{command}:1"}, {"hang": command}):
            c.configure(master_ip_failover_script=c.hook("master_ip_failover", **behaviour), hook_timeout="2")
            _expect_stopped(c)
    for behaviour in ({"fail": "stopssh:1"}, {"hang": "stopssh"}):
        c.configure(shutdown_script=c.hook("shutdown", **behaviour), hook_timeout="2")
        _expect_stopped(c)
    c.tool("masterha_master_switch", "--master_state=dead", "--dead_master_host=db1", "--interactive=0", expected=1)
    c.expect("app1.failover.error" in c.log(), "a failover that failed does not stop the next one")

    c.configure(master_ip_failover_script=c.hook("master_ip_failover", fail="start:10"),
                report_script=c.hook("report", fail="report:1"))
    c.switch("--ignore_last_failover")
    new, *others = c.replicas
    c.expect_primary(new, others)
    c.expect(not c.work_file("app1.failover.error").exists(), "app1.failover.error stayed after a success")


def _expect_stopped(c: Cluster) -> None:
    c.switch("--ignore_last_failover", expected=1)
    c.expect(c.work_file("app1.failover.error").exists(), "app1.failover.error is missing")
    for replica in c.replicas:
        c.expect(replica.sql("SELECT @@global.read_only").value() == "1", f"{replica.name} takes writes")
        c.expect(replication.status(replica).get("Master_Host") == c.primary.name, f"{replica.name} follows another")

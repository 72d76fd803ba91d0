"""Replicas that the primary knows of and that are in no file."""

from __future__ import annotations

from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness import manager as mgr
from harness.daemon import STATE_DIR
from harness.rows import insert, make_table


def _status(c: Cluster) -> str:
    return mgr.run_tool(c.lab.manager, c.bin_dir, "tanist", "status", "app1", f"--state_dir={STATE_DIR}", expected=None).stdout


@scenario(modes=("mariadb-pos", "mysql97-gtid"), hosts=4, host_settings={"db4": {"report-host": ""}})
def a_replica_that_is_in_no_file_is_not_left_behind(c: Cluster) -> None:
    """It is an alarm; with discover=1 it is adopted as soon as it can be reached, remembered by another process, and follows the
    new primary. It does not report its address."""
    old, *others = c.lab.dbs
    stranger = others[-1]
    make_table(c)
    insert(c, 5)
    c.wait_equal()
    c.configure(without=[stranger])
    first = c.start_daemon()
    first.wait_for_log(f"K80: {stranger.address}:3306 .*discover=1")
    seen = _status(c)
    c.expect("K80" in seen and f"+--{stranger.address}:3306" in seen, f"the status is\n{seen}")
    c.expect(f'"server_id":{stranger.number}' in c.tanist("status", "--json").stdout, "it is not in the look at the file's servers")
    c.lab.switchboard.cut_between(stranger, c.lab.manager)
    c.configure(without=[stranger], discover="1")
    first.wait_for_log(f"K84: .*{stranger.address}.*not adopted, because connect to ")
    c.lab.switchboard.heal_between(stranger, c.lab.manager)
    c.configure(without=[stranger], discover="1", alarm_lag="60")  # it is asked at once when the file has changed
    first.wait_for_log(r"K82: .*adopted as \[discovered:")
    wait_until(lambda: "adopted)  received" in _status(c), "the status to show it as a replica")
    c.expect("failed ping" not in first.log(), "the primary was not watched in peace")
    first.kill()
    daemon = c.start_daemon()
    insert(c, 5)
    old.kill_server()
    daemon.wait_for_log("MySQL Master failover .* succeeded")
    [new] = [host for host in others if not c.read_only(host)]
    c.expect(new is not stranger, "it was promoted")
    new.sql("INSERT INTO app.t (v) VALUES ('behind the failover')")
    c.expect_primary(new, [host for host in others if host is not new])
    c.expect(daemon.log().count("K82: ") == 1, "it was adopted again and not remembered")
    c.configure(without=[stranger])
    daemon.wait_for_log("K86: .*discover")
    daemon.wait_for_log("K80: ", 2)
    daemon.stop()

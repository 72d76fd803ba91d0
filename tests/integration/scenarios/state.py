"""The state directory of `tanist run` when it is full or damaged: nothing is done that cannot be written down."""

from __future__ import annotations

import json

from harness import Cluster, scenario
from harness import manager as mgr
from harness.daemon import STATE_DIR
from harness.manager import CONF


@scenario(modes=("mariadb-gtid",), hosts=3)
def a_full_state_directory_keeps_no_failover_back(c: Cluster) -> None:
    """The journal has taken room for itself beforehand: every step of the failover is in it."""
    c.lab.manager.sh(f"mkdir -p {STATE_DIR} && mount -t tmpfs -o size=8m,mode=700 tmpfs {STATE_DIR}")
    c.configure()
    daemon = c.start_daemon()
    daemon.wait_for_log("Ping succeeded")
    c.lab.manager.run(["dd", "if=/dev/zero", f"of={STATE_DIR}/filler", "bs=1k"], check=False)
    c.primary.kill_server()
    daemon.wait_for_log("MySQL Master failover .* succeeded")
    new, others = c.promoted()
    c.expect_primary(new, others)
    told = json.loads(mgr.run_tool(c.lab.manager, c.bin_dir, "tanist", "history", "1", "--json", f"--state_dir={STATE_DIR}").stdout)
    c.expect(told["outcome"] == "succeeded" and told["steps"][-1]["name"] == "reset_replica", f"the journal says {told}")
    daemon.stop()


@scenario(modes=("mysql56-gtid",), hosts=3)
def with_a_damaged_journal_a_keeper_does_nothing(c: Cluster) -> None:
    """Damaged while it runs, and again before it begins: each time it says which file, and what to do about it."""
    c.configure()
    daemon = c.start_daemon()
    daemon.wait_for_log("Ping succeeded")
    path = c.lab.manager.path(STATE_DIR) / "tanist.sqlite"
    for file in (path, path.with_name(path.name + "-wal")):
        with file.open("r+b") as opened:
            opened.write(b"\xa5" * file.stat().st_size)
    c.primary.kill_server()
    daemon.wait_for_log(r"tanist\.sqlite: .*(malformed|not a database).*move it away")
    c.expect(not c.hook_calls(), f"hooks were called: {c.hook_calls()}")
    for replica in c.replicas:
        c.expect(c.read_only(replica), f"{replica.name} takes writes")
    daemon.stop()
    said = mgr.run_tool(c.lab.manager, c.bin_dir, "tanist", "run", CONF, f"--state_dir={STATE_DIR}", expected=1).stderr
    c.expect("tanist.sqlite" in said and "move it away" in said, f"a damaged file at start: {said}")

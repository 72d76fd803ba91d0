"""A failover that stands still where a test wants it to."""

from __future__ import annotations

from tanist_lab.waiting import wait_until

from .cluster import Cluster
from .daemon import Daemon
from .rows import insert, make_table


def fail_over_to_the_gate(c: Cluster, command: str) -> Daemon:
    """The primary dies under `tanist run`; its script has been called with this command and waits for open_gate()."""
    c.configure(master_ip_failover_script=c.hook("master_ip_failover", gate=command))
    make_table(c)
    insert(c, 1)
    c.wait_equal()
    daemon = c.start_daemon()
    c.primary.kill_server()
    wait_until(lambda: any(f"--command={command}" in call for call in c.hook_calls()), "the script to be called")
    return daemon

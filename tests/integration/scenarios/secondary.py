"""The check from other machines that has the last word on a failover."""

from __future__ import annotations

import shlex

from harness import ONE_OF_EACH, Cluster, scenario


@scenario(modes=ONE_OF_EACH, hosts=3)
def the_secondary_check_has_the_last_word(c: Cluster) -> None:
    """A script that is not there is an error at start; masterha_secondary_check vetoes while only the manager hears nothing,
    and agrees when the primary is killed. By counting alone (detection=mha), as MHA did."""
    c.configure(secondary_check_script="/nowhere/check -s db2")
    done = c.tool("masterha_check_repl", expected=1)
    c.expect("secondary_check_script cannot be run" in done.stderr, f"it does not say so:\n{done.stderr}")

    check = shlex.join([str(c.bin_dir / "masterha_secondary_check"), "-s", "db2", "-s", "db3"])
    c.configure(secondary_check_script=check, detection="mha")
    manager = c.start_manager()
    c.lab.switchboard.cut_between(c.lab.manager, c.primary)
    manager.wait_for_log("D45 vetoed")
    c.expect("Master is reachable from db2!" in manager.log(), f"it does not say where from:{manager.last_words()}")
    c.lab.switchboard.heal_between(c.lab.manager, c.primary)
    manager.wait_for_state("PING_OK")
    c.primary.kill_server()
    manager.wait_exit(0)
    manager.wait_for_log("D85 silent")
    c.expect("Monitoring server db3 is reachable, Master is not reachable from db3. OK." in manager.log(),
             f"it does not say where from:{manager.last_words()}")
    new, others = c.promoted()
    c.expect_primary(new, others)
    c.expect_vip(new)

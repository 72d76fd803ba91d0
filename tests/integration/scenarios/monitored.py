"""masterha_master_monitor and masterha_conf_host."""

from __future__ import annotations

import subprocess

from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness.manager import CONF, HEALTH, read_if_there


@scenario(modes=("mariadb-pos",), hosts=3)
def a_monitor_says_that_the_primary_is_dead_and_does_nothing(c: Cluster) -> None:
    """Exit 20 and two lines; on a dead primary it asks first. conf_host takes a server out of the file and puts it back."""
    monitor = [str(c.bin_dir / "masterha_master_monitor"), f"--conf={CONF}"]
    c.tool("masterha_master_monitor", "--check_only")
    output = c.work_file("monitor.out")
    with open(output, "wb") as file:
        program = c.lab.manager.spawn([*monitor, "--interactive=0"], file)
    health = c.lab.manager.path(HEALTH)
    wait_until(lambda: "PING_OK" in read_if_there(health), "PING_OK", 60)
    c.tool("masterha_check_status")
    c.start_manager(wait=False).wait_exit(1)  # one watcher for a cluster
    c.primary.kill_server()
    c.expect(program.wait(60) == 20, f"it ended with {program.popen.returncode}:\n{output.read_text()}\n{c.log()}")
    said = f"Master {c.primary.name} is dead!\nIP Address: {c.primary.address} Port: 3306\n"
    c.expect(output.read_text() == said, f"it said {output.read_text()!r}")
    c.expect(not health.exists(), "the health file outlived its writer")
    c.expect(all(call[1] == "--command=status" for call in c.hook_calls()), f"hooks were called: {c.hook_calls()}")
    for replica in c.replicas:
        c.expect(replica.sql("SELECT @@global.read_only").value() == "1", f"{replica.name} takes writes")

    with open(output, "wb") as file:
        asked = c.lab.manager.spawn(monitor, file, subprocess.PIPE)
    wait_until(lambda: "Master is not currently alive. Proceed? (yes/NO): " in output.read_text(), "the question", 30)
    with asked.popen.stdin as door:
        door.write(b"no\n")
    c.expect(asked.wait(30) == 1, f"it ended with {asked.popen.returncode}:\n{output.read_text()}")

    conf = c.lab.manager.path(CONF)
    before = conf.read_text()
    c.tool("masterha_conf_host", "--command=add", "--hostname=db9", "--block=9", "--params=no_master=1;ignore_fail=1")
    added = "\n[server9]\nhostname=db9\nno_master=1\nignore_fail=1\n"
    c.expect(conf.read_text() == before + added and conf.stat().st_mode & 0o777 == 0o600, f"the file is\n{conf.read_text()}")
    c.tool("masterha_conf_host", "--command=add", "--hostname=db9", "--block=9", expected=255)
    c.tool("masterha_conf_host", "--command=remove", "--block=server9")
    c.expect(conf.read_text().rstrip() == before.rstrip(), f"the file is\n{conf.read_text()}")

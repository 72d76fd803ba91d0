"""Disks that are full: whoever cannot save something says which file, leaves no part of it, and loses nothing else."""

from __future__ import annotations

import os

from tanist_lab import replication
from tanist_lab.hosts import Host

from harness import ONE_OF_EACH, Cluster, scenario
from harness.manager import WORK_DIR
from harness.rows import insert, insert_at_once, make_table

_SMALL = "/var/tmp/small"
_SAVED = "saved_master_binlog_from_db1_3306_"


@scenario(modes=ONE_OF_EACH, hosts=3)
def a_full_disk_on_the_dead_host_costs_only_the_copy(c: Cluster) -> None:
    """remote_workdir has no room for the tail: the replicas get it all the same, save_binary_logs fails by itself, too."""
    _mount(c.primary, _SMALL, "64k")
    c.configure(servers={"db1": {"remote_workdir": _SMALL}})
    complete = _write_what_nobody_receives(c, 5000)
    log = replication.place(c.primary).file
    c.primary.kill_server()
    done = c.primary.run([str(c.bin_dir / "save_binary_logs"), "--command=save", f"--start_file={log}", "--start_pos=4",
                          "--binlog_dir=/var/lib/mysql", f"--output_file={_SMALL}/mine.binlog"], check=False)
    c.expect(done.returncode == 1 and f"{_SMALL}/mine.binlog" in done.stderr and "No space left on device" in done.stderr,
             f"save_binary_logs ended with {done.returncode}: {done.stdout}{done.stderr}")
    c.switch()
    _expect_only_the_copy_lost(c, complete, f"{_SMALL}/{_SAVED}")
    c.expect(not os.listdir(c.primary.path(_SMALL)), f"{_SMALL} holds {os.listdir(c.primary.path(_SMALL))}")


@scenario(modes=ONE_OF_EACH, hosts=3)
def a_full_disk_of_the_manager_costs_only_the_copy(c: Cluster) -> None:
    """Without room for its journal a command does nothing; with no more than that it fails over, without the copy."""
    _mount(c.lab.manager, WORK_DIR, "6m")
    c.configure()
    complete = _write_what_nobody_receives(c, 100_000)
    filler = c.work_file("filler")
    c.lab.manager.run(["dd", "if=/dev/zero", f"of={WORK_DIR}/filler", "bs=4k"], check=False)
    _expect_no_journal(c, c.tool("masterha_manager", expected=1).stderr)
    c.primary.kill_server()
    _expect_no_journal(c, c.switch(expected=1).stderr)
    c.expect(not c.hook_calls(), f"hooks were called: {c.hook_calls()}")
    filler.unlink()
    c.switch()
    _expect_only_the_copy_lost(c, complete, f"{WORK_DIR}/{_SAVED}")


def _mount(host: Host, folder: str, size: str) -> None:
    host.sh(f"mkdir -p {folder} && mount -t tmpfs -o size={size},mode=700 tmpfs {folder}")


def _write_what_nobody_receives(c: Cluster, rows: int) -> dict[str, str]:
    make_table(c)
    insert(c, 50)
    c.wait_equal()
    for replica in c.replicas:
        replication.stop(replica, "IO_THREAD")
    insert_at_once(c, rows)
    return replication.checksums(c.primary)


def _expect_no_journal(c: Cluster, said: str) -> None:
    c.expect(f"{WORK_DIR}/tanist.sqlite: the disk is full" in said, f"it does not name the journal: {said}")


def _expect_only_the_copy_lost(c: Cluster, complete: dict[str, str], file: str) -> None:
    new, *others = c.replicas
    c.expect(replication.checksums(new) == complete, f"{new.name} lacks rows of the dead primary")
    c.expect_primary(new, others)
    said = next((line for line in c.report().splitlines() if "Failed to save binary log events from db1" in line), "")
    c.expect(file in said and "No space left on device" in said, f"the report does not say that {file} is missing:\n{c.report()}")
    there = [name for name in os.listdir(c.lab.manager.path(WORK_DIR)) if name.startswith("saved_")]
    c.expect(not there, f"the work directory holds {there}")

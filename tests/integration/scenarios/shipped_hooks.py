"""The hooks that come with Tanist, on a real failover; and who can read a password meanwhile."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tanist_lab import places
from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness.manager import WORK_DIR

HOOKS = places.PROJECT / "share/tanist/hooks"
ADMIN, REPL = "Admins-secret.4711", "Repls-secret.0815"


@scenario(modes=("mysql56-pos",), hosts=3, passwords={"root": ADMIN, "repl": REPL})
def the_hooks_of_the_package_move_the_address_and_no_password_is_seen(c: Cluster) -> None:
    """master_ip_failover, shutdown and send_report with a settings file each; passwords by the environment, on no command line
    of any machine at any time, and in no log."""
    for name, text in (("vip", f"vip={c.lab.vip}/24\ndevice=eth0\n"), ("shutdown", "# nothing\n"),
                       ("report", f"[mail]\nto=dba@example.org\nsendmail={WORK_DIR}/sendmail\n")):
        c.work_file(f"{name}.conf").write_text(text)
    mailer = c.work_file("sendmail")
    mailer.write_text(f"#!/bin/sh\ncat >{WORK_DIR}/mail\n")
    mailer.chmod(0o755)
    noting = f"sh -c 'env >{WORK_DIR}/env; exec \"$0\" \"$@\"' {HOOKS / 'master_ip_failover'} --config={WORK_DIR}/vip.conf"
    c.configure(master_ip_failover_script=noting, hook_passwords="env",
                shutdown_script=f"{HOOKS / 'shutdown'} --config={WORK_DIR}/shutdown.conf",
                report_script=f"{HOOKS / 'send_report'} --config={WORK_DIR}/report.conf")
    with _reader_of_command_lines([ADMIN, REPL]) as seen:
        bad = c.lab.manager.spawn(["sh", "-c", "read -r _", ADMIN], subprocess.DEVNULL, subprocess.PIPE)
        wait_until(lambda: seen, "whoever reads command lines to see one that is there", 20)
        bad.popen.communicate(b"\n", 20)
        seen.clear()
        manager = c.start_manager()
        c.primary.kill_server()
        manager.wait_exit(0)
        c.expect(not seen, f"a password stood on a command line: {seen}")
    new, other = c.replicas
    c.expect_vip(new)
    c.expect_primary(new, [other])
    environment = c.work_file("env")
    c.expect(f"MHA_NEW_MASTER_PASSWORD={ADMIN}\n" in environment.read_text(), "the hook did not get the password")
    environment.unlink()
    mail = wait_until(lambda: c.work_file("mail").read_text(), "the report by mail", 10)
    c.expect("Subject: app1: MySQL Master failover db1 to db2 succeeded" in mail, f"the mail is\n{mail}")
    for text in _all_logs(c):
        c.expect(not any(secret in text.read_text(errors="replace") for secret in (ADMIN, REPL)), f"a password is in {text}")


def _all_logs(c: Cluster) -> Iterator[Path]:
    """Everything that programs have left on the machines, but for the configuration."""
    for host in c.lab.hosts:
        for part in ("log", "var-tmp"):
            for path in sorted((host.folder / part).rglob("*")):
                if path.is_file() and not path.name.startswith("app1.cnf"):
                    yield path


@contextmanager
def _reader_of_command_lines(secrets: list[str]) -> Iterator[list[str]]:
    """Reads the command lines of all processes, of all machines too, again and again; gives those with a secret."""
    seen: list[str] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    text = process.read_text(errors="replace").replace("\0", " ")
                except OSError:
                    continue
                if any(secret in text for secret in secrets):
                    seen.append(text)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield seen
    finally:
        over.set()
        reader.join()

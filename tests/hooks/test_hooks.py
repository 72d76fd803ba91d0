"""share/tanist/hooks against programs that are played: what they do, in which order, how they end; and twice."""

from __future__ import annotations

import http.server
import json
import os
import stat
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

HOOKS = Path(__file__).resolve().parents[2] / "share/tanist/hooks"
ORIG = ["--orig_master_host=db1", "--orig_master_ip=10.0.0.1", "--orig_master_port=3306"]
NEW = ["--new_master_host=db2", "--new_master_ip=10.0.0.2", "--new_master_port=3306"]

# ssh runs the command here, with the machine's name; a machine that is listed as down does not answer.
PLAYED = {
    "ssh": 'for w; do at=$last last=$w; done; at=${at#*@}; echo "ssh $at" >>"$LOG"\n'
           'grep -qx "$at" "$STATE/down" 2>/dev/null && exit 255\nMACHINE=$at exec sh -c "$last"',
    "ip": 'echo "ip $*" >>"$LOG"\nhas="$STATE/vip.$MACHINE"\ncase "$*" in\n'
          '"-o addr show dev eth0") [ -e "$has" ] && echo "2: eth0 inet 10.0.0.100/24 scope global eth0";;\n'
          '"addr del"*) rm "$has";; "addr replace"*) touch "$has";; "link show dev eth0") ;; *) exit 1;; esac',
    "arping": 'echo "arping $*" >>"$LOG"; touch "$STATE/told"',
    "systemctl": 'echo "systemctl $*" >>"$LOG"',
    "ss": '[ ! -e "$STATE/listens" ] || echo "LISTEN 0 80 *:3306 *:* users:((\\"mysqld\\",pid=$GHOST,fd=20))"',
    "cat": 'case "$*" in /proc/$GHOST/comm) echo mysqld;; *) exec /bin/cat "$@";; esac',
    "ipmitool": 'echo "ipmitool $*" >>"$LOG"; case "$*" in *"power off") touch "$STATE/off";; '
                '*status) if [ -e "$STATE/off" ]; then echo Chassis Power is off; else echo Chassis Power is on; fi;; esac',
    "sendmail": 'cat >"$STATE/mail"; [ ! -e "$STATE/mail_fails" ]',
}


class HookTest(unittest.TestCase):
    """A folder with played programs and a settings file."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="tanist-hooks-")
        self.addCleanup(folder.cleanup)
        self.state = Path(folder.name)
        (self.state / "bin").mkdir()
        for name, body in PLAYED.items():
            path = self.state / "bin" / name
            path.write_text(f"#!/bin/sh\n{body}\n")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        # The process that hooks may kill: one of ours, whatever the played programs call it.
        self.ghost = subprocess.Popen(["sleep", "600"])
        self.addCleanup(lambda: (self.ghost.kill(), self.ghost.wait()))
        self.log = self.state / "log"
        self.settings("vip=10.0.0.100/24\ndevice=eth0\n")

    def settings(self, text: str) -> None:
        (self.state / "hook.conf").write_text(text)

    def run_hook(self, name: str, *args: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        env = {"PATH": f"{self.state}/bin:/usr/bin:/bin:/usr/sbin:/sbin", "STATE": str(self.state), "LOG": str(self.log),
               "GHOST": str(self.ghost.pid)}
        # What a hook leaves running (arping) holds this open: nobody writes into the folder when it is removed.
        all_ended, held = os.pipe()
        ran = subprocess.run([HOOKS / name, f"--config={self.state}/hook.conf", *args], env=env, capture_output=True,
                             text=True, timeout=30, check=False, pass_fds=[held])
        os.close(held)
        os.read(all_ended, 1)
        os.close(all_ended)
        return ran

    def done(self, first: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.split()[0] == first]

    def expect(self, status: int, name: str, *args: str) -> str:
        ran = self.run_hook(name, *args)
        self.assertEqual(ran.returncode, status, ran.stderr + ran.stdout)
        return ran.stderr + ran.stdout


class Address(HookTest):
    """master_ip_failover and master_ip_online_change."""

    def vip(self) -> list[str]:
        return sorted(path.name.removeprefix("vip.") for path in self.state.glob("vip.*"))

    def test_it_leaves_the_old_primary_and_comes_to_the_new_one_once_or_twice(self) -> None:
        (self.state / "vip.10.0.0.1").touch()
        for _ in range(2):
            self.expect(0, "master_ip_failover", *ORIG, "--command=stopssh", "--ssh_user=root")
            self.assertEqual(self.vip(), [])
        for _ in range(2):
            self.expect(0, "master_ip_failover", "--command=start", "--ssh_user=root", *ORIG, *NEW,
                        "--new_master_user='root'", "--new_master_password=secret")
            self.assertEqual(self.vip(), ["10.0.0.2"])

    def test_a_switch_and_its_way_back(self) -> None:
        (self.state / "vip.10.0.0.1").touch()
        users = ["--orig_master_user=u", "--new_master_user=u", "--orig_master_ssh_user=root", "--new_master_ssh_user=root"]
        self.expect(0, "master_ip_online_change", "--command=stop", *ORIG, *NEW, *users, "--orig_master_password=x")
        self.assertEqual(self.vip(), [])
        back = [word.replace("db2", "db1").replace("10.0.0.2", "10.0.0.1") for word in NEW]
        self.expect(0, "master_ip_online_change", "--command=start", *ORIG, *back, *users, "--orig_master_is_new_slave")
        self.assertEqual(self.vip(), ["10.0.0.1"])

    def test_a_host_that_went_away_does_not_stop_a_failover_and_one_that_refuses_does(self) -> None:
        (self.state / "down").write_text("10.0.0.1\n10.0.0.2\n")
        self.expect(10, "master_ip_failover", *ORIG, "--command=stopssh", "--ssh_user=root")
        self.expect(0, "master_ip_failover", *ORIG, "--command=stop")
        self.expect(1, "master_ip_failover", "--command=start", "--ssh_user=root", *ORIG, *NEW)
        self.expect(0, "master_ip_failover", "--command=status", "--ssh_user=root", *ORIG)

    def test_ssh_goes_where_the_arguments_say(self) -> None:
        self.expect(0, "master_ip_failover", "--command=start", "--ssh_user=root", *ORIG, *NEW,
                    "--new_master_ssh_host=far", "--new_master_ssh_ip=10.9.9.9", "--new_master_ssh_port=2222")
        self.assertEqual(self.done("ssh"), ["ssh 10.9.9.9"])

    def test_settings_that_cannot_be_used_are_named(self) -> None:
        status = ["--command=status", "--ssh_user=root", *ORIG]
        for text, word in (("", "vip=ADDRESS/LENGTH"), ("vip=1;reboot/24\n", "is no address"),
                           ("vip=10.0.0.100/24\n", "device=INTERFACE"), ("# x\nvipp=1\n", "hook.conf:2: unknown name"),
                           ("vip=10.0.0.100/24\ndevice=$(reboot)\n", "device=INTERFACE"), ("nonsense\n", ":1: not NAME")):
            self.settings(text)
            self.assertIn(word, self.expect(1, "master_ip_failover", *status))
        self.settings("vip=10.0.0.100/24\ndevice=eth9\ndevice.db1 = eth0 \n")
        self.expect(0, "master_ip_failover", *status)
        self.assertIn("unknown command", self.expect(1, "master_ip_failover", "--command=dance", *ORIG))


class Shutdown(HookTest):
    """The end of an old primary."""

    SERVER = ["--host=db1", "--ip=10.0.0.1"]

    def test_over_ssh_the_service_ends_and_the_host_stays(self) -> None:
        self.settings("service=mariadb\n")
        for _ in range(2):
            self.expect(10, "shutdown", "--command=stopssh", "--ssh_user=root", *self.SERVER, "--port=3306")
            self.assertEqual(self.done("systemctl"), ["systemctl stop --no-block mariadb"])

    def test_what_cannot_be_ended_over_ssh_loses_its_power(self) -> None:
        (self.state / "listens").touch()
        self.settings("ipmi.db1=10.1.0.1\nipmi_password_file=/p\n")
        self.expect(0, "shutdown", "--command=stopssh", "--ssh_user=root", *self.SERVER, "--port=3306")
        self.assertEqual(self.ghost.wait(10), -9)
        self.assertTrue((self.state / "off").exists())
        self.assertIn("-H 10.1.0.1", self.done("ipmitool")[0])
        self.assertIn("-f /p", self.done("ipmitool")[0])

    def test_without_ssh_only_power_is_a_proof(self) -> None:
        stop = ["--command=stop", *self.SERVER, "--port=3306"]
        self.settings("service=mysql\n")
        self.assertIn("nobody can say that it is off", self.expect(1, "shutdown", *stop))
        self.settings("without_ipmi=go_on\n")
        self.expect(10, "shutdown", *stop)
        self.settings("ipmi=10.1.0.1\n")
        self.expect(0, "shutdown", *stop)
        self.expect(0, "shutdown", "--command=status", "--ssh_user=root", *self.SERVER)


class Report(HookTest):
    """Mail and webhook."""

    ARGS = ["--orig_master_host=db1", "--new_master_host=db2", "--new_slave_hosts=db3,db4", "--conf=/etc/app1.cnf",
            "--subject=app1: MySQL Master failover db1 to db2 succeeded", "--body=Master db1 is down!\n\nDone. 'x' \"y\"\n"]

    def test_by_sendmail(self) -> None:
        self.settings(f"[mail]\nto=dba@example.org\nfrom=t@example.org\nsendmail={self.state}/bin/sendmail\n")
        self.expect(0, "send_report", *self.ARGS)
        mail = (self.state / "mail").read_text()
        self.assertIn("Subject: app1: MySQL Master failover db1 to db2 succeeded\n", mail)
        self.assertIn("Master db1 is down!\n\nDone. 'x' \"y\"\n", mail)

    def test_one_way_that_fails_does_not_stop_the_other(self) -> None:
        got: list[dict] = []

        class Listener(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # pylint: disable=invalid-name
                got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                got[-1]["auth"] = self.headers.get("Authorization")
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
                pass

        (self.state / "mail_fails").touch()
        (self.state / "header").write_text("Authorization: Bearer xyz\n")
        with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.settings(f"[mail]\nto=a@b\nsendmail={self.state}/bin/sendmail\n[webhook]\n"
                          f"url=http://127.0.0.1:{server.server_port}/x\nheader_file={self.state}/header\n")
            self.assertIn("[mail] CalledProcessError", self.expect(1, "send_report", *self.ARGS))
            server.shutdown()
        self.assertEqual((got[0]["new_slave_hosts"], got[0]["new_master_host"], got[0]["auth"]),
                         (["db3", "db4"], "db2", "Bearer xyz"))

    def test_settings_that_cannot_be_used_are_named(self) -> None:
        for text, word in (("", "neither [mail] nor [webhook]"), ("[mail]\ntoo=x\n", "unknown name too"),
                           ("[fax]\n", "unknown section [fax]"), ("[webhook]\nurl=http://127.0.0.1:1/\n", "[webhook] URLError")):
            self.settings(text)
            self.assertIn(word, self.expect(1, "send_report", *self.ARGS))


if __name__ == "__main__":
    os.chdir(Path(__file__).parent)
    unittest.main()

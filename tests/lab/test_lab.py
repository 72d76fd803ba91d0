"""The lab keeps its promises, on every kind of server: run by tools/test, or `python3 -m unittest` in this folder."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import unittest
from pathlib import Path

from tanist_lab import Lab, LabError, Options, kernel, ledger, places, replication
from tanist_lab.lab import running_labs
from tanist_lab.waiting import wait_until
from tanist_lab.writer import Writer


def reachable(lab: Lab, target: str, source: str = "client") -> bool:
    """Whether a ping gets through."""
    return lab[source].run(["ping", "-q", "-c", "1", "-W", "1", target], check=False).returncode == 0


def wait_reachable(lab: Lab, target: str, source: str = "client") -> None:
    """Returns when pings get through: who has asked in vain for a neighbour's address asks again after a second only."""
    wait_until(lambda: reachable(lab, target, source), f"{target} to be reachable from {source}", 10)


def processes_of(lab: Lab) -> dict[int, int]:
    """Everything that lives in the lab's networks, with start times."""
    networks = {os.readlink(f"/proc/{pid}/ns/net") for pid in [lab.switch, *(host.init for host in lab.hosts)]}
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(path / "ns/net") in networks:
                found[int(path.name)] = kernel.start_time(int(path.name)) or 0
        except OSError:
            continue  # ended meanwhile
    return found


class ServerPromises:
    """What must hold on every kind of server; subclasses say which."""

    options: Options
    lab: Lab

    @classmethod
    def setUpClass(cls) -> None:
        began = time.monotonic()
        cls.lab = Lab.up(cls.options, die_with=os.getpid())
        print(f"[{cls.__name__}: up in {time.monotonic() - began:.1f} s] ", end="", flush=True)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.lab.down()

    def setUp(self) -> None:
        self.db1, self.db2, self.db3 = self.lab.dbs

    def heal_everything(self) -> None:
        for host in self.lab.hosts:
            if not host.is_on():
                host.power_on()
                replication.wait_forgotten(self.db1, host)
            self.lab.switchboard.heal(host)
        for host in self.lab.dbs:
            if not host.server_runs():
                host.start_server()
        wait_until(lambda: all(replication.connected(host) for host in (self.db2, self.db3)), "replication after the test")

    def test_replicas_hold_what_the_primary_wrote(self) -> None:
        self.db1.sql("CREATE TABLE app.plain (id INT PRIMARY KEY, t VARCHAR(100))")
        self.db1.sql("INSERT INTO app.plain VALUES (1, 'naïve ☃'), (2, NULL)")
        replication.wait_caught_up(self.db1, [self.db2, self.db3])
        self.assertEqual(self.db2.sql("SELECT * FROM app.plain").rows, [("1", "naïve ☃"), ("2", None)])
        self.assertEqual(replication.checksums(self.db3), replication.checksums(self.db1))

    def test_every_machine_reaches_every_other_by_ssh_and_sql(self) -> None:
        self.assertEqual(self.lab.manager.ssh(self.db2, "hostname").stdout, "db2\n")
        self.assertEqual(self.db2.ssh(self.db3, "hostname").stdout, "db3\n")
        with self.db3.connect("app", via=self.lab.client) as session:
            self.assertEqual(session.query("SELECT USER()").value(), f"app@{self.lab.client.address}")

    def test_a_killed_server_refuses_connections_and_comes_back(self) -> None:
        self.addCleanup(self.heal_everything)
        self.db3.kill_server()
        with self.assertRaises(ConnectionRefusedError):
            self.db3.sql("SELECT 1")
        self.db3.start_server()
        self.assertEqual(self.db3.sql("SELECT 1").value(), "1")

    def test_a_frozen_server_accepts_and_is_silent(self) -> None:
        self.addCleanup(self.heal_everything)
        self.db3.freeze_server()
        with self.assertRaises(OSError) as caught:
            self.db3.connect(timeout_s=0.3)
        self.assertNotIsInstance(caught.exception, ConnectionRefusedError)
        self.assertTrue(self.db3.server_runs())
        self.db3.thaw_server()
        self.assertEqual(self.db3.sql("SELECT 1").value(), "1")

    def test_a_cut_cable_is_silence_in_both_directions(self) -> None:
        self.addCleanup(self.heal_everything)
        self.lab.switchboard.cut(self.db3)
        self.assertTrue(self.lab.switchboard.is_cut(self.db3))
        self.assertFalse(reachable(self.lab, "db3"))
        self.assertIn("LOWER_UP", self.db3.sh("ip link show eth0"))  # the machine itself sees no dead link
        self.assertEqual(self.db3.sql("SELECT 1").value(), "1")
        self.lab.switchboard.heal(self.db3)
        wait_reachable(self.lab, "db3")

    def test_two_machines_can_be_cut_from_each_other_only(self) -> None:
        self.addCleanup(self.lab.switchboard.heal_between, self.db1, self.lab.manager)
        self.lab.switchboard.cut_between(self.db1, self.lab.manager)
        self.assertFalse(reachable(self.lab, "db1", "mgr"))
        self.assertTrue(reachable(self.lab, "db1", "client"))
        self.assertTrue(reachable(self.lab, "db2", "mgr"))
        self.lab.switchboard.heal_between(self.db1, self.lab.manager)
        wait_reachable(self.lab, "db1", "mgr")

    def test_a_machine_without_power_is_gone_and_keeps_its_disk(self) -> None:
        self.addCleanup(self.heal_everything)
        self.db3.path("/var/tmp/kept").write_text("yes")
        with self.db3.connect(via=self.lab.client, timeout_s=0.5) as session:
            self.db3.power_off()
            with self.assertRaises(OSError) as caught:  # silence, not a reset
                session.query("SELECT 1")
            self.assertNotIn("reset", str(caught.exception).lower())
        self.assertFalse(self.db3.is_on())
        with self.assertRaises(LabError):
            self.db3.run(["true"])
        self.db3.power_on()
        replication.wait_forgotten(self.db1, self.db3)
        self.db3.start_server()
        self.assertEqual(self.db3.path("/var/tmp/kept").read_text(), "yes")
        self.assertEqual(self.db3.sql("SELECT 1").value(), "1")

    def test_packets_can_be_lost_and_late(self) -> None:
        board = self.lab.switchboard
        self.addCleanup(board.heal, self.db3)
        board.lose(self.db3, 20)
        lost = self.lab.client.run(["ping", "-q", "-i", "0.002", "-c", "400", "-W", "1", "db3"], check=False).stdout
        share = float(lost.split("received, ")[1].split("%")[0])
        self.assertTrue(25 < share < 47, f"20 % each way should lose about 36 %, not {share} %")
        board.lose(self.db3, 0)
        board.delay(self.db3, 40)
        self.assertEqual(self.db3.ssh(self.db2, "hostname").stdout, "db2\n")
        answer = self.lab.client.run(["ping", "-q", "-i", "0.2", "-c", "4", "db3"]).stdout
        self.assertGreater(float(answer.split("mdev = ")[1].split("/")[0]), 79.0)
        rows = self.db3.connect(via=self.db1)
        with rows as session:  # many and full packets survive the box
            self.assertEqual(len(session.query("SELECT REPEAT('x', 1000000)").value() or ""), 1000000)
        board.heal(self.db3)
        self.assertEqual(board.vip_where(), [])

    def test_the_virtual_address_moves(self) -> None:
        board = self.lab.switchboard
        board.vip_add(self.db1)
        self.assertEqual((board.vip_where(), reachable(self.lab, "vip")), (["db1"], True))
        board.vip_del(self.db1)
        board.vip_add(self.db2)
        self.assertEqual((board.vip_where(), reachable(self.lab, "vip")), (["db2"], True))
        board.vip_del(self.db2)
        self.assertEqual(board.vip_where(), [])

    def test_the_ledger_sees_every_row_lost_or_double(self) -> None:
        ledger.prepare(self.db1)
        writer = Writer.start(self.lab.client, "db1", threads=4)
        writer.wait_for_acks(500)
        book = writer.stop()
        replication.wait_caught_up(self.db1, [self.db2, self.db3])
        for host in self.lab.dbs:
            verdict = book.check(host)
            self.assertTrue(verdict.clean(), verdict)
        first, second = book.acks[0][1], book.acks[1][1]
        self.db3.sql("SET GLOBAL read_only = 0")
        self.db3.sql(f"DELETE FROM {ledger.TABLE} WHERE id = {first}")
        self.db3.sql(f"INSERT INTO {ledger.TABLE} VALUES ({second}, 0, '')")
        self.db3.sql(f"INSERT INTO {ledger.TABLE} VALUES (-7, 0, '')")
        verdict = book.check(self.db3)
        self.assertEqual((verdict.missing, verdict.twice, verdict.unacknowledged), ([first], [second], 1))

    def test_the_writer_reports_how_long_nobody_answered(self) -> None:
        self.db1.sql("DROP TABLE IF EXISTS app.ledger")
        ledger.prepare(self.db1)
        writer = Writer.start(self.lab.client, "db1", threads=2)
        froze = self.db1.freeze_server()
        wait_until(lambda: time.monotonic() > froze + 0.8, "a pause to measure")
        self.db1.thaw_server()
        writer.wait_for_acks(20)
        gap = writer.stop().longest_gap()
        self.assertTrue(0.7 < gap.seconds < 5, gap)


class MariaDb(ServerPromises, unittest.TestCase):
    """MariaDB, by position, semi-synchronous."""

    options = Options(flavour="mariadb", hosts=3, semisync=True)

    def test_semi_synchronous_replicas_are_counted(self) -> None:
        answer = self.db1.sql("SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_master_clients'").rows
        self.assertEqual(answer[0][1], "2")


class MySql56(ServerPromises, unittest.TestCase):
    """MySQL 5.6, with GTIDs."""

    options = Options(flavour="mysql56", hosts=3, gtid=True, binlog_format="STATEMENT")


class MySql97(ServerPromises, unittest.TestCase):
    """MySQL 9.7, with GTIDs and semi-synchronous."""

    options = Options(flavour="mysql97", hosts=3, gtid=True, semisync=True)

    def test_semi_synchronous_replicas_are_counted(self) -> None:
        answer = self.db1.sql("SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_source_clients'").rows
        self.assertEqual(answer[0][1], "2")


class Passwords(unittest.TestCase):
    """Passwords of any form get through the lab's own tools."""

    def test_every_printable_character(self) -> None:
        odd = "".join(map(chr, range(33, 127)))
        for flavour in ("mariadb", "mysql97"):
            options = Options(flavour=flavour, hosts=2, passwords={"root": odd, "app": odd})  # 5.6 would do; saves time
            with Lab.up(options, die_with=os.getpid()) as lab:
                self.assertEqual(lab["db2"].sql("SELECT 1").value(), "1")
                with lab["db2"].connect("app", odd, via=lab.client) as session:
                    self.assertEqual(session.query("SELECT 1").value(), "1")

    def test_ipv6_and_another_port(self) -> None:
        options = Options(hosts=2, ipv6=True, port=3307, settings={"bind-address": "*"})
        with Lab.up(options, die_with=os.getpid()) as lab:  # its replica has connected by name
            peers = [row["Host"] or "" for row in lab["db1"].sql("SHOW PROCESSLIST").dicts() if row["User"] == "repl"]
            self.assertTrue(peers and peers[0].startswith(lab["db2"].address6), peers)
            self.assertEqual(lab["db1"].ssh(lab["db2"], "hostname").stdout.strip(), "db2")
            ledger.prepare(lab["db1"])
            lab.switchboard.vip_add(lab["db1"])
            self.assertTrue(Writer.start(lab.client).stop().check(lab["db1"]).clean())


class Cleanliness(unittest.TestCase):
    """However a lab ends, nothing stays."""

    def setUp(self) -> None:
        self.before = self.world()
        self.lab = Lab.up(Options(hosts=2), die_with=os.getpid())
        self.addCleanup(self.lab.down)
        self.processes = processes_of(self.lab)
        self.assertGreater(len(self.processes), 8)  # switch, 4 machines with sshd, 2 servers

    @staticmethod
    def world() -> tuple[list[str], ...]:
        """What a careless lab would leave in the computer's own namespaces."""
        links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
        names = [line.split(": ")[1] for line in links.splitlines()]
        netns = sorted(path.name for path in Path("/run/netns").glob("*"))
        mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(places.BASE) in line]
        return names, netns, mounts

    def assert_nothing_left(self) -> None:
        self.assertEqual({pid for pid, start in self.processes.items() if kernel.start_time(pid) == start}, set())
        self.assertEqual(self.world(), self.before)
        self.assertNotIn(self.lab.number, running_labs())

    def test_after_down(self) -> None:
        self.assertEqual(self.world(), self.before)  # not even while it runs
        self.lab.down()
        self.assert_nothing_left()
        self.assertFalse(self.lab.folder.exists())

    def test_after_its_guard_was_killed(self) -> None:
        guard = places.noted_process(self.lab.folder / "guard")
        os.kill(guard or 0, signal.SIGKILL)
        wait_until(lambda: all(kernel.start_time(pid) != start for pid, start in self.processes.items()), "its processes")
        self.assert_nothing_left()
        self.lab.down()
        self.assertFalse(self.lab.folder.exists())

    def test_after_its_user_died(self) -> None:
        script = ("import os\nfrom tanist_lab import Lab, Options\n"
                  "lab = Lab.up(Options(hosts=1), die_with=os.getpid())\n"
                  "print(lab.number, flush=True)\ninput()\n")
        with subprocess.Popen([places.PYTHON, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              cwd=places.PYTHON_PATH) as user:
            number = int(user.stdout.readline())
            other = Lab.attach(number)
            processes = processes_of(other)
            user.kill()
        wait_until(lambda: not other.folder.exists(), "the lab to be gone")
        self.assertEqual({pid for pid, start in processes.items() if kernel.start_time(pid) == start}, set())
        self.assertIn(self.lab.number, running_labs())  # and only that lab


if __name__ == "__main__":
    unittest.main()

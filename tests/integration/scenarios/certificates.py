"""Replicas that check whom they talk to."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tanist_lab import replication
from tanist_lab.hosts import Host

from harness import ONE_OF_EACH, Cluster, scenario
from harness.rows import count, insert, make_table

FOLDER = "/etc/mysql/tls"


@scenario(modes=ONE_OF_EACH, hosts=3)
def replicas_that_verify_certificates_are_served(c: Cluster) -> None:
    """Every server has a certificate of one authority for its own name; the receivers stood still when the primary died."""
    _give_certificates(c)
    make_table(c)
    c.wait_equal()
    manager = c.start_manager()
    for replica in c.replicas:
        replication.stop(replica, "IO_THREAD")
    insert(c, 100)
    complete = replication.checksums(c.primary)
    c.primary.kill_server()
    manager.wait_exit(0)
    new, others = c.promoted()
    c.expect(count(new) == 100 and replication.checksums(new) == complete, f"{new.name} has {count(new)} rows, not 100")
    c.expect_primary(new, others)
    for replica in others:
        now = replication.status(replica)
        c.expect(now["Master_SSL_Allowed"] == "Yes" and now["Master_SSL_Verify_Server_Cert"] == "Yes",
                 f"{replica.name} does not verify {new.name}: {now}")


def _give_certificates(c: Cluster) -> None:
    """Restarts every server with a certificate for its name, and makes the replicas verify their source's."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        _openssl(place, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=lab authority",
                 "-keyout", "ca.key", "-out", "ca.pem")
        for host in c.lab.dbs:
            _make_certificate(place, host)
            host.path(FOLDER).mkdir()
            for file in ("ca.pem", "server.pem", "server.key"):
                host.path(f"{FOLDER}/{file}").write_bytes((place / file).read_bytes())
            host.run(["chown", "-R", "mysql:", FOLDER])
    for host in c.lab.dbs:
        host.stop_server()
        host.start_server(*(f"--ssl-{what}={FOLDER}/{file}" for what, file in
                            (("ca", "ca.pem"), ("cert", "server.pem"), ("key", "server.key"))))
    for replica in c.replicas:
        replica.sql("SET GLOBAL read_only = 1")
        replication.stop(replica)
        replica.sql(replication.say(replica, "CHANGE MASTER TO MASTER_SSL=1, MASTER_SSL_VERIFY_SERVER_CERT=1, "
                                             f"MASTER_SSL_CA='{FOLDER}/ca.pem'"))
        replication.start(replica)


def _make_certificate(place: Path, host: Host) -> None:
    (place / "names").write_text(f"subjectAltName=DNS:{host.name},IP:{host.address}\n")
    _openssl(place, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host.name}", "-keyout", "server.key",
             "-out", "server.csr")
    _openssl(place, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
             "-days", "2", "-extfile", "names", "-out", "server.pem")
    _openssl(place, "rsa", "-traditional", "-in", "server.key", "-out", "server.key")  # what yaSSL of MySQL 5.6 can read


def _openssl(place: Path, *argv: str) -> None:
    subprocess.run(["openssl", *argv], cwd=place, check=True, capture_output=True)

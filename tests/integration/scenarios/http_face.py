"""The HTTP face of `tanist run`, with the programs that use it: HAProxy, Prometheus, curl and `tanist` itself."""

from __future__ import annotations

import json
import subprocess

from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness import manager as mgr
from harness.daemon import STATE_DIR, Daemon
from harness.manager import WORK_DIR

PORT = 8443
READER, ADMIN = "reader-of-the-lab-0123456789", "admin-of-the-lab-0123456789"
REPLACED = "MySQL Master failover .* succeeded"

HAPROXY = """
global
  maxconn 200
defaults
  mode tcp
  timeout connect 1s
  timeout client 60s
  timeout server 60s
listen writable
  bind 127.0.0.1:3306
  option httpchk
  http-check send meth GET uri-lf /v1/clusters/app1/servers/%[srv_name]/primary ver HTTP/1.1 hdr Host tanist hdr Authorization "Bearer {token}"
  http-check expect status 200
  default-server check check-ssl verify none port {port} addr {manager} inter 200ms fall 1 rise 1 on-marked-down shutdown-sessions
{servers}
"""

PROMETHEUS = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: tanist
    scheme: https
    tls_config: {{insecure_skip_verify: true}}
    authorization: {{credentials: {token}}}
    static_configs: [{{targets: ["{manager}:{port}"]}}]
"""


WEBHOOK = """
import http.server

class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with open("/var/tmp/heard", "ab") as file:
            file.write(self.rfile.read(int(self.headers["Content-Length"])) + b"\\n")
        self.send_response(200)
        self.end_headers()

http.server.HTTPServer(("", 8099), Hook).serve_forever()
"""
HOOK_TOKEN = "hook-of-the-lab-0123456789"


def _start(c: Cluster) -> Daemon:
    """With TLS and tokens, reachable by everybody."""
    certificate, key, tokens = (c.work_file(name) for name in ("cert.pem", "key.pem", "tokens"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=mgr", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    tokens.write_text(f"read {READER}\nadmin {ADMIN}\n")
    tokens.chmod(0o600)
    return c.start_daemon(f"--listen={c.lab.manager.address}:{PORT}", f"--tls_cert={WORK_DIR}/cert.pem",
                          f"--tls_key={WORK_DIR}/key.pem", f"--tokens={WORK_DIR}/tokens")


def _write(host: Host, name: str, text: str) -> str:
    path = host.path("/var/tmp") / name
    path.write_text(text)
    path.chmod(0o600)
    return f"/var/tmp/{name}"


def _get(c: Cluster, target: str, token: str = READER, *options: str) -> tuple[int, str]:
    """Status and body, asked on the application's machine."""
    answer = c.lab.client.run(["curl", "-sk", "-H", f"Authorization: Bearer {token}", "-w", "\n%{http_code}", *options,
                               f"https://{c.lab.manager.address}:{PORT}{target}"]).stdout
    body, _, status = answer.rpartition("\n")
    return int(status), body


def _tanist(c: Cluster, *words: str, expected: int = 0) -> str:
    return c.lab.manager.run([str(c.bin_dir / "tanist"), *words, f"--state_dir={STATE_DIR}"], check=expected == 0).stdout


@scenario(modes=("mariadb-gtid",), hosts=3)
def a_client_that_knows_only_haproxy_survives_a_failover(c: Cluster) -> None:
    """HAProxy asks `tanist run` whom to send writers to; Prometheus sees the failover, promtool likes the format."""
    c.configure(master_ip_failover_script=None)
    daemon = _start(c)
    servers = "\n".join(f"  server {host.name} {host.address}:3306" for host in c.lab.dbs)
    conf = _write(c.lab.client, "haproxy.cfg", HAPROXY.format(token=READER, port=PORT, manager=c.lab.manager.address, servers=servers))
    with open(c.lab.client.path("/var/tmp") / "haproxy.out", "wb") as output:
        proxy = c.lab.client.spawn(["haproxy", "-db", "-f", conf], output)
    conf = _write(c.lab.client, "prometheus.yml", PROMETHEUS.format(token=READER, port=PORT, manager=c.lab.manager.address))
    watcher = c.lab.client.spawn(["prometheus", f"--config.file={conf}", "--storage.tsdb.path=/var/tmp/prometheus",
                                  "--web.listen-address=127.0.0.1:9090"])
    writer = c.start_writer(target="127.0.0.1")
    writer.wait_for_acks(200)
    _expect_metric(c, 'tanist_server_primary{server="db1:3306"} == 1')
    c.primary.kill_server()
    daemon.wait_for_log(REPLACED)
    writer.wait_for_acks(200)
    new, others = c.promoted()
    c.expect_nothing_lost(writer, [new, *others])
    c.expect_primary(new, others)
    _expect_metric(c, f'tanist_server_primary{{server="{new.name}:3306"}} == 1')
    _expect_metric(c, 'tanist_recoveries_total{outcome="succeeded"} == 1')
    _expect_good_format(c)
    for program in (proxy, watcher):
        program.signal(15)
        program.wait(30)
    daemon.stop()


def _expect_metric(c: Cluster, query: str) -> None:
    def found() -> bool:
        answer = c.lab.client.run(["curl", "-s", "-G", "--data-urlencode", f"query={query}", "http://127.0.0.1:9090/api/v1/query"],
                                  check=False).stdout
        return bool(answer) and bool(json.loads(answer).get("data", {}).get("result"))
    wait_until(found, f"Prometheus to find {query}", 60)


def _expect_good_format(c: Cluster) -> None:
    status, text = _get(c, "/metrics")
    c.expect(status == 200, f"/metrics: {status} {text}")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text + "\n", capture_output=True, text=True, check=False)
    c.expect(checked.returncode == 0 and not checked.stderr, f"promtool: {checked.stdout} {checked.stderr}")


@scenario(modes=("mariadb-gtid",), hosts=3)
def a_paused_cluster_is_watched_and_left_alone(c: Cluster) -> None:
    """Its dead primary is replaced as soon as it is resumed; who may not pause it cannot. A webhook hears of it, though it
    was not there at first."""
    c.configure(notify_webhook=f"http://{c.lab.client.address}:8099/{HOOK_TOKEN}")
    daemon = _start(c)
    c.expect(_get(c, "/v1/clusters/app1/pause", READER, "-X", "POST")[0] == 403, "a reader may pause")
    c.expect(_get(c, "/v1/clusters", "")[0] == 401, "anybody may read")
    _tanist(c, "pause", "app1", "--until=2h", "--why=maintenance")
    c.primary.kill_server()
    daemon.wait_for_log("nothing is done because app1 is paused .maintenance.; this would be done:")
    c.expect("PAUSED" in _tanist(c, "status", expected=1), "tanist status does not tell of the pause")
    c.expect(_get(c, f"/v1/clusters/app1/servers/{c.primary.name}/primary")[0] == 503, "clients are sent to a dead primary")
    daemon.wait_for_log("notify_webhook of app1 .* did not get through, and is tried again")
    hook = c.lab.client.spawn(["python3", _write(c.lab.client, "hook.py", WEBHOOK)])
    _tanist(c, "resume", "app1")
    daemon.wait_for_log(REPLACED)
    new, others = c.promoted()
    heard = c.lab.client.path("/var/tmp") / "heard"
    wait_until(lambda: '"name":"succeeded"' in mgr.read_if_there(heard), "the webhook to hear of the recovery", 60)
    told = [json.loads(line) for line in heard.read_text().splitlines()]
    c.expect(told[0]["kind"] == "finding" and told[0]["name"] in ("D50", "D52"), f"the webhook heard {told}")
    c.expect(HOOK_TOKEN not in daemon.log(), "the webhook's token is in the log")
    hook.signal(15)
    hook.wait(10)
    c.expect_primary(new, others)
    wait_until(lambda: _get(c, f"/v1/clusters/app1/servers/{new.name}:3306/primary")[0] == 200, f"clients to be sent to {new.name}")
    recoveries = json.loads(_get(c, "/v1/history?cluster=app1")[1])
    c.expect([one["outcome"] for one in recoveries] == ["succeeded"], f"the history is {recoveries}")
    c.expect(json.loads(_tanist(c, "status", "app1", "--json", expected=1))["paused"] is None, "it is still paused")
    daemon.stop()

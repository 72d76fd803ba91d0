"""Machines that are not where their name says: other ports, another address for ssh, IPv6."""

from __future__ import annotations

from tanist_lab import replication
from tanist_lab.hosts import Host
from tanist_lab.waiting import wait_until

from harness import Cluster, scenario
from harness.rows import fall_behind

SSH_PORT = "2222"
KEY = "/root/.ssh/adm_key"


@scenario(modes=("mariadb-gtid",), hosts=4, port=3307)
def hosts_are_reached_where_the_configuration_says(c: Cluster) -> None:
    """Names nobody resolves with ip=, servers on another port, ssh on another address, port and key, for the hooks too."""
    for host in c.lab.hosts:
        _give_key(host)
    for host in c.lab.dbs:
        _move_sshd(c, host)
    for replica in c.replicas:
        _follow(replica, c.primary, c.primary.address)
    servers = {host.name: {"hostname": f"site-{host.name}", "ip": host.address, "ssh_host": f"{host.name}-adm"}
               for host in c.lab.dbs}
    words = {"port": "3307", "ssh_port": SSH_PORT, "ssh_options": f"-i {KEY} -o IdentitiesOnly=yes"}
    c.configure(servers=servers, **words)
    c.tool("masterha_check_ssh")
    c.tool("masterha_check_repl")

    new, others = _fail_over_from_the_dead_host(c)
    _expect_arguments(c, "stopssh", "--orig_master_host=site-db1", f"--orig_master_ip={c.primary.address}",
                      "--orig_master_port=3307", "--orig_master_ssh_host=db1-adm",
                      f"--orig_master_ssh_ip={_adm_address(c, c.primary)}", f"--orig_master_ssh_port={SSH_PORT}")
    _expect_arguments(c, "start", f"--new_master_host=site-{new.name}", f"--new_master_ssh_host={new.name}-adm",
                      f"--new_master_ssh_ip={_adm_address(c, new)}", f"--new_master_ssh_port={SSH_PORT}")
    c.expect(any(f"-i {KEY}" in word for word in _call(c, "start") if word.startswith("--ssh_options=")),
             f"the hook was not told the ssh_options: {_call(c, 'start')}")

    behind, ahead = others
    c.configure(servers=servers, without=[c.primary], **words)
    _fail_over_from_relay_logs(c, new, behind, ahead)


@scenario(modes=("mariadb-pos", "mysql97-gtid"), hosts=4, ipv6=True, settings={"bind-address": "*"})
def servers_have_ipv6_addresses(c: Cluster) -> None:
    """By names that mean IPv6 addresses, then by the addresses themselves: stand-ins, CHANGE MASTER, ssh, hooks."""
    c.tool("masterha_check_ssh")
    c.tool("masterha_check_repl")
    new, others = _fail_over_from_the_dead_host(c)
    _expect_arguments(c, "stopssh", f"--orig_master_ip={c.primary.address6}")
    _expect_arguments(c, "start", f"--orig_master_ip={c.primary.address6}", f"--new_master_ip={new.address6}")

    behind, ahead = others
    for replica in others:
        _follow(replica, new, new.address6)
    c.configure(servers={host.name: {"hostname": host.address6} for host in c.lab.dbs}, without=[c.primary])
    c.tool("masterha_check_repl")
    _fail_over_from_relay_logs(c, new, behind, ahead)


def _fail_over_from_the_dead_host(c: Cluster) -> tuple[Host, list[Host]]:
    """All replicas are behind; the new primary and the others."""
    manager = c.start_manager()
    fall_behind(c, c.replicas)
    complete = replication.checksums(c.primary)
    c.primary.kill_server()
    manager.wait_exit(0)
    new, others = c.promoted()
    c.expect(replication.checksums(new) == complete, f"{new.name} lacks rows of the dead primary")
    c.expect_primary(new, others)
    c.expect_vip(new)
    c.expect("serves the dead primary's binary logs" in c.log(), "no stand-in on the address of the dead primary")
    return new, others


def _fail_over_from_relay_logs(c: Cluster, primary: Host, behind: Host, ahead: Host) -> None:
    """The primary's machine is gone; the other replica has what the one to be promoted lacks."""
    c.expect(replication.status(behind)["Master_Port"] == str(c.lab.options.port), "another port in CHANGE MASTER")
    replication.stop(behind, "IO_THREAD")
    primary.sql("INSERT INTO app.t (v) VALUES ('late')")
    c.expect_same_data([primary, ahead])
    complete = replication.checksums(primary)
    manager = c.start_manager("--ignore_last_failover")
    primary.power_off()
    manager.wait_exit(0)
    c.expect(replication.checksums(behind) == complete, f"{behind.name} lacks what {ahead.name} had received")
    c.expect("serves its relay logs" in c.log(), f"no stand-in on the host of {ahead.name}")
    new, [other] = (behind, [ahead]) if not replication.status(behind) else (ahead, [behind])
    c.expect_primary(new, [other])


def _follow(replica: Host, source: Host, address: str) -> None:
    replication.wait_caught_up(source, [replica])
    replication.stop(replica)
    replication.change_source(replica, source, address=address)
    replication.start(replica)
    wait_until(lambda: replication.connected(replica), f"{replica.name} to follow {address}")


def _adm_address(c: Cluster, host: Host) -> str:
    return f"{c.lab.network}.{host.number + 100}"


def _give_key(host: Host) -> None:
    """A key of its own for ssh; the one that ssh would take by itself opens nothing any more."""
    host.sh(f"mv /root/.ssh/id_ed25519 {KEY}")


def _move_sshd(c: Cluster, host: Host) -> None:
    """Nothing listens on port 22 any more, only on another port of an address that is for administrators."""
    address = _adm_address(c, host)
    for machine in c.lab.hosts:
        with machine.path("/etc/hosts").open("a", encoding="ascii") as file:
            file.write(f"{address} {host.name}-adm\n")
    host.sh(f"ip addr add {address}/24 dev eth0; kill $(cat /run/sshd.pid); "
            f"/usr/sbin/sshd -p {SSH_PORT} -o ListenAddress={address} -o PidFile=/run/adm_sshd.pid")


def _call(c: Cluster, command: str) -> list[str]:
    return next(call for call in c.hook_calls("master_ip_failover") if f"--command={command}" in call)


def _expect_arguments(c: Cluster, command: str, *words: str) -> None:
    call = _call(c, command)
    missing = [word for word in words if word not in call]
    c.expect(not missing, f"the hook's {command} lacks {missing}: {call}")

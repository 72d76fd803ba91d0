"""The command line of the lab: one verb per thing one can do to machines."""

from __future__ import annotations

import argparse
import os
import sys
import time

from . import ledger, replication
from .errors import LabError
from .flavours import FLAVOURS
from .lab import Lab, Options, reap, running_labs
from .writer import Writer


def _pairs(words: list[str]) -> dict[str, str]:
    out = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise LabError(f"'{word}' is not NAME=VALUE")
        out[key] = value
    return out


def _up(args: argparse.Namespace) -> None:
    began = time.monotonic()
    options = Options(flavour=args.flavor, hosts=args.hosts, gtid=args.gtid, semisync=args.semisync,
                      binlog_format=args.binlog_format, relay_log_purge=args.relay_log_purge, settings=_pairs(args.set))
    lab = Lab.up(options, args.lab, args.die_with)
    print(f"lab {lab.number}: {options.flavour}, {', '.join(f'{h.name} {h.address}' for h in lab.hosts)}, "
          f"vip {lab.vip}, {time.monotonic() - began:.1f} s")


def _sql(args: argparse.Namespace) -> None:
    answer = Lab.attach(args.lab)[args.host].sql(args.statement)
    if answer.columns:
        print("\t".join(answer.columns))
    for row in answer.rows:
        print("\t".join("NULL" if value is None else value for value in row))


def _run(args: argparse.Namespace) -> None:
    door = Lab.attach(args.lab)[args.host].door(args.command or ["bash"])
    os.execvp(door[0], door)


def _ssh(args: argparse.Namespace) -> None:
    door = Lab.attach(args.lab).manager.door(["ssh", args.host, *args.command])
    os.execvp(door[0], door)


def _status(args: argparse.Namespace) -> None:
    lab = Lab.attach(args.lab)
    for host in lab.hosts:
        state = "off" if not host.is_on() else "cut" if lab.switchboard.is_cut(host) else "on"
        line = f"{host.name:8} {host.address:14} {state:4}"
        if host in lab.dbs and host.is_on():
            line += _server_line(host)
        print(line)
    print("vip on", ", ".join(lab.switchboard.vip_where()) or "no machine")


def _server_line(host) -> str:
    try:
        now = replication.status(host)
        source = f"replica of {now['Master_Host']} IO={now['Slave_IO_Running']} SQL={now['Slave_SQL_Running']}" if now else (
            "no replica")
        return f" {host.sql('SELECT VERSION()').value()} {source}"
    except (LabError, OSError) as error:
        return f" server: {error}"


def _writer(args: argparse.Namespace) -> None:
    lab = Lab.attach(args.lab)
    if args.prepare:
        ledger.prepare(lab[args.prepare])
    writer = Writer.start(lab.client, args.target, args.threads, args.pace_ms)
    try:
        time.sleep(args.seconds)
    except KeyboardInterrupt:
        pass
    done = writer.stop()
    gap = done.longest_gap()
    print(f"{len(done.acks)} rows acknowledged, longest gap {gap.seconds:.2f} s")
    for text, count in done.errors.most_common(5):
        print(f"  {count} x {text}")
    for host in lab.dbs:
        try:
            print(" ", done.check(host))
        except (LabError, OSError) as error:
            print(f"  {host.name}: {error}")


def _vip(args: argparse.Namespace) -> None:
    board, lab = (lambda made: (made.switchboard, made))(Lab.attach(args.lab))
    if args.action == "where":
        print("\n".join(board.vip_where()))
    elif args.action == "add":
        board.vip_add(lab[args.host])
    else:
        board.vip_del(lab[args.host])


def _simple(method: str):
    """A verb that is one call on a machine."""
    return lambda args: getattr(Lab.attach(args.lab)[args.host], method)()


def _cable(method: str, pair_method: str = ""):
    """A verb that is one call on the switch, for one machine or between two."""
    def act(args: argparse.Namespace) -> None:
        lab = Lab.attach(args.lab)
        if getattr(args, "other", None):
            getattr(lab.switchboard, pair_method)(lab[args.host], lab[args.other])
        elif hasattr(args, "amount"):
            getattr(lab.switchboard, method)(lab[args.host], args.amount)
        else:
            getattr(lab.switchboard, method)(lab[args.host])
    return act


_ON_A_HOST = {
    "kill": ("SIGKILL its server", _simple("kill_server")),
    "stop": ("shut its server down", _simple("stop_server")),
    "start": ("start its server", _simple("start_server")),
    "freeze": ("SIGSTOP its server", _simple("freeze_server")),
    "thaw": ("let a frozen server go on", _simple("thaw_server")),
    "poweroff": ("pull the plug of the machine", _simple("power_off")),
    "poweron": ("boot the machine; its server stays off", _simple("power_on")),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="pretend machines with real database servers")
    parser.add_argument("-n", "--lab", type=int, help="number of the lab; not needed while there is only one")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, text: str, act, *arguments: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, description=text)
        for argument in arguments:
            made.add_argument(argument)
        made.set_defaults(act=act)
        return made

    up = verb("up", "boot a lab", _up)
    up.add_argument("--flavor", "--flavour", choices=list(FLAVOURS), default="mariadb")
    up.add_argument("--hosts", type=int, default=4, help="number of database machines")
    up.add_argument("--gtid", action="store_true")
    up.add_argument("--semisync", action="store_true")
    up.add_argument("--binlog-format", choices=["ROW", "STATEMENT", "MIXED"], default="ROW")
    up.add_argument("--relay-log-purge", action="store_true")
    up.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="server option, as in my.cnf")
    up.add_argument("--die-with", type=int, default=0, metavar="PID", help="end the lab when this process ends")
    verb("down", "end the lab and remove every trace", lambda args: Lab.attach(args.lab).down())
    verb("list", "numbers of the running labs", lambda args: print(*running_labs(), sep="\n"))
    verb("reap", "remove what killed labs left on disk", lambda args: reap())
    verb("status", "machines, servers, replication", _status)
    verb("sql", "run a statement as administrator", _sql, "host", "statement")
    verb("run", "run a command on a machine: lab run HOST [-- COMMAND...]", _run, "host")
    verb("ssh", "the same by ssh from the manager's machine", _ssh, "host")
    for name, (text, act) in _ON_A_HOST.items():
        verb(name, text, act, "host")
    for name, method, pair, text in (("cut", "cut", "cut_between", "silence a machine's cable, or the way to one other"),
                                     ("heal", "heal", "heal_between", "undo cut, loss and delay")):
        verb(name, text, _cable(method, pair), "host").add_argument("other", nargs="?")
    verb("loss", "drop a share of a machine's packets", _cable("lose"), "host").add_argument(
        "amount", type=int, metavar="PERCENT")
    verb("delay", "slow a machine's packets, each way", _cable("delay"), "host").add_argument(
        "amount", type=float, metavar="MILLISECONDS")
    vip = verb("vip", "the virtual address", _vip)
    vip.add_argument("action", choices=["add", "del", "where"])
    vip.add_argument("host", nargs="?")
    writer = verb("writer", "write for a while, then check every server against the acknowledgements", _writer)
    writer.add_argument("--target", default="vip")
    writer.add_argument("--threads", type=int, default=4)
    writer.add_argument("--pace-ms", type=float, default=0)
    writer.add_argument("--seconds", type=float, default=10)
    writer.add_argument("--prepare", metavar="HOST", help="make the table there first")
    return parser


def main() -> int:
    """Runs one verb; 1 and a sentence on standard error when it cannot be done."""
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    args = _parser().parse_args(words[:end])
    args.command = words[end + 1:]
    try:
        args.act(args)
    except (LabError, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0

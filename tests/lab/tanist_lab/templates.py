"""Data folders ready to be copied: filled once per kind of server and version, then every machine starts in a moment.

A template has the lab's accounts and databases, no binary log and no history: all machines start as equals.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from . import kernel, mysql, places
from .errors import Hopeless, LabError
from .flavours import Flavour
from .waiting import wait_until

ADMIN, REPL, APP = "root", "repl", "app"
DEFAULT_PASSWORDS = {ADMIN: "lab-root-pw", REPL: "lab-repl-pw", APP: "lab-app-pw"}
DATABASES = ("app", "sbtest")

_GRANTS = {
    ADMIN: ["ALL PRIVILEGES ON *.*"],
    REPL: ["REPLICATION SLAVE ON *.*"],
    APP: [f"ALL PRIVILEGES ON {database}.*" for database in DATABASES],
}


def _statements() -> list[str]:
    """Accounts and databases."""
    out = [f"CREATE DATABASE {database} CHARACTER SET utf8mb4" for database in DATABASES]
    for user, grants in _GRANTS.items():
        out.append(f"CREATE USER '{user}'@'%' IDENTIFIED BY {mysql.quote(DEFAULT_PASSWORDS[user])}")
        option = " WITH GRANT OPTION" if user == ADMIN else ""
        out += [f"GRANT {grant} TO '{user}'@'%'{option}" for grant in grants]
    return out


def template(flavour: Flavour) -> Path:
    """The data folder to copy for this kind of server; made on first use."""
    if not flavour.installed():
        raise LabError(f"{flavour.program} does not exist: run tools/setup first")
    # Only what shapes the data belongs into the name; everything else may change without a new template.
    shaping = ["holes", flavour.initialise, _statements(),
               {k: v for k, v in flavour.settings.items() if "log-file" in k or "redo" in k}]
    place = places.CACHE / f"{flavour.name}-{flavour.version()}-{hashlib.sha1(repr(shaping).encode()).hexdigest()[:8]}"
    if place.exists():
        return place
    places.CACHE.mkdir(parents=True, exist_ok=True)
    with _lock(places.CACHE / f".{flavour.name}.lock"):
        if not place.exists():
            draft = places.CACHE / f"{flavour.name}.new"  # not hidden: InnoDB overlooks files in folders with a dot
            shutil.rmtree(draft, ignore_errors=True)
            _fill(flavour, draft)
            draft.rename(place)
    return place


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with open(path, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{argv[0]}: exit {done.returncode}: {done.stderr[-2000:]}{done.stdout[-2000:]}")


def _fill(flavour: Flavour, data: Path) -> None:
    data.mkdir()
    _run(["chown", "mysql:", str(data)])
    _run([word.replace("{data}", str(data)) for word in flavour.initialise])
    _run(["chown", "-R", "mysql:", str(data)])
    with _private_server(flavour, data) as session:
        for statement in _statements():
            session.query(statement)
        for user, host in session.query("SELECT user, host FROM mysql.user").rows:
            if user == "" or user == ADMIN and host != "%":  # the doors an installation leaves open
                session.query(f"DROP USER '{user}'@'{host}'")
    _dig_holes(data)
    for leftover in ("auto.cnf", "server.log", "server.sock.lock", "server.pid"):
        (data / leftover).unlink(missing_ok=True)


def _dig_holes(data: Path) -> None:
    """Most of a new server's logs and tablespaces is zeros; as holes they cost nothing to copy, and a copy is made for
    every server of every test."""
    for path in data.rglob("*"):
        if path.is_file() and path.stat().st_size >= 1 << 20:
            _run(["fallocate", "--dig-holes", str(path)])


@contextlib.contextmanager
def _private_server(flavour: Flavour, data: Path) -> Iterator[mysql.Connection]:
    """A server on this data that only a socket in it leads to; shut down cleanly at the end."""
    shaping = {key: value for key, value in flavour.settings.items()
               if key.startswith(("innodb", "lc-", "character", "plugin", "mysqlx", "performance", "explicit", "secure"))}
    path, log = data / "server.sock", data / "server.log"
    log.touch()
    _run(["chown", "mysql:", str(log)])
    server = subprocess.Popen(
        [flavour.program, "--no-defaults", "--user=mysql", f"--datadir={data}", f"--socket={path}", "--skip-networking",
         "--skip-log-bin", f"--log-error={log}", f"--pid-file={data / 'server.pid'}",
         *(f"--{key}={value}" for key, value in shaping.items())],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd=data, preexec_fn=kernel.die_with_parent)

    def dial() -> socket.socket:
        with contextlib.ExitStack() as undo:
            door = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            door.connect(str(path))
            undo.pop_all()
            return door

    def session() -> mysql.Connection:
        if server.poll() is not None:
            raise Hopeless(f"{flavour.program} ended with {server.returncode}")
        return mysql.Connection(dial, ADMIN, "")

    try:
        with wait_until(session, f"a new {flavour.name}", 120) as connection:
            yield connection
    except LabError as error:
        raise LabError(f"{error}\n{log.read_text(errors='replace')[-3000:]}") from None
    finally:
        if server.poll() is None:
            os.kill(server.pid, signal.SIGTERM)
        server.wait(120)

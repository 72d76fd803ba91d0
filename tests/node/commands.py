"""The node commands as MHA's manager calls them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from servers import ADDRESS, Server
from suite import Context
from tanist_lab import places, templates

_MODERN_CLIENTS = places.SERVERS / "mysql97/bin"
LOGIN = (templates.ADMIN, templates.DEFAULT_PASSWORDS[templates.ADMIN])


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


class Node:
    """Calls the commands of a case; `clients` is the folder with the client programs of its kind of server."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.folder = context.folder / "node"
        self.folder.mkdir()
        self.clients = _clients(context.folder / "clients", context.flavour)

    def call(self, name: str, *arguments: str, code: int = 0) -> Done:
        """Runs a command, which must end with this code."""
        done = subprocess.run(self.argv(name, *arguments), capture_output=True, text=True, errors="replace", timeout=120,
                              check=False, env=os.environ | {"PATH": f"{self.clients}:{os.environ['PATH']}"})
        if done.returncode != code:
            raise AssertionError(f"{name} {arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return Done(done.returncode, done.stdout, done.stderr)

    def argv(self, name: str, *arguments: str) -> list[str]:
        """The command line."""
        return [str(self.context.binary), name, *arguments]

    def save(self, directory: Path, start: tuple[str, int], name: str, *more: str, code: int = 0) -> Path:
        """save_binary_logs from a place on."""
        output = self.folder / name
        self.call("save_binary_logs", "--command=save", f"--start_file={start[0]}", f"--start_pos={start[1]}",
                  f"--binlog_dir={directory}", f"--output_file={output}", "--manager_version=0.58",
                  f"--client_bindir={self.clients}", *more, code=code)
        return output

    def diff(self, command: str, replica: Server, latest: tuple[str, int], target: tuple[str, int], name: str, *more: str,
             code: int = 0) -> Path:
        """find or generate on the latest replica."""
        output = self.folder / name
        self.call("apply_diff_relay_logs", f"--command={command}", f"--relay_dir={replica.data}",
                  "--current_relay_log=relay-bin.000001", f"--latest_mlf={latest[0]}", f"--latest_rmlp={latest[1]}",
                  f"--target_mlf={target[0]}", f"--target_rmlp={target[1]}", f"--server_id={replica.number}",
                  f"--diff_file_readtolatest={output}", f"--workdir={self.folder}", "--manager_version=0.58",
                  f"--client_bindir={self.clients}", *more, code=code)
        return output

    def apply(self, replica: Server, files: list[Path], *more: str, code: int = 0) -> Done:
        """apply on a replica."""
        return self.on_server("apply", replica, f"--apply_files={','.join(map(str, files))}", *more, code=code)

    def on_server(self, command: str, replica: Server, *more: str, code: int = 0) -> Done:
        """apply or test."""
        return self.call("apply_diff_relay_logs", f"--command={command}", f"--slave_user={LOGIN[0]}",
                         f"--slave_pass={LOGIN[1]}", f"--slave_host={replica.name}", f"--slave_ip={ADDRESS}",
                         f"--slave_port={replica.port}", f"--target_version={replica.sql('SELECT VERSION()').value()}",
                         f"--workdir={self.folder}", "--timestamp=20261120000000", "--manager_version=0.58",
                         f"--client_bindir={self.clients}", *more, code=code)


def _clients(folder: Path, flavour: str) -> Path:
    """MySQL 5.6 comes without client programs here: its users are let in by MariaDB's, its logs read by a newer MySQL's."""
    if flavour == "mysql97":
        return _MODERN_CLIENTS
    folder.mkdir()
    (folder / "mysql").symlink_to("/usr/bin/mariadb")
    mysqlbinlog = Path("/usr/bin/mariadb-binlog") if flavour == "mariadb" else _MODERN_CLIENTS / "mysqlbinlog"
    (folder / "mysqlbinlog").symlink_to(mysqlbinlog)
    return folder

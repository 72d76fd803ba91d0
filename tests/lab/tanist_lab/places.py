"""Where a lab keeps its files, and the small facts in them that other processes need.

One folder per lab below /var/lib/tanist-lab. A fact is a file with one line, written once and moved into place, so that
a reader never sees half of it; a process is noted with its start time, so that a recycled pid is never mistaken for it.
"""

from __future__ import annotations

import os
from pathlib import Path

from . import kernel

BASE = Path(os.environ.get("TANIST_LAB_DIR", "/var/lib/tanist-lab"))
CACHE = Path(os.environ.get("TANIST_LAB_CACHE", "/var/cache/tanist-lab"))
SERVERS = Path(os.environ.get("TANIST_SERVERS", "/opt/tanist-servers"))
PROJECT = Path(__file__).resolve().parents[3]
PYTHON = "/usr/bin/python3"  # Debian's: another one may be out of sight inside a machine
PYTHON_PATH = PROJECT / "tests/lab"  # working folder of the lab's own processes


def lab_folder(number: int) -> Path:
    """Everything of one lab."""
    return BASE / str(number)


def host_folder(lab: Path, host: str) -> Path:
    """Everything of one machine: its data, logs, temporary folders."""
    return lab / "hosts" / host


def write_fact(path: Path, text: str) -> None:
    """Writes a one-line file so that it appears complete or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.rename(path)


def note_process(path: Path, pid: int) -> None:
    """Remembers a live process in a file."""
    write_fact(path, f"{pid} {kernel.start_time(pid)}")


def noted_process(path: Path) -> int | None:
    """The pid noted in a file if that very process still lives."""
    try:
        pid, _, started = path.read_text().partition(" ")
    except FileNotFoundError:
        return None
    return int(pid) if str(kernel.start_time(int(pid))) == started else None

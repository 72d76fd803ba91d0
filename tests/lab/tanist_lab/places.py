"""Where a lab keeps its files, and the small facts in them that other processes need.

One folder per lab below /var/lib/tanist-lab. A fact is a file with one line, written once and moved into place, so that
a reader never sees half of it; a process is noted with its start time, so that a recycled pid is never mistaken for it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from . import kernel

BASE = Path(os.environ.get("TANIST_LAB_DIR", "/var/lib/tanist-lab"))
CACHE = Path(os.environ.get("TANIST_LAB_CACHE", "/var/cache/tanist-lab"))
SERVERS = Path(os.environ.get("TANIST_SERVERS", "/opt/tanist-servers"))
_REMAINS = ".gone-"
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


def remove_folder(folder: Path) -> None:
    """Frees a lab's number in one step: while a folder is being emptied, another lab may already get the number."""
    remains = BASE / f"{_REMAINS}{folder.name}-{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        folder.rename(remains)
    shutil.rmtree(remains, ignore_errors=True)


def remove_remains() -> None:
    """Ends what others began: folders of labs that are gone."""
    for remains in BASE.glob(f"{_REMAINS}*"):
        shutil.rmtree(remains, ignore_errors=True)

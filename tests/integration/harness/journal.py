"""The manager's journal as a timeline: what was done, and how long after a moment."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass

from .cluster import Cluster

JUDGED = "judged"  # the name of a timeline's first moment: the verdict that began the failover


@dataclass(frozen=True)
class Moment:
    """Something that was finished `seconds` after the moment asked for."""

    seconds: float
    name: str  # JUDGED, or the journal's name of the step
    target: str  # the machine it was done to, if any
    good: bool
    result: str = ""  # in the words of the journal


def moments(cluster: Cluster, since: float) -> list[Moment]:
    """The last recovery's steps, oldest first, in seconds after `since` (wall time, seconds)."""
    # Read from a copy: SQLite cannot follow the path into another machine's files.
    with tempfile.NamedTemporaryFile() as copy:
        with cluster.work_file("tanist.sqlite").open("rb") as journal:
            shutil.copyfileobj(journal, copy)
        copy.flush()
        with contextlib.closing(sqlite3.connect(copy.name)) as db:
            (began,) = db.execute("SELECT began FROM recovery ORDER BY id DESC LIMIT 1").fetchone()
            steps = db.execute("SELECT ended, name, target, outcome, result FROM step WHERE ended "
                               "AND recovery = (SELECT max(id) FROM recovery)").fetchall()
    host = {f"server{number}": db.name for number, db in enumerate(cluster.lab.dbs, 1)}  # sections, as configure() has them
    found = [Moment(ended / 1e6 - since, name, host.get(target, ""), outcome == "done", result or "")
             for ended, name, target, outcome, result in steps]
    return sorted([Moment(began / 1e6 - since, JUDGED, "", True), *found], key=lambda moment: moment.seconds)

"""What an application was promised, held against what the servers have."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from pathlib import Path

from .hosts import Host

TABLE = "app.ledger"


def prepare(primary: Host) -> None:
    """Makes the table. Its key is not unique on purpose: a row applied twice must be seen, not refused."""
    primary.sql(f"CREATE TABLE {TABLE} (id BIGINT NOT NULL, writer INT NOT NULL, pad VARCHAR(8000) NOT NULL, KEY (id)) "
                "ENGINE=InnoDB")


@dataclass(frozen=True)
class Verdict:
    """The ledger against one server."""

    host: str
    acknowledged: int
    missing: list[int]  # acknowledged but not there: lost
    twice: list[int]  # there more than once
    unacknowledged: int  # there without an answer to the client: allowed

    def clean(self) -> bool:
        """Nothing lost, nothing double."""
        return not self.missing and not self.twice

    def __str__(self) -> str:
        return (f"{self.host}: {len(self.missing)} of {self.acknowledged} acknowledged rows lost, {len(self.twice)} twice, "
                f"{self.unacknowledged} unacknowledged")


@dataclass(frozen=True)
class Gap:
    """The longest time without any acknowledgement."""

    seconds: float
    began: float  # monotonic time of the last acknowledgement before it


@dataclass(frozen=True)
class Ledger:
    """Acknowledged ids with their times (monotonic seconds), in order of time, and the errors by text."""

    acks: list[tuple[float, int]]
    errors: collections.Counter[str]

    @classmethod
    def read(cls, folder: Path) -> Ledger:
        """Reads a writer's notes; a last line cut short by the machine's death does not count."""
        acks = []
        for line in (folder / "acks").read_text().splitlines(True):
            if line.endswith("\n"):
                number, when = line.split()
                acks.append((int(when) / 1e9, int(number)))
        errors = (folder / "errors").read_text(errors="replace").splitlines() if (folder / "errors").exists() else []
        return cls(sorted(acks), collections.Counter(line.partition(" ")[2] for line in errors))

    def longest_gap(self) -> Gap:
        """Where the application had to wait longest."""
        times = [when for when, _ in self.acks]
        if len(times) < 2:
            return Gap(0.0, times[0] if times else 0.0)
        return max((Gap(after - before, before) for before, after in zip(times, times[1:])), key=lambda gap: gap.seconds)

    def acked_before(self, moment: float) -> list[int]:
        """Ids acknowledged before a monotonic time."""
        return [number for when, number in self.acks if when < moment]

    def check(self, host: Host) -> Verdict:
        """Compares with the rows of one server."""
        there = collections.Counter(int(number or 0) for (number,) in host.sql(f"SELECT id FROM {TABLE}", 120).rows)
        acked = {number for _, number in self.acks}
        return Verdict(host.name, len(acked), sorted(acked - there.keys()),
                       sorted(number for number, count in there.items() if count > 1), len(there.keys() - acked))

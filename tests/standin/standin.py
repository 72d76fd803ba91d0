"""A running `tanist-node standin`: gives it its job, reads its lines, ends it."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

from servers import ADDRESS, REPLICA_PASSWORD, REPLICA_USER, Server
from tanist_lab.errors import LabError
from tanist_lab.waiting import wait_until

Json = dict[str, Any]

_COMMON: Json = {"address": ADDRESS, "deadline_seconds": 300}


def binlog_job(primary: Server, **more: Any) -> Json:
    """Serves a dead primary's binary logs on its own port."""
    return _COMMON | {"kind": "binlog", "directories": str(primary.data), "prefix": "mysql-bin", "port": primary.port,
                      "credentials": [{"user": REPLICA_USER, "password": REPLICA_PASSWORD}]} | more


def relay_job(replica: Server, **more: Any) -> Json:
    """Serves a replica's relay logs on a free port, with one-time credentials."""
    return _COMMON | {"kind": "relay", "directories": str(replica.data), "prefix": "relay-bin", "port": 0,
                      "credentials": [{"user": "once", "password": "only"}]} | more


def tail(binary: Path, job: Json) -> Json:
    """What `tanist-node tail` prints for a job."""
    done = subprocess.run([binary, "tail"], input=json.dumps(job) + "\n", capture_output=True, text=True, timeout=60, check=False)
    return json.loads(done.stdout) | {"status": done.returncode}


class StandIn:
    """The process; `ready` is its first line, `events` all that followed."""

    def __init__(self, binary: Path, job: Json) -> None:
        self.process = subprocess.Popen([binary, "standin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._lines: queue.Queue[Json] = queue.Queue()
        self.events: list[Json] = []
        threading.Thread(target=self._read, daemon=True).start()
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        self.ready = self._lines.get(timeout=60)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))

    def __enter__(self) -> StandIn:
        if not self.ready["ready"]:
            self.process.wait(30)
            raise LabError(f"the stand-in is not ready: {self.ready}")
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.ready["port"]

    def so_far(self) -> list[Json]:
        """All events until now."""
        while not self._lines.empty():
            self.events.append(self._lines.get())
        return self.events

    def wait_for(self, kind: str, count: int = 1, timeout_s: float = 30) -> Json:
        """The event of a kind, when there are `count` of them."""
        found: list[Json] = []

        def there() -> bool:
            found[:] = [event for event in self.so_far() if event["event"] == kind]
            return len(found) >= count
        wait_until(there, f"{count} x {kind}; so far {self.events}", timeout_s)
        return found[count - 1]

    def end(self) -> int:
        """By the end of its standard input; the exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(30)

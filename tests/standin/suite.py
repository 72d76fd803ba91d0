"""A list of cases and the one way to run them: every case gets the binary and a folder of its own, and must leave nothing."""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from servers import Cluster, Server


@dataclass
class Context:
    """What a case works with."""

    binary: Path
    folder: Path
    flavour: str
    clusters: list[Cluster]
    extra: list[Server]

    def cluster(self, replicas: int, **options) -> Cluster:
        """A booted cluster that ends with the case."""
        cluster = Cluster(self.folder, self.flavour, replicas, **options)
        self.clusters.append(cluster)
        return cluster


@dataclass(frozen=True)
class Case:
    """One claim about one flavour."""

    name: str
    flavour: str
    run: Callable[[Context], None]


CASES: list[Case] = []
ALL = "mariadb mysql56 mysql97"


def case(flavours: str = ALL, **variants: list) -> Callable:
    """Adds the function as a case for each flavour, and for each value of the one keyword argument, if there is one."""
    def add(body: Callable) -> Callable:
        for flavour in flavours.split():
            if not variants:
                CASES.append(Case(body.__name__, flavour, body))
            for key, values in variants.items():
                for value in values:
                    CASES.append(Case(f"{body.__name__}-{value}", flavour,
                                      lambda context, k=key, v=value: body(context, **{k: v})))
        return body
    return add


def run(binary: Path, wanted: list[str], keep: bool) -> int:
    """Runs the cases whose "flavour/name" contains one of the words; exit status."""
    chosen = [c for c in CASES if not wanted or any(word in f"{c.flavour}/{c.name}" for word in wanted)]
    failed = 0
    for one in chosen:
        folder = Path(tempfile.mkdtemp(prefix="tanist-standin-"))
        folder.chmod(0o755)
        context = Context(binary, folder, one.flavour, [], [])
        began = time.monotonic()
        error = ""
        try:
            one.run(context)
        except Exception:  # pylint: disable=broad-except -- a failed case must not end the others
            error = traceback.format_exc()
        finally:
            for cluster in context.clusters:
                cluster.end()
            for server in context.extra:
                server.kill()
        print(f"{'FAILED' if error else 'ok':6} {one.flavour}/{one.name} {time.monotonic() - began:.1f} s", flush=True)
        if error:
            failed += 1
            print(error, flush=True)
        if keep and error:
            print(f"kept: {folder}", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0



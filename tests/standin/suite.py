"""The list of cases. Every case gets the binary and a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from servers import Cluster


@dataclass
class Context:
    """What a case works with."""

    binary: Path
    folder: Path
    flavour: str

    def cluster(self, replicas: int, **options) -> Cluster:
        """A booted cluster; it ends with the case."""
        return Cluster(self.folder, self.flavour, replicas, **options)


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

"""The list of scenarios. A scenario is a function with a name that reads as a claim; it fails by raising."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tanist_lab.flavours import FLAVOURS

if TYPE_CHECKING:
    from .cluster import Cluster

ALL_MODES = ("mariadb-pos", "mariadb-gtid", "mysql56-pos", "mysql56-gtid", "mysql97-pos", "mysql97-gtid")
ONE_OF_EACH = ("mariadb-pos", "mysql56-gtid", "mysql97-gtid")  # where the fault hardly touches replication
SEMISYNC_MODES = tuple(mode for mode in ALL_MODES if FLAVOURS[mode.partition("-")[0]].semisync_settings)

IF_THERE = "if_there"  # for the lab's option semisync: where this kind of server has it

Body = Callable[["Cluster"], None]


@dataclass(frozen=True)
class Scenario:
    """A function, the modes it runs in (kind of server, way replicas find their place), those of them that a usual run of the
    suite takes, and the lab it wants."""

    name: str
    story: str
    body: Body
    modes: tuple[str, ...]
    usual: tuple[str, ...]
    lab: dict[str, Any]
    limit_s: int


SCENARIOS: dict[str, Scenario] = {}


def scenario(modes: tuple[str, ...] = ALL_MODES, usual: tuple[str, ...] | None = None, limit_s: int = 120,
             **lab: Any) -> Callable[[Body], Body]:
    """Registers a scenario. `usual`: where it is slow and the other modes tell little more; `lab` are fields of the lab's
    Options."""
    def register(body: Body) -> Body:
        name = body.__name__
        assert name not in SCENARIOS, f"two scenarios are called {name}"
        assert set(modes) <= set(ALL_MODES), f"{name}: unknown mode"
        assert set(usual or modes) <= set(modes), f"{name}: usually in a mode it does not run in"
        SCENARIOS[name] = Scenario(name, (body.__doc__ or "").strip(), body, modes, usual or modes, lab, limit_s)
        return body
    return register


def load_all() -> dict[str, Scenario]:
    """Imports every module of the folder `scenarios` and returns what they registered."""
    package = importlib.import_module("scenarios")
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        importlib.import_module(f"scenarios.{module.name}")
    return SCENARIOS

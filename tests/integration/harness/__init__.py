"""What scenarios are written with: `@scenario`, `Cluster`, the manager as a process. Start at `cluster.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab"))

from .cluster import Cluster  # noqa: E402  (the lab's folder must be known first)
from .scenario import ALL_MODES, IF_THERE, ONE_OF_EACH, SEMISYNC_MODES, scenario  # noqa: E402

__all__ = ["ALL_MODES", "IF_THERE", "ONE_OF_EACH", "SEMISYNC_MODES", "Cluster", "scenario"]

"""A cluster of pretend machines with real database servers, for tests, the demo and benchmarks.

Start at `lab.py`: `Lab.up(...)` boots the machines, `lab["db1"]` is one of them, `lab.down()` leaves nothing behind.
"""

from .errors import LabError
from .flavours import FLAVOURS
from .lab import Lab, Options

__all__ = ["FLAVOURS", "Lab", "LabError", "Options"]

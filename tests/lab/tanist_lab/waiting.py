"""Waiting for conditions. Nothing in the lab waits for a fixed time: it waits for a fact, up to a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .errors import Hopeless, LabError

T = TypeVar("T")

PAUSE_S = 0.02


def wait_until(condition: Callable[[], T], what: str, timeout_s: float = 60.0, pause_s: float = PAUSE_S) -> T:
    """Returns the first truthy answer of `condition`; raises LabError naming `what` when the time is over.

    An exception counts as "not yet": a server that boots refuses connections before it accepts them. The last one
    travels with the error, since it usually is the reason.
    """
    deadline = time.monotonic() + timeout_s
    last: Exception | None = None
    while True:
        try:
            answer = condition()
            if answer:
                return answer
            last = None
        except Hopeless:
            raise
        except (LabError, OSError) as error:
            last = error
        if time.monotonic() >= deadline:
            reason = f": {last}" if last else ""
            raise LabError(f"gave up after {timeout_s:g} s waiting for {what}{reason}") from last
        time.sleep(pause_s)

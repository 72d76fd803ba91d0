"""Exceptions for what the lab cannot do; their texts are meant for the person at the terminal."""


class LabError(Exception):
    """A lab operation failed; the message says which and why."""


class Hopeless(LabError):
    """A condition that waiting will not change: ends a wait at once."""

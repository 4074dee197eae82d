"""Small runs made by hand, for tests of rules. They are public, for users' own rules as well."""

from diagnose.testing import (
    GRID_S,
    IDLE_S,
    LOAD_S,
    THROUGHPUT,
    TURN_S,
    USERS,
    a_case,
    a_pair,
    a_run,
    a_signal,
    grows,
    never,
    ramp,
    step,
)

__all__ = [
    "GRID_S",
    "IDLE_S",
    "LOAD_S",
    "THROUGHPUT",
    "TURN_S",
    "USERS",
    "a_case",
    "a_pair",
    "a_run",
    "a_signal",
    "grows",
    "never",
    "ramp",
    "step",
]

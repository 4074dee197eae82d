"""Times of a clock that runs too fast or too slow, as if it had run straight."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from diagnose.collection import Clock
from diagnose.readings import (
    Array,
    Load,
    LoadSeries,
    Occurrences,
    Reading,
    Requests,
    Samples,
    Statements,
)

Dated = TypeVar("Dated", Samples, Occurrences, Statements, LoadSeries)


def straightened(reading: Reading, shift_s: float, clock: Clock) -> Reading:
    """The reading with drift taken out of all its times.

    shift_s: what will be added to them afterwards, with the offset as it was at clock.at_s.
    Times that a load tool counts from its own start have no date to hold against the clock.
    """
    rate = clock.drift_ppm * 1e-6

    def straight(at_s: Array) -> Array:
        return at_s - rate * (at_s + shift_s - clock.at_s)

    def dated(thing: Dated) -> Dated:
        return replace(thing, at_s=straight(thing.at_s))

    def load(told: Load) -> Load:
        return told if told.relative else replace(told, series=tuple(map(dated, told.series)))

    def ended(requests: Requests) -> Requests:
        return replace(requests, ended_s=straight(requests.ended_s))

    return replace(
        reading,
        samples=[dated(s) for s in reading.samples],
        occurrences=[dated(o) for o in reading.occurrences],
        statements=[dated(s) for s in reading.statements],
        requests=[ended(r) for r in reading.requests],
        loads=[load(told) for told in reading.loads],
    )

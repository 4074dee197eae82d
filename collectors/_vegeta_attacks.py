"""Requests of vegeta, from whatever encoding, by attack.

vegeta begins requests at the rate it was asked for, whatever the answers do (open model): the
rate is that of the starts. Attacks one behind another are levels, a Load each; attacks at the
same time are one load. Rows stand in the order in which requests ended, those of several files
in turns: neither matters here.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from diagnose.loadrows import load_of
from diagnose.readings import Fact, Load, Reading
from diagnose.units import show

from ._load_columns import RequestColumns
from ._load_failures import SOCKETS, Distress, is_failure

MOST_ATTACKS = 1000  # names that are kept apart (a choice)
REST = "(other attacks)"
TORN = "it breaks off within a result: vegeta was killed; what stands before it was read"


@dataclass(frozen=True, slots=True)
class Hit:
    """One request: epoch seconds, seconds. code 0: no answer."""

    began_s: float
    latency_s: float
    code: int
    error: str = ""
    attack: str | None = ""  # None: the row was cut before it
    request: str = ""  # method and URL


@dataclass(slots=True)
class Attacks:
    """Requests so far, by the name of their attack; `lost`: those whose name was cut off."""

    columns: dict[str, RequestColumns] = field(default_factory=dict)
    lost: list[tuple[Hit, int]] = field(default_factory=list)
    distress: Distress = field(default_factory=Distress)

    def add(self, hit: Hit, line: int) -> None:
        """Take one request; the text of a status of 400 and above repeats the status."""
        name = hit.attack
        if name is None:
            self.lost.append((hit, line))
            return
        if name not in self.columns and len(self.columns) >= MOST_ATTACKS:
            name = REST
        columns = self.columns.setdefault(name, RequestColumns())
        failure = ""
        if hit.code and is_failure(hit.code):
            failure = f"status {hit.code}"
        elif not hit.code:
            failure = hit.error or "no answer"
            self.distress.hear(failure, line, at_s=hit.began_s + hit.latency_s)
        columns.add(hit.began_s, hit.latency_s, line, failure)
        columns.asked(hit.request)

    def _settle(self) -> None:
        """Requests whose name was cut off belong to the attack that was on when they began."""
        begun = sorted((min(each.began_s), name) for name, each in self.columns.items())
        starts = [began_s for began_s, _ in begun]
        for hit, line in self.lost:
            at = max(bisect_right(starts, hit.began_s) - 1, 0)
            self.add(replace(hit, attack=begun[at][1] if begun else ""), line)
        self.lost.clear()

    def into(self, reading: Reading) -> None:
        """One Load for each stretch of attacks that overlap."""
        reading.facts.append(Fact("load.tool", "vegeta"))
        reading.occurrences += self.distress.occurrences(*SOCKETS)
        self._settle()
        loads = [_load(names, self.columns) for names in _stretches(self.columns)]
        reading.loads += loads
        if len(self.columns) > 1:
            reading.notes.append(_on_attacks(self.columns, loads))
        if not loads:
            reading.notes.append("no result stands in it")


def _stretches(columns: dict[str, RequestColumns]) -> Iterator[list[str]]:
    """Names of attacks in the order of time, those together that were sent at one time."""
    spans = sorted(
        (min(each.began_s), max(each.began_s), name) for name, each in columns.items() if each
    )
    names: list[str] = []
    until_s = -math.inf
    for first_s, last_s, name in spans:
        if names and first_s >= until_s:
            yield names
            names = []
        names.append(name)
        until_s = max(until_s, last_s)
    if names:
        yield names


def _load(names: list[str], columns: dict[str, RequestColumns]) -> Load:
    together = columns[names[0]]
    for name in names[1:]:
        together.extend(columns[name])
    rows = together.rows()
    load = load_of("vegeta", rows, open_model=True)
    sent_s = float(np.ptp(rows.began_s))
    rate = rows.began_s.size / sent_s if sent_s > 0 else math.nan
    return replace(load, totals=(replace(load.totals[0], offered_per_s=rate), *load.totals[1:]))


def _on_attacks(columns: dict[str, RequestColumns], loads: list[Load]) -> str:
    told = [
        f"{load.totals[0].requests:,} at {show(load.totals[0].offered_per_s, '1/s')}"
        for load in loads[:8]
    ]
    more = ", …" if len(loads) > 8 else ""
    return (
        f"{len(columns)} attacks stand in it, {len(loads)} one behind another (requests, and the "
        f"rate at which they were sent): {', '.join(told)}{more}"
    )

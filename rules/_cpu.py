"""How full processors are: what the rules on processors share. No rule."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.units import show

from ._levels import earliest, home, off_path, stays_above, steady
from ._shares import barely_gained, plateau_per_s, time_grew

BUSY = "cpu.busy_ratio"
QUEUE = "cpu.run_queue"
PRESSURE = "cpu.pressure_some_ratio"
FULL = 0.90  # Performance Co-Pilot, pmieconf cpu.util; netdata warns at 85 %, alarms at 95 %
NEARLY = 0.75  # below it a queue for processors is no longer told from chance (a choice)
PRESSED = 0.60  # .35 was measured at 72 % busy, .84 and more at 100 %: between them (a choice)
# Beyond it the estimate is refuted: the processors did other work before (a choice).
SPOILED = 1.3
AT_CAPACITY = 0.90  # of the throughput at which the resource would be full (a choice)


PER_PROCESS = "processor time by process (pidstat -u 1): the host was as busy before the load"


def judge_full(case: Case, experiment: Experiment, fix: str) -> Outcome:
    """Full (a mechanism), nearly full with a queue and time added (a lead), or room left."""
    if off_path(case):
        return cleared(case, ", and no request of the test passes here")
    if steady(case, BUSY) and case.held(BUSY) >= FULL:
        return CannotTell(case.component.name, "cpu", (PER_PROCESS,))
    full = stays_above(case, BUSY, FULL)
    queue = queue_for_processors(case)
    if capacity_note(case)[1]:
        queue.append(_at_capacity(case))
    held_at = case.held(BUSY)
    if not full and not (held_at >= NEARLY and queue and time_grew(case)):
        return cleared(case)
    return case.finding(
        "cpu",
        f"the processors are {show(held_at, 'ratio')} busy" + ("" if full else ", and tasks wait"),
        home(case),
        evidence=(case.rise(BUSY), *queue),
        experiment=experiment,
        fix=fix,
        mechanism=full,
        onset_s=onset_of_full(case) if full else case.onset_s(BUSY, above=NEARLY),
        grows_with_load=case.grows_with_load(BUSY),
        strength=min(1.0, held_at),
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
    )


def queue_for_processors(case: Case) -> list[Evidence]:
    """What shows that tasks waited for a processor; empty where nothing does."""
    seen = []
    if case.held(PRESSURE) >= PRESSED:
        seen.append(case.rise(PRESSURE))
    count, waiting = case.limit("cpu.count"), case.held(QUEUE)
    if count is not None and waiting > 2 * count.value:
        says = f"{show(waiting)} tasks run or wait for {show(count.value)} processors"
        seen.append(case.note(says, QUEUE, value=waiting))
    return seen


def capacity_note(case: Case) -> tuple[str, bool]:
    """("by its use before full at 180/s, the plateau is 130/s", whether that is at capacity)."""
    known = [c for c in case.capacity("cpu") if c.metric == BUSY]
    plateau = plateau_per_s(case)
    if not known or math.isnan(plateau) or math.isnan(known[0].full_at_per_s):
        return "", False
    full_at = known[0].full_at_per_s
    if plateau > SPOILED * full_at:
        return "", False
    says = (
        f"by its use before full at {show(full_at, '1/s')}, the plateau is {show(plateau, '1/s')}"
    )
    return says, plateau >= AT_CAPACITY * full_at


def _at_capacity(case: Case) -> Evidence:
    known = next(c for c in case.capacity("cpu") if c.metric == BUSY)
    says = capacity_note(case)[0]
    return Evidence(says, known.source, known.full_at_per_s, "1/s", BUSY, "", case.component.name)


def onset_of_full(case: Case) -> float:
    """When processors were first full, or else when their use left what it was."""
    return earliest(case.onset_s(BUSY, above=FULL), case.onset_s(PRESSURE, above=PRESSED))


def cleared(case: Case, tail: str = "") -> Cleared:
    """The processors of this host have room: with the numbers."""
    busy = case.held(BUSY)
    note, at_capacity = capacity_note(case)
    says = f"{show(busy, 'ratio')} busy"
    says += f"; {note}" if note and not at_capacity else ""
    return Cleared(case.component.name, "cpu", says + tail, case.cite(BUSY))

"""Leads to components of which there is not a single reading: the symptom lies there, or behind."""

from __future__ import annotations

import math
from dataclasses import replace

from diagnose.case import Run
from diagnose.charge import PLACED, failures_matter, less_sure
from diagnose.model import NAN, Birthplace, Evidence, Experiment, Explains, Place, Rung, Suspect
from diagnose.suspects import in_order
from diagnose.units import show

SURE = 0.3  # of what lies there: a place without a reading is no more than a lead (a choice)
PLACES = (Place.INSIDE, Place.PATH)


def with_unmeasured(run: Run, known: list[Suspect]) -> list[Suspect]:
    """Leads in the order of their scores; what is mute stands once, and for nothing else."""
    mute = _mute(run)
    leads = {name: lead for name in mute if (lead := _lead(run, name)) is not None}
    rest = [s for s in known if s.component not in leads]
    ordered = sorted([*rest, *leads.values()], key=lambda s: -s.confidence)
    return [replace(s, rank=place) for place, s in enumerate(ordered, start=1)]


def doubted(run: Run, likely: list[Suspect]) -> list[Suspect]:
    """Suspects, each with those against it that may hold the same stretch and told nothing."""
    mute = _mute(run)
    return [_with(s, _rivals(run, s.component, mute)) for s in likely]


def _mute(run: Run) -> list[str]:
    return [case.component.name for case in in_order(run) if case.is_mute]


def _with(suspect: Suspect, rivals: tuple[Evidence, ...]) -> Suspect:
    confidence = less_sure(suspect.confidence, len(rivals))
    return replace(suspect, against=(*suspect.against, *rivals), confidence=confidence)


def _rivals(run: Run, accused: str, mute: list[str]) -> tuple[Evidence, ...]:
    slow = [r for r in run.ladder.rungs if r.gained_s >= PLACED * run.ladder.rise_s > 0]
    lost = [b for b in run.ladder.births if b.failures >= PLACED * run.ladder.failures > 0]
    stretches: list[Rung | Birthplace] = [*slow, *(lost if failures_matter(run) else [])]
    told = {}
    for name in mute:
        both = (x for x in stretches if x.held_by(accused) and x.held_by(name, *PLACES))
        one = next(both, None) if name != accused else None
        if one is not None:
            says = f"{name} may hold what is {one.name} as well, and nothing was measured of it"
            told[name] = Evidence(says, one.source)
    return tuple(told.values())


def _lead(run: Run, name: str) -> Suspect | None:
    rungs = [r for r in run.ladder.rungs if r.held_by(name, *PLACES)]
    births = [b for b in run.ladder.births if b.held_by(name, *PLACES)]
    seconds = math.fsum(r.gained_s for r in rungs)
    slower = rungs and run.ladder.rise_s > 0
    late = min(1.0, max(0.0, seconds) / run.ladder.rise_s) if slower else NAN
    failed = math.fsum(b.failures for b in births)
    lost = min(1.0, failed / run.ladder.failures) if births and failures_matter(run) else NAN
    if not late >= PLACED and not lost >= PLACED:
        return None
    shares = {
        "of the added time lies there or behind it": late,
        "of the failures began there or on the way to it": lost,
    }
    told = [f"{show(v, 'ratio')} {where}" for where, v in shares.items() if v >= PLACED]
    evidence = [_slower(r) for r in rungs if late >= PLACED]
    evidence += [_failed(b) for b in births if lost >= PLACED and b.failures]
    explains = Explains(seconds if slower else NAN, late, lost)
    says = f"{' and '.join(told)}, and nothing was measured of it"
    return _suspect(name, says, explains, tuple(evidence))


def _slower(r: Rung) -> Evidence:
    says = f"{r.name} ({r.says}): {show(r.before_s, 's')} before, {show(r.after_s, 's')} after"
    return Evidence(says, r.source, r.gained_s, "s")


def _failed(b: Birthplace) -> Evidence:
    return Evidence(f"{b.name}: {b.says}", b.source, b.failures, "1")


def _suspect(name: str, says: str, explains: Explains, evidence: tuple[Evidence, ...]) -> Suspect:
    shares = (explains.seconds_share, explains.failures_share)
    return Suspect(
        0,
        name,
        "unexplained",
        "nothing-was-measured",
        "possible",
        round(SURE * max(s for s in shares if not math.isnan(s)), 2),
        says,
        explains,
        NAN,
        evidence,
        (),
        ("every reading of it: processors, disks, queues, limits, its own log",),
        Experiment(
            f"run `diagnose recipe` on {name} during the same load, and keep its log with a "
            "duration in each line",
            "its own time grows as the load does, and one of its resources is full",
            "its own time stays: what stands behind it takes the time",
        ),
        "none before it is measured",
    )

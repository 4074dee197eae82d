"""Want of memory on a host: what two rules share. No rule."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Evidence
from diagnose.units import show

from ._levels import earliest, share_above, steady, undated

OUT = "memory.swap_out_pages_per_s"
IN = "memory.swap_in_pages_per_s"
PRESSURE = "memory.pressure_some_ratio"
AVAILABLE = "memory.available_bytes"
USED = "memory.used_ratio"
# Performance Co-Pilot, pmieconf memory.exhausted: 5 pages a second in three samples of ten.
PAGES_PER_S = 5.0
IN_TEN = 0.3
PRESSED = 0.10  # of the time some task waited for memory (a choice)
NEEDS = (f"{OUT} | {PRESSURE} | {USED} | {AVAILABLE}",)


def swapping(case: Case) -> list[Evidence]:
    """What shows that the host had to do without memory, and not before the load."""
    after = case.run.windows.after
    seen = []
    for metric in (OUT, IN):
        share = share_above(case.values(metric), PAGES_PER_S, after)
        if share >= IN_TEN and not steady(case, metric):
            seen.append(case.rise(metric))
        elif undated(case, metric) and case.total(metric) >= PAGES_PER_S * _load_s(case):
            seen.append(case.count(metric))
    if share_above(case.values(PRESSURE), PRESSED, after) >= IN_TEN and not steady(case, PRESSURE):
        seen.append(case.rise(PRESSURE))
    return seen


def _load_s(case: Case) -> float:
    under = case.run.grid_s[case.run.windows.load]
    return float(under[-1] - under[0]) if under.size else 0.0


def began_s(case: Case) -> float:
    """When it began."""
    return earliest(
        case.onset_s(OUT, above=PAGES_PER_S),
        case.onset_s(IN, above=PAGES_PER_S),
        case.onset_s(PRESSURE, above=PRESSED),
    )


def room(case: Case) -> str:
    """`34 % of memory in use, and nothing was swapped`, of what was measured."""
    known = []
    if case.has(USED):
        known.append(f"{show(case.held(USED), 'ratio')} of memory in use")
    elif case.has(AVAILABLE):
        known.append(f"{show(case.after(AVAILABLE), 'bytes')} of memory available")
    if case.has(OUT):
        known.append(f"{show(case.total(OUT))} pages swapped out")
    if case.has(PRESSURE):
        known.append(f"tasks waited for memory {show(case.held(PRESSURE), 'ratio')} of the time")
    return ", ".join(known)

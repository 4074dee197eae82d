"""Rule: a control group meets its memory limit, and its tasks wait for memory."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show, times

from ._judging import Course, cleared, counted, counts, timing, worst
from ._levels import home, off_path, stays_above, steady
from ._shares import barely_gained

HITS = "memory.cgroup_max_hits_per_s"
PRESSURE, FAULTS = "memory.pressure_some_ratio", "memory.major_faults_per_s"
USED, LIMIT = "memory.cgroup_bytes", "memory.cgroup_max_bytes"
WAITING = 0.10  # of the time some task waits for memory (a choice, as for a whole host)
AGAIN = 5.0  # faults a second (a choice: Performance Co-Pilot takes 5 pages a second of swap)
TRY = Experiment(
    do="twice the memory of the container (docker update --memory), the same load",
    if_this_is_it="the limit is met no more, and the time of a request falls back",
    if_not="it is met again by cached files, and nothing is quicker: memory was not it",
)


@rule(
    resource="memory",
    needs=(HITS,),
    pattern="A12",
    how_to_collect="memory.events (max), memory.current and memory.max of the control group, "
    "/proc/pressure/memory, each second",
)
def container_meets_its_memory_limit(case: Case) -> Outcome:
    """A control group meets its memory limit, and its tasks wait for memory.

    What it says:
        A container was about to exceed its memory after the inflection, again and again,
        and had to take memory from itself before it could go on.

    Why it matters:
        The host has memory to spare and shows nothing. The container throws its own program
        text and cached files away and reads them again: requests wait for it, long before
        anything is killed.

    How it decides:
        Counts of the limit that grew after the inflection, together with what it costs: some
        task waits for memory a tenth of the time (PSI), or page faults that need the disk
        grew too, to five a second or more.

    What fools it:
        Files that are read fill a container's memory to its limit, by design: the limit is
        met all the time and costs nothing (cleared where neither waits nor faults grew).
        Pressure and faults are those of the whole host.

    Source:
        https://docs.kernel.org/admin-guide/cgroup-v2.html (memory.events, max)
        https://docs.kernel.org/accounting/psi.html
    """
    name = case.component.name
    found = counts(case, HITS)
    seen = worst(found)
    if seen is None:
        return cleared(case, "memory", found, "no control group met its memory limit")
    says = f"{seen.part or 'a control group'} met its memory limit {times(seen.total)}"
    cost = _cost(case)
    if not cost and not case.has(PRESSURE) and not case.has(FAULTS):
        return CannotTell(name, "memory", (PRESSURE, FAULTS))
    if not cost or off_path(case):
        tail = ", and nothing waited for it" if not cost else ""
        return Cleared(name, "memory", says + tail, case.cite(HITS, seen.part))
    return case.finding(
        "memory",
        says,
        home(case),
        evidence=(case.count(HITS, seen.part), *cost, *_limit(case, seen.part)),
        against=barely_gained(case),
        experiment=TRY,
        fix="more memory for the container, or a smaller heap, fewer workers in it",
        **timing(case, seen),
    )


def _cost(case: Case) -> list[Evidence]:
    """What the limit costs: tasks that wait, or pages read again; empty where nothing grew."""
    waits = stays_above(case, PRESSURE, WAITING) and not steady(case, PRESSURE)
    faults = case.after(FAULTS) >= AGAIN and counted(case, FAULTS).course is Course.GREW
    return [case.rise(m) for m, grew in ((PRESSURE, waits), (FAULTS, faults)) if grew]


def _limit(case: Case, part: str) -> list[Evidence]:
    limit = case.limit(LIMIT, part)
    if limit is None:
        return []
    held = f", {show(case.held(USED, part), 'bytes')} used" if case.signal(USED, part) else ""
    return [case.limit_note(f"its memory limit is {show(limit.value, 'bytes')}{held}", limit)]

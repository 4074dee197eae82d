"""Rule: an application seems to wait on a lock of its own."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._app import OWN, own_gain
from ._cores import CORE, hot_core
from ._cpu import BUSY, NEARLY
from ._disk import saturated
from ._shares import plateau_per_s, rise_s

SWITCHES, THROTTLED = "cpu.context_switches_per_s", "cpu.throttled_ratio"
MOST = 0.5  # of the rise is the application's own time (a choice)
STANDS = 1.2  # throughput after, of that when it turned: it stands still (a choice)
TRY = Experiment(
    do="a second process of the application on the same host, the same load",
    if_this_is_it="throughput nearly doubles: the lock is inside the process",
    if_not="the same throughput: the two wait for something that they share",
)


@rule(
    resource="lock",
    roles=("app", "cache", "queue"),
    needs=("http.request_s", BUSY, CORE),
    pattern="A07",
    how_to_collect="a profile of blocked time at the plateau (Go: pprof mutex and block; "
    "JVM: jstack or JFR); sar -P ALL 1",
    explained_by=("cpu", "thread_pool", "connection_pool", "disk", "swap", "gc", "upstream"),
)
def application_waits_on_a_lock(case: Case) -> Outcome:
    """An application seems to wait on a lock of its own.

    What it says:
        Requests spend half of the added time or more in the application itself, outside
        every wait that it names, while throughput stands still and its processors have
        room.

    Why it matters:
        Code that only one thread may run at a time limits a host of any size. More
        processors make it worse.

    How it decides:
        By what is left: own time grew, throughput did not, no processor is full, no quota
        throttles, no disk is saturated. A lead, never more: the lock itself was not seen.

    What fools it:
        Anything else that waits without using a processor: a call that the log does not
        name, a limited number of workers, sleeping on purpose (there from the first request
        on, so not added).

    Source:
        Gunther, Guerrilla Capacity Planning, 2007 (contention and coherency)
        https://go.dev/doc/diagnostics; https://pkg.go.dev/runtime/pprof (block, mutex)
    """
    name, (gained, says, source) = case.component.name, own_gain(case)
    share = gained / rise_s(case)
    if math.isnan(gained):
        return CannotTell(name, "lock", ("time inside the application, apart from its waits",))
    if not share >= MOST or not _stands_still(case):
        return Cleared(name, "lock", says, source)
    full = _something_full(case)
    if full:
        return Cleared(name, "lock", f"{says}; {full}", source)
    own = Evidence(says, source, gained, "s", OWN, "", name)
    return case.finding(
        "lock",
        f"requests spend {show(gained, 's')} more in the application, and its processors have room",
        Place.INSIDE,
        evidence=(own, *(case.rise(m) for m in (BUSY, SWITCHES) if case.has(m))),
        mechanism=False,
        missing=("a profile of blocked time at the plateau",),
        onset_s=case.onset_s(OWN),
        grows_with_load=case.grows_with_load(OWN),
        strength=0.5,
        experiment=TRY,
        fix="less under the lock, or the lock split",
    )


def _stands_still(case: Case) -> bool:
    turn = case.run.inflection
    at_turn = turn.throughput_per_s if turn else math.nan
    return bool(math.isnan(at_turn) or plateau_per_s(case) <= STANDS * at_turn)


def _something_full(case: Case) -> str:
    """What else would explain own time; "" where nothing does."""
    if case.held(BUSY) >= NEARLY:
        return f"the processors are {show(case.held(BUSY), 'ratio')} busy"
    hot = hot_core(case)
    if hot is not None:
        return hot.says
    if case.held(THROTTLED, case.worst(THROTTLED)) >= 0.05:
        return "a quota stops it"
    return "its disk is saturated" if saturated(case) is not None else ""

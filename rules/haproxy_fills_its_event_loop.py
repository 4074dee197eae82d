"""Rule: HAProxy's event loop is never idle."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import off_path, stays_above, steady
from ._shares import barely_gained

BUSY = "haproxy.loop_busy_ratio"
FULL = 0.95  # HAProxy says how idle it was in whole per cent of a second (a choice)
TRY = Experiment(
    do="twice the nbthread (or leave it out: one a processor), the same load",
    if_this_is_it="the loop is idle again for a part of the time, and throughput rises",
    if_not="the same: look at TLS handshakes, compression, and rules that search long lists",
)


@rule(
    resource="cpu",
    roles=("lb",),
    where_measured=True,
    needs=(BUSY,),
    pattern="N03",
    how_to_collect="HAProxy's show info each second (Idle_pct)",
    product="HAProxy",
)
def haproxy_fills_its_event_loop(case: Case) -> Outcome:
    """HAProxy's event loop is never idle.

    What it says:
        The threads of HAProxy had no moment to wait for events: they work without a pause.

    Why it matters:
        An event loop that is never idle makes all of its connections wait, though the host
        may have processors to spare. Handshakes of TLS are what mostly fills it.

    How it decides:
        Idle_pct of 5 % or less for a third of the time after the inflection, and more than
        that before the load.

    What fools it:
        Versions differ: 2.6 gives the mean of all threads, so that one full thread of many
        hides (one-processor-is-full sees it); older ones give that of the thread that
        answered, so that one look proves nothing and a third of all looks do. With
        busy-polling the loop is never idle, load or not (cleared).

    Source:
        https://docs.haproxy.org/2.8/management.html#9.3 (show info, Idle_pct)
        https://docs.haproxy.org/2.8/configuration.html#3.2-busy-polling, #3.1-nbthread
    """
    says = f"HAProxy's event loop is {show(case.held(BUSY), 'ratio')} busy"
    if not stays_above(case, BUSY, FULL) or steady(case, BUSY) or off_path(case):
        return Cleared(case.component.name, "cpu", says, case.cite(BUSY))
    return case.finding(
        "cpu",
        says,
        Place.INSIDE,
        evidence=(case.rise(BUSY),),
        onset_s=case.onset_s(BUSY, above=FULL),
        grows_with_load=case.grows_with_load(BUSY),
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
        experiment=TRY,
        fix="more threads, keep-alive and resumed TLS sessions, or a second load balancer",
    )

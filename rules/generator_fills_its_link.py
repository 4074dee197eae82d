"""Rule: the load generator fills its link."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._generator import servers_hold_it
from ._levels import stays_above, steady

UTIL = "nic.util_ratio"
BYTES = ("nic.rx_bytes_per_s", "nic.tx_bytes_per_s")
SPEED = "nic.speed_bytes_per_s"
FULL = 0.85  # Performance Co-Pilot, pmieconf per_netif.util; netdata warns at 90 %
TRY = Experiment(
    do="ask for smaller or compressed responses, the same users; or a second generator host",
    if_this_is_it="throughput rises in the measure that bytes a response fall",
    if_not="the same throughput with fewer bytes: the link is not it",
)


@rule(
    resource="bandwidth",
    roles=("load_generator",),
    needs=(f"{UTIL} | {BYTES[0]} | {BYTES[1]}",),
    pattern="G08",
    how_to_collect="sar -n DEV 1, or /proc/net/dev each second; ethtool IF for the speed",
)
def generator_fills_its_link(case: Case) -> Outcome:
    """The load generator fills its link.

    What it says:
        For a third of the time after the inflection or longer, the generator sent or
        received 85 % of what its link can carry, or more.

    Why it matters:
        Responses then wait on the wire in front of the generator. The servers look idle,
        response times grow with their size, and a bigger server changes nothing.

    How it decides:
        The link's use as sar gives it, or bytes a second against the link's speed, at 85 %
        or more. Without a speed it cannot tell.

    What fools it:
        Virtual cards give a speed that nobody promised, or none; a provider's limit lies
        lower (its counters are another rule's). Means over seconds hide shorter bursts.

    Source:
        Performance Co-Pilot, src/pmieconf/per_netif/util (85 %); netdata, health.d/net.conf
        (1m_sent_traffic_overflow, 90 %)
    """
    name = case.component.name
    full = [e for e in _levels(case) if e.value >= FULL and _lasts(case, e)]
    if full:
        worst = max(full, key=lambda e: e.value)
        return case.finding(
            "bandwidth",
            f"the load generator's link is {show(worst.value, 'ratio')} full",
            Place.FRONT,
            evidence=tuple(full),
            onset_s=case.onset_s(worst.metric, worst.part),
            grows_with_load=case.grows_with_load(worst.metric, worst.part),
            experiment=TRY,
            fix="a faster link, or more generator hosts",
            against=servers_hold_it(case),
        )
    known = [e for e in _levels(case) if not math.isnan(e.value)]
    if not known:
        return CannotTell(name, "bandwidth", (SPEED,))
    top = max(known, key=lambda e: e.value)
    return Cleared(name, "bandwidth", top.says, top.source)


def _levels(case: Case) -> list[Evidence]:
    """Use of each link, in both directions, as a share of its speed."""
    found = []
    for part in case.signals(UTIL):
        held = case.held(UTIL, part)
        found.append(case.note(f"{part}: {show(held, 'ratio')} of the link", UTIL, part, held))
    for metric in BYTES:
        for part in case.signals(metric):
            speed = case.limit(SPEED, part)
            if speed is not None and speed.value > 0:
                held = case.held(metric, part)
                says = f"{part}: {show(held, 'bytes/s')} of {show(speed.value, 'bytes/s')}"
                found.append(case.note(says, metric, part, held / speed.value))
    return found


def _lasts(case: Case, level: Evidence) -> bool:
    """Held for a third of the time, and not already so before the load."""
    speed = case.limit(SPEED, level.part)
    whole = 1.0 if level.metric == UTIL or speed is None else speed.value
    lasts = stays_above(case, level.metric, FULL * whole, level.part)
    return lasts and not steady(case, level.metric, level.part)

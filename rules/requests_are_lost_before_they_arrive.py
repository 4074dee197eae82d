"""Rule: requests are lost before they arrive."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

LOST = 0.01  # of what was sent (a choice: fewer may be requests in flight or retries)
FEWEST = 10  # (a choice)
A_COUNT = "requests counted here and at the tier in front of it (both access logs)"


@rule(
    resource="unexplained",
    roles=("cdn", "lb", "app"),
    pattern="N12",
    how_to_collect="access logs of this tier and of the tier in front of it, from before the "
    "load to after it",
    explained_by=(
        "connections",
        "listen_backlog",
        "syn_queue",
        "conntrack",
        "nic_receive",
        "packet_loss",
        "egress_queue",
        "bandwidth",
        "file_descriptors",
        "ephemeral_ports",
        "rate_limit",
        "memory",
        "cpu",
    ),
)
def requests_are_lost_before_they_arrive(case: Case) -> Outcome:
    """Requests are lost before they arrive.

    What it says:
        The tier in front sent more requests than this one ever logged.

    Why it matters:
        They failed in this machine's kernel, in nginx before it had read a request, or on
        the way. The tiers behind never saw them and are out of it.

    How it decides:
        Requests sent by the tier in front, less requests seen here: a hundredth or more.
        It names the place and no resource, so it is never a mechanism, and any rule that
        sees a drop, a full queue or a refusal beside it explains it away.

    What fools it:
        Logs that were rotated, sampled or cut; requests answered from a cache; requests in
        flight when the load stopped; a host that other callers use as well.

    Source:
        Counting at both ends; the threshold is a choice.
    """
    tier = case.tier
    if tier is None or math.isnan(tier.lost_in_front):
        return CannotTell(case.component.name, "unexplained", (A_COUNT,))
    lost, sent = tier.lost_in_front, tier.requests + max(tier.lost_in_front, 0.0)
    counted = f"{show(max(lost, 0.0))} of {show(sent)} requests sent to it are not in its log"
    if lost < max(FEWEST, LOST * sent):
        return Cleared(case.component.name, "unexplained", counted, tier.source)
    return case.finding(
        "unexplained",
        counted,
        Place.FRONT,
        evidence=(Evidence(counted, tier.source, lost, "", component=case.component.name),),
        mechanism=False,
        strength=min(1.0, lost / (0.1 * sent)),
        failures=lost,
        missing=("who dropped them: nstat, ip -s -s link, ss -lnt and nginx's error log here",),
        experiment=Experiment(
            do="read nstat here and ip -s -s link of every machine between before and after 30 s "
            "at the plateau",
            if_this_is_it="a counter of drops or overflows moves with the lost requests",
            if_not="none moves: one of the two logs is incomplete",
        ),
        fix="mend what drops them; until then no tier behind this one needs a change",
    )

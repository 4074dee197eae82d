"""Rule: upstream servers get uneven shares of the load."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import OVER_BEFORE

BY_UPSTREAM = "http.upstream_requests_per_s"
UNEVEN = 1.5  # the busiest over the mean (a choice)


@rule(
    resource="upstream",
    roles=("lb",),
    where_measured=True,
    needs=(BY_UPSTREAM,),
    pattern="N13",
    how_to_collect="log_format with $upstream_addr",
)
def upstreams_get_uneven_load(case: Case) -> Outcome:
    """Upstream servers get uneven shares of the load.

    What it says:
        One upstream server got more than one and a half times the mean of all.

    Why it matters:
        The busiest server is full while the others have room, and the service ends with
        it. Adding servers does not help before the balance does.

    How it decides:
        Tries by upstream address after the inflection: the busiest over the mean. A lead
        and no mechanism: a server may be meant to get more.

    What fools it:
        Weights and backup servers. A load from one address with ip_hash goes to one
        server, which real users would not do. After a failure tries move on to others.

    Source:
        https://nginx.org/en/docs/http/load_balancing.html; 1.5 is a choice
    """
    name = case.component.name
    after = {p: case.after(BY_UPSTREAM, p) for p in case.signals(BY_UPSTREAM)}
    after = {p: rate for p, rate in after.items() if rate > 0}
    if len(after) < 2:
        says = f"one upstream, {next(iter(after))}: nothing to balance" if after else "no tries"
        return Cleared(name, "upstream", says)
    top = max(sorted(after), key=lambda p: after[p])
    ratio = after[top] / (math.fsum(after.values()) / len(after))
    says = f"{top} gets {show(ratio)} times the mean of {len(after)} upstreams"
    evidence = case.rise(BY_UPSTREAM, top)
    if ratio <= UNEVEN:
        return Cleared(name, "upstream", f"the busiest, {says}", evidence.source)
    before = [case.before(BY_UPSTREAM, p) for p in after]
    earlier = case.before(BY_UPSTREAM, top) / (math.fsum(before) / len(before))
    said = f"{top} got {show(earlier)} times the mean before the inflection too"
    same = ratio <= OVER_BEFORE * earlier
    return case.finding(
        "upstream",
        says,
        Place.BEHIND,
        evidence=(evidence,),
        against=(case.note(said, BY_UPSTREAM, top, earlier),) if same else (),
        mechanism=False,
        onset_s=math.nan if same else case.onset_s(BY_UPSTREAM, top),
        grows_with_load=case.grows_with_load(BY_UPSTREAM, top),
        strength=min(1.0, ratio / 3),
        missing=(f"whether {top} is fuller than the others",),
        experiment=Experiment(
            do="balance in turn (no ip_hash, equal weights, no sticky sessions) and rerun",
            if_this_is_it="shares become even, and throughput rises",
            if_not="shares become even and throughput stays",
        ),
        fix="balance by least_conn or in turn; load from as many addresses as real users have",
    )

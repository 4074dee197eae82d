"""Rule: a rule of HAProxy denies requests."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, per_request, timing, worst

DENIED = "haproxy.denied_requests_per_s"
MATTERS = 0.01  # of requests (a choice)
TRY = Experiment(
    do="exempt the load generator's addresses from the rules that deny (http-request deny, "
    "tarpit, stick tables), rerun at the plateau",
    if_this_is_it="no request is denied, and throughput rises until the next limit",
    if_not="requests are denied as before: another rule speaks",
)


@rule(
    resource="rate_limit",
    roles=("cdn", "lb"),
    where_measured=True,
    needs=(DENIED,),
    pattern="N21",
    how_to_collect="HAProxy's show stat each second (dreq)",
    product="HAProxy",
)
def haproxy_denies_requests(case: Case) -> Outcome:
    """A rule of HAProxy denies requests.

    What it says:
        HAProxy turned requests away by a rule of its configuration, and more of them once
        the load grew.

    Why it matters:
        A limit that is meant for strangers stopped the test: no server was full. Rates are
        mostly counted by address, so that a load generator meets the limit first.

    How it decides:
        Denied requests that grew after the inflection, a hundredth of the throughput or
        more. Denials at the same rate when idle or before are background.

    What fools it:
        Scanners are denied all day. A rule that denies one path denies it from the first
        request on, in proportion to the load: look at which requests fail.

    Source:
        https://docs.haproxy.org/2.8/management.html#9.1 (dreq)
        https://docs.haproxy.org/2.8/configuration.html#4.2-http-request%20deny
    """
    found = counts(case, DENIED)
    seen = worst(found)
    if seen is None:
        return cleared(case, "rate_limit", found, "HAProxy denied no request")
    says = f"HAProxy denied {show(seen.total)} requests at {seen.part}"
    ratio = per_request(case, seen.after - seen.background)
    if ratio < MATTERS:
        return Cleared(case.component.name, "rate_limit", says, case.cite(DENIED, seen.part))
    return case.finding(
        "rate_limit",
        says,
        Place.INSIDE,
        evidence=(case.count(DENIED, seen.part),),
        failures=seen.total,
        strength=min(1.0, ratio / 0.1),
        experiment=TRY,
        fix="exempt the load generator, or count by user instead of address",
        **timing(case, seen),
    )

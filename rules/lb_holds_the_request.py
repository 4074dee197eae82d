"""Rule: a load balancer itself holds the request."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

OWN, TOTAL = "http.own_s", "http.request_s"
TELLING = 0.2  # of the seconds that users felt added (a choice)
SMALL_S = 0.005  # the resolution of nginx's times is 1 ms; less than 5 is noise (a choice)


@rule(
    resource="unexplained",
    roles=("lb",),
    needs=(OWN,),
    pattern="N11",
    how_to_collect="log_format with $request_time, $upstream_connect_time and "
    "$upstream_response_time",
    explained_by=(
        "cpu",
        "connections",
        "file_descriptors",
        "rate_limit",
        "disk",
        "memory",
        "swap",
        "nic_receive",
        "packet_loss",
        "egress_queue",
        "bandwidth",
        "conntrack",
    ),
)
def lb_holds_the_request(case: Case) -> Outcome:
    """A load balancer itself holds the request.

    What it says:
        The load balancer's own time, request less upstream, rose with the symptom.

    Why it matters:
        Nothing behind it can win this time back: it is its processor, its limits, its
        disk, or a client that reads slowly.

    How it decides:
        Mean own seconds before and after. A fifth of the seconds that users felt added is
        telling. No mechanism: it says where, not why.

    What fools it:
        nginx stops its clock when the last byte has been handed to the kernel, so a slow
        client or a path that loses packets counts as the balancer's own time.

    Source:
        https://nginx.org/en/docs/http/ngx_http_log_module.html ($request_time)
        https://nginx.org/en/docs/http/ngx_http_upstream_module.html#variables
    """
    before, after = case.before(OWN), case.after(OWN)
    moved = _moved(case, before, after)
    if math.isnan(before) or math.isnan(after):
        return CannotTell(case.component.name, "unexplained", (f"{OWN} before and after",))
    rise = case.run.ladder.rise_s
    gained = after - before
    if gained < SMALL_S or gained < TELLING * max(rise, 0.0):
        return Cleared(case.component.name, "unexplained", moved.says, moved.source)
    part = f" of {show(rise, 's')} that users felt" if rise > 0 else ""
    return case.finding(
        "unexplained",
        f"requests spend {show(gained, 's')} more inside the load balancer itself{part}",
        Place.INSIDE,
        evidence=(moved, *([case.rise(TOTAL)] if case.has(TOTAL) else [])),
        mechanism=False,
        onset_s=case.onset_s(OWN),
        grows_with_load=case.grows_with_load(OWN),
        strength=min(1.0, gained / rise) if rise > 0 else 0.5,
        seconds=gained,
        missing=("what holds them: processor time by core, error log, stub_status, disk",),
        experiment=Experiment(
            do="answer one location from nginx itself (return 204) and load only that",
            if_this_is_it="it is as slow as the proxied locations",
            if_not="it stays fast: the time is spent with what lies behind",
        ),
        fix="look at this machine's processor, limits and disk before anything behind it",
    )


def _moved(case: Case, before: float, after: float) -> Evidence:
    """Means of differences of rounded times may be a little below zero: shown as none."""
    shown = (show(max(v, 0.0) if v == v else v, "s") for v in (before, after))
    return case.note("own time a request: {} before, {} after".format(*shown), OWN, value=after)

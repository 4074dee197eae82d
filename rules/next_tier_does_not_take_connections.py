"""Rule: the next tier does not take connections."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import Counted, cleared, counts, timing, worst
from ._upstream import BEHIND, next_tier, what_is_missing

REFUSED = message("nginx", "connect_refused")
TIMED_OUT = message("nginx", "connect_timed_out")
FAILED = message("nginx", "connect_failed")
BY_APP = message("app", "connect_refused")
CONNECT = "http.connect_s"


@rule(
    resource="upstream",
    roles=("lb", "app"),
    needs=(f"{REFUSED} | {BY_APP}",),
    pattern="N08",
    how_to_collect="the error log of nginx or of the application, over the time of the load",
    explained_by=BEHIND,
)
def next_tier_does_not_take_connections(case: Case) -> Outcome:
    """The next tier does not take connections.

    What it says:
        This machine tried to connect to the tier behind it and was refused, or heard
        nothing until its patience ended.

    Why it matters:
        The phrase splits the possible causes in two. "While connecting" is the network or
        the queue of the next tier's listening socket; the application behind it has not
        seen the request and is not slow.

    How it decides:
        Lines of the error log while the load ran, as many failures as lines. It is never a
        mechanism: it points at the machine behind, whose own counters say more.

    What fools it:
        A refusal comes from a port nobody listens on (a restart, a crash) far more often
        than from load. With several upstream servers a request may have succeeded at the
        second try.

    Source:
        nginx, src/http/ngx_http_upstream.c, src/event/ngx_event_connect.c; connect(2)
        https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_connect_timeout
    """
    found = counts(case, REFUSED, TIMED_OUT, FAILED, BY_APP, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "upstream", found, "the next tier refused no connection")
    behind = next_tier(case)
    return case.finding(
        "upstream",
        f"{_verb(seen)} {behind} {times(seen.total)}",
        Place.BEHIND,
        evidence=tuple(_evidence(case)),
        failures=sum(c.total for c in found if c.total > 0),
        missing=(what_is_missing(case),),
        experiment=Experiment(
            do=f"from here, open one connection a second to {behind} at the plateau "
            "(curl -w '%{time_connect}')",
            if_this_is_it="one in some takes 1 s, 3 s or is refused",
            if_not="all connect in a millisecond: the failures came from a restart",
        ),
        fix=f"look at {behind}: accept queue, packet drops, process restarts",
        **{k: v for k, v in timing(case, seen, mechanism=False).items() if k != "missing"},
    )


def _verb(seen: Counted) -> str:
    timed_out = seen.metric == TIMED_OUT
    return "connecting timed out towards" if timed_out else "connections were refused by"


def _evidence(case: Case) -> list[Evidence]:
    found = [case.count(m) for m in (REFUSED, TIMED_OUT, FAILED, BY_APP) if case.total(m) > 0]
    return [*found, case.rise(CONNECT)] if case.has(CONNECT) else found

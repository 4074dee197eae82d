"""Rule: a shared memory zone of nginx is full."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import cleared, counts, timing, worst

FULL = message("nginx", "zone_full")


@rule(
    resource="memory",
    roles=("lb",),
    where_measured=True,
    needs=(FULL,),
    pattern="N15",
    how_to_collect="nginx's error log, over the time of the load",
)
def nginx_shared_zone_is_full(case: Case) -> Outcome:
    """A shared memory zone of nginx is full.

    What it says:
        nginx could not allocate a node or a session in a zone: of cache keys, of TLS
        sessions, or of a limit.

    Why it matters:
        A cache without room misses, TLS without stored sessions does the whole handshake
        each time, and a limit without room refuses requests.

    How it decides:
        "could not allocate" lines that grow under load. A lead and no mechanism: the line
        does not say what it cost.

    What fools it:
        nginx first throws out old entries and logs only if that was not enough, so a single
        line under a burst costs little.

    Source:
        https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_path
        https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_session_cache
        https://nginx.org/en/docs/http/ngx_http_limit_req_module.html#limit_req_zone
    """
    found = counts(case, FULL)
    seen = worst(found)
    if seen is None:
        return cleared(case, "memory", found, "every shared zone of nginx had room")
    return case.finding(
        "memory",
        f"a shared zone of nginx was full {times(seen.total)}",
        Place.INSIDE,
        evidence=(case.count(FULL),),
        strength=0.5,
        missing=("what it cost: cache hits, TLS handshakes, refused requests",),
        experiment=Experiment(
            do="make the zone that the log names four times as large, reload, rerun",
            if_this_is_it="the lines stop, and nginx's own time or its failures fall",
            if_not="the lines stop and nothing else changes",
        ),
        fix="a larger zone",
        **{k: v for k, v in timing(case, seen, mechanism=False).items() if k != "missing"},
    )

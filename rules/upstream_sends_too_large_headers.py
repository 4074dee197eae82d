"""Rule: the next tier sends response headers that are too large."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import cleared, counts, timing, worst
from ._messages import as_many_per_request
from ._upstream import next_tier

TOO_BIG = message("nginx", "header_too_big")


@rule(
    resource="upstream",
    roles=("lb",),
    where_measured=True,
    needs=(TOO_BIG,),
    pattern="E04",
    how_to_collect="nginx's error log, over the time of the load",
)
def upstream_sends_too_large_headers(case: Case) -> Outcome:
    """The next tier sends response headers that are too large.

    What it says:
        nginx got a response whose header did not fit into one buffer (proxy_buffer_size, a
        page of memory as a default), and answered 502 in its place.

    Why it matters:
        The tier behind did its work and logs a success; only nginx and users see a failure.
        No server is too slow, and more of them change nothing.

    How it decides:
        "upstream sent too big header" in the error log, more of them per request after the
        inflection than before; as many failures as lines.

    What fools it:
        A share of requests that always fails (one route, one cookie) grows with the load
        and is none of its limits: where each request brought as many before, it is cleared.

    Source:
        https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffer_size
        nginx, src/http/ngx_http_upstream.c
    """
    found = counts(case, TOO_BIG, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "upstream", found, "every response header fitted its buffer")
    if as_many_per_request(case, seen):
        says = f"headers were too large {times(seen.total)}, for as many of the requests before"
        return Cleared(case.component.name, "upstream", says, case.cite(TOO_BIG))
    behind = next_tier(case)
    return case.finding(
        "upstream",
        f"{behind} sent headers that were too large {times(seen.total)}",
        Place.INSIDE,
        evidence=(case.count(TOO_BIG),),
        failures=seen.total,
        seconds=0.0,
        experiment=Experiment(
            do="proxy_buffer_size 32k; proxy_buffers 8 32k; reload, rerun",
            if_this_is_it="the lines and the 502 stop at the same load",
            if_not="the lines stop and other failures stay",
        ),
        fix=f"smaller headers and cookies from {behind}, or a larger proxy_buffer_size",
        **timing(case, seen),
    )

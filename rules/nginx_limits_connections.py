"""Rule: nginx limits connections."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, timing, worst

REFUSED = message("nginx", "limiting_connections")
LIMIT = "nginx.limit_conn"


@rule(
    resource="rate_limit",
    roles=("lb",),
    where_measured=True,
    needs=(REFUSED,),
    pattern="N06",
    how_to_collect="nginx's error log at level warn, and its configuration (limit_conn)",
)
def nginx_limits_connections(case: Case) -> Outcome:
    """nginx limits the number of connections.

    What it says:
        limit_conn refused requests because too many of the same key were in progress.

    Why it matters:
        The more slowly the tiers behind answer, the more requests are in progress: a limit
        that is never met at low latency refuses a large part once anything slows down.

    How it decides:
        "limiting connections by zone" in the error log while the load ran: as many
        failures as lines.

    What fools it:
        A load generator is one address and so one key. If latency rose first, what made it
        rise is the cause, and the limit only shows it.

    Source:
        https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html
    """
    found = counts(case, REFUSED, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "rate_limit", found, "limit_conn refused no request")
    limit = case.limit(LIMIT)
    more = [case.limit_note(f"limit_conn is {show(limit.value)} a key", limit)] if limit else []
    return case.finding(
        "rate_limit",
        f"limit_conn refused {show(seen.total)} requests",
        Place.INSIDE,
        evidence=(case.count(REFUSED), *more),
        failures=seen.total,
        experiment=Experiment(
            do="raise limit_conn tenfold (or exempt the load generator), reload, rerun",
            if_this_is_it="refusals stop, and throughput rises until the next limit",
            if_not="refusals stop and requests pile up behind: something there is slow",
        ),
        fix="raise limit_conn, or choose a finer key",
        **timing(case, seen),
    )

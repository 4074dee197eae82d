"""Rule: nginx limits the rate of requests."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, timing, worst

REFUSED = message("nginx", "limiting_requests")
DELAYED = message("nginx", "delaying_requests")
STATUS = "http.status_per_s"
LIMIT = "nginx.limit_req_per_s"


@rule(
    resource="rate_limit",
    roles=("lb",),
    where_measured=True,
    needs=(REFUSED,),
    pattern="N05",
    how_to_collect="nginx's error log at level warn, and its configuration (limit_req)",
)
def nginx_limits_requests(case: Case) -> Outcome:
    """nginx limits the rate of requests.

    What it says:
        limit_req refused requests, or let them wait, because they came faster than its
        zone allows.

    Why it matters:
        The limit is a number in a file. A load from a few addresses meets it long before
        as many real users would, since the key is mostly the client's address.

    How it decides:
        "limiting requests, excess" in the error log while the load ran: as many failures
        as lines. "delaying request" alone is the same limit, holding seconds.

    What fools it:
        limit_req_log_level may hide both lines, and a delay is logged one level lower.
        With limit_req_dry_run nothing is refused though it is logged ("dry run").

    Source:
        https://nginx.org/en/docs/http/ngx_http_limit_req_module.html
    """
    found = counts(case, REFUSED, DELAYED, fewest=1)
    refused = worst(c for c in found if c.metric == REFUSED)
    seen = refused or worst(found)
    if seen is None:
        return cleared(case, "rate_limit", found, "limit_req refused no request")
    return case.finding(
        "rate_limit",
        f"limit_req {'refused' if refused else 'delayed'} {show(seen.total)} requests",
        Place.INSIDE,
        evidence=tuple(_evidence(case)),
        failures=refused.total if refused else math.nan,
        experiment=Experiment(
            do="raise the zone's rate tenfold (or exempt the load generator), reload, rerun",
            if_this_is_it="refusals stop, and throughput rises until the next limit",
            if_not="refusals stop and users wait as before",
        ),
        fix="raise rate and burst, choose a finer key, or load from as many addresses as "
        "real users have",
        **timing(case, seen),
    )


def _evidence(case: Case) -> list[Evidence]:
    found = [case.count(m) for m in (REFUSED, DELAYED) if case.total(m) > 0]
    found += [case.count(STATUS, s) for s in ("503", "429") if case.total(STATUS, s) > 0]
    limit = case.limit(LIMIT)
    if limit is not None:
        zone = f" of zone {limit.part}" if limit.part else ""
        found.append(case.limit_note(f"the rate{zone} is {show(limit.value, '1/s')} a key", limit))
    return found

"""Rule: a tier tries requests again and multiplies the load behind it."""

from __future__ import annotations

import math

from diagnose.case import REQUESTS, Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import Course, cleared, counted, share, timing
from ._upstream import BEHIND, next_tier

AGAIN = "http.retries_per_s"
MANY = 0.1  # tries more for each request: the default retry budget of .NET's HTTP resilience
MORE = 1.5  # times as many for each request as before (a choice)
TRY = Experiment(
    do="proxy_next_upstream off (or one try), the same load",
    if_this_is_it="the tier behind gets fewer requests, answers sooner, and throughput rises",
    if_not="the same throughput with more failures: the tier behind is full without retries",
)


@rule(
    resource="upstream",
    roles=("cdn", "lb", "app"),
    needs=(AGAIN, REQUESTS),
    pattern="A19",
    how_to_collect="log_format with $upstream_addr and $upstream_response_time (a list of tries)",
    explained_by=BEHIND,
)
def tier_tries_requests_again(case: Case) -> Outcome:
    """A tier tries requests again and multiplies the load behind it.

    What it says:
        For every ten requests this tier sent one more or several to the tier behind,
        because the first try failed, and more of them than before.

    Why it matters:
        A tier that is full gets more load because it is full: it cannot recover while the
        retries go on. The waits of all tries add up to what users see.

    How it decides:
        Further tries within a request, for each request: a tenth or more after the
        inflection, and half as many again as before. A lead: what made the first try fail
        comes first.

    What fools it:
        One server of several that is down makes a steady share of retries from the first
        request on (cleared). Retries of clients and of the load generator are not seen here.

    Source:
        https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream
        https://learn.microsoft.com/en-us/dotnet/api/microsoft.extensions.http.resilience.httpretrybudgetoptions.retryratio
        (0.1); https://finagle.github.io/blog/2016/02/08/retry-budgets (0.2)
    """
    name = case.component.name
    seen = counted(case, AGAIN)
    before, after = share(case, AGAIN, REQUESTS)
    if math.isnan(after):
        return CannotTell(name, "upstream", (f"{REQUESTS} after the inflection",))
    if seen.course not in (Course.GREW, Course.UNDATED):
        return cleared(case, "upstream", [seen], "no request was tried again")
    was = f", {show(before)} before" if not math.isnan(before) else ""
    says = f"{show(after)} further tries for each request{was}"
    if after < MANY or after < MORE * before:
        return Cleared(name, "upstream", says, case.cite(AGAIN))
    behind = next_tier(case)
    return case.finding(
        "upstream",
        says,
        Place.BEHIND,
        evidence=(case.rise(AGAIN), case.rise(REQUESTS)),
        strength=min(1.0, after),
        experiment=TRY,
        fix=f"fewer tries, and a budget for them; then what makes {behind} fail",
        **{
            **timing(case, seen, mechanism=False),
            "missing": (f"why the first try fails: the error log, what {behind} counts",),
        },
    )

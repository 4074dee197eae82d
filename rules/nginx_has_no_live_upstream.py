"""Rule: nginx has no live upstream."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import cleared, counts, timing, worst
from ._upstream import BEHIND, next_tier

NONE, DISABLED = message("nginx", "no_live_upstreams"), message("nginx", "upstream_disabled")


@rule(
    resource="upstream",
    roles=("lb",),
    where_measured=True,
    needs=(NONE,),
    pattern="N07",
    how_to_collect="nginx's error log, over the time of the load",
    explained_by=BEHIND,
)
def nginx_has_no_live_upstream(case: Case) -> Outcome:
    """nginx has no live upstream and answers 502 by itself.

    What it says:
        Every server of an upstream had failed max_fails times, so nginx sent none of them a
        request for fail_timeout (10 s as a default).

    Why it matters:
        A few timeouts behind become ten seconds of errors for everybody, in bursts, and
        the tiers behind look idle in the meantime.

    How it decides:
        "no live upstreams" while the load ran, as many failures as lines. Never a
        mechanism: the root is the first timeout or refusal before it.

    What fools it:
        With a single server in an upstream nginx ignores max_fails, so its absence does not
        clear the server behind.

    Source:
        https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_fails
    """
    found = counts(case, NONE, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "upstream", found, "an upstream server was always at hand")
    behind = next_tier(case)
    return case.finding(
        "upstream",
        f"nginx had no live upstream {times(seen.total)}",
        Place.BEHIND,
        evidence=tuple(case.count(m) for m in (NONE, DISABLED) if case.total(m) > 0),
        failures=seen.total,
        missing=(f"what first failed at {behind}: the earliest upstream error in this log",),
        experiment=Experiment(
            do="set max_fails=0 for each server of the upstream, reload, rerun at the plateau",
            if_this_is_it="bursts of 502 become single timeouts",
            if_not="the same failures: the tier behind is down, not shunned",
        ),
        fix=f"mend what fails at {behind}; raise max_fails or lower fail_timeout",
        **{k: v for k, v in timing(case, seen, mechanism=False).items() if k != "missing"},
    )

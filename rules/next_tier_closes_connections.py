"""Rule: the next tier closes connections in use."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import cleared, counts, timing, worst
from ._upstream import BEHIND, next_tier

CLOSED, RESET = message("nginx", "prematurely_closed"), message("nginx", "upstream_reset")


@rule(
    resource="upstream",
    roles=("lb",),
    where_measured=True,
    needs=(f"{CLOSED} | {RESET}",),
    pattern="N09",
    how_to_collect="nginx's error log, over the time of the load",
    explained_by=BEHIND,
)
def next_tier_closes_connections(case: Case) -> Outcome:
    """The next tier closes connections in use.

    What it says:
        nginx had sent a request, and the tier behind reset or closed the connection instead
        of answering.

    Why it matters:
        Users get a 502 at once. Either a process behind died or ran out of something, or
        both ends disagree on how long an idle connection lives.

    How it decides:
        "prematurely closed" and "Connection reset by peer" lines while the load ran, as
        many failures as lines. Never a mechanism: the process behind knows why.

    What fools it:
        A keep-alive race makes a few at any load, where the upstream's idle timeout is not
        longer than nginx's. nginx repeats such a request if it may, so users may have
        seen none of it.

    Source:
        nginx, src/http/ngx_http_upstream.c
        https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout
    """
    found = counts(case, CLOSED, RESET)
    seen = worst(found)
    if seen is None:
        return cleared(case, "upstream", found, "no connection in use was closed from behind")
    behind = next_tier(case)
    return case.finding(
        "upstream",
        f"{behind} closed connections in use {times(seen.total)}",
        Place.BEHIND,
        evidence=tuple(case.count(m) for m in (CLOSED, RESET) if case.total(m) > 0),
        failures=sum(c.total for c in found if c.total > 0),
        missing=(f"why {behind} closed them: its log, its restarts, its idle timeout",),
        experiment=Experiment(
            do=f"make {behind}'s idle timeout longer than nginx's keepalive_timeout, rerun",
            if_this_is_it="the lines stop",
            if_not=f"they go on: {behind} dies or refuses under load",
        ),
        fix="idle timeouts that grow towards the back; mend the process that closes",
        **{k: v for k, v in timing(case, seen, mechanism=False).items() if k != "missing"},
    )

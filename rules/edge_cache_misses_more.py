"""Rule: a cache in front of the servers passes on a larger share of requests."""

from __future__ import annotations

import math

import numpy as np

from diagnose.case import REQUESTS, Case
from diagnose.model import NAN, CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.onset import first_above
from diagnose.plugins import rule
from diagnose.readings import Array, Flags
from diagnose.units import show

PASSED, RETRIES = "http.upstream_requests_per_s", "http.retries_per_s"
CACHES = 0.8  # of requests passed on before: with more there is hardly a cache (a choice)
TIMES = 1.5  # times the share before (a choice)
MORE = 0.2  # of all requests, passed on in addition (a choice)


@rule(
    resource="upstream",
    roles=("cdn", "lb"),
    needs=(PASSED, REQUESTS),
    pattern="E05",
    how_to_collect="log_format with $upstream_addr ($upstream_cache_status tells why)",
)
def edge_cache_misses_more(case: Case) -> Outcome:
    """A cache in front of the servers passes on a larger share of requests.

    What it says:
        Before the inflection this tier answered a fifth of the requests or more by itself;
        after it, it sent half as many again of them to the tier behind.

    Why it matters:
        The servers behind are sized for what the cache leaves over. When a share of 10 %
        becomes 30 %, they get three times the load while users notice nothing but time.

    How it decides:
        Requests that went to an upstream server, each counted once, over all requests: one
        and a half times the share before, and a fifth of all requests more. A lead and no
        mechanism: what the servers behind do with them, their own counters tell.

    What fools it:
        Without a cache the share is 1 all the time, which is cleared. A cold cache passes
        on most of the first requests: then the share falls under load. Requests that this
        tier refuses by itself lower the share as well, and stop doing so.

    Source:
        https://nginx.org/en/docs/http/ngx_http_upstream_module.html ($upstream_addr,
        $upstream_cache_status); the shares are choices
    """
    name, windows = case.component.name, case.run.windows
    passed, asked = _passed(case), case.total_values(REQUESTS)
    before, after = (_share(passed, asked, when) for when in (windows.before, windows.after))
    if math.isnan(before) or math.isnan(after):
        return CannotTell(name, "upstream", (f"{PASSED} before and after the inflection",))
    says = f"{show(after, 'ratio')} of requests passed on, {show(before, 'ratio')} before"
    source = case.sources(PASSED, REQUESTS)
    if before > CACHES or after < max(TIMES * before, before + MORE):
        return Cleared(name, "upstream", says, source)
    with np.errstate(divide="ignore", invalid="ignore"):
        course = np.where(asked > 0, passed / asked, NAN)
    return case.finding(
        "upstream",
        f"the cache holds less: {says}",
        Place.BEHIND,
        evidence=(case.note(says, PASSED, case.worst(PASSED), after, unit="ratio"),),
        mechanism=False,
        onset_s=first_above(case.run.grid_s, course, (before + after) / 2, windows.load),
        strength=min(1.0, after - before),
        missing=("why: $upstream_cache_status (MISS, EXPIRED, BYPASS)",),
        experiment=Experiment(
            do="ask for a few addresses only, each warmed up before, at the plateau's rate",
            if_this_is_it="the share falls to what it was, and the servers behind have room",
            if_not="the share falls and the limit stays: it is not the cache",
        ),
        fix="a larger cache, longer validity, one request a key (proxy_cache_lock)",
    )


def _passed(case: Case) -> Array:
    """Requests a second that went to an upstream server, without their further tries."""
    retries = np.nan_to_num(case.total_values(RETRIES))
    passed: Array = np.clip(case.total_values(PASSED) - retries, 0.0, None)
    return passed


def _share(passed: Array, asked: Array, when: Flags) -> float:
    known = when & np.isfinite(passed) & (asked > 0)
    return float(passed[known].sum() / asked[known].sum()) if known.any() else NAN

"""Rule: the next tier answers too late."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._judging import cleared, counts, timing, worst
from ._upstream import BEHIND, next_tier

TIMED_OUT = message("nginx", "read_timed_out")
HEADER = "http.header_s"
LIMIT = "nginx.proxy_read_timeout_s"


@rule(
    resource="upstream",
    roles=("lb",),
    where_measured=True,
    needs=(TIMED_OUT,),
    pattern="N08",
    how_to_collect="nginx's error log, and log_format with $upstream_header_time",
    explained_by=BEHIND,
)
def next_tier_answers_too_late(case: Case) -> Outcome:
    """The next tier answers too late.

    What it says:
        The connection to the tier behind stood, the request was sent, and no answer came
        before proxy_read_timeout ended.

    Why it matters:
        "While reading response header" clears the network and the accept queue: the
        application behind, or what it waits for, is slow.

    How it decides:
        Lines of the error log while the load ran, as many failures as lines. Never a
        mechanism: it says where to look, and what is found there explains it.

    What fools it:
        A timeout that is set lower than the slowest honest request. A full accept queue on
        an old kernel completes the handshake and then stays silent.

    Source:
        https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout
        nginx, src/http/ngx_http_upstream.c
    """
    found = counts(case, TIMED_OUT, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "upstream", found, "no request timed out waiting for an answer")
    behind = next_tier(case)
    return case.finding(
        "upstream",
        f"{behind} did not answer in time {times(seen.total)}",
        Place.BEHIND,
        evidence=tuple(_evidence(case)),
        failures=seen.total,
        missing=(f"what {behind} waits for: its processor, threads, pools and statements",),
        experiment=Experiment(
            do=f"ask {behind} directly, from itself, one request a second at the plateau",
            if_this_is_it="it is as slow there",
            if_not="it is quick there: look at the way between",
        ),
        fix=f"make {behind} faster; a longer timeout only makes users wait longer",
        **{k: v for k, v in timing(case, seen, mechanism=False).items() if k != "missing"},
    )


def _evidence(case: Case) -> list[Evidence]:
    found = [case.count(TIMED_OUT)]
    if case.has(HEADER):
        found.append(case.rise(HEADER))
    limit = case.limit(LIMIT)
    if limit is not None:
        found.append(case.limit_note(f"proxy_read_timeout is {show(limit.value, 's')}", limit))
    return found

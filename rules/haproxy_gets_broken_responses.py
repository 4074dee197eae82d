"""Rule: servers break off responses to HAProxy."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import Counted, cleared, counts, per_request, timing, worst
from ._upstream import BEHIND, next_tier

BROKEN = "haproxy.response_errors_per_s"
MATTERS = 0.001  # of requests (a choice: a few aborted downloads are daily life)
TRY = Experiment(
    do="log with option httplog and read the termination state of the failed requests",
    if_this_is_it="SH or SD: the server closed before, or while, it answered",
    if_not="CD or CH: it was the client that closed",
)


@rule(
    resource="upstream",
    roles=("lb",),
    where_measured=True,
    needs=(BROKEN,),
    pattern="N20",
    how_to_collect="HAProxy's show stat each second (eresp); option httplog",
    product="HAProxy",
    explained_by=BEHIND,
)
def haproxy_gets_broken_responses(case: Case) -> Outcome:
    """Servers break off responses to HAProxy.

    What it says:
        A server took the connection and then closed it, or sent nothing that is a response.

    Why it matters:
        The server was reached: its process died, was told to stop, ran into a limit of its
        own, or closed an idle connection in the moment it was used again.

    How it decides:
        Response errors of a server that grew after the inflection, and are a thousandth of
        the requests or more. A lead to the tier behind, never a mechanism.

    What fools it:
        A backend counts clients that went away as well, its servers do not: where servers
        are known, they alone are looked at. A server whose keep-alive timeout is shorter
        than HAProxy's breaks a few without any load.

    Source:
        https://docs.haproxy.org/2.8/management.html#9.1 (eresp)
        https://docs.haproxy.org/2.8/configuration.html#8.5 (session state at disconnection)
    """
    found = _of_servers(counts(case, BROKEN))
    seen = worst(found)
    if seen is None:
        return cleared(case, "upstream", found, "no response broke off")
    says = f"responses of {seen.part} to HAProxy broke off {times(seen.total)}"
    if per_request(case, seen.after - seen.background) < MATTERS:
        return Cleared(case.component.name, "upstream", says, case.cite(BROKEN, seen.part))
    behind = next_tier(case)
    return case.finding(
        "upstream",
        says,
        Place.BEHIND,
        evidence=(case.count(BROKEN, seen.part),),
        failures=seen.total,
        experiment=TRY,
        fix=f"look at {behind}: restarts, kills for memory, timeouts of idle connections",
        **{
            **timing(case, seen, mechanism=False),
            "missing": (f"why {behind} closed: its log, and that of its kernel",),
        },
    )


def _of_servers(found: list[Counted]) -> list[Counted]:
    """Without the sums of proxies, which count clients that went away, where servers are known."""
    return [c for c in found if not c.part.endswith(("/BACKEND", "/FRONTEND"))] or found

"""Rule: HAProxy has as many connections as it takes."""

from __future__ import annotations

from diagnose.case import Case, CitedLimit
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import off_path, stays_above, steady
from ._upstream import BEHIND

TAKEN, SESSIONS = "haproxy.connections", "haproxy.sessions"
MAXCONN, OF_PROXY = "haproxy.max_connections", "haproxy.max_sessions"
ALL = 0.97  # of maxconn: beyond it nothing is accepted, and a sample sees some leave (a choice)
TRY = Experiment(
    do="twice the maxconn (global, and of the frontend), the same load",
    if_this_is_it="connections rise beyond the old limit, and connecting is quick again",
    if_not="they fill up again: responses are slow, look behind",
)


@rule(
    resource="connections",
    roles=("lb",),
    where_measured=True,
    needs=(f"{TAKEN} | {SESSIONS}", f"{MAXCONN} | {OF_PROXY}"),
    pattern="N18",
    how_to_collect="HAProxy's show info and show stat each second (stats socket)",
    product="HAProxy",
    explained_by=(*(r for r in BEHIND if r != "connections"), "upstream"),
)
def haproxy_takes_no_more_connections(case: Case) -> Outcome:
    """HAProxy has as many connections as it takes.

    What it says:
        HAProxy held as many connections as maxconn of the process or of a frontend allows.

    Why it matters:
        It stops accepting. New connections wait in the kernel's queue and then for a SYN
        that is answered: users wait before the first line of any log.

    How it decides:
        Connections of the process at 97 % of Maxconn, or sessions of a frontend at 97 % of
        its limit, for a third of the time after the inflection and not before the load.

    What fools it:
        Idle keep-alive connections count as well. Slow responses keep connections: then
        what is slow comes first. A server's maxconn makes a queue, and is another rule.

    Source:
        https://docs.haproxy.org/2.8/configuration.html#3.2-maxconn
        https://docs.haproxy.org/2.8/configuration.html#4.2-maxconn (frontends: the rest
        waits in the socket's backlog)
    """
    known = _known(case)
    if not known:
        return CannotTell(case.component.name, "connections", (MAXCONN, OF_PROXY))
    metric, limit = max(known, key=lambda k: case.held(k[0], k[1].part) / k[1].value)
    taken = case.held(metric, limit.part)
    where = f" of {limit.part}" if limit.part else ""
    says = f"{show(taken)} of {show(limit.value)} connections{where} are taken"
    full = stays_above(case, metric, ALL * limit.value, limit.part)
    if not full or off_path(case) or steady(case, metric, limit.part):
        source = case.cite(metric, limit.part)
        return Cleared(case.component.name, "connections", says, source)
    return case.finding(
        "connections",
        says,
        Place.FRONT,
        evidence=(
            case.rise(metric, limit.part),
            case.limit_note(f"maxconn{where} is {show(limit.value)}", limit),
        ),
        onset_s=case.onset_s(metric, limit.part, above=ALL * limit.value),
        grows_with_load=case.grows_with_load(metric, limit.part),
        experiment=TRY,
        fix="a higher maxconn, if memory and open files allow it; shorter keep-alive",
    )


def _known(case: Case) -> list[tuple[str, CitedLimit]]:
    """Levels that have a limit of their own: the process, and its frontends."""
    found = [(TAKEN, c) for c in case.limits.get(MAXCONN, ())]
    of_proxies = case.limits.get(OF_PROXY, ())
    found += [(SESSIONS, c) for c in of_proxies if c.part.endswith("/FRONTEND")]
    return [(m, c) for m, c in found if c.value > 0 and case.held(m, c.part) >= 0]

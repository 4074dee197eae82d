"""Rule: a tier cannot resolve the names of what is behind it."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import cleared, counts, timing, worst
from ._messages import as_many_per_request

SAID = (message("nginx", "could_not_resolve"), message("app", "dns_failure"))


@rule(
    resource="dns",
    roles=("cdn", "lb", "app"),
    needs=(" | ".join(SAID),),
    pattern="G14",
    how_to_collect="nginx's error log and the application's log, over the time of the load",
)
def names_are_not_resolved(case: Case) -> Outcome:
    """A tier cannot resolve the names of what is behind it.

    What it says:
        nginx or the application asked for the address of a name while the load ran and got
        none, or none in time.

    Why it matters:
        A request for each connection, and a connection for each request, makes the name
        server the narrowest place of all; a lost question waits five seconds (glibc) or 30
        (nginx) before it is a failure.

    How it decides:
        Lines of the log after the inflection, more of them per request than before; as many
        failures as lines.

    What fools it:
        A name that never existed fails as often per request when idle: that is cleared.
        Where a host loses packets of all kinds, those of the name server are among them.

    Source:
        https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver_timeout
        https://man7.org/linux/man-pages/man5/resolv.conf.5.html (timeout)
    """
    found = counts(case, *SAID, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "dns", found, "no log says that a name could not be resolved")
    if as_many_per_request(case, seen):
        says = f"a name was not resolved {times(seen.total)}, for as many of the requests before"
        return Cleared(case.component.name, "dns", says, case.cite(seen.metric, seen.part))
    return case.finding(
        "dns",
        f"a name was not resolved {times(seen.total)}",
        Place.BEHIND,
        evidence=(case.count(seen.metric, seen.part),),
        failures=seen.total,
        experiment=Experiment(
            do="write the names with their addresses into /etc/hosts (for nginx: an upstream "
            "block with addresses), reload, rerun",
            if_this_is_it="the lines stop, and the failures with them",
            if_not="the lines stop and connecting fails instead: the way there, or the server",
        ),
        fix="a caching resolver on the host, connections that are kept, a name server with room",
        **timing(case, seen),
    )

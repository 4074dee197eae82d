"""Rule: connection tracking cannot insert new entries."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Cleared, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import Course, cleared, counts, in_front, most_seconds, per_request, timing, worst

FAILED, DROPPED = "conntrack.insert_failed_per_s", "conntrack.dropped_per_s"
MATTERS = 0.001  # of requests (a choice)


@rule(
    resource="conntrack",
    roles=("router", "switch"),
    where_measured=True,
    needs=(f"{FAILED} | {DROPPED}",),
    pattern="R05",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; conntrack -S; sleep 1; done',
)
def connection_tracking_refuses_entries(case: Case) -> Outcome:
    """Connection tracking cannot insert new entries.

    What it says:
        Packets of new connections were dropped because their entry could not be made: the
        translated address and port were taken, or the hash chain was too long.

    Why it matters:
        With one address to translate to, connections to one destination share some
        tens of thousands of ports; the packet that finds none is lost, and its connection waits a
        second for the next try.

    How it decides:
        Failed inserts or drops that grow under load, one or more in a thousand requests.

    What fools it:
        Two name lookups at once (A and AAAA from one socket) race for one entry and fail a
        little at any load. Failures that a full table causes stand in the table's own rule.

    Source:
        conntrack(8) (-S: drop, insert_failed); net/netfilter/nf_conntrack_core.c
    """
    found = counts(case, FAILED, DROPPED)
    seen = worst(found)
    if seen is None:
        return cleared(case, "conntrack", found, "no entry failed to be inserted")
    ratio = per_request(case, seen.after - seen.background)
    if ratio < MATTERS:
        says = f"{show(ratio, 'ratio')} of requests met a failed insert, too few to matter"
        return Cleared(case.component.name, "conntrack", says, case.rise(seen.metric).source)
    return case.finding(
        "conntrack",
        f"connection tracking refused {show(seen.total)} packets",
        in_front(case),
        evidence=(case.count(seen.metric, seen.part),),
        strength=0.5 if seen.course is Course.UNDATED else min(1.0, ratio / 0.02),
        seconds=most_seconds(case, seen.after - seen.background),
        experiment=Experiment(
            do="translate to a second address, or keep connections alive, and rerun",
            if_this_is_it="failed inserts stop",
            if_not="they go on: another race for entries, such as name lookups, makes them",
        ),
        fix="more addresses to translate to, longer-lived connections, or no translation",
        **timing(case, seen),
    )

"""Rule: the reverse path filter drops packets."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import (
    A_COURSE,
    Course,
    cleared,
    counted,
    in_front,
    most_seconds,
    per_request,
    timing,
)
from ._packets import sent_again

DROPS = "ip.rp_filter_drops_per_s"
MATTERS = 0.001  # of requests (a choice)


@rule(
    resource="packet_loss",
    roles=("router",),
    where_measured=True,
    needs=(DROPS,),
    pattern="R14",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az TcpExtIPReversePathFilter; '
    "sleep 1; done",
)
def reverse_path_filter_drops_packets(case: Case) -> Outcome:
    """The reverse path filter drops packets.

    What it says:
        Packets came in by an interface that the kernel would not use to answer them, and
        rp_filter threw them away.

    Why it matters:
        With two uplinks or a tunnel, a part of the traffic vanishes in silence; what is
        lost depends on the route of each connection.

    How it decides:
        The kernel's counter grows under load, one packet or more in a thousand requests,
        and is a mechanism only where a neighbour had to send again.

    What fools it:
        Broadcasts and strangers' packets are filtered at any load: the same rate when idle.

    Source:
        https://docs.kernel.org/networking/ip-sysctl.html (rp_filter, RFC 3704)
    """
    seen = counted(case, DROPS)
    if seen.course not in (Course.GREW, Course.UNDATED):
        return cleared(case, "packet_loss", [seen], "the reverse path filter dropped nothing")
    if seen.course is Course.UNDATED:
        return CannotTell(case.component.name, "packet_loss", (A_COURSE,))
    ratio = per_request(case, seen.after - seen.background)
    if ratio < MATTERS:
        says = f"{show(ratio)} packets a request filtered, too few to matter: {seen.rates}"
        return Cleared(case.component.name, "packet_loss", says, case.rise(DROPS).source)
    yes, no = sent_again(case)
    return case.finding(
        "packet_loss",
        f"the reverse path filter dropped {show(seen.total)} packets",
        in_front(case),
        evidence=(case.count(DROPS), *yes),
        against=() if yes else no,
        strength=0.5,
        seconds=most_seconds(case, seen.after - seen.background),
        experiment=Experiment(
            do="set net.ipv4.conf.all.rp_filter and that of the interface to 2 (loose), rerun",
            if_this_is_it="the counter stops, and retransmissions with it",
            if_not="the counter stops and nothing else changes: strangers' packets",
        ),
        fix="symmetric routes, or the loose filter (2)",
        **timing(case, seen, mechanism=bool(yes)),
    )

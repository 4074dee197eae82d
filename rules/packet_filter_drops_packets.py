"""Rule: a packet filter drops packets of the test."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome
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
from ._neighbours import neighbours
from ._packets import sent_again

DROPS = "ip.filtered_per_s"
UNANSWERED = message("nginx", "connect_timed_out")
MATTERS = 0.001  # of requests (a choice)
STRONG = 0.02  # of requests (a choice)
LOST = 0.01  # of the requests sent to it (a choice)


@rule(
    resource="packet_loss",
    needs=(DROPS,),
    pattern="R16",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az; sleep 1; done',
    explained_by=("conntrack",),
)
def packet_filter_drops_packets(case: Case) -> Outcome:
    """A packet filter drops packets of the test.

    What it says:
        Datagrams came and reached neither a socket of this machine nor a link: a
        firewall's rule, a limit on connections or a connection tracker threw them away.

    Why it matters:
        A filter drops in silence. No queue overflows, no network card counts a loss, and no log
        has a line; the caller waits a second, three, seven, for an answer to its SYN.

    How it decides:
        The kernel counts each datagram that it received, delivered, forwarded and sent; what
        is left over, after bad headers, addresses and routes, is what netfilter dropped. It
        grows under load, one or more in a thousand requests; a mechanism only where the
        test's own packets are among them: a neighbour had to send again or waited in vain
        for a connection, or requests sent to this machine were never seen here.

    What fools it:
        Scans, broadcasts and late packets of connections that have ended are filtered on
        many hosts, the latter more of them under load. Multicast is passed on between these
        counters. What is dropped in front of the
        kernel's IP layer (tc, XDP, a hook at ingress) is not among them.

    Source:
        https://docs.kernel.org/networking/snmp_counter.html (IpInReceives, IpInDelivers)
        net/ipv4/ip_input.c, ip_forward.c and ip_output.c: hooks stand between the counters
    """
    seen = counted(case, DROPS)
    if seen.course is Course.UNDATED:
        return CannotTell(case.component.name, "packet_loss", (A_COURSE,))
    if seen.course is not Course.GREW:
        return cleared(case, "packet_loss", [seen], "no packet filter dropped anything")
    ratio = per_request(case, seen.after - seen.background)
    if ratio < MATTERS:
        says = f"{show(ratio)} packets a request filtered, too few to matter: {seen.rates}"
        return Cleared(case.component.name, "packet_loss", says, case.rise(DROPS).source)
    yes, no = sent_again(case)
    felt = (*yes, *_unanswered(case), *_never_seen(case))
    return case.finding(
        "packet_loss",
        f"a packet filter dropped {show(seen.total)} packets",
        in_front(case),
        evidence=(case.count(DROPS), *felt),
        against=() if felt else no,
        strength=min(1.0, ratio / STRONG),
        seconds=most_seconds(case, seen.after - seen.background),
        experiment=Experiment(
            do="count what each rule of the filter drops (nft list ruleset, iptables -vnL) before "
            "and after a minute at the plateau, and accept this traffic for one run",
            if_this_is_it="one rule's counter moves with the drops, and the symptom goes with it",
            if_not="no rule counts the test's packets: they are strangers'",
        ),
        fix="raise or lift the limit for this traffic, or keep connections alive, so that fewer "
        "are opened",
        **timing(case, seen, mechanism=bool(felt)),
    )


def _unanswered(case: Case) -> list[Evidence]:
    """Neighbours that waited in vain for a connection."""
    return [
        other.count(UNANSWERED)
        for other in neighbours(case)
        if counted(other, UNANSWERED).course is Course.GREW
    ]


def _never_seen(case: Case) -> list[Evidence]:
    """Requests that the tier in front sent, and that never came here."""
    tier = case.tier
    if tier is None or not tier.lost_in_front >= LOST * (tier.requests + tier.lost_in_front):
        return []
    says = f"{show(tier.lost_in_front)} requests sent to it are not in its log"
    return [Evidence(says, tier.source, tier.lost_in_front, component=case.component.name)]

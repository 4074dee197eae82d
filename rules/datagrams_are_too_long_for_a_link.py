"""Rule: datagrams are too long for the link that they must cross."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CARRIERS, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, share, timing, wider, worst
from ._packets import RATIO_MATTERS, sent_again, strength

FAILS = "ip.fragment_fails_per_s"
FORWARDED, SENT = "ip.forwarded_per_s", "ip.out_requests_per_s"
PROBES = "tcp.mtu_probe_fails_per_s"


@rule(
    resource="packet_loss",
    needs=(FAILS,),
    pattern="R13",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az; sleep 1; done',
)
def datagrams_are_too_long_for_a_link(case: Case) -> Outcome:
    """Datagrams are too long for the link that they must cross.

    What it says:
        Datagrams that may not be cut up were longer than the next link takes (its MTU), and
        were thrown away here: a tunnel or an overlay network lies behind.

    Why it matters:
        Small requests pass and large responses hang: the sender sends the same too long
        segment again, until it learns the length that fits or gives up.

    How it decides:
        The kernel's count of failed fragmentations grows under load, to a thousandth of the
        datagrams or more. A mechanism where a neighbour sent segments again.

    What fools it:
        A sender that is told the length (ICMP "fragmentation needed") loses one datagram
        for each destination and then sends shorter ones: that is how it is meant to be, and
        is too few to matter. A count that goes on says that the message does not arrive.

    Source:
        RFC 1191, RFC 2923 section 2.1 (black holes)
        https://docs.kernel.org/networking/ip-sysctl.html (ip_no_pmtu_disc, tcp_mtu_probing)
        Linux, net/ipv4/ip_forward.c and ip_output.c (IPSTATS_MIB_FRAGFAILS)
    """
    found = counts(case, FAILS)
    seen = worst(found)
    if seen is None:
        return cleared(case, "packet_loss", found, "no datagram was too long for its link")
    of = FORWARDED if case.after(FORWARDED) > 0 else SENT
    _, ratio = share(case, FAILS, of, seen.part)
    if ratio < RATIO_MATTERS:
        says = f"{show(ratio, 'ratio')} of datagrams too long for their link: too few to matter"
        return Cleared(case.component.name, "packet_loss", says, case.cite(FAILS, seen.part))
    again, against = sent_again(case)
    probes = [case.count(PROBES)] if case.total(PROBES) > 0 else []
    path = case.component.role in CARRIERS
    return case.finding(
        "packet_loss",
        f"{show(seen.total)} datagrams were too long for their link",
        Place.PATH if path else wider(case, Place.FRONT, Place.BEHIND),
        evidence=(case.count(FAILS, seen.part), *probes, *again),
        against=against,
        strength=strength(ratio),
        experiment=Experiment(
            do="ping -M do -s 1472 along the way (28 bytes less than the MTU) until it passes; "
            "then set that MTU at the senders, or clamp the MSS, and rerun",
            if_this_is_it="large responses pass, and the count stands still",
            if_not="the count stands still and the symptom stays",
        ),
        fix="one MTU along the way; let ICMP type 3 code 4 pass; clamp the MSS at the tunnel",
        **timing(case, seen, mechanism=bool(again) and ratio > 0),
    )

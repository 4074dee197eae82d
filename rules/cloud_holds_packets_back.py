"""Rule: the cloud holds packets back, beyond what the instance is allowed."""

from __future__ import annotations

from diagnose.case import Case, mean
from diagnose.model import CARRIERS, NAN, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, timing, wider, worst
from ._levels import off_path
from ._packets import RATIO_MATTERS

RECEIVED, SENT = "nic.rx_packets_per_s", "nic.tx_packets_per_s"
EXCEEDED = "nic.allowance_exceeded_per_s"
WHAT = {
    "bw_in": "bytes received",
    "bw_out": "bytes sent",
    "pps": "packets a second",
    "conntrack": "tracked connections",
    "linklocal": "packets to the name server and other services of the link",
}


@rule(
    resource="bandwidth",
    needs=(EXCEEDED,),
    pattern="R10",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; ethtool -S eth0 | grep allowance; '
    "sleep 1; done",
)
def cloud_holds_packets_back(case: Case) -> Outcome:
    """The cloud holds packets back, beyond what the instance is allowed.

    What it says:
        The driver of the network card counted packets that the cloud queued or dropped: the
        instance had more bytes, packets or connections than its size allows.

    Why it matters:
        No interface of the instance looks full, and its processors have room: the limit
        stands in front of it. Small instances have an allowance that runs out.

    How it decides:
        A counter of exceeded allowances that grows after the inflection, beyond what it did
        when idle and before, to a thousandth of the packets. Of connections that could not be
        tracked each counts.

    What fools it:
        Bursts shorter than a second are queued and cost next to nothing: too few packets of
        all are no finding. The counters are totals since boot; only what was added counts.

    Source:
        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-network-performance-ena.html
        Linux, drivers/net/ethernet/amazon/ena/ena_ethtool.c
    """
    name, found = case.component.name, counts(case, EXCEEDED)
    seen = worst(found)
    if seen is None:
        return cleared(case, "bandwidth", found, "the cloud held no packet back")
    if off_path(case):
        says = f"{show(seen.total)} packets held back; no request of the test came here"
        return Cleared(name, "bandwidth", says, case.cite(EXCEEDED, seen.part))
    ratio = seen.after / _packets(case)
    if seen.part != "conntrack" and ratio < RATIO_MATTERS:
        says = f"{show(ratio, 'ratio')} of packets held back: too few to matter"
        return Cleared(name, "bandwidth", says, case.cite(EXCEEDED, seen.part))
    path = case.component.role in CARRIERS
    what = WHAT.get(seen.part, seen.part)
    return case.finding(
        "bandwidth",
        f"the cloud held back {show(seen.total)} packets: more {what} than allowed",
        Place.PATH if path else wider(case, Place.FRONT, Place.BEHIND),
        evidence=(case.count(EXCEEDED, seen.part),),
        experiment=Experiment(
            do="an instance one size larger, the same load",
            if_this_is_it="the counter stands still, and throughput rises",
            if_not="the counter stands still and the limit stays: look at the host",
        ),
        fix="a larger instance, or two; smaller responses; connections that are kept",
        **timing(case, seen),
    )


def _packets(case: Case) -> float:
    """Packets a second in and out after the inflection; NaN where nobody counted them."""
    both = case.total_values(RECEIVED) + case.total_values(SENT)
    rate = mean(both, case.run.windows.after)
    return rate if rate > 0 else NAN

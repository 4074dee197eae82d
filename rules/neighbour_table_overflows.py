"""Rule: the neighbour table overflows."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import cleared, counts, in_front, timing, worst

OVERFLOW = message("kernel", "neighbour_overflow")


@rule(
    resource="packet_loss",
    roles=("router", "switch"),
    where_measured=True,
    needs=(OVERFLOW,),
    pattern="R12",
    how_to_collect="dmesg -T, or journalctl -k, over the time of the load",
)
def neighbour_table_overflows(case: Case) -> Outcome:
    """The neighbour (ARP) table overflows.

    What it says:
        The kernel had no room for another neighbour's link address and dropped the packet.

    Why it matters:
        Connections to addresses that are not in the table fail or wait a second and more;
        which ones changes from moment to moment.

    How it decides:
        Any "neighbor table overflow" of the kernel while the load ran.

    What fools it:
        The message is rate-limited. A scan of the network fills the table as well as a
        load from thousands of addresses does.

    Source:
        https://docs.kernel.org/networking/ip-sysctl.html (neigh/default/gc_thresh3)
        net/core/neighbour.c ("neighbor table overflow!")
    """
    found = counts(case, OVERFLOW, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "packet_loss", found, "the kernel never reported a full table")
    return case.finding(
        "packet_loss",
        f"the neighbour table overflowed {times(seen.total)}",
        in_front(case),
        evidence=(case.count(OVERFLOW),),
        experiment=Experiment(
            do="raise net.ipv4.neigh.default.gc_thresh1, 2 and 3 fourfold and rerun",
            if_this_is_it="the messages stop, and connections that hung open at once",
            if_not="they stop and the symptom stays",
        ),
        fix="raise gc_thresh1, 2 and 3 above the number of neighbours, or make the segment smaller",
        **timing(case, seen),
    )

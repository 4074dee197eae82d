"""Rule: a network link goes down while the load runs."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CARRIERS, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import A_COURSE, Course, cleared, counts, wider, worst
from ._levels import comes_with_load, first_message_s, off_path
from ._packets import sent_again

DOWN = message("kernel", "link_down")


@rule(
    resource="bandwidth",
    needs=(DOWN,),
    pattern="R07",
    how_to_collect="journalctl -k (dmesg -T; logread), over the time of the load",
)
def network_link_goes_down(case: Case) -> Outcome:
    """A network link goes down while the load runs.

    What it says:
        The kernel says that the link of an interface is down: the cable, the port, the
        transceiver, or a driver that reset its card.

    Why it matters:
        Nothing passes until it is up again; connections wait for retransmissions whose
        pauses double, so that users feel it longer than it lasted.

    How it decides:
        "link is down" in the kernel's log after the inflection. A mechanism where a
        neighbour sent segments again, else a lead.

    What fools it:
        A host has links that no request of the test crosses, and the line's interface is
        not matched to a way. A log that is off in time puts the line into the load.

    Source:
        Linux, drivers/net/phy/phy.c (phy_print_status); RFC 6298, section 5.5
    """
    name, found = case.component.name, counts(case, DOWN, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "bandwidth", found, "no link went down while the load ran")
    if off_path(case):
        says = f"a link went down {times(seen.total)}; no request of the test came here"
        return Cleared(name, "bandwidth", says, case.cite(DOWN))
    again, against = sent_again(case)
    path = case.component.role in CARRIERS
    dated = seen.course is Course.GREW
    return case.finding(
        "bandwidth",
        f"a link went down {times(seen.total)}",
        Place.PATH if path else wider(case, Place.FRONT, Place.BEHIND),
        evidence=(case.count(DOWN), *again),
        against=tuple(against),
        strength=1.0 if again else 0.5,
        experiment=Experiment(
            do="another cable and another port for the interface that the line names, rerun",
            if_this_is_it="the line is gone, and the dip in throughput with it",
            if_not="the link goes down again: the card or its driver; or the dip stays",
        ),
        fix="replace cable, port or transceiver; update the driver",
        onset_s=first_message_s(case, DOWN),
        grows_with_load=comes_with_load(case, DOWN),
        mechanism=dated and bool(again),
        missing=() if dated else (A_COURSE,),
    )

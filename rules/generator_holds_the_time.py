"""Rule: the added time lies at the load generator, or on the way from it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from diagnose.case import Case
from diagnose.metrics import METRICS
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._generator import front_gain_s, front_source
from ._judging import Course, counted
from ._neighbours import behind
from ._shares import rise_s

MOST = 0.5  # of the rise lies in front of the first tier (a choice)
BUSY = 0.75  # a resource behind that is busier than this may hold the time (a choice)
LOST = "tcp.retransmits_per_s"
SPOKE = (
    "tcp.listen_overflows_per_s",
    "tcp.listen_drops_per_s",
    "tcp.syn_queue_drops_per_s",
    "nginx.dropped_connections_per_s",
    "message.nginx.worker_connections_not_enough_per_s",
    "message.nginx.too_many_open_files_per_s",
)
WAITS_FOR = "what the generator waits for: its processors, its sockets, its script"
PATH_UNKNOWN = "whether packets were lost on the way (nstat each second on both sides)"
TRY = Experiment(
    do="a second generator with one user beside the first, at the plateau; compare its times",
    if_this_is_it="the lone user gets fast answers while the others wait",
    if_not="the lone user waits as long: the path or the first tier holds the time",
)


@rule(
    resource="unexplained",
    roles=("load_generator",),
    needs=(),
    pattern="S1",
    how_to_collect="request times in the first tier's access log; nstat each second on both sides",
    explained_by=("cpu", "bandwidth", "swap", "ephemeral_ports", "file_descriptors"),
)
def generator_holds_the_time(case: Case) -> Outcome:
    """The added time lies at the load generator, or on the way from it.

    What it says:
        Half of the added time or more lies between what users measured and what the first
        tier logged, no packet was lost there, no queue overflowed, and nothing behind was
        busy.

    Why it matters:
        What the first tier never saw, no server can mend.

    How it decides:
        Only from what is left when all else was measured: the time in front of the first
        tier, retransmissions that did not grow, no refusal at the first tier, and every
        resource behind it far from full. Where retransmissions were not measured, that is
        said to be missing. A lead, never more.

    What fools it:
        A first tier that logs only when it has accepted (its accept queue is in front of
        its log), a path that is slow without losing packets, a CDN in between.

    Source:
        Denning and Buzen, The Operational Analysis of Queueing Network Models, 1978
        https://doi.org/10.1145/356733.356735
    """
    name, gained, rise = case.component.name, front_gain_s(case), rise_s(case)
    if case.run.ladder.rise_s <= 0:
        return Cleared(name, "unexplained", "responses became no slower", front_source(case))
    if math.isnan(gained) or math.isnan(rise):
        return CannotTell(name, "unexplained", ("request times in the first tier's log",))
    says = f"{show(max(gained, 0.0), 's')} of {show(rise, 's')} added lie before the first tier"
    if gained < MOST * rise:
        return Cleared(name, "unexplained", says, front_source(case))
    suspects = list(_suspects(case))
    if suspects:
        missing = f"what is left of the time before the first tier without {suspects[0]}"
        return CannotTell(name, "unexplained", (missing,), "mend that, and run the load again")
    lost_unknown = not any(c.has(LOST) for c in (case, *behind(case)))
    return case.finding(
        "unexplained",
        "the added time lies at the load generator or on the way from it",
        Place.FRONT,
        evidence=(Evidence(says, front_source(case), gained, "s", component=name),),
        mechanism=False,
        missing=(WAITS_FOR, PATH_UNKNOWN) if lost_unknown else (WAITS_FOR,),
        strength=0.5 if lost_unknown else 1.0,
        experiment=TRY,
        fix="look at the generator's script and host before any server",
    )


def _suspects(case: Case) -> Iterator[str]:
    """What else may hold the time in front of the first tier, or behind it."""
    for host in (case, *behind(case)):
        for metric in (LOST, *SPOKE):
            if counted(host, metric).course in (Course.GREW, Course.UNDATED):
                yield f"{METRICS[metric].says} at {host.component.name}"
    for known in case.run.capacities:
        if known.component != case.component.name and known.busiest_ratio >= BUSY:
            busy = f"{show(known.busiest_ratio, 'ratio')} busy"
            yield f"{known.resource} at {known.component}, {busy}"

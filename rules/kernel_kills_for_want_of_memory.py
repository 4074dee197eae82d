"""Rule: the kernel kills a process for want of memory."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import times

from ._levels import comes_with_load, first_message_s, home, messages

SAID = (
    message("kernel", "out_of_memory"),
    message("app", "out_of_memory"),
    message("db", "out_of_memory"),
    message("nginx", "no_memory"),
)
TRY = Experiment(
    do="twice the memory limit of what was killed, the same load",
    if_this_is_it="nothing is killed, and the failures are gone",
    if_not="it grows into the new limit as well: it leaks, or keeps too much for each user",
)


@rule(
    resource="memory",
    roles=("app", "db"),
    where_measured=True,
    needs=(" | ".join(SAID),),
    pattern="A11",
    how_to_collect="dmesg -T, or journalctl -k, of the time of the run; memory.events of the "
    "control group",
)
def kernel_kills_for_want_of_memory(case: Case) -> Outcome:
    """The kernel kills a process for want of memory.

    What it says:
        While the load ran, the kernel killed a process on this host because memory (or a
        control group's share of it) had run out, or a service was refused memory.

    Why it matters:
        All requests inside the process fail at once, and those that come while it starts
        again fail as well.

    How it decides:
        One such message under load is enough.

    What fools it:
        The process that is killed is the largest, not always the one that asked for more.
        A kill on the generator ends users, not servers.

    Source:
        https://docs.kernel.org/admin-guide/cgroup-v2.html (memory.events: oom_kill)
        mm/oom_kill.c ("Out of memory: Killed process")
    """
    said = messages(case, *SAID)
    if not said:
        return Cleared(case.component.name, "memory", "nothing was killed for want of memory")
    count = math.fsum(e.value for e in said)
    return case.finding(
        "memory",
        f"memory ran out {times(count)}, and processes were killed or refused",
        home(case),
        evidence=tuple(said),
        onset_s=first_message_s(case, *SAID),
        grows_with_load=comes_with_load(case, said[0].metric),
        experiment=TRY,
        fix="more memory, a smaller heap or pool, or fewer users for each process",
    )

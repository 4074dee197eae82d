"""Rule: nginx workers crash."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import cleared, counts, timing, worst

DIED = message("nginx", "worker_died")


@rule(
    resource="unexplained",
    roles=("lb",),
    where_measured=True,
    needs=(DIED,),
    pattern="N14",
    how_to_collect="nginx's error log (level alert is always in it), and dmesg -T",
    explained_by=("memory",),
)
def nginx_workers_crash(case: Case) -> Outcome:
    """nginx workers crash.

    What it says:
        A worker process ended by a signal while the load ran.

    Why it matters:
        All its connections are cut in one moment, a quarter or half of all users at once,
        and none of these requests is in the access log.

    How it decides:
        "worker process exited on signal", once, while the load ran.

    What fools it:
        Signal 9 is mostly the kernel's, for want of memory: look there first. A worker that
        a reload has ended exits with code 0 and is not counted.

    Source:
        nginx, src/os/unix/ngx_process.c (ngx_process_get_status)
    """
    found = counts(case, DIED, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "unexplained", found, "no worker of nginx crashed")
    return case.finding(
        "unexplained",
        f"nginx workers crashed {times(seen.total)}",
        Place.FRONT,
        evidence=(case.count(DIED),),
        experiment=Experiment(
            do="run without third-party modules, and look at dmesg for a kill, at the plateau",
            if_this_is_it="workers live, and the cut connections with them",
            if_not="they die all the same: take a core dump (worker_rlimit_core)",
        ),
        fix="update nginx and its modules; give it memory if the kernel killed it",
        **timing(case, seen),
    )

"""Rule: a host may start no more processes and threads."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import A_COURSE, Course, cleared, counts, worst
from ._levels import comes_with_load, first_message_s, home, off_path

REJECTED = message("kernel", "fork_rejected")


@rule(
    resource="thread_pool",
    roles=("load_generator", "cdn", "lb", "db", "other"),
    needs=(REJECTED,),
    pattern="T10",
    how_to_collect="journalctl -k (dmesg -T), over the time of the load",
)
def host_runs_out_of_tasks(case: Case) -> Outcome:
    """A host may start no more processes and threads.

    What it says:
        The kernel refused to start a process or a thread: a control group stood at its
        limit (pids.max; TasksMax= of a systemd unit, --pids-limit of a container).

    Why it matters:
        A server that takes a thread or a process for each connection then serves no
        further one, and says "Resource temporarily unavailable" or nothing at all.

    How it decides:
        "fork rejected by pids controller" in the kernel's log after the inflection. One
        line is enough: the kernel writes it only for the first refusal of a group. Workers
        of an application have a rule of their own.

    What fools it:
        The line names the group, and the group may be another service's of the same host.
        A group that was refused once before stays silent.

    Source:
        https://docs.kernel.org/admin-guide/cgroup-v1/pids.html; Linux, kernel/cgroup/pids.c
        https://git.zx2c4.com/linux-dev/commit/?id=135b8b37bd91cc82f83e98fca109b80375f5317e
    """
    name, found = case.component.name, counts(case, REJECTED, fewest=1)
    seen = worst(found)
    if seen is None:
        return cleared(case, "thread_pool", found, "no process or thread was refused")
    if off_path(case):
        says = f"refused a process or thread {times(seen.total)}; no request of the test came here"
        return Cleared(name, "thread_pool", says, case.cite(REJECTED))
    dated = seen.course is Course.GREW
    return case.finding(
        "thread_pool",
        f"the kernel refused to start a process or thread {times(seen.total)}",
        home(case),
        evidence=(case.count(REJECTED),),
        experiment=Experiment(
            do="four times the limit of the group that the line names (TasksMax=), rerun",
            if_this_is_it="the line is gone, and more connections are served at once",
            if_not="the line is gone and the symptom stays",
        ),
        fix="raise TasksMax= (pids.max); fewer threads or processes for each connection",
        onset_s=first_message_s(case, REJECTED),
        grows_with_load=comes_with_load(case, REJECTED),
        mechanism=dated,
        missing=() if dated else (A_COURSE,),
    )

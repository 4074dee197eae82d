"""Rule: the processors of the database are full."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Experiment, Outcome
from diagnose.plugins import rule

from ._cpu import BUSY, judge_full

TRY = Experiment(
    do="explain the statement that takes most time; add the index that it lacks, or twice the "
    "processors; rerun at the plateau",
    if_this_is_it="the processors come down, and throughput rises",
    if_not="the same plateau with processors to spare: look at locks, the disk and the pool",
)


@rule(
    resource="cpu",
    roles=("db",),
    needs=(BUSY,),
    pattern="D12",
    how_to_collect="sar -u ALL -P ALL 1, or /proc/stat each second",
    explained_by=("slow_query", "ephemeral_ports"),
)
def database_processors_are_full(case: Case) -> Outcome:
    """The processors of the database are full.

    What it says:
        For a third of the time after the inflection or longer, at least 90 % of the
        processor time of the database's host was in use.

    Why it matters:
        Statements then wait for a processor, however well indexed they are; connections
        stay taken, and applications queue for them.

    How it decides:
        As processors-are-full does: 90 % is a mechanism, 75 % with a queue and with time
        added a lead, less is cleared. A statement that reads far more rows than it returns
        explains full processors: then it comes first.

    What fools it:
        A backup or a warm-up before the load (only the time after the inflection counts),
        a disk that makes everyone wait (iowait is idle time here, and no evidence).

    Source:
        Performance Co-Pilot, src/pmieconf/cpu/util (90 %); netdata, health.d/cpu.conf
        Gregg, USE method: https://www.brendangregg.com/USEmethod/use-linux.html
    """
    return judge_full(case, TRY, "mend the statement that burns most, or more processors")

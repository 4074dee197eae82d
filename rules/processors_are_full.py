"""Rule: the processors of a host are full."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import Experiment, Outcome
from diagnose.plugins import rule

from ._cpu import BUSY, judge_full

TRY = Experiment(
    do="give this host twice the processors, or put a second one beside it; rerun at the plateau",
    if_this_is_it="throughput rises by half or more before the time of a request turns again",
    if_not="the same plateau with processors to spare: look at what this host waits for",
)


@rule(
    resource="cpu",
    roles=("cdn", "router", "switch", "lb", "app", "cache", "queue", "other"),
    needs=(BUSY,),
    pattern="A01",
    how_to_collect="sar -u ALL -P ALL 1, or /proc/stat each second",
    explained_by=("ephemeral_ports",),
)
def processors_are_full(case: Case) -> Outcome:
    """The processors of a host are full.

    What it says:
        For a third of the time after the inflection or longer, at least 90 % of the
        processor time of a host on the requests' way was in use.

    Why it matters:
        Beyond it every further request waits its turn: throughput stands still and the
        time of a request grows with the users. Nothing in front or behind can help.

    How it decides:
        cpu.busy_ratio (iowait is idle time) at 90 % or more: a mechanism. Between 75 %
        and 90 % only with tasks that wait for a processor, or with the plateau at the
        throughput at which the processors would be full, and only where requests spend
        more time here: a lead. Below, the host is cleared with its number.

    What fools it:
        A job beside the test that burns what is left over (busy before the load: it
        cannot tell), a host that no request passes (cleared), a burst shorter than a third
        of the time. A mean over a minute hides full seconds; a mean over cores hides one
        full core (one-processor-is-full); a quota cuts a container short while the host has
        room (cpu-quota-throttles-the-container). Processors may be burnt by a search for a
        free local port: then that is the cause.

    Source:
        Performance Co-Pilot, src/pmieconf/cpu/util (90 %); netdata, health.d/cpu.conf
        (85 % and 95 %); Gregg, USE method: https://www.brendangregg.com/USEmethod/use-linux.html
        https://docs.kernel.org/accounting/psi.html
    """
    return judge_full(case, TRY, "more processors or hosts for this tier, or less work a request")

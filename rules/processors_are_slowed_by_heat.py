"""Rule: processors are slowed down for their temperature."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import times

from ._judging import cleared, counted, timing, worst
from ._levels import first_message_s, home, off_path
from ._shares import barely_gained

SAID = message("kernel", "thermal_throttle")
BUSY = "cpu.busy_ratio"
TRY = Experiment(
    do="turbostat (or /sys/devices/system/cpu/cpu*/thermal_throttle/*) each second at the plateau",
    if_this_is_it="clocks fall below the base frequency while counts rise",
    if_not="clocks stay where they are: a moment of heat that costs nothing",
)


@rule(
    resource="cpu",
    needs=(SAID,),
    pattern="A18",
    how_to_collect="dmesg, or journalctl -k, over the time of the load",
)
def processors_are_slowed_by_heat(case: Case) -> Outcome:
    """Processors are slowed down for their temperature.

    What it says:
        The kernel said, while the load ran, that processors were too hot and ran slower.

    Why it matters:
        The same work takes more processor time, so that the host is full at a lower load
        than yesterday. No counter of use shows it: a slow processor is as busy as a fast one.

    How it decides:
        "temperature above threshold, cpu clock throttled" in the kernel's log under load,
        and not at the same rate before it. A lead: it says that it happened, not for how
        long, nor by how much.

    What fools it:
        The kernel says it once in five minutes at most for each processor, so that the
        number of lines says little. A guest never sees it: its host's log does.

    Source:
        linux, drivers/thermal/intel/therm_throt.c (CHECK_INTERVAL, the messages)
    """
    seen = counted(case, SAID, fewest=1)
    if worst([seen]) is None:
        return cleared(case, "cpu", [seen], "the kernel said nothing of heat")
    says = f"the kernel slowed processors down for heat {times(seen.total)}"
    if off_path(case):
        tail = ", and no request of the test passes here"
        return Cleared(case.component.name, "cpu", says + tail, case.cite(SAID))
    return case.finding(
        "cpu",
        says,
        home(case),
        evidence=(case.count(SAID), *([case.rise(BUSY)] if case.has(BUSY) else [])),
        against=barely_gained(case),
        experiment=TRY,
        fix="cooling, fans, the power profile of the machine",
        **{
            **timing(case, seen, mechanism=False),
            "onset_s": first_message_s(case, SAID),
            "missing": ("clock rate of the processors over time: turbostat",),
        },
    )

"""Rule: a file system is full."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import comes_with_load, earliest, first_message_s, messages

SPACE, INODES = "disk.space_used_ratio", "disk.inodes_used_ratio"
SAID = (message("kernel", "no_space"), message("db", "disk_full"), message("nginx", "no_space"))
FULL = 0.995  # nothing more can be written (a choice; root may keep 5 % that others cannot use)
NEARLY = 0.98  # netdata, health.d/disks.conf: alarm
TRY = Experiment(
    do="free a tenth of the file system (old logs first), rerun",
    if_this_is_it="the messages stop, and the failures with them",
    if_not="the same failures with room: look at the message's file",
)


@rule(
    resource="disk_space",
    needs=(" | ".join((SPACE, INODES, *SAID)),),
    pattern="D14",
    how_to_collect="df -P and df -Pi before and after; the logs of the kernel and of the services",
)
def file_system_is_full(case: Case) -> Outcome:
    """A file system is full.

    What it says:
        Something could not be written for want of space or inodes, or a file system filled
        up while the load ran.

    Why it matters:
        A database stops or waits, a log blocks, a temporary file fails the request. Nothing
        in the timings says why.

    How it decides:
        "No space left on device" while the load ran: a mechanism. A file system that
        reached 99.5 % under load and was not there before: a lead. One that was as full
        before, with nobody complaining, is cleared with its number.

    What fools it:
        Images of containers and snapshots mounted read-only are full by nature. Root may
        keep some percent that services cannot have.

    Source:
        https://man7.org/linux/man-pages/man3/errno.3.html (ENOSPC); netdata,
        health.d/disks.conf (90 % and 98 %); https://dev.mysql.com/doc/refman/8.4/en/full-disk.html
    """
    said, filled = messages(case, *SAID), _filled_up(case)
    if not said and not filled:
        return Cleared(case.component.name, "disk_space", _fullest(case))
    onsets = [case.onset_s(e.metric, e.part, above=FULL) for e in filled]
    count = math.fsum(e.value for e in said)
    return case.finding(
        "disk_space",
        f"{show(count)} writes failed for want of space" if said else filled[0].says,
        Place.INSIDE,
        evidence=(*said, *filled),
        mechanism=bool(said),
        missing=() if said else ("a message that something could not be written",),
        onset_s=earliest(first_message_s(case, *SAID), *onsets),
        grows_with_load=comes_with_load(case, said[0].metric)
        if said
        else case.grows_with_load(filled[0].metric, filled[0].part),
        experiment=TRY,
        fix="more space or inodes, rotate logs, move temporary files",
    )


def _filled_up(case: Case) -> list[Evidence]:
    """File systems that filled up while the load ran."""
    found = []
    for metric in (SPACE, INODES):
        for part in case.signals(metric):
            held, idle = case.held(metric, part), case.idle(metric, part)
            if held >= FULL and idle < FULL:
                says = f"{part} went from {show(idle, 'ratio')} to {show(held, 'ratio')} full"
                found.append(case.note(says, metric, part, held))
    return found


def _fullest(case: Case) -> str:
    used, part = max(
        ((case.held(m, p), p) for m in (SPACE, INODES) for p in case.signals(m)),
        default=(math.nan, ""),
    )
    if math.isnan(used):
        return "nothing failed for want of space"
    tail = ", and nobody complained" if used >= NEARLY else ""
    return f"{part} {show(used, 'ratio')} full{tail}".strip()

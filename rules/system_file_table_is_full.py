"""Rule: the host's table of open files is full."""

from __future__ import annotations

import math

from diagnose.case import Case, CitedLimit
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule

from ._judging import cleared, counts, wider, worst
from ._tables import table_level, table_timing

OPEN, MAX = "files.system_open", "files.system_max"
SAID = message("kernel", "file_max_reached")
NEARLY, FULL = 0.90, 0.98  # netdata and PCP (filesys) warn at 90 %; full is a choice


@rule(
    resource="file_descriptors",
    needs=(f"{OPEN} | {SAID}",),
    pattern="T09",
    how_to_collect='while :; do echo "$(date +%s.%N) $(cat /proc/sys/fs/file-nr)"; sleep 1; done',
)
def system_file_table_is_full(case: Case) -> Outcome:
    """The host's table of open files is full.

    What it says:
        All processes together opened as many files and sockets as fs.file-max allows.

    Why it matters:
        No process of the host can accept or open a connection, whatever its own limit.

    How it decides:
        The kernel's "file-max limit reached" while the load ran, or open files held at
        98 % of the maximum. From 90 % on it is a lead.

    What fools it:
        Inside a container the table is the host's: others may fill it.

    Source:
        https://docs.kernel.org/admin-guide/sysctl/fs.html#file-max-file-nr
        netdata, health.d/file_descriptors.conf; PCP pmieconf filesys.vfs_files
    """
    said, limit = worst(counts(case, SAID, fewest=1)), case.limit(MAX)
    ratio = case.held(OPEN) / limit.value if limit else float("nan")
    if said is None and not ratio >= NEARLY:
        return _room(case, limit)
    level = _level(case, limit)
    nearly = NEARLY * limit.value if limit else math.nan
    return case.finding(
        "file_descriptors",
        "the host's table of open files is full" if said or ratio >= FULL else level[0].says,
        wider(case, Place.INSIDE, Place.FRONT),
        evidence=(*([case.count(SAID)] if said else []), *level),
        strength=1.0 if said else min(1.0, ratio),
        experiment=Experiment(
            do="double fs.file-max and rerun at the plateau",
            if_this_is_it="connections are accepted again, and errors stop",
            if_not="the table has room and the symptom stays",
        ),
        fix="raise fs.file-max; find the process that leaks files",
        **table_timing(case, OPEN, said, nearly, ratio >= FULL),
    )


def _level(case: Case, limit: CitedLimit | None) -> list[Evidence]:
    return table_level(case, OPEN, limit, "files open on the host")


def _room(case: Case, limit: CitedLimit | None) -> Cleared | CannotTell:
    level, log = _level(case, limit), counts(case, SAID)
    if level and limit:
        return Cleared(case.component.name, "file_descriptors", level[0].says, level[0].source)
    if log:
        return cleared(case, "file_descriptors", log, "the kernel never reported a full table")
    return CannotTell(case.component.name, "file_descriptors", (MAX,))

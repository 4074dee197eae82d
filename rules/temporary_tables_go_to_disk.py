"""Rule: temporary tables and sorts of the database go to disk."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._disk import onset_s, saturated
from ._judging import Course, counted
from ._levels import messages
from ._shares import barely_gained, each_request

ON_DISK, ALL = "db.tmp_disk_tables_per_s", "db.tmp_tables_per_s"
MERGES, SAID = "db.sort_merge_passes_per_s", message("db", "temporary_file")
MUCH = 0.25  # of temporary tables on disk (MySQLTuner)
OFTEN = 0.1  # temporary tables on disk a request (a choice)
TRY = Experiment(
    do="four times tmp_table_size and max_heap_table_size (PostgreSQL: work_mem)",
    if_this_is_it="temporary tables stay in memory, and the disk has room",
    if_not="as many on disk: the statement sorts or groups too much, look at its plan",
)


@rule(
    resource="slow_query",
    roles=("db",),
    needs=(" | ".join((ON_DISK, MERGES, SAID)),),
    pattern="D09",
    how_to_collect="MySQL: SHOW GLOBAL STATUS each second (Created_tmp_disk_tables, "
    "Sort_merge_passes); "
    "PostgreSQL: log_temp_files=0",
)
def temporary_tables_go_to_disk(case: Case) -> Outcome:
    """Temporary tables and sorts of the database go to disk.

    What it says:
        Statements wrote what they sort and group to disk, for one request in ten or more,
        and that disk was saturated.

    Why it matters:
        A sort in memory that does not fit writes and reads all of it once more, beside
        everyone else's pages.

    How it decides:
        A quarter of the temporary tables or more on disk, one for ten requests, or sorts
        that needed merging, or files that the log names, and a saturated disk. It grows
        with users like everything: without a full disk it is cleared with its numbers.

    What fools it:
        Reading the server's own status makes temporary tables. Tables with long texts go to
        disk whatever the setting.

    Source:
        MySQLTuner (25 %); https://dev.mysql.com/doc/refman/8.4/en/internal-temporary-tables.html
        https://www.postgresql.org/docs/current/runtime-config-logging.html (log_temp_files)
    """
    disk, often = saturated(case), _often(case)
    if disk is None or not often:
        return Cleared(case.component.name, "slow_query", _cleared(case))
    return case.finding(
        "slow_query",
        "temporary tables and sorts go to a disk that is full",
        Place.INSIDE,
        evidence=(
            *(case.rise(m) for m in (ON_DISK, ALL, MERGES) if case.has(m)),
            *messages(case, SAID),
        ),
        mechanism=False,
        missing=("which statement writes them (EXPLAIN, log_temp_files)",),
        onset_s=onset_s(case, disk),
        grows_with_load=case.grows_with_load(often),
        experiment=TRY,
        fix="an index for the order, more memory for sorts",
        against=barely_gained(case, Place.INSIDE),
    )


def _often(case: Case) -> str:
    """The counter that shows it; "" where none does."""
    if each_request(case, ON_DISK) >= max(OFTEN, MUCH * each_request(case, ALL)):
        return ON_DISK
    for metric in (MERGES, SAID):
        rate = each_request(case, metric)
        if counted(case, metric).course is Course.GREW and rate >= OFTEN:
            return metric
    return ""


def _cleared(case: Case) -> str:
    made, on_disk = case.total(ALL), case.total(ON_DISK)
    if math.isnan(made) or math.isnan(on_disk):
        return "no sort was written to disk"
    return f"{show(on_disk)} of {show(made)} temporary tables on disk while the load ran"

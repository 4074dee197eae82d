"""Rule: checkpoints of the database come too often."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule

from ._judging import cleared, counts, timing, worst
from ._levels import comes_with_load, messages
from ._shares import barely_gained

SAID, ANY = message("db", "checkpoints_too_frequent"), message("db", "checkpoint")
TRY = Experiment(
    do="four times max_wal_size, the same load",
    if_this_is_it="the messages stop, and the spikes of latency with them",
    if_not="the same spikes: look at the disk",
)


@rule(
    resource="checkpoint",
    roles=("db",),
    needs=(f"{SAID} | {ANY}",),
    pattern="D06",
    how_to_collect="PostgreSQL: its log with log_checkpoints=on",
)
def checkpoints_come_too_often(case: Case) -> Outcome:
    """Checkpoints of the database come too often.

    What it says:
        The database said itself that its checkpoints follow each other too fast.

    Why it matters:
        Each one writes all changed pages, and the first change of a page after it writes
        the whole page to the log: the disk fills, and commits wait.

    How it decides:
        "checkpoints are occurring too frequently" in the log while the load ran, more than
        before the inflection.

    What fools it:
        A bulk load before the test says so as well (only messages under load count).
        Checkpoints that are spread out do no harm.

    Source:
        https://www.postgresql.org/docs/current/runtime-config-wal.html (checkpoint_warning,
        max_wal_size); https://www.postgresql.org/docs/current/wal-configuration.html
    """
    found = counts(case, SAID, fewest=1)
    seen = worst(found)
    if seen is None:
        says = "no checkpoint came too early"
        return cleared(case, "checkpoint", found or counts(case, ANY, fewest=1), says)
    return case.finding(
        "checkpoint",
        "checkpoints come too often",
        Place.INSIDE,
        evidence=tuple(messages(case, SAID, ANY)),
        experiment=TRY,
        fix="a larger max_wal_size, a longer checkpoint_timeout",
        against=barely_gained(case, Place.INSIDE),
        **{**timing(case, seen), "grows_with_load": comes_with_load(case, seen.metric)},
    )

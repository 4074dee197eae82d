"""Rule: the connection tracking table is full."""

from __future__ import annotations

import math

from diagnose.case import Case, CitedLimit
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, in_front, worst
from ._tables import table_level, table_timing

ENTRIES, MAX = "conntrack.entries", "conntrack.max"
FULL_LOG = message("kernel", "conntrack_full")
NEARLY, FULL = 0.90, 0.95  # netdata, health.d/netfilter.conf: warning and alarm


@rule(
    resource="conntrack",
    needs=(f"{ENTRIES} | {FULL_LOG}",),
    pattern="R04",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; '
    "cat /proc/sys/net/netfilter/nf_conntrack_{count,max}; sleep 1; done",
)
def connection_tracking_table_is_full(case: Case) -> Outcome:
    """The connection tracking table is full.

    What it says:
        A firewall or address translator had no room to remember another connection, so it
        dropped the packet that would have opened it.

    Why it matters:
        New connections hang and time out while the ones that stand work well. Entries stay
        after a connection has ended (two minutes in TIME_WAIT), so that short connections
        fill the table at a modest rate.

    How it decides:
        The kernel's message, once, while the load ran; or entries at 95 % of the maximum. From
        90 % on it is a lead. Entries without the maximum tell nothing.

    What fools it:
        The message is rate-limited: its number says little. A table may be full of other
        people's connections: compare with idle.

    Source:
        https://docs.kernel.org/networking/nf_conntrack-sysctl.html
        netdata, health.d/netfilter.conf; net/netfilter/nf_conntrack_core.c (table full)
    """
    said = worst(counts(case, FULL_LOG, fewest=1))
    limit = case.limit(MAX)
    ratio = case.held(ENTRIES) / limit.value if limit else float("nan")
    if said is None and not ratio >= NEARLY:
        return _room(case, limit, ratio)
    nearly = NEARLY * limit.value if limit else math.nan
    return case.finding(
        "conntrack",
        "the connection tracking table is full: new connections are dropped"
        if said or ratio >= FULL
        else f"the connection tracking table is {show(ratio, 'ratio')} full",
        in_front(case),
        evidence=(*([case.count(FULL_LOG)] if said else []), *_level(case, limit)),
        strength=1.0 if said else min(1.0, ratio),
        experiment=Experiment(
            do="double net.netfilter.nf_conntrack_max (and the hash size) and rerun",
            if_this_is_it="the messages stop and connections open at once again",
            if_not="the table has room and connections still hang",
        ),
        fix="raise nf_conntrack_max, shorten its timeouts, keep connections alive, or do not "
        "track this traffic (NOTRACK)",
        **table_timing(case, ENTRIES, said, nearly, ratio >= FULL),
    )


def _level(case: Case, limit: CitedLimit | None) -> list[Evidence]:
    return table_level(case, ENTRIES, limit, "connections tracked")


def _room(case: Case, limit: CitedLimit | None, ratio: float) -> Cleared | CannotTell:
    log = counts(case, FULL_LOG)
    if limit is None and not log:
        return CannotTell(case.component.name, "conntrack", (MAX,))
    level = _level(case, limit)
    if level and ratio < NEARLY:
        return Cleared(case.component.name, "conntrack", level[0].says, level[0].source)
    return cleared(case, "conntrack", log, "the kernel never reported a full table")

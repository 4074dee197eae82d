"""Rule: sockets that no process holds any more are reset."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import (
    comes_with_load,
    earliest,
    first_message_s,
    messages,
    off_path,
    stays_above,
    steady,
)

SAID, ORPHANS, MAX = message("kernel", "too_many_orphans"), "sock.orphaned", "net.max_orphans"
MANY = 0.5  # netdata, health.d/tcp_orphans.conf: critical, since one may count as two or four
HOW = "journalctl -k (dmesg -T); /proc/net/sockstat each second; sysctl net.ipv4.tcp_max_orphans"


@rule(
    resource="connections",
    roles=("load_generator", "cdn", "lb", "app", "db", "cache", "queue", "other"),
    needs=(f"{SAID} | {ORPHANS}",),
    pattern="T05",
    how_to_collect=HOW,
)
def orphaned_sockets_are_reset(case: Case) -> Outcome:
    """Sockets that no process holds any more are reset.

    What it says:
        More connections than the kernel allows (net.ipv4.tcp_max_orphans) were closed by
        their process and had data or a goodbye on the way; the kernel cut them off.

    Why it matters:
        A response that was written and not yet received is lost: its user sees a reset
        though the server logs a success.

    How it decides:
        "too many orphaned sockets" in the kernel's log after the inflection, or orphans
        held at half of the limit, which they were not before the load: a lead.

    What fools it:
        The kernel lets a socket that hurts count as two or four, so that it acts before the
        limit. Users that hang up in a crowd leave orphans of their own making.

    Source:
        https://docs.kernel.org/networking/ip-sysctl.html (tcp_max_orphans)
        Linux, net/ipv4/tcp_timer.c (tcp_out_of_resources); netdata, health.d/tcp_orphans.conf
    """
    name, limit = case.component.name, case.limit(MAX)
    said = messages(case, SAID) if _after(case) else []
    full = MANY * limit.value if limit else math.inf
    many = stays_above(case, ORPHANS, full) and not steady(case, ORPHANS)
    if not said and not case.has(SAID) and limit is None:
        return CannotTell(name, "connections", (f"{SAID} | {MAX}",))
    level = _level(case)
    if off_path(case) or not (said or many):
        says = level[0].says if level else "the kernel's log tells of no orphaned socket"
        return Cleared(name, "connections", says, case.sources(SAID, ORPHANS, MAX))
    return case.finding(
        "connections",
        "the kernel reset sockets that no process held any more"
        if said
        else f"orphaned sockets stand at half of their limit or more: {level[0].says}",
        Place.FRONT,
        evidence=(*said, *level),
        mechanism=bool(said),
        missing=() if said else ("the kernel's log: too many orphaned sockets",),
        onset_s=earliest(first_message_s(case, SAID), case.onset_s(ORPHANS, above=full)),
        grows_with_load=comes_with_load(case, SAID) if said else case.grows_with_load(ORPHANS),
        experiment=Experiment(
            do="net.ipv4.tcp_max_orphans fourfold (64 KB of memory each, at most), rerun",
            if_this_is_it="the message is gone, and resets with it",
            if_not="the message is gone and the symptom stays",
        ),
        fix="find who hangs up, and keep connections alive; raise tcp_max_orphans",
    )


def _after(case: Case) -> bool:
    """Whether the kernel spoke of it after the inflection, or nobody knows when."""
    after = case.after(SAID)
    return math.isnan(after) or after > 0


def _level(case: Case) -> list[Evidence]:
    held, limit = case.held(ORPHANS), case.limit(MAX)
    if math.isnan(held):
        return []
    of = f" of {show(limit.value)}" if limit else ""
    return [case.note(f"{show(held)}{of} orphaned sockets", ORPHANS, value=held)]

"""Rule: a SYN queue overflows."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import Course, cleared, counts, per_request, timing, worst

DROPS, COOKIES = "tcp.syn_queue_drops_per_s", "tcp.syn_cookies_per_s"
FLOODING = message("kernel", "syn_flooding")
ALL = (DROPS, COOKIES, FLOODING)


@rule(
    resource="syn_queue",
    roles=("cdn", "lb", "app", "db", "cache", "queue", "other"),
    needs=(f"{DROPS} | {COOKIES}",),
    pattern="T02",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; nstat -az; sleep 1; done',
    explained_by=("listen_backlog",),
)
def syn_queue_overflows(case: Case) -> Outcome:
    """A SYN queue overflows.

    What it says:
        More connections were being opened at once than a listening socket may keep half
        open.

    Why it matters:
        Without SYN cookies the first packet of a connection is dropped, and its sender
        tries again after 1 s, then 3 s. With cookies the connection is made, without some
        of its options.

    How it decides:
        Drops for a full SYN queue that grow under load are a mechanism. Cookies, or the
        kernel's message, without a drop are a lead.

    What fools it:
        A full accept queue fills the SYN queue too: then that is the cause. The kernel
        prints its message once for each socket, however often it happens.

    Source:
        https://docs.kernel.org/networking/ip-sysctl.html (tcp_max_syn_backlog,
        tcp_syncookies); listen(2); PCP pmieconf network.tcpqfulldrops
    """
    found = counts(case, DROPS, COOKIES) + counts(case, FLOODING, fewest=1)
    seen = worst(c for c in found if c.metric == DROPS) or worst(found)
    if seen is None:
        return cleared(case, "syn_queue", found, "no SYN found its queue full")
    dropped = seen.metric == DROPS
    return case.finding(
        "syn_queue",
        f"a full SYN queue dropped {show(seen.total)} connection attempts"
        if dropped
        else "a SYN queue was full: the kernel answered with cookies",
        Place.FRONT,
        evidence=tuple(case.count(m) for m in ALL if case.total(m) > 0),
        strength=_strength(case, seen.after) if seen.course is Course.GREW else 0.5,
        experiment=Experiment(
            do="raise net.ipv4.tcp_max_syn_backlog and the socket's backlog fourfold, rerun",
            if_this_is_it="drops stop, and waits of 1 s and 3 s before a connection with them",
            if_not="the queue fills all the same: look at the accept queue and at the ramp",
        ),
        fix="raise tcp_max_syn_backlog with somaxconn; leave tcp_syncookies on; a slower ramp",
        **timing(case, seen, mechanism=dropped),
    )


def _strength(case: Case, rate_per_s: float) -> float:
    """1 from an event in a hundred requests on (a choice)."""
    ratio = per_request(case, rate_per_s)
    return min(1.0, ratio / 0.01) if ratio > 0 else 0.5

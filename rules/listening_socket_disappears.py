"""Rule: a listening socket disappears while the load runs."""

from __future__ import annotations

import math

import numpy as np

from diagnose.case import Case, mean
from diagnose.model import Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

SOCKET, RESETS = "listen.queue_length", "tcp.resets_sent_per_s"
FEWEST = 4  # readings that a socket was seen in (a choice)
GONE_S = 5.0  # before the end of the load, that it was no longer seen (a choice)
MISSED = 0.2  # resets a second, that say that it was missed (a choice)
TRY = Experiment(
    do="start the process again, and the same load; watch its own log and dmesg -T",
    if_this_is_it="it ends again, and its log, or the kernel's, says why",
    if_not="it goes on: something else ended it (a deployment, a supervisor, a person)",
)


@rule(
    resource="listen_backlog",
    roles=("cdn", "lb", "app", "db", "cache", "queue", "other"),
    needs=(SOCKET,),
    pattern="T01",
    how_to_collect='while :; do echo "# $(date +%s.%N)"; ss -lnt; nstat -az; sleep 1; done',
    explained_by=("memory", "file_descriptors", "disk_space"),
)
def listening_socket_disappears(case: Case) -> Outcome:
    """A listening socket disappears while the load runs.

    What it says:
        A port on which a process took connections was no longer listened on, and from then
        on the kernel answered with resets: the process ended, or closed it.

    Why it matters:
        Every connection to it is refused at once. A load balancer that goes on sending
        there fails its share of all requests.

    How it decides:
        The socket stood in ss -lnt, and did not five seconds or more before the load
        ended; resets sent grew from that moment on. Without the latter it is a lead.

    What fools it:
        A sampler that ended early (resets go on in another file). A port that was closed on
        purpose, for which nobody asks: then no resets follow.

    Source:
        RFC 9293, 3.5.2 (a reset is sent for a port nobody listens on); ss(8)
    """
    name = case.component.name
    gone = [(p, at) for p in sorted(case.signals(SOCKET)) if not math.isnan(at := _gone(case, p))]
    if not gone:
        says = "every listening socket was there to the end"
        return Cleared(name, "listen_backlog", says, case.rise(SOCKET, _any(case)).source)
    part, at_s = min(gone, key=lambda pair: pair[1])
    later, sooner = _resets(case, at_s)
    if later < max(MISSED, 2 * sooner):
        says = f"nobody asked for {part} after it was closed"
        return Cleared(name, "listen_backlog", says, case.rise(SOCKET, part).source)
    told = () if math.isnan(later) else (_evidence(case, sooner, later),)
    return case.finding(
        "listen_backlog",
        f"nobody listens on {part} any more",
        Place.FRONT,
        evidence=(
            case.note(f"{part} was last listened on {show(at_s, 's')} in", SOCKET, part),
            *told,
        ),
        mechanism=bool(told),
        missing=() if told else ("resets that it sent: nstat -az each second",),
        onset_s=at_s,
        grows_with_load=_under_high_load(case, at_s),
        experiment=TRY,
        fix="find out what ended the process; take a dead server out of rotation by health checks",
    )


def _gone(case: Case, part: str) -> float:
    """When a socket was last seen; NaN where it was there to the end, or hardly ever."""
    seen = np.isfinite(case.values(SOCKET, part))
    load = case.run.grid_s[case.run.windows.load]
    if seen.sum() < FEWEST or not load.size:
        return math.nan
    last = float(case.run.grid_s[seen][-1])
    return last if 0 <= last < load[-1] - GONE_S else math.nan


def _resets(case: Case, at_s: float) -> tuple[float, float]:
    """Resets a second after and before a moment of the load."""
    values, load = case.values(RESETS), case.run.windows.load
    late = case.run.grid_s > at_s
    return mean(values, load & late), mean(values, load & ~late)


def _evidence(case: Case, sooner: float, later: float) -> Evidence:
    rates = f"{show(sooner, '1/s')} before, {show(later, '1/s')} from then on"
    return case.note(f"segments with RST sent: {rates}", RESETS, "", later)


def _under_high_load(case: Case, at_s: float) -> bool | None:
    """One event has no course; that it came in the upper half of the load speaks for it."""
    users = case.run.users
    if users.shape != case.run.grid_s.shape or not np.isfinite(users).any():
        return None
    return True if np.interp(at_s, case.run.grid_s, users) >= 0.5 * np.nanmax(users) else None


def _any(case: Case) -> str:
    return next(iter(sorted(case.signals(SOCKET))), "")

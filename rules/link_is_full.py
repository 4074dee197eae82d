"""Rule: a network link is full."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import CARRIERS, NAN, CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import wider

UTIL, SPEED = "nic.util_ratio", "nic.speed_bytes_per_s"
RX, TX = "nic.rx_bytes_per_s", "nic.tx_bytes_per_s"
FULL = 0.90  # netdata, health.d/net.conf (a minute); PCP pmieconf per_netif.util says 85 %
CARRIES = 0.10  # of the host's bytes: an interface with less does not matter (a choice)


@rule(
    resource="bandwidth",
    roles=("cdn", "router", "switch", "lb", "app", "db", "cache", "queue"),
    needs=(f"{UTIL} | {SPEED}", f"{RX} | {TX} | {UTIL}"),
    pattern="R08",
    how_to_collect="sar -n DEV 1 (%ifutil), and the link's speed: ethtool IF, or "
    "/sys/class/net/IF/speed",
)
def link_is_full(case: Case) -> Outcome:
    """A network link is full.

    What it says:
        Bytes in one direction reached nine tenths of what the link carries, and stayed.

    Why it matters:
        Packets queue and are dropped in front of a full link; throughput stands still at
        bytes per second, so that larger responses mean fewer of them.

    How it decides:
        The larger of bytes received and sent by interface, at the level that was held after
        the inflection, over the link's speed.

    What fools it:
        sar shows 0 % where it does not know the speed: that is not measured. Virtual
        interfaces name a speed that nothing enforces, and a provider may enforce one that
        no interface names. Bursts shorter than the sampling fill a link that is at 30 % in
        the mean; they show as drops of the queue.

    Source:
        sar(1), %ifutil; netdata, health.d/net.conf; PCP pmieconf per_netif.util
    """
    name = case.component.name
    levels = {part: _level(case, part) for part in _busy(case)}
    known = {part: level for part, level in levels.items() if not math.isnan(level)}
    top = max(sorted(known), key=lambda p: known[p], default="")
    if not known or (known[top] < FULL and len(known) < len(levels)):
        blind = ", ".join(sorted(set(levels) - set(known))) or "each interface"
        return CannotTell(name, "bandwidth", (f"the speed of {blind}",))
    says = f"{top} is {show(known[top], 'ratio')} full"
    metric, at = _metric(case, top)
    if known[top] < FULL:
        return Cleared(
            name, "bandwidth", f"the fullest link, {says}", case.rise(metric, top).source
        )
    return case.finding(
        "bandwidth",
        f"the link at {says}",
        Place.PATH if case.component.role in CARRIERS else wider(case, Place.FRONT, Place.BEHIND),
        evidence=(case.rise(metric, top), case.note(says, metric, top, known[top])),
        onset_s=case.onset_s(metric, top, above=FULL * at),
        grows_with_load=case.grows_with_load(metric, top),
        strength=min(1.0, known[top]),
        experiment=Experiment(
            do="compress responses (gzip) or load a page a tenth as large, and rerun",
            if_this_is_it="requests per second rise while bytes per second stay",
            if_not="requests per second stay: the limit does not count bytes",
        ),
        fix="a faster link, smaller or compressed responses, a cache in front of it",
    )


def _busy(case: Case) -> list[str]:
    """Interfaces that carry a tenth of the host's bytes or more, loopback left out."""
    parts = {p for m in (UTIL, RX, TX) for p in case.signals(m)} - {"lo"}
    moved = {p: _bytes(case, p)[1] for p in parts}
    most = max((b for b in moved.values() if not math.isnan(b)), default=NAN)
    return sorted(p for p in parts if not moved[p] < CARRIES * most)


def _bytes(case: Case, part: str) -> tuple[str, float]:
    """The direction with more bytes, and the level that it held."""
    held = {m: case.held(m, part) for m in (RX, TX)}
    metric = max(held, key=lambda m: -1.0 if math.isnan(held[m]) else held[m])
    return metric, held[metric]


def _level(case: Case, part: str) -> float:
    speed = case.limit(SPEED, part)
    moved = _bytes(case, part)[1]
    if speed and speed.value > 0 and not math.isnan(moved):
        return moved / speed.value
    shown = case.held(UTIL, part)
    return NAN if shown == 0 and moved != 0 else shown


def _metric(case: Case, part: str) -> tuple[str, float]:
    """What to show of it, and the level that would be full in its unit."""
    speed, (metric, moved) = case.limit(SPEED, part), _bytes(case, part)
    return (metric, speed.value) if speed and not math.isnan(moved) else (UTIL, 1.0)

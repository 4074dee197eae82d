"""A level that a series stood on, matched against every limit that was collected nearby.

A series that rose and then stood still at 512 points at whatever is configured as 512. The
number alone convicts nobody: what is found is a note, and moves no suspect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from diagnose.case import Case, Run
from diagnose.ceilings import OF_QUEUES, Ceiling, ceilings
from diagnose.model import NAN, Signal
from diagnose.onset import FEWEST
from diagnose.readings import Array, Flags, Ints
from diagnose.units import show

# All of these are choices.
FLAT = {"1/s": 0.03, "bytes/s": 0.03}  # width of a plateau; events of a second scatter
STILL = 0.01  # the same of what is counted or held
SHARE = 1 / 3  # of the time after the turn that a plateau lasts, at least
DENSE = 2 / 3  # of the readings from when it is reached to when it is left
AT_FIRST = 10  # readings, of which so many must be near for it to begin
OVERSHOOT = 0.25  # of the readings after the turn may lie above: what is held is let go slowly
RISEN = 0.8  # of the level; the series began below it
BELOW, ABOVE = 0.02, 0.01  # how far a level may lie from the number of a limit
SPECIFIC = 8  # smaller numbers are everywhere
SHARED = 3  # so many limits of one number: it tells none from the others
SHARES_OF_USERS = 4  # servers that share the users, or connections that each user holds

QUEUE = "listen.queue_length"
IN_FLIGHT = "http.in_flight"
# Resources of which the use is counted in connections, files, threads, requests or bytes.
COUNTED = {
    *("connections", "listen_backlog", "ephemeral_ports", "conntrack", "file_descriptors"),
    *("thread_pool", "connection_pool", "db_connections", "upstream", "memory"),
}
# Requests, new connections and bytes; of segments, packets and errors no limit is collected.
RATES = {
    *("http.requests_per_s", "http.status_per_s", "http.upstream_requests_per_s"),
    *("http.new_connections_per_s", "nginx.requests_per_s", "nginx.accepts_per_s"),
    *("haproxy.accepts_per_s", "haproxy.sessions_per_s", "cache.connects_per_s"),
    *("tcp.active_opens_per_s", "tcp.passive_opens_per_s"),
    *("nic.rx_bytes_per_s", "nic.tx_bytes_per_s"),
}
# Counts of one server, which a neighbour may bound; counts of a host take in strangers.
OF_SERVERS = {"nginx", "haproxy", "cache", "db", "http"}
# The highest value so far stands still by itself; pages are not what a limit counts.
NO_SERIES = {"db.max_used_connections", "sock.tcp_memory_pages", "memory.available_bytes"}


@dataclass(frozen=True, slots=True)
class Plateau:
    """A level that a series rose to and stood on, and since when."""

    value: float
    from_s: float


def notes(run: Run) -> list[str]:
    """One sentence for each series that stood at the number of a limit, in time order."""
    known = {name: list(ceilings(case)) for name, case in run.cases.items()}
    found = []
    for case in run.cases.values():
        for signal in _series(case):
            stood = plateau(run, signal)
            if stood is not None and not _follows_load(run, signal, stood):
                near = _near(case, signal, stood, known)
                if near:
                    found.append((stood.from_s, _sentence(case, signal, stood, near)))
    return [says for _, says in sorted(found, key=lambda row: row[0])]


def plateau(run: Run, signal: Signal) -> Plateau | None:
    """The level that a series stood on after the turn; None where it did not.

    It is the level of the second half of that time. It must hold for a third of the readings,
    few may lie above, and the series must have been clearly lower before.
    """
    when, values = run.windows, signal.values
    known = np.isfinite(values)
    after = values[when.after & known]
    if after.size < FEWEST or not _is_sampled(run, signal):
        return None
    level = float(np.median(after[after.size // 2 :]))
    margin = _margin(signal, level)
    if level <= 0 or np.mean(after > level + margin) > OVERSHOOT:
        return None
    under = np.flatnonzero(known & when.load)
    at = under[_standing(np.abs(values[under] - level) <= margin)]
    late = at[when.after[at]]
    if late.size < max(FEWEST, SHARE * after.size):
        return None
    early = values[known & (run.grid_s < run.grid_s[at[0]])]
    if early.size < FEWEST or np.median(early[: max(FEWEST, early.size // 2)]) > RISEN * level:
        return None
    return Plateau(_stood_at(signal, values[late]), float(run.grid_s[at[0]]))


def _margin(signal: Signal, level: float) -> float:
    """How far readings of one level scatter: of a count, by one that comes as another goes."""
    unit = signal.metric.unit
    return max(FLAT.get(unit, STILL) * level, 1.0 if unit == "1" else 0.0)


def _stood_at(signal: Signal, held: Array) -> float:
    """The middle of a rate; of a count the upper side, for what is full is seen a bit below."""
    if signal.metric.unit in FLAT:
        return float(np.median(held))
    return float(np.quantile(held, 0.75, method="higher"))


def _standing(near: Flags) -> Ints:
    """Readings near the level, from the first one from which two in three are: of the next
    few, and of all to the last."""
    at = np.flatnonzero(near)
    if not at.size:
        return at
    upto = np.concatenate(([0], np.cumsum(near)))
    next_ = np.minimum(at + AT_FIRST, at[-1] + 1)
    dense = (upto[next_] - upto[at]) >= DENSE * (next_ - at)
    dense &= np.arange(at.size, 0, -1) >= DENSE * (at[-1] - at + 1)
    return at[int(np.argmax(dense)) :]


def _is_sampled(run: Run, signal: Signal) -> bool:
    """Whether a plateau would rest on several readings, not on one that fills many cells."""
    step_s = float(run.grid_s[1] - run.grid_s[0]) if run.grid_s.size > 1 else NAN
    return not signal.interval_s * FEWEST > SHARE * step_s * np.count_nonzero(run.windows.after)


def _series(case: Case) -> Iterator[Signal]:
    for metric, parts in sorted(case.found.items()):
        for _, signal in sorted(parts.items()):
            told = signal.metric
            held = told.unit in ("1", "bytes") and not metric.endswith("_per_s")
            held = held and (told.resource in COUNTED or metric == IN_FLIGHT)
            if (held and metric not in NO_SERIES) or metric in RATES:
                yield signal


def _follows_load(run: Run, signal: Signal, stood: Plateau) -> bool:
    """Whether the load itself explains the number: a rate that was asked for, or users who
    stood still, shared between servers or with several connections each."""
    if signal.metric.unit == "1/s":
        asked = run.load.offered_per_s if run.load else NAN
        return _is_share(stood.value, asked, FLAT["1/s"])
    users = run.users[run.windows.after & (run.grid_s >= stood.from_s)]
    users = users[np.isfinite(users)]
    if not users.size or np.quantile(users, 0.1) < RISEN * users.max():
        return False
    return _is_share(stood.value, float(np.median(users)), BELOW)


def _is_share(value: float, whole: float, within: float) -> bool:
    shares = [whole / n for n in range(1, SHARES_OF_USERS + 1)]
    shares += [whole * n for n in range(2, SHARES_OF_USERS + 1)]
    return any(abs(value - share) <= max(1.0, within * share) for share in shares)


def _near(
    case: Case, signal: Signal, stood: Plateau, known: dict[str, list[Ceiling]]
) -> list[tuple[str, Ceiling]]:
    """Ceilings of that number here or at a neighbour, with the component that has each."""
    owners = dict.fromkeys(c.component.name for c in (case, *case.senders, *case.receivers))
    met: dict[tuple[str, str, float], tuple[str, Ceiling]] = {}
    for owner in owners:
        for ceiling in known.get(owner, ()):
            if _meets(stood.value, ceiling, signal) and _may_bound(ceiling, signal, owner):
                met.setdefault((owner, ceiling.name, ceiling.value), (owner, ceiling))
    return list(met.values())


def _meets(value: float, ceiling: Ceiling, signal: Signal) -> bool:
    extra = 1 if signal.metric.name == QUEUE else 0  # the kernel lets one more in
    low, high = (1 - BELOW) * ceiling.value, (1 + ABOVE) * ceiling.value + extra
    return ceiling.value >= SPECIFIC and low <= value <= high


def _may_bound(ceiling: Ceiling, signal: Signal, owner: str) -> bool:
    """Whether the limit counts what the series counts, and is of the same device or process."""
    metric = signal.metric
    if ceiling.unit != metric.unit or (ceiling.name in OF_QUEUES) != (metric.name == QUEUE):
        return False
    family = metric.name.partition(".")[0]
    if owner != signal.component and (ceiling.derived or family not in OF_SERVERS):
        return False
    same = family == ceiling.name.partition(".")[0]
    return not (same and ceiling.part and signal.part) or ceiling.part == signal.part


def _sentence(case: Case, signal: Signal, stood: Plateau, near: list[tuple[str, Ceiling]]) -> str:
    """What stood where, since when, and every limit of that number; a neighbour's by name."""
    name, metric = case.component.name, signal.metric
    where = f" ({signal.part})" if signal.part else ""
    level = f"{stood.value:,.0f}" if metric.unit == "1" else show(stood.value, metric.unit)
    told = "; ".join(c.says if owner == name else f"at {owner}, {c.says}" for owner, c in near)
    told += "; which of them, the number does not tell" if len(near) >= SHARED else ""
    return f"{name}: {metric.says}{where} stood at {level} from {stood.from_s:.0f} s on: {told}"

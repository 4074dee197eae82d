"""How the run was collected: what that cost the hosts, how far clocks are known, what failed."""

from __future__ import annotations

import math

from diagnose.collection import SOURCE, CollectedHost
from diagnose.model import Diagnosis
from diagnose.units import show

from .phrases import amount, utc
from .tables import NOTHING, Table, table_of


def summary(d: Diagnosis) -> str:
    """What was collected, when, and whether names were taken out; "" where by hand."""
    told = d.collection
    if told is None:
        return ""
    day = "%Y-%m-%d %H:%M:%S"
    times = [text for s in (told.began_s, told.ended_s) if (text := utc(s, day))]
    when = f" from {' to '.join(times)} UTC" if times else ""
    redacted = "; names, addresses and values were replaced" if told.redacted else ""
    return f"{told.files:,} files, {show(told.bytes, 'bytes')}, were collected{when}{redacted}."


def cost(d: Diagnosis) -> str:
    """What the recorder used at each host; "" where none was recorded.

    >>> from diagnose.collection import Collection
    >>> hosts = (CollectedHost("lb1", "a", recorder_ratio=0.009), CollectedHost("db", "b"))
    >>> import types; told = Collection(0.0, 1.0, 5, 1, False, "", hosts)
    >>> cost(types.SimpleNamespace(collection=told))
    'the recorder used 0.9 % of a core at lb1 (manifest.json)'
    """
    hosts = d.collection.hosts if d.collection else ()
    known = sorted((h for h in hosts if h.recorder_ratio >= 0), key=lambda h: -h.recorder_ratio)
    if not known:
        return ""
    first, *rest = (f"{show(h.recorder_ratio, 'ratio')}{{}} at {h.component}" for h in known)
    told = ", ".join([first.format(" of a core"), *(text.format("") for text in rest)])
    return f"the recorder used {told} ({SOURCE})"


def failed(d: Diagnosis) -> list[str]:
    """What is not there and why, as sentences; the same file at several hosts once."""
    if d.collection is None:
        return []
    alike: dict[tuple[str, str], list[str]] = {}
    for f in d.collection.failures:
        alike.setdefault((f.file, f.why), []).append(f.component)
    unreached = [f"{h.component}: {h.error}" for h in d.collection.hosts if h.error]
    return unreached + [
        f"{file} at {', '.join(names)}: {why}" for (file, why), names in alike.items()
    ]


def hosts(d: Diagnosis) -> Table:
    """Each host's clock and recorder."""
    rows = [_host(h) for h in (d.collection.hosts if d.collection else ())]
    return table_of(
        "Clocks, and what measuring cost",
        "component, `host, #clock ahead by, #known to ±, #drift, #samples, #every, "
        "#recorder's use of a core, remarks",
        rows,
    )


def _host(h: CollectedHost) -> tuple[str, ...]:
    drift = NOTHING if math.isnan(h.clock_drift_ppm) else f"{h.clock_drift_ppm:+.1f} ppm"
    return (
        h.component,
        h.host,
        _or(h.clock_offset_s, "s"),
        _or(h.clock_error_s, "s"),
        drift if h.clock_drift_ppm else NOTHING,
        f"{h.samples:,}" if h.samples else NOTHING,
        _or(h.interval_s, "s"),
        _or(h.recorder_ratio, "ratio"),
        h.error,
    )


def uncollected(d: Diagnosis) -> Table:
    """What was asked for and is not there, with what was run and what would help."""
    rows = [
        (f.component, f.file, f.why, f.command, f.how or NOTHING)
        for f in (d.collection.failures if d.collection else ())
    ]
    return table_of("Not collected", "component, `file, why, `command, what to do", rows)


def _or(value: float, unit: str) -> str:
    return NOTHING if math.isnan(value) else amount(value, unit)

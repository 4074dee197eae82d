"""Lines of JMeter's summariser: one interval (+), or the whole test so far (=).

    summary +    794 in 00:00:04 =  208.4/s Avg:    24 Min:     0 Max:   114 Err:    35 (4.41%) …
    summary =  15140 in 00:00:40 =  376.6/s Avg:   117 Min:     0 Max:  1161 Err:  2263 (14.95%)

Times are milliseconds, whole; numbers bear the decimal comma of the JVM's language. The
length is written in whole seconds since 3.0; requests over rate tell it more exactly.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np

from diagnose.readings import Array, Load, LoadSeries, LoadTotals

LINE = re.compile(
    r"(?P<name>\S(?:.*?\S)?) (?P<sign>[+=]) +(?P<n>\d+) in +(?P<length>[\d:.,]+)s? = +"
    r"(?P<rate>[\d.,*]+)/s Avg: +(?P<avg>-?\d+) Min: +(?P<min>-?\d+) Max: +(?P<max>-?\d+) "
    r"Err: +(?P<err>\d+) \([\d.,]+%\)(?: Active: (?P<active>\d+))?"
)
LOGGER = re.compile(r"^.*?Summariser(?: -|:) ")


@dataclass(frozen=True, slots=True)
class Interval:
    """What one line says; at_s is when it was written, NaN where nothing tells."""

    line: int
    at_s: float
    name: str
    whole: bool
    requests: int
    failures: int
    length_s: float
    mean_s: float
    max_s: float
    active: float


@dataclass(slots=True)
class Summary:
    """The lines of one summariser in one run, and the clock of that run where it is known."""

    intervals: list[Interval] = field(default_factory=list)
    began_s: float = math.nan
    ended_s: float = math.nan

    @property
    def requests(self) -> int:
        """Of the whole run, as far as it was written."""
        totals = [each.requests for each in self.intervals if each.whole]
        return max([*totals, sum(e.requests for e in self.intervals if not e.whole)])


def interval_of(text: str, line: int, at_s: float) -> Interval | None:
    """The line as numbers; None for another line."""
    match = LINE.search(LOGGER.sub("", text)) if " in " in text else None
    if match is None:
        return None
    requests, rate = int(match["n"]), _number(match["rate"])
    written_s = _seconds(match["length"])
    length_s = requests / rate if rate > 0 and requests >= 10 else written_s
    if not abs(length_s - written_s) <= 1.0 + 0.02 * written_s:
        length_s = written_s
    return Interval(
        line,
        at_s,
        match["name"],
        match["sign"] == "=",
        requests,
        int(match["err"]),
        length_s,
        float(match["avg"]) / 1000 if requests else math.nan,
        float(match["max"]) / 1000 if requests else math.nan,
        float(match["active"]) if match["active"] else math.nan,
    )


def load_of_summary(summary: Summary) -> Load:
    """The intervals as a series, the last total as totals. Relative where no clock is known."""
    plus = [each for each in summary.intervals if not each.whole]
    whole = [each for each in summary.intervals if each.whole]
    at_s, relative = _times(plus, summary)
    series = (_series(plus, at_s),) if plus else ()
    totals = (_totals(whole[-1], plus, summary.began_s),) if whole else ()
    return Load("jmeter summariser", series, totals, open_model=False, relative=relative)


def _series(plus: list[Interval], at_s: Array) -> LoadSeries:
    none = np.full(len(plus), math.nan)
    return LoadSeries(
        at_s,
        np.array([each.length_s for each in plus], float),
        np.array([each.active for each in plus], float),
        np.array([each.requests for each in plus], float),
        np.array([each.failures for each in plus], float),
        np.array([each.mean_s for each in plus], float),
        none,
        none,
        none,
        np.array([each.line for each in plus], np.int64),
    )


def _totals(last: Interval, plus: list[Interval], began_s: float) -> LoadTotals:
    return LoadTotals(
        last.requests,
        last.failures,
        last.mean_s,
        throughput_per_s=last.requests / last.length_s if last.length_s else math.nan,
        line=last.line,
        max_s=last.max_s,
        duration_s=last.length_s,
        users=max((e.active for e in plus if math.isfinite(e.active)), default=math.nan),
        began_s=began_s,
    )


def _times(plus: list[Interval], summary: Summary) -> tuple[Array, bool]:
    """Ends of the intervals: as stamped; else counted back from the end, or on from the start."""
    stamped = np.array([each.at_s for each in plus], float)
    if stamped.size and np.isfinite(stamped).all():
        return stamped, False
    lengths = np.array([each.length_s for each in plus], float)
    if math.isfinite(summary.ended_s):
        return summary.ended_s - (lengths.sum() - np.cumsum(lengths)), False
    if math.isfinite(summary.began_s):
        return summary.began_s + np.cumsum(lengths), False
    return np.cumsum(lengths), True


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan  # `******` where nothing took any time


def _seconds(text: str) -> float:
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + _number(part)
    return seconds
